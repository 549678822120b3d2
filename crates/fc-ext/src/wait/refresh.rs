//! Request that starts a refresh, and the wait for its outcome.

use std::fmt;
use std::time::{Duration, Instant};

use fc_client::{Client, Error, ErrorKind, RefreshAccount, Response, RetrieveAccount};
use fc_types::{Account, AccountId, ConnectedAccountId, Timestamp};
use serde::Serialize;

use super::error::WaitError;
use super::outcome::Refreshed;
use super::poll::FirstPoll;
use super::polling::Polling;
use super::settle::settle;
use super::watch::{RefreshWatch, Rejection};
use crate::feature::RefreshFeature;
use crate::scope::Scope;
use crate::server_time::server_time;

/// Request that starts a refresh and can wait for its outcome; from [`Accounts::refresh`](crate::Accounts::refresh).
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
///     Some(Outcome::TooEarly { data_as_of, next_refresh_available_at, .. }) => {
///         println!("data of {data_as_of:?}; not before {next_refresh_available_at:?}");
///     }
///     Some(Outcome::Inactive) => println!("the holder has to link the account again"),
///     other => println!("{other:?}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Refresh {
    request: RefreshAccount,
    account: AccountId,
    features: Vec<RefreshFeature>,
    // Repeated by the calls that follow the first one.
    expand: Option<Vec<String>>,
    scope: Scope,
    idempotency_key: Option<String>,
    timeout: Option<Duration>,
    max_retries: Option<u32>,
    has_extra_params: bool,
    /// Time at which every call has to end.
    deadline: Option<Instant>,
}

impl Refresh {
    pub(crate) fn new(
        client: &Client,
        account: AccountId,
        features: impl IntoIterator<Item = RefreshFeature>,
    ) -> Self {
        let mut distinct: Vec<RefreshFeature> = Vec::new();
        for feature in features {
            if !distinct.contains(&feature) {
                distinct.push(feature);
            }
        }
        let features = distinct;
        let request = client.refresh_account(&account, features.iter().copied());
        Self {
            request,
            account,
            features,
            expand: None,
            scope: Scope::default(),
            idempotency_key: None,
            timeout: None,
            max_retries: None,
            has_extra_params: false,
            deadline: None,
        }
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
        let key = key.into();
        self.request = self.request.idempotency_key(&key);
        self.idempotency_key = Some(key);
        self
    }

    /// See [`RefreshAccount::extra_param`].
    pub fn extra_param(mut self, name: &str, value: impl Serialize) -> Self {
        self.request = self.request.extra_param(name, value);
        self.has_extra_params = true;
        self
    }

