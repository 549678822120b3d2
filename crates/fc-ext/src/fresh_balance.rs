//! Balance that is fresh, or the reason why it is not.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fc_client::{Client, Clock, Error};
use fc_types::{Account, AccountId, Balance, ConnectedAccountId, RefreshStatus, Timestamp};

use crate::feature::RefreshFeature;
use crate::permission::Permission;
use crate::scope::Scope;
use crate::server_time::server_time;
use crate::wait::{Outcome, Polling, Refresh, RefreshWatch};

/// Request for a fresh balance; from [`Accounts::fresh_balance`](crate::Accounts::fresh_balance).
///
/// Await it. It answers the question before a debit: what can the account holder spend, as of now?
///
/// ```no_run
/// use std::time::Duration;
/// use fc_ext::{BalanceCheck, FinancialConnections};
///
/// # async fn run(fc: FinancialConnections, id: fc_ext::types::AccountId) -> Result<(), Box<dyn std::error::Error>> {
/// let (max_age, deadline) = (Duration::from_secs(600), Duration::from_secs(20));
/// match fc.accounts().fresh_balance(&id, max_age, deadline).await? {
///     BalanceCheck::Fresh { balance, .. } => match balance.spendable("usd") {
///         Some(money) if money.amount >= 50_00 => println!("debit it"),
///         _ => println!("not enough, or not known"),
///     },
///     BalanceCheck::Stale { reason, age, .. } => println!("{age:?} old: {reason}"),
///     BalanceCheck::Relink => println!("ask the account holder to link the account again"),
///     BalanceCheck::Disconnected | BalanceCheck::NoPermission => println!("ask for another account"),
///     BalanceCheck::NoData => println!("the institution gives no balance"),
/// }
/// # Ok(()) }
/// ```
///
/// # How it decides
///
/// - If Stripe fetched the balance at most `max_age` ago, it is fresh, and nothing is refreshed.
/// - If a refresh is pending, it waits for that one.
/// - Otherwise it refreshes, but not before `next_refresh_available_at`. It waits until then if the deadline allows it.
/// - A balance that a refresh brought is fresh. The institution may have computed it up to a day before (`as_of`), and no
///   refresh gives a newer one. Check `as_of` if that matters.
///
/// Ages are measured by Stripe's clock, from the header `Date` of the response. Without that header no age is known, so no
/// balance counts as young, and a refresh is tried at once.
///
/// # Errors
///
/// [`Error`] when the account could not be read at all: a wrong key, an unknown id, no connection. Later failures are
/// [`StaleReason::Request`].
///
/// # Cancel safety
///
/// Dropping the future ends the wait, not a refresh that it started.
#[must_use = "a request does nothing until it is awaited"]
#[derive(Clone)]
pub struct FreshBalance {
    client: Client,
    account: AccountId,
    max_age: Duration,
    deadline: Duration,
    scope: Scope,
}

/// Result of [`Accounts::fresh_balance`](crate::Accounts::fresh_balance).
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a caller that moves money has to handle each result")]
pub enum BalanceCheck {
    /// The balance is fresh.
    Fresh {
        /// The amounts. [`Balance::spendable`] picks one.
        balance: Balance,
        /// When the institution computed the balance. It can be up to a day before `fetched`.
        as_of: Timestamp,
        /// When Stripe fetched the balance, at the earliest.
        fetched: Timestamp,
    },
    /// The balance is not fresh, and could not be refreshed in time.
    Stale {
        /// Why it is not fresh.
        reason: StaleReason,
        /// Time since the institution computed the old balance; `None` if there is no old balance, or its age is not known.
        age: Option<Duration>,
        /// The old balance.
        balance: Option<Balance>,
    },
    /// The account is inactive. The account holder has to link it again.
    Relink,
    /// The account is disconnected, which is final.
    Disconnected,
    /// The account holder did not grant the permission `balances`.
    NoPermission,
    /// A refresh succeeded, and the institution gave no balance.
    NoData,
}

impl BalanceCheck {
    /// The balance, if it is fresh.
    #[must_use]
    pub fn fresh(&self) -> Option<&Balance> {
        match self {
            Self::Fresh { balance, .. } => Some(balance),
            _ => None,
        }
    }
}

/// Reason why a balance is stale.
#[derive(Debug)]
#[non_exhaustive]
pub enum StaleReason {
    /// The next refresh cannot start before the deadline.
    TooEarly {
        /// When the next refresh can start.
        next_refresh_available_at: Option<Timestamp>,
    },
    /// The refresh failed at the institution.
    RefreshFailed {
        /// When the next refresh can start.
        next_refresh_available_at: Option<Timestamp>,
    },
    /// The deadline passed before the refresh ended, or before one could be started. A refresh that was started goes on.
    Deadline,
    /// A call failed.
    Request(Error),
}

