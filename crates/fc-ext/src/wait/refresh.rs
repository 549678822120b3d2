//! The refresh of an account: begin it, and wait for its end.

use std::borrow::Borrow;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use fc_client::{Client, Clock, Error, RefreshAccount, Response, RetrieveAccount};
use fc_types::{Account, AccountId, ConnectedAccountId, Event, EventObject};
use futures_core::Stream;
use serde::Serialize;

use crate::RefreshFeature;
use crate::scope::Scope;
use crate::wait::error::{Elapsed, WaitError};
use crate::wait::outcome::Refreshed;
use crate::wait::watch::RefreshWatch;
use crate::wait::{FirstLook, Polling, poll};

/// A refresh that can be begun, and waited for; from [`Accounts::refresh`](crate::Accounts::refresh).
///
/// ```no_run
/// use std::time::Duration;
/// use fc_ext::{FinancialConnections, Outcome, RefreshFeature};
///
/// # async fn run(fc: FinancialConnections, id: fc_ext::types::AccountId) -> Result<(), Box<dyn std::error::Error>> {
/// let refresh = fc.accounts().refresh(&id, [RefreshFeature::Balance]);
/// let refreshed = refresh.until_settled(Duration::from_secs(60)).await?;
/// match refreshed.balance {
///     Some(Outcome::Succeeded(balance)) => println!("{:?}", balance.current),
///     Some(Outcome::TooEarly { next_refresh_available_at }) => println!("not before {next_refresh_available_at:?}"),
///     Some(Outcome::WentInactive) => println!("the holder has to link the account again"),
///     other => println!("{other:?}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Refresh {
    request: RefreshAccount,
    account: AccountId,
    features: Vec<RefreshFeature>,
    /// What polling has to repeat of the request.
    expand: Option<Vec<String>>,
    scope: Scope,
}

impl Refresh {
    pub(crate) fn new(
        client: &Client,
        account: AccountId,
        features: impl IntoIterator<Item = RefreshFeature>,
    ) -> Self {
        let features: Vec<RefreshFeature> = features.into_iter().collect();
        let request = client.refresh_account(&account, features.iter().copied());
        Self { request, account, features, expand: None, scope: Scope::default() }
    }

    /// See [`RefreshAccount::expand`].
    pub fn expand(mut self, expand: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let expand: Vec<String> = expand.into_iter().map(Into::into).collect();
        self.request = self.request.expand(expand.iter().cloned());
        self.expand = Some(expand);
        self
    }

    /// See [`RefreshAccount::stripe_account`].
    pub fn stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.scope.account = Some(account.into());
        self
    }

    /// See [`RefreshAccount::stripe_context`].
    pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
        self.scope.context = Some(context.into());
        self
    }

    /// See [`RefreshAccount::idempotency_key`].
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.request = self.request.idempotency_key(key);
        self
    }

    /// See [`RefreshAccount::extra_param`].
    pub fn extra_param(mut self, name: &str, value: impl Serialize) -> Self {
        self.request = self.request.extra_param(name, value);
        self
    }

    /// See [`RefreshAccount::timeout`]: it holds for the call that begins the refresh, not for the wait.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.timeout(timeout);
        self
    }

    /// See [`RefreshAccount::max_retries`]: it holds for the call that begins the refresh.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.request = self.request.max_retries(retries);
        self
    }

    /// Begins the refresh and returns at once, with the features still pending.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind. An account that is inactive has the code `financial_connections_account_inactive`.
    ///
    /// # Cancel safety
    ///
    /// As [`RefreshAccount::send`].
    pub async fn send(self) -> Result<Account, Error> {
        within!(self.scope, self.request).send().await
    }

    /// As [`send`](Refresh::send), with the answer's metadata.
    ///
    /// # Errors
    ///
    /// As [`send`](Refresh::send).
    ///
    /// # Cancel safety
    ///
    /// As [`RefreshAccount::send`].
    pub async fn send_response(self) -> Result<Response<Account>, Error> {
        within!(self.scope, self.request).send_response().await
    }

    /// Begins the refresh and returns what follows it to its end, wherever the news come from.
    ///
    /// # Errors
    ///
    /// As [`send`](Refresh::send).
    ///
    /// # Cancel safety
    ///
    /// As [`RefreshAccount::send`].
    pub async fn begin(self) -> Result<RefreshWatch, Error> {
        let answer = within!(self.scope, self.request).send().await?;
        Ok(watch(&answer, &self.features, self.scope))
    }

    /// Begins the refresh and polls until each feature has an outcome.
    ///
    /// A feature whose last refresh is too recent has the outcome [`TooEarly`](crate::Outcome::TooEarly) at once. Where
    /// Stripe answers that case with an error instead, which is not documented, so does this.
    ///
    /// # Errors
    ///
    /// [`WaitError::Request`] when the refresh could not be begun, or polling failed for a reason that stays;
    /// [`WaitError::Elapsed`] when the time was up first. A refresh that failed is no error but an outcome.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait, not the refresh. To take the wait up again, use
    /// [`begin`](Refresh::begin) and [`Accounts::until_settled`](crate::Accounts::until_settled) instead.
    pub async fn until_settled(self, polling: impl Into<Polling>) -> Result<Refreshed, WaitError> {
        let polling = polling.into();
        let mut look = self.request.client().retrieve_account(&self.account);
        if let Some(expand) = self.expand {
            look = look.expand(expand);
        }
        let look = within!(self.scope, look);
        let answer = within!(self.scope, self.request).send().await?;
        let mut watch = watch(&answer, &self.features, self.scope);
        settle(&look, &mut watch, polling, FirstLook::AfterInterval).await
    }
}

