//! Errors of the API, with the remedy and the exit code of each kind.

use fc_ext::webhook::WebhookError;
use fc_ext::{CallError, Error, ErrorKind, SyncError, WaitError};

use super::Failure;
use crate::exit::Exit;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Some(failure) = of_sync(&error) {
            return failure;
        }
        if matches!(error, Error::Wait(WaitError::Elapsed(_) | WaitError::EventsEnded(_))) {
            return Self::new(Exit::NotNow, error.to_string()).next("wait longer with --timeout");
        }
        match error.call() {
            Some(call) => of_call(call, error.to_string()),
            None => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Error::from(error).into()
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        Error::from(error).into()
    }
}

impl From<WaitError> for Failure {
    fn from(error: WaitError) -> Self {
        Error::from(error).into()
    }
}

impl From<WebhookError> for Failure {
    fn from(error: WebhookError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

fn of_sync(error: &Error) -> Option<Failure> {
    let Error::Sync(sync) = error else { return None };
    let (exit, next) = match sync {
        SyncError::NoSuccessfulRefresh(_) => {
            (Exit::NotNow, "refresh them first: fcctl refresh ACCOUNT --feature transactions --wait")
        }
        SyncError::Disconnected(_) => (Exit::Relink, "link an account again: fcctl link"),
        SyncError::NoPermission(_) => (Exit::Denied, "link the account with --permission transactions"),
        _ => return None,
    };
    Some(Failure::new(exit, sync.to_string()).next(next))
}

pub(super) fn of_call(call: &CallError, what: String) -> Failure {
    if call.is_account_inactive() {
        let next = "the account holder must log in at the bank again: fcctl link";
        return Failure::new(Exit::Relink, what).next(next);
    }
    if call.is_no_successful_transaction_refresh() {
        let next = "refresh them first: fcctl refresh ACCOUNT --feature transactions --wait";
        return Failure::new(Exit::NotNow, what).next(next);
    }
    match call.kind() {
        ErrorKind::Authentication => {
            Failure::new(Exit::Denied, what).next("check the key: fcctl doctor says where it comes from")
        }
        ErrorKind::Permission => {
            Failure::new(Exit::Denied, what).next("grant the permission to the key, in Stripe's dashboard")
        }
        ErrorKind::NotFound => Failure::new(Exit::NotFound, what).next(
            "check the id, and that object and key are of the same mode: fcctl accounts lists accounts",
        ),
        ErrorKind::Configuration => Failure::new(Exit::Usage, what),
        ErrorKind::Connection | ErrorKind::Timeout => Failure::new(Exit::NotNow, what)
            .connection()
            .next("check the network and the address: fcctl doctor"),
        ErrorKind::RateLimited => Failure::new(Exit::NotNow, what).next("try again in a minute"),
        _ if call.is_retryable() => Failure::new(Exit::NotNow, what).next("try again later"),
        _ => Failure::new(Exit::Failed, what),
    }
}
