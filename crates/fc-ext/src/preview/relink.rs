//! Relinking: a new log-in for an account whose access ended or is about to end.

use std::fmt;

use fc_client::Error;
use fc_client::preview::{Client, CreateSession};
use fc_types::preview::{
    Account, AccountPermission, RelinkFailureReason, Session, SessionCancelReason, SessionRelinkOptionsParams,
};
use fc_types::{AccountId, AuthorizationId, SessionId};

use super::facade::hosted;

/// A relink of one account: its authorization is renewed, and the same account becomes active again.
///
/// It is made from an account that is inactive, or that says in `status_details` that it must be relinked. After a restart it is
/// made again from its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relink {
    account: AccountId,
    authorization: AuthorizationId,
    permissions: Vec<AccountPermission>,
}

impl Relink {
    /// The relink of an account, with the permissions that it has.
    ///
    /// # Errors
    ///
    /// [`CannotRelink`] says why this account cannot be relinked, or need not be.
    pub fn of(account: &Account) -> Result<Self, CannotRelink> {
        let details = account.status_details.as_ref();
        let active = details.and_then(|details| details.active.as_ref()?.action.as_ref());
        let inactive = details.and_then(|details| details.inactive.as_ref()?.action.as_ref());
        let permissions = account.permissions.clone().unwrap_or_default();
        if account.is_disconnected() {
            return Err(CannotRelink::Disconnected);
        }
        if account.is_active() && active.is_none_or(|action| action.as_str() != "relink_required") {
            return Err(CannotRelink::NotNeeded);
        }
        if account.is_inactive() && inactive.is_some_and(|action| action.as_str() == "none") {
            return Err(CannotRelink::NothingToDo);
        }
        let authorization = account.authorization.clone().ok_or(CannotRelink::NoAuthorization)?;
        if permissions.is_empty() {
            return Err(CannotRelink::NoPermissions);
        }
        Ok(Self { account: account.id.clone(), authorization, permissions })
    }

    /// The relink that a session is for. A program that was restarted meanwhile reads its session and asks for the
    /// [`outcome`](Self::outcome). `None` if the session links new accounts, or names no account.
    #[must_use]
    pub fn of_session(session: &Session) -> Option<Self> {
        let options = session.relink_options.as_ref()?;
        let (account, authorization) = (options.account.clone()?, options.authorization.clone());
        Some(Self { account, authorization, permissions: session.permissions.clone() })
    }

    /// The account to relink.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The authorization to renew.
    #[must_use]
    pub fn authorization(&self) -> &AuthorizationId {
        &self.authorization
    }

    /// Request for a session in which the user relinks the account in the modal. Give its `client_secret` to the front end.
    pub fn session(&self, client: &Client) -> CreateSession {
        let options = SessionRelinkOptionsParams::new(&self.authorization).with_account(&self.account);
        client.create_session(&self.permissions).relink_options(options)
    }

    /// As [`session`](Self::session), on a page that Stripe hosts. Send the user to `url` of the response.
    pub fn hosted_session(&self, client: &Client) -> CreateSession {
        hosted(self.session(client))
    }

    /// Outcome of the relink: reads the session, and after a success the account.
    ///
    /// Call it at the event `financial_connections.session.updated`, or when the front end reports the end.
    ///
    /// # Errors
    ///
    /// The error of a call that failed.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it only reads.
    pub async fn outcome(&self, client: &Client, session: &SessionId) -> Result<RelinkOutcome, Error> {
        let session = client.retrieve_session(session).send().await?;
        Ok(match self.judge(&session) {
            Verdict::Ended(outcome) => outcome,
            // The result of the session may be older than the account, which may be inactive again.
            Verdict::Relinked => {
                let account = client.retrieve_account(&self.account).send().await?;
                match account.is_active() {
                    true => RelinkOutcome::Active(Box::new(account)),
                    false => RelinkOutcome::NotActive(Box::new(account)),
                }
            }
        })
    }