fn watch(answer: &Account, features: &[RefreshFeature], scope: Scope) -> RefreshWatch {
    let mut watch = RefreshWatch::begun(answer, features.iter().copied());
    watch.scope = scope;
    watch
}

/// Polls with `look` until everything that is watched has an outcome.
async fn settle(
    look: &RetrieveAccount,
    watch: &mut RefreshWatch,
    polling: Polling,
    first: FirstLook,
) -> Result<Refreshed, WaitError> {
    if let Some(refreshed) = watch.refreshed() {
        return Ok(refreshed);
    }
    let outcome = poll(look, polling, first, |account| {
        watch.observe(&account);
        watch.refreshed().map_or(ControlFlow::Continue(account), ControlFlow::Break)
    });
    match outcome.await {
        Err(WaitError::Elapsed(elapsed)) => Err(WaitError::Elapsed(elapsed.of(watch))),
        outcome => outcome,
    }
}

/// Polls for a watch that may have begun long ago.
pub(crate) async fn settle_by_polling(
    client: &Client,
    watch: &mut RefreshWatch,
    polling: Polling,
) -> Result<Refreshed, WaitError> {
    let look = within!(watch.scope, client.retrieve_account(watch.id()));
    settle(&look, watch, polling, FirstLook::AtOnce).await
}

/// Feeds events to a watch until everything has an outcome.
pub(crate) async fn settle_by_events(
    clock: &dyn Clock,
    watch: &mut RefreshWatch,
    events: impl Stream<Item: Borrow<Event>>,
    limit: Duration,
) -> Result<Refreshed, WaitError> {
    let mut events = pin!(events);
    let start = clock.now();
    let mut alarm = clock.sleep(limit);
    let mut elapsed = Elapsed::new(limit);
    loop {
        if let Some(refreshed) = watch.refreshed() {
            return Ok(refreshed);
        }
        // A flood of events about other accounts must not keep the alarm from being heard.
        if clock.now().saturating_duration_since(start) >= limit {
            return Err(WaitError::Elapsed(elapsed.of(watch)));
        }
        let news = poll_fn(|context| match events.as_mut().poll_next(context) {
            Poll::Ready(event) => Poll::Ready(Some(event)),
            Poll::Pending => alarm.as_mut().poll(context).map(|()| None),
        });
        match news.await {
            Some(Some(event)) => {
                let event: &Event = event.borrow();
                watch.observe_event(event);
                if let EventObject::Account(account) = &event.data.object
                    && account.id == *watch.id()
                {
                    elapsed.saw((**account).clone());
                }
            }
            Some(None) => return Err(WaitError::EventsEnded(elapsed.of(watch))),
            None => return Err(WaitError::Elapsed(elapsed.of(watch))),
        }
    }
}
