//! Linking sessions.

use serde::{Deserialize, Serialize};

use crate::model::holder::Holder;
use crate::store::table::Identified;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) client_secret: String,
    pub(crate) holder: Holder,
    pub(crate) permissions: Vec<String>,
    pub(crate) prefetch: Vec<String>,
    pub(crate) filters: Option<Filters>,
    pub(crate) account_limit: Option<i64>,
    pub(crate) manual_entry: Option<String>,
    pub(crate) return_url: Option<String>,
    /// Rows of the linked accounts, oldest first.
    pub(crate) accounts: Vec<u32>,
    /// Whether the user has gone through it. A session can be used once.
    pub(crate) finished: bool,
    /// How it ended without accounts; none of an older sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<SessionEnd>,
    /// What the user links again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relink: Option<Relink>,
    /// How the user gets to the hosted page; none of a session in the modal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hosted: Option<DeliveryMethod>,
}

/// What a session links again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Relink {
    /// Row of the log-in.
    pub(crate) authorization: u32,
    /// Row of the account; none for all accounts of the log-in.
    pub(crate) account: Option<u32>,
}

/// How a user gets to the hosted page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryMethod {
    /// By an e-mail. The sandbox sends none.
    Email,
    Url,
}

/// How a session ends without accounts; for [`Sandbox::end_session`](crate::Sandbox::end_session).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SessionEnd {
    /// The user leaves. The session is cancelled.
    Cancelled,
    /// The user chooses to enter an account by hand, in the form of the application. The session is cancelled.
    CustomManualEntry,
    /// The user logs in, and the account is not there. The session fails.
    NoAccount,
    /// The log-in does not succeed. The session fails.
    NoAuthorization,
    /// Something else goes wrong. The session fails.
    Other,
}

/// The status of a session, as the preview shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Pending,
    Succeeded,
    Failed,
    Cancelled,
}

impl Session {
    pub(crate) fn status(&self) -> SessionStatus {
        match self.end {
            _ if !self.finished => SessionStatus::Pending,
            _ if !self.accounts.is_empty() => SessionStatus::Succeeded,
            Some(SessionEnd::NoAccount | SessionEnd::NoAuthorization | SessionEnd::Other) => {
                SessionStatus::Failed
            }
            Some(SessionEnd::Cancelled | SessionEnd::CustomManualEntry) | None => SessionStatus::Cancelled,
        }
    }

    /// Row of the account that a relink linked: the one that was asked for, or the only one.
    pub(crate) fn relinked(&self) -> Option<u32> {
        let asked = self.relink?.account.filter(|account| self.accounts.contains(account));
        match (asked, &*self.accounts) {
            (None, [only]) => Some(*only),
            (asked, _) => asked,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Filters {
    pub(crate) account_subcategories: Option<Vec<String>>,
    pub(crate) country: Option<String>,
    pub(crate) payment_method_support: Option<String>,
    /// The id of the only institution that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) institution: Option<String>,
}

impl Identified for Session {
    fn id(&self) -> &str {
        &self.id
    }
}
