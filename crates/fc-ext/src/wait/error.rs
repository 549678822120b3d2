//! Why a wait ended without what it was for.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use fc_client::Error;
use fc_types::Account;

use crate::{RefreshFeature, RefreshWatch};

/// Why a wait ended without what it was for. The refresh that it waited for goes on all the same.
#[derive(Debug)]
#[non_exhaustive]
pub enum WaitError {
    /// A call failed for a reason that waiting does not mend: see the error. If it was the call that begins the refresh,
    /// [`may_have_executed`](Error::may_have_executed) tells whether there may be one after all.
    Request(Error),
    /// The time was up. Wait again, or come back when the event arrives.
    Elapsed(Elapsed),
    /// The stream of events ended before the refresh did. Poll instead, or wait again with another stream.
    EventsEnded(Elapsed),
}

/// What was seen before a wait ended in vain.
pub struct Elapsed(Box<Seen>);

struct Seen {
    limit: Duration,
    looks: u32,
    account: Option<Account>,
    pending: Vec<RefreshFeature>,
    error: Option<Error>,
}

impl Elapsed {
    pub(super) fn new(limit: Duration) -> Self {
        Self(Box::new(Seen { limit, looks: 0, account: None, pending: Vec::new(), error: None }))
    }

    pub(super) fn saw(&mut self, account: Account) {
        self.0.looks = self.0.looks.saturating_add(1);
        self.0.account = Some(account);
        self.0.error = None;
    }

    pub(super) fn missed(&mut self, error: Error) {
        self.0.looks = self.0.looks.saturating_add(1);
        self.0.error = Some(error);
    }

    /// Adds what the watch knows beyond what the wait saw.
    pub(super) fn of(mut self, watch: &RefreshWatch) -> Self {
        self.0.pending = watch.pending().collect();
        if self.0.account.is_none() {
            self.0.account = watch.account().cloned();
        }
        self
    }

    /// How long the wait was to be.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.0.limit
    }

    /// How often the account was looked at, calls that failed and events included.
    #[must_use]
    pub fn looks(&self) -> u32 {
        self.0.looks
    }

    /// The account as last seen; `None` if no look succeeded.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.0.account.as_ref()
    }

    /// The features without an outcome; empty if the wait was for a condition.
    #[must_use]
    pub fn pending(&self) -> &[RefreshFeature] {
        &self.0.pending
    }

    /// Why the last look failed, if it did; also the `source` of the [`WaitError`].
    #[must_use]
    pub fn last_error(&self) -> Option<&Error> {
        self.0.error.as_ref()
    }

    fn details(&self) -> String {
        let mut details = match self.looks() {
            1 => "seen once".to_owned(),
            looks => format!("seen {looks} times"),
        };
        if self.last_error().is_some() {
            details.push_str(", the last look failed");
        }
        if !self.pending().is_empty() {
            let pending: Vec<&str> = self.pending().iter().map(|feature| feature.as_str()).collect();
            details.push_str(&format!(", still pending: {}", pending.join(", ")));
        }
        details
    }
}

impl fmt::Debug for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The account holds personal data.
        f.debug_struct("Elapsed")
            .field("limit", &self.limit())
            .field("looks", &self.looks())
            .field("pending", &self.pending())
            .field("last_error", &self.last_error())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(_) => f.write_str("the account could not be watched"),
            Self::Elapsed(elapsed) => {
                write!(f, "not settled within {:?} (account {})", elapsed.limit(), elapsed.details())
            }
            Self::EventsEnded(elapsed) => {
                write!(f, "no more events, and not settled (account {})", elapsed.details())
            }
        }
    }
}

impl StdError for WaitError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Request(error) => Some(error),
            Self::Elapsed(elapsed) | Self::EventsEnded(elapsed) => {
                elapsed.last_error().map(|error| error as &(dyn StdError + 'static))
            }
        }
    }
}

impl From<Error> for WaitError {
    fn from(error: Error) -> Self {
        Self::Request(error)
    }
}

impl From<Elapsed> for WaitError {
    fn from(elapsed: Elapsed) -> Self {
        Self::Elapsed(elapsed)
    }
}
