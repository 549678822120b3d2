//! The polling loop.

use std::ops::ControlFlow;

use fc_client::{Clock, RetrieveAccount};
use fc_types::Account;

use super::error::{Elapsed, WaitError};
use super::polling::Polling;

/// When the first poll happens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstPoll {
    AtOnce,
    /// The caller knows the current state.
    AfterInterval,
}

/// Sends `request` until `check` breaks with a result. `check` returns the account if the loop is to continue.
pub(super) async fn poll<T>(
    request: &RetrieveAccount,
    polling: Polling,
    first: FirstPoll,
    mut check: impl FnMut(Account) -> ControlFlow<T, Account>,
) -> Result<T, WaitError> {
    let clock: &dyn Clock = &**request.client().clock();
    let start = clock.now();
    let mut intervals = polling.intervals();
    let mut elapsed = Elapsed::new(polling.limit());
    let mut wait = first == FirstPoll::AfterInterval;
    loop {
        if wait {
            let left = polling.limit().saturating_sub(clock.now().saturating_duration_since(start));
            if left.is_zero() {
                return Err(elapsed.into());
            }
            clock.sleep(intervals.next().unwrap_or(left).min(left)).await;
        }
        wait = true;
        match request.clone().send().await {
            Ok(account) => match check(account) {
                ControlFlow::Break(result) => return Ok(result),
                ControlFlow::Continue(account) => elapsed.saw(account),
            },
            Err(error) if error.is_retryable() => elapsed.missed(error),
            Err(error) => return Err(WaitError::Poll(error)),
        }
    }
}