impl fmt::Display for StaleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = |f: &mut fmt::Formatter<'_>, next: &Option<Timestamp>| match next {
            Some(next) => write!(f, "; the next one can start at {next} (Unix seconds)"),
            None => Ok(()),
        };
        match self {
            Self::TooEarly { next_refresh_available_at } => {
                f.write_str("it is too early for a refresh")?;
                next(f, next_refresh_available_at)
            }
            Self::RefreshFailed { next_refresh_available_at } => {
                f.write_str("the refresh failed at the institution")?;
                next(f, next_refresh_available_at)
            }
            Self::Deadline => f.write_str("the deadline passed before the refresh ended"),
            Self::Request(error) => write!(f, "a call failed: {error}"),
        }
    }
}

impl FreshBalance {
    /// Less time is too short for a call.
    const SHORTEST: Duration = Duration::from_millis(50);

    pub(crate) fn new(client: &Client, account: AccountId, max_age: Duration, deadline: Duration) -> Self {
        Self { client: client.clone(), account, max_age, deadline, scope: Scope::default() }
    }

    /// Makes every call on behalf of a connected account.
    pub fn stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.scope.account = Some(account.into());
        self
    }

    /// Makes every call in a context, the value of the header `Stripe-Context`.
    pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
        self.scope.context = Some(context.into());
        self
    }

    async fn run(self) -> Result<BalanceCheck, Error> {
        let clock = Arc::clone(self.client.clock());
        let mut run = Run { start: clock.now(), clock, request: self, seen: None };
        match run.check().await {
            Ok(check) => Ok(check),
            Err(Stop::Unseen(error)) => Err(error),
            Err(Stop::Stale(reason)) => Ok(run.stale(reason)),
        }
    }
}

impl IntoFuture for FreshBalance {
    type Output = Result<BalanceCheck, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for FreshBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreshBalance")
            .field("account", &self.account)
            .field("max_age", &self.max_age)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Why there is no result of its own.
enum Stop {
    /// The account was never read.
    Unseen(Error),
    Stale(StaleReason),
}

/// What to do after the account was read.
enum Step {
    Done(BalanceCheck),
    /// A refresh is pending.
    Watch,
    /// A refresh can start after this time.
    RefreshAfter(Duration, Option<Timestamp>),
}

/// A check in progress.
struct Run {
    request: FreshBalance,
    clock: Arc<dyn Clock>,
    start: Instant,
    /// The account as last read, with the time at Stripe, if the response had it.
    seen: Option<(Account, Option<Timestamp>)>,
}

impl Run {
    async fn check(&mut self) -> Result<BalanceCheck, Stop> {
        let (account, now) = self.retrieve().await?;
        let watch = match step(&account, now, self.request.max_age) {
            Step::Done(check) => return Ok(check),
            Step::Watch => {
                // It begins with the state that was just read, so that an older one is ignored.
                RefreshWatch::begun(&account, [RefreshFeature::Balance])
            }
            Step::RefreshAfter(wait, next_refresh_available_at) => {
                if wait >= self.left() {
                    return Err(Stop::Stale(StaleReason::TooEarly { next_refresh_available_at }));
                }
                if !wait.is_zero() {
                    self.clock.sleep(wait).await;
                }
                self.refresh().await?
            }
        };
        self.follow(watch).await
    }

    /// Time until the deadline.
    fn left(&self) -> Duration {
        self.request.deadline.saturating_sub(self.clock.now().saturating_duration_since(self.start))
    }

    /// Time for the next call, which ends with it.
    fn time_for_a_call(&self) -> Result<Duration, Stop> {
        let left = self.left();
        if left < FreshBalance::SHORTEST { Err(Stop::Stale(StaleReason::Deadline)) } else { Ok(left) }
    }

    /// The reason after a call failed.
    fn reason(&self, error: Error) -> StaleReason {
        if self.left() < FreshBalance::SHORTEST && (error.is_timeout() || error.is_retryable()) {
            StaleReason::Deadline
        } else {
            StaleReason::Request(error)
        }
    }

    async fn retrieve(&mut self) -> Result<(Account, Option<Timestamp>), Stop> {
        let retrieve = self.request.client.retrieve_account(&self.request.account);
        let retrieve = within!(self.request.scope, retrieve).timeout(self.time_for_a_call()?);
        match retrieve.send_response().await {
            Ok(response) => {
                let now = server_time(&response);
                let seen = (response.into_inner(), now);
                self.seen = Some(seen.clone());
                Ok(seen)
            }
            Err(error) if self.seen.is_none() => Err(Stop::Unseen(error)),
            Err(error) => Err(Stop::Stale(self.reason(error))),
        }
    }

