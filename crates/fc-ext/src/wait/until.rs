//! Polling of an account until it meets a condition.

use std::future::Future;
use std::ops::ControlFlow;

use fc_client::RetrieveAccount;
use fc_types::Account;

use super::condition::Condition;
use super::error::WaitError;
use super::poll::{FirstPoll, poll};
use super::polling::Polling;

/// Polling of an account until it meets a condition.
///
/// ```no_run
/// use std::time::Duration;
/// use fc_ext::{Condition, FinancialConnections, RefreshFeature, Until, settled};
///
/// # async fn run(fc: FinancialConnections, id: fc_ext::types::AccountId) -> Result<(), Box<dyn std::error::Error>> {
/// // The session prefetches both features, so the program starts no refresh.
/// let both = settled(RefreshFeature::Balance).and(settled(RefreshFeature::Ownership));
/// let account = fc.accounts().retrieve(&id).until(both, Duration::from_secs(60)).await?;
/// # Ok(()) }
/// ```
pub trait Until: sealed::Sealed + Sized {
    /// Retrieves the account until it meets the condition. The first poll happens at once.
    ///
    /// A poll that fails with a [retryable](fc_client::Error::is_retryable) error does not end the wait.
    ///
    /// # Errors
    ///
    /// [`WaitError::Elapsed`] when the time limit is reached first; it holds the account as last seen.
    /// [`WaitError::Poll`] when a call fails with an error that is not retryable.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: polling changes nothing at Stripe. Dropping the future ends the wait.
    fn until(
        self,
        condition: impl Condition + Send,
        polling: impl Into<Polling>,
    ) -> impl Future<Output = Result<Account, WaitError>> + Send;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for RetrieveAccount {}

impl Until for RetrieveAccount {
    fn until(
        self,
        condition: impl Condition + Send,
        polling: impl Into<Polling>,
    ) -> impl Future<Output = Result<Account, WaitError>> + Send {
        let polling = polling.into();
        async move {
            let check = move |account| match condition.is_met(&account) {
                true => ControlFlow::Break(account),
                false => ControlFlow::Continue(account),
            };
            poll(&self, polling, FirstPoll::AtOnce, check).await
        }
    }
}
