//! Errors of a sync.

use std::error::Error as StdError;
use std::fmt;

use fc_client::Error;
use fc_types::{Account, AccountStatus, ErrorCode};

use crate::permission::Permission;

/// Error of a sync of transactions.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncError {
    /// No refresh of the account's transactions has succeeded yet, so there is nothing to read
    /// (`financial_connections_no_successful_transaction_refresh`). Refresh them or subscribe, and sync after that
    /// succeeds.
    NoSuccessfulRefresh(Error),
    /// Stripe does not know the stored cursor. Sync from the start, without a cursor.
    UnknownCursor(Error),
    /// The account is disconnected, so its transactions cannot be read any more.
    Disconnected(Error),
    /// The account holder did not grant the permission `transactions`.
    NoPermission(Error),
    /// A call failed for another reason.
    Request(Error),
}

impl SyncError {
    /// Error of the call.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::NoSuccessfulRefresh(error)
            | Self::UnknownCursor(error)
            | Self::Disconnected(error)
            | Self::NoPermission(error)
            | Self::Request(error) => error,
        }
    }

    /// The error of a rejected call, explained by the state of the account.
    pub(super) fn explained(error: Error, account: &Account) -> Self {
        if account.status == AccountStatus::Disconnected {
            Self::Disconnected(error)
        } else if account.permissions.is_some() && !Permission::Transactions.is_granted(account) {
            Self::NoPermission(error)
        } else {
            Self::Request(error)
        }
    }
}

impl From<Error> for SyncError {
    fn from(error: Error) -> Self {
        match error.code() {
            _ if error.is_no_successful_transaction_refresh() => Self::NoSuccessfulRefresh(error),
            Some(ErrorCode::ResourceMissing)
                if error.param().is_some_and(|param| param.starts_with("transaction_refresh")) =>
            {
                Self::UnknownCursor(error)
            }
            _ => Self::Request(error),
        }
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoSuccessfulRefresh(_) => {
                "no refresh of the transactions has succeeded yet; refresh them first"
            }
            Self::UnknownCursor(_) => {
                "Stripe does not know the stored cursor; sync from the start, without one"
            }
            Self::Disconnected(_) => "the account is disconnected; its transactions cannot be read any more",
            Self::NoPermission(_) => "the account holder did not grant the permission `transactions`",
            Self::Request(_) => "the transactions could not be read",
        };
        write!(f, "{text}: {}", self.error())
    }
}

impl StdError for SyncError {
    /// Cause of the call's error, whose text is part of this one.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error().source()
    }
}