    async fn refresh(&mut self) -> Result<RefreshWatch, Stop> {
        self.time_for_a_call()?;
        let account = self.request.account.clone();
        let refresh = Refresh::new(&self.request.client, account, RefreshFeature::Balance);
        // A deadline too far away for the clock is none.
        let deadline = self.start.checked_add(self.request.deadline);
        let refresh = refresh.within(self.request.scope.clone()).deadline(deadline);
        refresh.begin().await.map_err(|error| Stop::Stale(self.reason(error)))
    }

    /// Polls until the refresh has an outcome.
    async fn follow(&mut self, mut watch: RefreshWatch) -> Result<BalanceCheck, Stop> {
        let mut intervals =
            Polling::within(self.request.deadline).first(Duration::from_millis(500)).intervals();
        loop {
            if let Some(refreshed) = watch.refreshed() {
                if let Some(outcome) = refreshed.balance {
                    return self.settle(outcome, &refreshed.account).await;
                }
            }
            let left = self.time_for_a_call()?;
            // The last poll needs time before the deadline.
            let interval = intervals.next().unwrap_or(left).min(left / 2);
            self.clock.sleep(interval).await;
            match self.retrieve().await {
                Ok((account, _)) => {
                    watch.observe(&account);
                }
                Err(Stop::Stale(StaleReason::Request(error))) if error.is_retryable() => {}
                Err(stop) => return Err(stop),
            }
        }
    }

    async fn settle(&mut self, outcome: Outcome<Balance>, account: &Account) -> Result<BalanceCheck, Stop> {
        Ok(match outcome {
            Outcome::Succeeded(balance) => {
                let fetched = account.balance_refresh.as_ref().map(|refresh| refresh.last_attempted_at);
                let as_of = balance.as_of;
                BalanceCheck::Fresh { balance, as_of, fetched: fetched.unwrap_or(as_of) }
            }
            Outcome::NoData => BalanceCheck::NoData,
            Outcome::Inactive => BalanceCheck::Relink,
            Outcome::Disconnected => BalanceCheck::Disconnected,
            Outcome::NoPermission => BalanceCheck::NoPermission,
            Outcome::Failed { next_refresh_available_at } => {
                return Err(Stop::Stale(StaleReason::RefreshFailed { next_refresh_available_at }));
            }
            Outcome::TooEarly { next_refresh_available_at, .. } => {
                // Another caller has refreshed it meanwhile, so what was read before is old.
                let (account, now) = self.retrieve().await?;
                match step(&account, now, self.request.max_age) {
                    Step::Done(check) => check,
                    Step::Watch | Step::RefreshAfter(..) => {
                        return Err(Stop::Stale(StaleReason::TooEarly { next_refresh_available_at }));
                    }
                }
            }
        })
    }

    fn stale(self, reason: StaleReason) -> BalanceCheck {
        let Some((account, now)) = self.seen else {
            return BalanceCheck::Stale { reason, age: None, balance: None };
        };
        let age = now.and_then(|now| account.balance_age(now));
        BalanceCheck::Stale { reason, age, balance: account.balance }
    }
}

/// Decides by the account as it is at `now`, if that is known.
fn step(account: &Account, now: Option<Timestamp>, max_age: Duration) -> Step {
    if account.is_disconnected() {
        return Step::Done(BalanceCheck::Disconnected);
    }
    if account.permissions.is_some() && !Permission::Balances.is_granted(account) {
        return Step::Done(BalanceCheck::NoPermission);
    }
    let refresh = account.balance_refresh.as_ref();
    let succeeded = refresh.filter(|refresh| refresh.status == RefreshStatus::Succeeded);
    let is_young = |fetched: Timestamp| {
        now.is_some_and(|now| fetched <= now && now.saturating_since(fetched) <= max_age)
    };
    match (&account.balance, succeeded) {
        (Some(balance), Some(refresh)) if is_young(refresh.last_attempted_at) => {
            let fetched = refresh.last_attempted_at;
            return Step::Done(BalanceCheck::Fresh {
                balance: balance.clone(),
                as_of: balance.as_of,
                fetched,
            });
        }
        // Stripe fetched it after the institution computed it.
        (Some(balance), None) if is_young(balance.as_of) => {
            let as_of = balance.as_of;
            return Step::Done(BalanceCheck::Fresh { balance: balance.clone(), as_of, fetched: as_of });
        }
        (None, Some(refresh)) if is_young(refresh.last_attempted_at) => {
            return Step::Done(BalanceCheck::NoData);
        }
        _ => {}
    }
    if account.is_inactive() {
        return Step::Done(BalanceCheck::Relink);
    }
    match refresh {
        Some(refresh) if refresh.status == RefreshStatus::Pending => Step::Watch,
        Some(refresh) => {
            let next = refresh.next_refresh_available_at;
            let wait = next.zip(now).map_or(Duration::ZERO, |(next, now)| next.saturating_since(now));
            Step::RefreshAfter(wait, next)
        }
        None => Step::RefreshAfter(Duration::ZERO, None),
    }
}
