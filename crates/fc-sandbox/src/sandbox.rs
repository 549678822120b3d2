//! The handle: a sandbox in this process, with or without a socket.

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use fc_types::AccountId;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::account_number::{AccountNumberStatus, PaymentMethodType};
use crate::account_spec::AccountSpec;
use crate::auth::Caller;
use crate::builder::SandboxBuilder;
use crate::clock::{Clock, Instant};
use crate::fault::Faults;
use crate::link::LinkError;
use crate::model::{AccountStatus, Feature, RefreshOutcome, Settings};
use crate::snapshot::{ImportError, Snapshot};
use crate::state::State;
use crate::store::StoreFailure;
use crate::world::World;
use crate::{access, control, courier, link_page, routes, server};

/// A Financial Connections API of one's own. Clones share one state.
///
/// Each key has a world of its own, and each connected account under a key as well; any well-formed `sk_test_…` is a key.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub(crate) state: Arc<State>,
}

impl Sandbox {
    /// A sandbox to be set up otherwise than by default.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder { clock: Clock::real(), seed: 0, settings: Settings::default() }
    }

    /// A sandbox with the defaults, listening on a free port of this machine until the handle is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = fc_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn start() -> io::Result<RunningSandbox> {
        Self::builder().start().await
    }

    /// The server as a service, to be called without a socket.
    pub fn router(&self) -> Router {
        let below = control::router(self.clone()).merge(link_page::router(self.clone()));
        routes::stripe()
            .with_state(Arc::clone(&self.state))
            .nest("/_sandbox", below.layer(from_fn(control::shape_refusal)))
            .nest("/_sandbox/", control::list().layer(from_fn(control::shape_refusal)))
            .layer(from_fn_with_state(Arc::clone(&self.state), access::layer))
    }

    /// Serves on `listener` until `shutdown` is done, then lets open requests end.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn run(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        tokio::select! {
            served = server::serve(listener, self.router(), shutdown) => served,
            never = courier::drive(Arc::clone(&self.state)) => match never {},
        }
    }

    /// The sandbox's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// The faults that are to come.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// The user goes through a session, named by its id or its client secret, and links these accounts.
    ///
    /// The accounts turn active, join the session and get the refreshes that it prefetches. Without accounts, the user has
    /// left early. Either way the session is used up.
    ///
    /// # Errors
    ///
    /// When there is no such session, it was used before, or its limits and filters do not let an account through. Nothing
    /// has changed then.
    pub fn link(
        &self,
        session: impl AsRef<str>,
        accounts: impl IntoIterator<Item = AccountSpec>,
    ) -> Result<Vec<AccountId>, LinkError> {
        let accounts: Vec<AccountSpec> = accounts.into_iter().collect();
        let linked = self.state.within(
            |world| world.session(session.as_ref()),
            |world, session, now| world.link(session, accounts, now),
        );
        let ids = linked.unwrap_or(Err(LinkError::UnknownSession))?;
        Ok(ids.into_iter().map(AccountId::unchecked).collect())
    }

    /// Decides how the account's next refresh of `feature` ends, a pending one included. Calls queue up.
    ///
    /// # Errors
    ///
    /// When there is no such account, or it is disconnected.
    pub fn plan_refresh(
        &self,
        account: impl AsRef<str>,
        feature: Feature,
        outcome: RefreshOutcome,
    ) -> Result<(), AccountError> {
        self.with_connected(account.as_ref(), |world, account, _| {
            world.accounts[account].outcomes.push((feature, outcome));
            Ok(())
        })
    }

    /// The bank cuts the connection of an active account: it turns inactive.
    ///
    /// # Errors
    ///
    /// When there is no such account or it is not active.
    pub fn deactivate(&self, account: impl AsRef<str>) -> Result<(), AccountError> {
        let changed = self.state.within(
            |world| world.accounts.find(account.as_ref()),
            |world, account, now| world.deactivate(account, now),
        );
        changed.ok_or(AccountError::Unknown)?.then_some(()).ok_or(AccountError::NotActive)
    }

    /// The user logs in at the bank again: an inactive account turns active.
    ///
    /// # Errors
    ///
    /// When there is no such account or it is not inactive.
    pub fn reactivate(&self, account: impl AsRef<str>) -> Result<(), AccountError> {
        let changed = self.state.within(
            |world| world.accounts.find(account.as_ref()),
            |world, account, now| world.reactivate(account, now),
        );
        changed.ok_or(AccountError::Unknown)?.then_some(()).ok_or(AccountError::NotInactive)
    }

    /// Sets the time (seconds since the epoch) at which the log-in behind an account is expected to end, or takes it back.
    ///
    /// It concerns all accounts of the log-in: they and the log-in have the events `expected_deactivation_date_updated` and,
    /// thirty days before or at once, `upcoming_deactivation`; then the accounts turn inactive.
    ///
    /// # Errors
    ///
    /// When there is no such account, it is not active, or the time is not in the future.
    pub fn expect_deactivation(&self, account: impl AsRef<str>, at: Option<i64>) -> Result<(), AccountError> {
        self.with_account(account.as_ref(), |world, account, now| {
            if world.accounts[account].status != AccountStatus::Active {
                return Err(AccountError::NotActive);
            }
            in_future(at, now)?;
            world.plan_end(world.accounts[account].authorization, at, now);
            Ok(())
        })
    }

    /// The bank changes an account's number: its status, and when (seconds since the epoch) it expires. One that expires is a
    /// tokenized number.
    ///
    /// # Errors
    ///
    /// When there is no such account, it is disconnected, it has no number, the time is not in the future, or one is given
    /// for a number that has expired.
    pub fn set_account_number(
        &self,
        account: impl AsRef<str>,
        status: AccountNumberStatus,
        expires_at: Option<i64>,
    ) -> Result<(), AccountError> {
        self.with_connected(account.as_ref(), |world, account, now| {
            in_future(expires_at, now)?;
            if status == AccountNumberStatus::Expired && expires_at.is_some() {
                return Err(AccountError::ExpiredEarly);
            }
            world.change_number(account, status, expires_at, now).ok_or(AccountError::NoNumber)
        })
    }

    /// What an account can be paid with changes. A method that is given twice counts once.
    ///
    /// # Errors
    ///
    /// When there is no such account, or it is disconnected.
    pub fn set_payment_methods(
        &self,
        account: impl AsRef<str>,
        methods: impl IntoIterator<Item = PaymentMethodType>,
    ) -> Result<(), AccountError> {
        let mut different = Vec::new();
        for method in methods {
            if !different.contains(&method) {
                different.push(method);
            }
        }
        self.with_connected(account.as_ref(), |world, account, now| {
            world.change_payment_methods(account, different, now);
            Ok(())
        })
    }

    /// Refuses an account that has come to its end.
    fn with_connected(
        &self,
        account: &str,
        action: impl FnOnce(&mut World, u32, Instant) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        self.with_account(account, |world, account, now| match world.accounts[account].status {
            AccountStatus::Disconnected => Err(AccountError::Disconnected),
            AccountStatus::Active | AccountStatus::Inactive => action(world, account, now),
        })
    }

    fn with_account(
        &self,
        account: &str,
        action: impl FnOnce(&mut World, u32, Instant) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        self.state.within(|world| world.accounts.find(account), action).unwrap_or(Err(AccountError::Unknown))
    }

    /// Sends every event that is due to its webhook endpoints, and returns when that is done.
    ///
    /// A sandbox that listens sends them by itself as well; this waits for it.
    pub async fn deliver_webhooks(&self) {
        courier::deliver(&self.state).await;
    }

    /// All deliveries to webhook endpoints in the world of `key`, oldest first: the event, the endpoint, the attempts with
    /// their times and outcomes, and what comes next.
    #[must_use]
    pub fn deliveries(&self, key: &str) -> Vec<Value> {
        let Ok(caller) = Caller::from_key(key) else { return Vec::new() };
        let world = self.state.world(&caller);
        let mut world = world.lock();
        world.catch_up(self.state.clock.instant());
        world.deliveries.numbers().map(|delivery| world.render_delivery(delivery)).collect()
    }

    /// The same of all worlds.
    pub(crate) fn all_deliveries(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for world in self.state.worlds() {
            let mut world = world.lock();
            world.catch_up(self.state.clock.instant());
            all.extend(world.deliveries.numbers().map(|delivery| world.render_delivery(delivery)));
        }
        all
    }

    /// Gives a webhook endpoint a new signing secret. For `overlap`, a day at most, deliveries are signed with the old one as
    /// well. None if there is no such endpoint.
    #[must_use]
    pub fn roll_webhook_secret(&self, endpoint: impl AsRef<str>, overlap: Duration) -> Option<String> {
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        self.state.within(
            |world| world.webhook_endpoint(endpoint.as_ref()),
            |world, endpoint, now| world.roll_secret(endpoint, now.after(overlap.min(LONGEST)), now),
        )
    }

    /// The whole state as JSON: all worlds, the seed and the time. It holds the keys and secrets of all callers.
    ///
    /// What is set for a sandbox, such as how long a refresh takes, is no part of it.
    #[must_use]
    pub fn export(&self) -> String {
        let snapshot = self.state.export();
        serde_json::to_string_pretty(&snapshot).expect("a snapshot has text for keys and no failing parts")
    }

    /// Puts an exported state in the place of this one. The clock goes on from when it was exported.
    ///
    /// ```
    /// use fc_sandbox::{Clock, Sandbox};
    ///
    /// let first = Sandbox::builder().clock(Clock::frozen(1_790_000_000)).build();
    /// let second = Sandbox::builder().build();
    /// second.import(&first.export())?;
    /// assert_eq!(second.clock().now(), 1_790_000_000);
    /// # Ok::<(), fc_sandbox::ImportError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is not what [`Sandbox::export`] of this version gives. Nothing has changed then.
    pub fn import(&self, state: &str) -> Result<(), ImportError> {
        self.state.import(&Snapshot::read(state)?)
    }

    /// What ids and bank data are drawn from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.state.seed()
    }

    /// Whether it holds nothing: a world is made when its key is first used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.is_empty()
    }

    /// Waits until all that was done so far is in the data file. Answers over HTTP have waited already; only what was done
    /// through this handle needs it.
    ///
    /// # Errors
    ///
    /// When the data file can no longer be written.
    pub async fn flush(&self) -> Result<(), StoreFailure> {
        self.state.written().await
    }

    /// Done when the data file can no longer be written; from then on every request is refused. Never without one.
    pub async fn failed(&self) -> StoreFailure {
        self.state.failed().await
    }

    /// All events of the world of `key`, oldest first, as the API shows them. Empty for a key that no request came with.
    #[must_use]
    pub fn events(&self, key: &str) -> Vec<Value> {
        let Ok(caller) = Caller::from_key(key) else { return Vec::new() };
        let world = self.state.world(&caller);
        let mut world = world.lock();
        world.catch_up(self.state.clock.instant());
        world.events.numbers().map(|event| world.render_event(event)).collect()
    }
}

