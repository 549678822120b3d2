//! Calls to Stripe, each at the pace of its tenant.

use std::sync::Arc;
use std::time::Duration;

use fc_ext::types::{
    Account, AccountId, AccountOwner, AccountOwnershipId, ConnectedAccountId, Event, EventId, List,
    Timestamp, Transaction, TransactionId, TransactionRefreshId,
};
use fc_ext::{CallError, Client, ErrorKind, FinancialConnections, RefreshFeature, SubscribeFeature};

use tracing::Instrument;

use super::backoff::random;
use super::counters::{CallResult, Counters};
use crate::error::Error;
use crate::op::Lane;
use crate::pace::{Pace, Refusal};

/// Attempts of one call before the sync fails and its account waits.
const ATTEMPTS: u32 = 3;

/// Pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// Items of a page, the most that Stripe gives.
const PAGE: i64 = 100;

/// Calls of one tenant.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    stripe_account: Option<ConnectedAccountId>,
    pub(crate) pace: Pace,
    pub(crate) counters: Arc<Counters>,
}

/// A generated request, sent for the tenant. A macro, because requests share these methods but no trait.
macro_rules! sent {
    ($api:expr, $request:expr) => {{
        let mut request = $request.max_retries(0);
        if let Some(account) = &$api.stripe_account {
            request = request.stripe_account(account);
        }
        request.send()
    }};
}

impl Api {
    pub(crate) fn new(client: Client, stripe_account: Option<ConnectedAccountId>, pace: Pace) -> Self {
        Self { client, stripe_account, pace, counters: Arc::default() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn stripe_account(&self) -> Option<&ConnectedAccountId> {
        self.stripe_account.as_ref()
    }

    pub(super) async fn retrieve_account(&self, lane: Lane, id: &AccountId) -> Result<Account, CallError> {
        self.call(lane, "retrieve_account", || sent!(self, self.client.retrieve_account(id))).await
    }

    pub(super) async fn list_accounts(
        &self,
        lane: Lane,
        after: Option<&AccountId>,
    ) -> Result<List<Account>, CallError> {
        self.call(lane, "list_accounts", || {
            let mut request = self.client.list_accounts().limit(PAGE);
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            sent!(self, request)
        })
        .await
    }

    pub(super) async fn list_transactions(
        &self,
        lane: Lane,
        account: &AccountId,
        refresh: Option<&TransactionRefreshId>,
        after: Option<&TransactionId>,
    ) -> Result<List<Transaction>, CallError> {
        self.call(lane, "list_transactions", || {
            let mut request = self.client.list_transactions(account).limit(PAGE);
            if let Some(refresh) = refresh {
                request = request.transaction_refresh_after(refresh);
            }
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            sent!(self, request)
        })
        .await
    }

    pub(super) async fn list_owners(
        &self,
        lane: Lane,
        account: &AccountId,
        ownership: &AccountOwnershipId,
        after: Option<&fc_ext::types::AccountOwnerId>,
    ) -> Result<List<AccountOwner>, CallError> {
        self.call(lane, "list_account_owners", || {
            let mut request = self.client.list_account_owners(account, ownership).limit(PAGE);
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            sent!(self, request)
        })
        .await
    }

    /// Subscribes an account to transactions. The key makes attempts of one sync one request.
    pub(super) async fn subscribe(
        &self,
        lane: Lane,
        account: &AccountId,
        idempotency_key: &str,
    ) -> Result<Account, CallError> {
        self.call(lane, "subscribe_account", || {
            let request = self.client.subscribe_account(account, [SubscribeFeature::Transactions]);
            sent!(self, request.idempotency_key(idempotency_key))
        })
        .await
    }

    /// Asks for a refresh of a balance.
    pub(super) async fn refresh_balance(
        &self,
        lane: Lane,
        account: &AccountId,
        idempotency_key: &str,
    ) -> Result<Account, CallError> {
        self.call(lane, "refresh_account", || {
            let request = self.client.refresh_account(account, [RefreshFeature::Balance]);
            sent!(self, request.idempotency_key(idempotency_key))
        })
        .await
    }

    /// Lists events of Financial Connections, the newest first.
    pub(super) async fn list_events(
        &self,
        lane: Lane,
        created_from: Option<i64>,
        after: Option<&EventId>,
    ) -> Result<List<Event>, CallError> {
        let fc = FinancialConnections::from(self.client.clone());
        self.call(lane, "list_events", || {
            let mut request = fc.events().list().limit(PAGE).extra_param("type", "financial_connections.*");
            if let Some(from) = created_from {
                request = request.created_gte(Timestamp::from_secs(from));
            }
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            sent!(self, request)
        })
        .await
    }

    /// Makes a call when the pace permits, and again after a transient failure.
    async fn call<T, F>(
        &self,
        lane: Lane,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let lane = u8::try_from(lane.number()).unwrap_or(u8::MAX);
        let clock = Arc::clone(self.client.clock());
        let mut attempt = 1;
        loop {
            let permit = self.pace.acquire(lane, operation).await;
            let outcome = send().instrument(tracing::debug_span!("call", operation, attempt)).await;
            let Err(error) = outcome else {
                self.counters.call(operation, CallResult::Succeeded);
                return outcome;
            };
            if let Some(refusal) = refusal(&error) {
                self.counters.call(operation, CallResult::Refused);
                permit.refused(refusal, clock.now());
            } else {
                self.counters.call(operation, CallResult::Failed);
            }
            drop(permit);
            if attempt >= ATTEMPTS || !is_transient(&error) {
                return Err(error);
            }
            clock.sleep(PAUSE.mul_f64(2_f64.powi(attempt.cast_signed() - 1) * (0.5 + random()))).await;
            attempt += 1;
        }
    }
}

/// Limiter that refused a call.
fn refusal(error: &CallError) -> Option<Refusal> {
    if error.kind() != ErrorKind::RateLimited {
        return None;
    }
    let reason = error.headers()?.get("stripe-rate-limited-reason")?.to_str().ok()?;
    Refusal::from_reason(reason)
}

/// An empty page that promises more would be read again and again.
pub(super) fn check_end(has_more: bool, has_items: bool) -> Result<(), Error> {
    if has_more && !has_items {
        return Err(Error::from(CallError::of_kind(
            ErrorKind::Decode,
            "a page of a list is empty and has more",
        )));
    }
    Ok(())
}

/// Whether the same call may succeed soon. A response that cannot be read may have been cut off on its way.
pub(super) fn is_transient(error: &CallError) -> bool {
    error.is_retryable() || error.is_decode()
}
