//! Errors of waits.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use fc_client::Error;
use fc_types::Account;

use super::watch::RefreshWatch;
use crate::feature::RefreshFeature;

/// Error of a wait. A refresh that was started at Stripe goes on regardless.
#[derive(Debug)]
#[non_exhaustive]
pub enum WaitError {
    /// The call that starts the refresh failed. [`may_have_executed`](Error::may_have_executed) says whether the refresh may
    /// have started.
    Request(Error),
    /// A poll failed with an error that is not retryable. A refresh that was started goes on.
    Poll(Error),
    /// The time limit was reached. Wait again, or continue when the event arrives.
    Elapsed(Elapsed),
    /// The stream of events ended before the refresh did. Poll, or wait again with another stream.
    EventsEnded(Elapsed),
}

/// What a wait saw before it ended without a result.
pub struct Elapsed(Box<Seen>);

struct Seen {
    limit: Duration,
    polls: u32,
    account: Option<Account>,
    pending: Vec<RefreshFeature>,
    error: Option<Error>,
}

impl Elapsed {
    pub(super) fn new(limit: Duration) -> Self {
        Self(Box::new(Seen { limit, polls: 0, account: None, pending: Vec::new(), error: None }))
    }

    pub(super) fn saw(&mut self, account: Account) {
        self.0.polls = self.0.polls.saturating_add(1);
        self.0.account = Some(account);
        self.0.error = None;
    }

    pub(super) fn missed(&mut self, error: Error) {
        self.0.polls = self.0.polls.saturating_add(1);
        self.0.error = Some(error);
    }

    /// Adds what the watch knows and the wait did not see.
    pub(super) fn of(mut self, watch: &RefreshWatch) -> Self {
        self.0.pending = watch.pending().collect();
        if self.0.account.is_none() {
            self.0.account = watch.account().cloned();
        }
        self
    }

    /// Time limit of the wait.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.0.limit
    }

    /// Number of polls and events. Failed polls count, and thin events do not.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.0.polls
    }

    /// The account as last seen; `None` if every poll failed.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.0.account.as_ref()
    }

    /// Features without an outcome; empty if the wait was for a condition.
    #[must_use]
    pub fn pending(&self) -> &[RefreshFeature] {
        &self.0.pending
    }

    /// Error of the last poll, if it failed. Its text is in the text of the [`WaitError`].
    #[must_use]
    pub fn last_error(&self) -> Option<&Error> {
        self.0.error.as_ref()
    }

    fn details(&self) -> String {
        let mut details = match self.polls() {
            1 => "seen once".to_owned(),
            times => format!("seen {times} times"),
        };
        if !self.pending().is_empty() {
            let pending: Vec<&str> = self.pending().iter().map(|feature| feature.as_str()).collect();
            details.push_str(&format!(", still pending: {}", pending.join(", ")));
        }
        if let Some(error) = self.last_error() {
            details.push_str(&format!(", the last poll failed: {error}"));
        }
        details
    }
}

impl fmt::Debug for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the account, which holds personal data.
        f.debug_struct("Elapsed")
            .field("limit", &self.limit())
            .field("polls", &self.polls())
            .field("pending", &self.pending())
            .field("last_error", &self.last_error())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => write!(f, "the refresh could not be started: {error}"),
            Self::Poll(error) => write!(f, "the account could not be watched: {error}"),
            Self::Elapsed(elapsed) => {
                write!(f, "not settled within {:?} (account {})", elapsed.limit(), elapsed.details())
            }
            Self::EventsEnded(elapsed) => {
                write!(f, "the events ended and the refresh did not (account {})", elapsed.details())
            }
        }
    }
}

impl StdError for WaitError {
    /// Cause of the call's error, whose text is part of this one.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Request(error) | Self::Poll(error) => error.source(),
            Self::Elapsed(elapsed) | Self::EventsEnded(elapsed) => elapsed.last_error()?.source(),
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