    fn judge(&self, session: &Session) -> Verdict {
        let result = session.relink_result.as_ref();
        let options = session.relink_options.as_ref();
        if options.is_none_or(|options| options.authorization != self.authorization) {
            return Verdict::Ended(RelinkOutcome::OtherSession);
        }
        if let Some(reason) = result.and_then(|result| result.failure_reason.clone()) {
            return Verdict::Ended(RelinkOutcome::Failed(Some(reason)));
        }
        let status = session.status.as_ref().map(|status| status.as_str());
        match (status, result.and_then(|result| result.account.as_ref())) {
            (Some("succeeded"), Some(account)) if *account == self.account => Verdict::Relinked,
            (Some("succeeded"), Some(other)) => Verdict::Ended(RelinkOutcome::OtherAccount(other.clone())),
            (Some("failed"), _) => Verdict::Ended(RelinkOutcome::Failed(None)),
            (Some("cancelled"), _) => {
                let details = session.status_details.as_ref().and_then(|details| details.cancelled.as_ref());
                Verdict::Ended(RelinkOutcome::Cancelled(details.and_then(|details| details.reason.clone())))
            }
            (Some("pending"), _) => Verdict::Ended(RelinkOutcome::Pending),
            _ => Verdict::Ended(RelinkOutcome::Unclear),
        }
    }
}

/// What a session says about a relink.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// The account was relinked.
    Relinked,
    Ended(RelinkOutcome),
}

/// Reason why an account cannot be relinked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CannotRelink {
    /// The account is active, and Stripe does not ask for a relink.
    NotNeeded,
    /// The account was disconnected, which is final: link it anew.
    Disconnected,
    /// The account is inactive, and Stripe says that the user can do nothing.
    NothingToDo,
    /// The account names no authorization: it was read in another API version, or has none.
    NoAuthorization,
    /// The account has no permission, and a session asks for at least one.
    NoPermissions,
}

impl fmt::Display for CannotRelink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotNeeded => "the account is active and need not be relinked",
            Self::Disconnected => "the account was disconnected, which is final; link it in a new session",
            Self::NothingToDo => "the account is inactive, and a new log-in does not help",
            Self::NoAuthorization => {
                "the account names no authorization; read it in the version of the preview"
            }
            Self::NoPermissions => "the account has no permission that a session could ask for",
        })
    }
}

impl std::error::Error for CannotRelink {}