impl From<State> for Sandbox {
    fn from(state: State) -> Self {
        Self { state: Arc::new(state) }
    }
}

/// A sandbox that listens on a port. Dropping it ends the server.
#[derive(Debug)]
pub struct RunningSandbox {
    sandbox: Sandbox,
    base_url: String,
    _stop: oneshot::Sender<()>,
}

impl RunningSandbox {
    pub(crate) async fn start(sandbox: Sandbox) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let server = sandbox.clone();
        tokio::spawn(async move {
            let shutdown = async {
                // Done as soon as the handle, which holds the sender, is gone.
                let _ = stopped.await;
            };
            if let Err(error) = server.run(listener, shutdown).await {
                tracing::error!(%error, "the sandbox stopped");
            }
        });
        Ok(Self { sandbox, base_url: format!("http://{address}"), _stop: stop })
    }

    /// Where it listens, such as `http://127.0.0.1:49213`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Deref for RunningSandbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

/// Why an account was left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountError {
    /// No world has an account of this id.
    Unknown,
    /// Only an active account can do this.
    NotActive,
    /// Only an inactive account can do this.
    NotInactive,
    /// A disconnected account has come to its end.
    Disconnected,
    /// The account cannot be paid with, and so has no number.
    NoNumber,
    /// A time that has passed.
    NotInFuture,
    /// An account number that has expired, and expires later.
    ExpiredEarly,
}

fn in_future(at: Option<i64>, now: Instant) -> Result<(), AccountError> {
    if at.is_some_and(|at| at <= now.unix()) { Err(AccountError::NotInFuture) } else { Ok(()) }
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no account has this id: link one first",
            Self::NotActive => "the account is not active",
            Self::NotInactive => "the account is not inactive",
            Self::Disconnected => "the account is disconnected: link another",
            Self::NoNumber => "the account has no number, since it cannot be paid with",
            Self::NotInFuture => "the time has passed on the sandbox's clock: name a later one",
            Self::ExpiredEarly => "a number that has expired does not expire later: leave `expires_at` out",
        })
    }
}

impl std::error::Error for AccountError {}