    /// See [`RefreshAccount::timeout`]. It limits the call that starts the refresh, not the wait.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.timeout(timeout);
        self.timeout = Some(timeout);
        self
    }

    /// See [`RefreshAccount::max_retries`]. It limits the retries of the call that starts the refresh.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.request = self.request.max_retries(retries);
        self.max_retries = Some(retries);
        self
    }

    pub(crate) fn within(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Ends every call at this time of the client's clock, if there is one.
    pub(crate) fn deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Timeout of the next call, if there is a deadline.
    fn time_left(&self) -> Option<Duration> {
        let left = self.deadline?.saturating_duration_since(self.request.client().clock().now());
        // Zero is not a timeout.
        Some(left.max(Duration::from_millis(1)))
    }

    /// Starts the refresh and returns at once, while the features are still pending.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind. For an inactive account it has the code `financial_connections_account_inactive`.
    /// [`begin`](Refresh::begin) and [`until_settled`](Refresh::until_settled) turn the errors that the account explains
    /// into outcomes.
    ///
    /// # Cancel safety
    ///
    /// As [`RefreshAccount::send`].
    pub async fn send(self) -> Result<Account, Error> {
        within!(self.scope, self.request).send().await
    }

    /// As [`send`](Refresh::send), with the status and the headers of the response.
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

    /// Starts the refresh and returns a watch, which follows it by polling or by events.
    ///
    /// If Stripe rejects the call, the account is read to learn why. A feature whose refresh is pending already is watched,
    /// and the other features are refreshed in a second call. An inactive account, a disconnected account, a missing
    /// permission and a refresh that is too early become outcomes.
    ///
    /// # Errors
    ///
    /// [`Error`] of every kind, unless the account explains it.
    ///
    /// # Cancel safety
    ///
    /// As [`RefreshAccount::send`].
    pub async fn begin(self) -> Result<RefreshWatch, Error> {
        let mut request = within!(self.scope, self.request.clone());
        if let Some(left) = self.time_left() {
            request = request.timeout(left);
        }
        let mut watch = match begin(request, &self.features).await {
            Ok(watch) => watch,
            Err(error) if is_rejection(&error) && !self.features.is_empty() => {
                self.begin_rejected(error).await?
            }
            Err(error) => return Err(error),
        };
        watch.scope = self.scope;
        watch.expand = self.expand;
        Ok(watch)
    }

    /// Goes on after Stripe rejected the call.
    async fn begin_rejected(&self, error: Error) -> Result<RefreshWatch, Error> {
        let Ok(account) = self.retrieve().send_response().await else { return Err(error) };
        let rejection = match error.kind() {
            // A key that may not refresh will not be allowed to later.
            ErrorKind::Permission => Rejection::Denied,
            _ => Rejection::Invalid { now: server_time(&account) },
        };
        let (mut watch, rest) = RefreshWatch::rejected(&account, self.features.iter().copied(), rejection);
        if rest.is_empty() {
            return Ok(watch);
        }
        // The account explains nothing, or the second call could not have the parameters of the first one.
        if rest.len() == self.features.len() || self.has_extra_params {
            return Err(error);
        }
        let request = within!(self.scope, self.request_for(&rest));
        watch.merge(begin(request, &rest).await?);
        Ok(watch)
    }

    /// A request for other features, with the settings of the first one.
    fn request_for(&self, features: &[RefreshFeature]) -> RefreshAccount {
        let client = self.request.client();
        let mut request = client.refresh_account(&self.account, features.iter().copied());
        if let Some(expand) = &self.expand {
            request = request.expand(expand.iter().cloned());
        }
        if let Some(key) = &self.idempotency_key {
            // Another request needs another key.
            let names: Vec<&str> = features.iter().map(|feature| feature.as_str()).collect();
            request = request.idempotency_key(format!("{key}-{}", names.join("-")));
        }
        if let Some(timeout) = self.time_left().or(self.timeout) {
            request = request.timeout(timeout);
        }
        if let Some(retries) = self.max_retries {
            request = request.max_retries(retries);
        }
        request
    }

    /// The request that polls.
    fn retrieve(&self) -> RetrieveAccount {
        let mut retrieve = self.request.client().retrieve_account(&self.account);
        if let Some(expand) = &self.expand {
            retrieve = retrieve.expand(expand.iter().cloned());
        }
        if let Some(left) = self.time_left() {
            retrieve = retrieve.timeout(left);
        }
        within!(self.scope, retrieve)
    }

    /// Starts the refresh and polls until every feature has an outcome.
    ///
    /// A feature whose last refresh is too recent has the outcome [`TooEarly`](crate::Outcome::TooEarly) at once. As in
    /// [`begin`](Refresh::begin), a call that Stripe rejects becomes an outcome if the account explains it.
    ///
    /// # Errors
    ///
    /// [`WaitError::Request`] when the refresh could not be started. [`WaitError::Poll`] when a poll fails with an error that
    /// is not retryable. [`WaitError::Elapsed`] when the time limit is reached first. A failed refresh is an outcome, not an
    /// error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait, not the refresh. A wait that can be resumed starts with
    /// [`begin`](Refresh::begin) and continues with [`Accounts::until_settled`](crate::Accounts::until_settled).
    pub async fn until_settled(self, polling: impl Into<Polling>) -> Result<Refreshed, WaitError> {
        let polling = polling.into();
        let retrieve = self.retrieve();
        let mut watch = self.begin().await?;
        settle(&retrieve, &mut watch, polling, FirstPoll::AfterInterval).await
    }
}

/// Sends the request and watches its features.
async fn begin(request: RefreshAccount, features: &[RefreshFeature]) -> Result<RefreshWatch, Error> {
    let clock = std::sync::Arc::clone(request.client().clock());
    let start = clock.now();
    let response = request.send_response().await?;
    let took = clock.now().saturating_duration_since(start);
    let sent = server_time(&response).map(|now| sent_at(now, took));
    Ok(RefreshWatch::begun_at(&response, features.iter().copied(), sent))
}

/// When a call was sent at the latest, by the whole seconds of Stripe's clock.
fn sent_at(received: Timestamp, took: Duration) -> Timestamp {
    received - Duration::from_secs(took.as_secs() + u64::from(took.subsec_nanos() > 0))
}

/// Whether Stripe rejected the call for a reason that the account may explain. A code such as `parameter_unknown` says
/// itself what is wrong, and it is not the account.
fn is_rejection(error: &Error) -> bool {
    let is_about_the_account =
        error.code().is_none_or(|code| code.as_str().starts_with("financial_connections_"));
    error.status().is_some()
        && matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::Permission)
        && is_about_the_account
}

impl fmt::Debug for Refresh {
    /// Without the idempotency key, as for every request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh")
            .field("request", &self.request)
            .field("features", &self.features)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An earlier second might hide a refresh that another call has started.
    #[test]
    fn a_call_was_sent_in_the_second_that_its_duration_allows() {
        let at = |seconds| Timestamp::from_secs(seconds);
        for (millis, sent) in [(0, 100), (1, 99), (1_000, 99), (1_001, 98), (2_500, 97)] {
            assert_eq!(sent_at(at(100), Duration::from_millis(millis)), at(sent), "{millis} ms");
        }
    }
}