/// Outcome of a relink.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RelinkOutcome {
    /// The same account is active again.
    Active(Box<Account>),
    /// The session succeeded for this account, and the account is not active all the same. Look at its `status_details`.
    NotActive(Box<Account>),
    /// The user linked another account. The account of the relink is as it was.
    OtherAccount(AccountId),
    /// The relink failed, with the reason if Stripe gives one.
    Failed(Option<RelinkFailureReason>),
    /// The user ended the session early, with the reason if Stripe gives one.
    Cancelled(Option<SessionCancelReason>),
    /// The user has not finished.
    Pending,
    /// The session is not one of this relink.
    OtherSession,
    /// The session does not say: its status is unknown, or it succeeded without a result.
    Unclear,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn account(status: &str, details: Value) -> Account {
        let mut account = json!({
            "id": "fca_1", "object": "financial_connections.account", "authorization": "fcauth_1",
            "category": "cash", "created": 1, "institution_name": "StripeBank", "livemode": false,
            "permissions": ["balances", "transactions"], "status": status, "subcategory": "checking",
            "supported_payment_method_types": [],
        });
        if !details.is_null() {
            account["status_details"] = details;
        }
        serde_json::from_value(account).unwrap()
    }

    fn relink() -> Relink {
        Relink::of(&account("inactive", Value::Null)).unwrap()
    }

    #[test]
    fn an_account_that_lost_its_access_or_is_about_to_can_be_relinked() {
        let relink_required = json!({ "active": { "action": "relink_required" } });
        for account in [
            account("inactive", Value::Null),
            account(
                "inactive",
                json!({ "inactive": { "action": "relink_required", "cause": "access_denied" } }),
            ),
            account("active", relink_required),
        ] {
            let relink = Relink::of(&account).unwrap();
            assert_eq!((relink.account().as_str(), relink.authorization().as_str()), ("fca_1", "fcauth_1"));
            assert_eq!(relink.permissions, ["balances", "transactions"].map(AccountPermission::from));
        }
    }

    #[test]
    fn every_other_account_has_a_reason() {
        let mut without = account("inactive", Value::Null);
        without.authorization = None;
        let mut nothing = account("inactive", Value::Null);
        nothing.permissions = Some(Vec::new());
        for (account, reason) in [
            (account("active", Value::Null), CannotRelink::NotNeeded),
            (account("active", json!({ "active": { "action": "none" } })), CannotRelink::NotNeeded),
            (account("active", json!({ "active": {} })), CannotRelink::NotNeeded),
            (account("disconnected", Value::Null), CannotRelink::Disconnected),
            (account("inactive", json!({ "inactive": { "action": "none" } })), CannotRelink::NothingToDo),
            (without, CannotRelink::NoAuthorization),
            (nothing, CannotRelink::NoPermissions),
        ] {
            assert_eq!(Relink::of(&account), Err(reason));
        }
    }

    fn session(status: &str, result: Value, more: Value) -> Session {
        let mut session = json!({
            "id": "fcsess_1", "object": "financial_connections.session", "livemode": false, "permissions": [],
            "accounts": { "object": "list", "data": [], "has_more": false, "url": "/" },
            "relink_options": { "account": "fca_1", "authorization": "fcauth_1" }, "status": status,
        });
        if !result.is_null() {
            session["relink_result"] = result;
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            session[key] = value.clone();
        }
        serde_json::from_value(session).unwrap()
    }

    #[test]
    fn only_a_success_for_the_same_account_is_a_relink() {
        let same = json!({ "account": "fca_1", "authorization": "fcauth_1", "failure_reason": null });
        assert_eq!(relink().judge(&session("succeeded", same.clone(), Value::Null)), Verdict::Relinked);

        let other = json!({ "account": "fca_2", "authorization": "fcauth_1" });
        let failed = json!({ "account": "fca_1", "failure_reason": "no_account" });
        let elsewhere = json!({ "relink_options": { "authorization": "fcauth_2" } });
        let cancelled = json!({ "status_details": { "cancelled": { "reason": "other" } } });
        let reason = |reason: &str| Some(RelinkFailureReason::from(reason));
        for (session, outcome) in [
            (session("pending", Value::Null, Value::Null), RelinkOutcome::Pending),
            (session("pending", same.clone(), Value::Null), RelinkOutcome::Pending),
            (session("succeeded", other, Value::Null), RelinkOutcome::OtherAccount("fca_2".parse().unwrap())),
            (session("succeeded", Value::Null, Value::Null), RelinkOutcome::Unclear),
            (session("succeeded", failed.clone(), Value::Null), RelinkOutcome::Failed(reason("no_account"))),
            (session("failed", failed, Value::Null), RelinkOutcome::Failed(reason("no_account"))),
            (session("failed", Value::Null, Value::Null), RelinkOutcome::Failed(None)),
            (
                session("cancelled", Value::Null, cancelled),
                RelinkOutcome::Cancelled(Some(SessionCancelReason::from("other"))),
            ),
            (session("cancelled", Value::Null, Value::Null), RelinkOutcome::Cancelled(None)),
            (session("polished", same.clone(), Value::Null), RelinkOutcome::Unclear),
            (session("succeeded", same, elsewhere), RelinkOutcome::OtherSession),
        ] {
            assert_eq!(relink().judge(&session), Verdict::Ended(outcome));
        }
    }

    #[test]
    fn a_session_that_is_no_relink_is_another_session() {
        let mut plain = session("succeeded", Value::Null, Value::Null);
        plain.relink_options = None;
        assert_eq!(relink().judge(&plain), Verdict::Ended(RelinkOutcome::OtherSession));
    }
}
