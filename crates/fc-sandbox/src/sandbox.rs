//! The handle: a sandbox in this process, with or without a socket.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fc_types::AccountId;
use serde_json::Value;

use crate::api_version::{API_VERSION, Surface};
use crate::bank::account_spec::AccountSpec;
use crate::caller::Caller;
use crate::clock::{Clock, DAY, Instant};
use crate::fault::Faults;
use crate::lifecycle::link::LinkError;
use crate::lifecycle::refusal::{AccountRefusal, Disconnected, require_connected};
use crate::lifecycle::{account_number, connection, delivery, endpoint, refresh, relink, session};
use crate::model::account::{AccountStatus, InactiveCause};
use crate::model::account_number::{AccountNumberStatus, PaymentMethodType};
use crate::model::feature::{Feature, RefreshOutcome};
use crate::model::refresh::RefreshStatus;
use crate::model::session::SessionEnd;
use crate::render::event::render_event;
use crate::render::webhook::render_delivery;
use crate::state::State;
use crate::store::change::StoreFailure;
use crate::store::snapshot::{ImportError, Snapshot};
use crate::webhook::dispatcher;
use crate::world::World;

/// A local, stateful Financial Connections server. Clones share one state.
///
/// Each key has its own world, and each connected account under a key too. Every well-formed `sk_test_…` is a valid key.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub(crate) state: Arc<State>,
}

impl Sandbox {
    /// The sandbox's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// The faults that are injected into the next calls, refreshes and deliveries.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// Links accounts, as a user would in the browser. The session is named by its id or its client secret.
    ///
    /// The accounts turn active, join the session and start the refreshes that the session prefetches. An empty list means
    /// that the user left early. In both cases the session is finished.
    ///
    /// # Errors
    ///
    /// If no session has this id or secret, the session is finished, its limits or filters exclude an account, the
    /// description of an account is invalid, or its institution is down. Nothing has changed then.
    pub fn link(
        &self,
        session: impl AsRef<str>,
        accounts: impl IntoIterator<Item = AccountSpec>,
    ) -> Result<Vec<AccountId>, LinkError> {
        let accounts: Vec<AccountSpec> = accounts.into_iter().collect();
        let linked = self.state.within(
            |world| world.session(session.as_ref()),
            |world, session, now| relink::complete(world, session, accounts, now),
        );
        let ids = linked.unwrap_or(Err(LinkError::UnknownSession))?;
        Ok(ids.into_iter().map(AccountId::unchecked).collect())
    }

    /// Logs in again, as a user would in the browser, in a session that was created with `relink_options`. The session is named
    /// by its id or its client secret. Returns the accounts that were shared again.
    ///
    /// The account of the session is active again with the same id, and its transactions continue; without an account, all
    /// accounts of the authorization are. A closed account is not found: the session fails with `no_account`, and the result is
    /// empty.
    ///
    /// [`Sandbox::link`] in such a session chooses other accounts: one with the name and digits of an account of the
    /// authorization is that account, and every other one is another account.
    ///
    /// # Errors
    ///
    /// If no session has this id or secret, the session is finished or relinks nothing, or the institution is down. Nothing has
    /// changed then.
    pub fn relink(&self, session: impl AsRef<str>) -> Result<Vec<AccountId>, LinkError> {
        let linked = self.state.within(|world| world.session(session.as_ref()), relink::relink);
        let ids = linked.unwrap_or(Err(LinkError::UnknownSession))?;
        Ok(ids.into_iter().map(AccountId::unchecked).collect())
    }

    /// Ends a session without accounts: the user leaves, or something goes wrong. The session is named by its id or its client
    /// secret. The preview shows how it ended.
    ///
    /// # Errors
    ///
    /// If no session has this id or secret, or the session is finished.
    pub fn end_session(&self, session: impl AsRef<str>, end: SessionEnd) -> Result<(), LinkError> {
        let ended = self.state.within(
            |world| world.session(session.as_ref()),
            |world, session, now| {
                if world.sessions[session].finished {
                    return Err(LinkError::SessionFinished);
                }
                session::end(world, session, end, now);
                Ok(())
            },
        );
        ended.unwrap_or(Err(LinkError::UnknownSession))
    }

    /// Decides how the account's next refresh of `feature` ends, a pending one included. Several plans are used in order.
    ///
    /// # Errors
    ///
    /// If no account has this id, or the account is disconnected.
    pub fn plan_refresh(
        &self,
        account: impl AsRef<str>,
        feature: Feature,
        outcome: RefreshOutcome,
    ) -> Result<(), AccountError> {
        self.with_account(account.as_ref(), |world, account, _| {
            require_connected(world, account)?;
            world.accounts[account].outcomes.push((feature, outcome));
            Ok(())
        })
    }

    /// Makes an active account inactive, as if the bank had cut the connection without a reason.
    ///
    /// # Errors
    ///
    /// If no account has this id, or the account is not active.
    pub fn deactivate(&self, account: impl AsRef<str>) -> Result<(), AccountError> {
        self.deactivate_because(account, InactiveCause::Unspecified)
    }

    /// Makes an active account inactive. The preview shows the cause.
    ///
    /// # Errors
    ///
    /// If no account has this id, or the account is not active.
    pub fn deactivate_because(
        &self,
        account: impl AsRef<str>,
        cause: InactiveCause,
    ) -> Result<(), AccountError> {
        self.with_account(account.as_ref(), |world, account, now| {
            connection::deactivate(world, account, cause, now).then_some(()).ok_or(AccountError::NotActive)
        })
    }

    /// Makes an inactive account active, as if the user had logged in at the bank again.
    ///
    /// # Errors
    ///
    /// If no account has this id, or the account is not inactive.
    pub fn reactivate(&self, account: impl AsRef<str>) -> Result<(), AccountError> {
        self.with_account(account.as_ref(), |world, account, now| {
            connection::reactivate(world, account, now).then_some(()).ok_or(AccountError::NotInactive)
        })
    }

    /// Sets or removes the time (Unix seconds) at which the log-in behind an account is expected to end.
    ///
    /// The end concerns all accounts that were linked with the log-in. They and the log-in get the events
    /// `expected_deactivation_date_updated` and `upcoming_deactivation`. The second comes thirty days before the end, or at
    /// once if the end is nearer. At the end the accounts turn inactive.
    ///
    /// # Errors
    ///
    /// If no account has this id, the account is not active, or the time is not in the future or after the year 9999.
    pub fn expect_deactivation(&self, account: impl AsRef<str>, at: Option<i64>) -> Result<(), AccountError> {
        self.with_account(account.as_ref(), |world, account, now| {
            if world.accounts[account].status != AccountStatus::Active {
                return Err(AccountError::NotActive);
            }
            require_future(at, now)?;
            let authorization = world.accounts[account].authorization;
            connection::plan_end(world, authorization, at, now);
            Ok(())
        })
    }

    /// Changes an account's number: its status, and the time (Unix seconds) at which it expires. A number that expires is
    /// tokenized.
    ///
    /// # Errors
    ///
    /// If no account has this id, the account is disconnected or has no number, the time is not in the future or after the
    /// year 9999, or an expired number is given a time.
    pub fn set_account_number(
        &self,
        account: impl AsRef<str>,
        status: AccountNumberStatus,
        expires_at: Option<i64>,
    ) -> Result<(), AccountError> {
        self.with_account(account.as_ref(), |world, account, now| {
            require_connected(world, account)?;
            require_future(expires_at, now)?;
            if status == AccountNumberStatus::Expired && expires_at.is_some() {
                return Err(AccountError::ExpiredEarly);
            }
            account_number::change(world, account, status, expires_at, now).ok_or(AccountError::NoNumber)
        })
    }

    /// Changes the payment methods of an account. Duplicates are ignored.
    ///
    /// # Errors
    ///
    /// If no account has this id, or the account is disconnected.
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
        self.with_account(account.as_ref(), |world, account, now| {
            require_connected(world, account)?;
            account_number::change_payment_methods(world, account, different, now);
            Ok(())
        })
    }

    fn with_account(
        &self,
        account: &str,
        action: impl FnOnce(&mut World, u32, Instant) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        self.state.within(|world| world.accounts.find(account), action).unwrap_or(Err(AccountError::Unknown))
    }

    /// Sends every delivery that is due to its webhook endpoint, and returns when all are sent.
    ///
    /// It returns early if the data file can no longer be written ([`Sandbox::flush`] has the reason), because an event is sent
    /// only after it is saved.
    ///
    /// A sandbox that listens sends deliveries on its own; this method waits for them.
    pub async fn deliver_webhooks(&self) {
        dispatcher::deliver(&self.state).await;
    }

    /// All deliveries to webhook endpoints in the world of `key`, oldest first, as long as their events: the event, the endpoint, the attempts with
    /// their times and outcomes, and the time of the next attempt.
    #[must_use]
    pub fn deliveries(&self, key: &str) -> Vec<Value> {
        self.in_world_of(key, rendered_deliveries)
    }

    /// The deliveries of all worlds.
    pub(crate) fn all_deliveries(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for world in self.state.worlds.all().worlds {
            let (world, _) = world.lock_now();
            all.extend(rendered_deliveries(&world));
        }
        all
    }

    /// Gives a webhook endpoint a new signing secret. For `overlap`, at most a day, deliveries are signed with the old secret
    /// too. None if no endpoint has this id.
    #[must_use]
    pub fn roll_webhook_secret(&self, endpoint: impl AsRef<str>, overlap: Duration) -> Option<String> {
        self.state.within(
            |world| world.webhook_endpoint(endpoint.as_ref()),
            |world, endpoint, now| endpoint::roll_secret(world, endpoint, now.after(overlap.min(DAY)), now),
        )
    }

    /// The first time after now at which a task runs or a delivery falls due, in any world.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let worlds = self.state.worlds.all().worlds;
        let next = worlds.iter().filter_map(|world| {
            let (world, now) = world.lock_now();
            delivery::next_after(&world, now)
        });
        next.min()
    }

    /// Starts the refresh of features as an API call does, and returns those that it started.
    pub(crate) fn refresh(
        &self,
        account: &str,
        features: &[Feature],
    ) -> Option<Result<Vec<Feature>, AccountRefusal>> {
        self.state.within(
            |world| world.accounts.find(account),
            |world, account, now| {
                let is_pending = |world: &World, feature: Feature| {
                    let attempt = world.accounts[account].attempt(feature);
                    attempt.is_some_and(|attempt| attempt.status == RefreshStatus::Pending)
                };
                let before: Vec<Feature> =
                    features.iter().copied().filter(|feature| !is_pending(world, *feature)).collect();
                refresh::request(world, account, features, None, now)?;
                Ok(before.into_iter().filter(|feature| is_pending(world, *feature)).collect())
            },
        )
    }

    /// The whole state as JSON: all worlds, the seed and the time. It contains the keys and secrets of all callers.
    ///
    /// Settings, such as how long a refresh takes, and pending faults are not part of the state.
    #[must_use]
    pub fn export(&self) -> String {
        let snapshot = self.state.export();
        serde_json::to_string_pretty(&snapshot).expect("a snapshot has text for keys and no failing parts")
    }

    /// Replaces the state by an exported one. The clock continues from the time of the export.
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
    /// If the text is not an export of this version's format. Nothing has changed then.
    pub fn import(&self, state: &str) -> Result<(), ImportError> {
        self.state.import(&Snapshot::read(state)?)
    }

    /// Removes all worlds, pending faults and the request log. The clock, the seed and the settings stay.
    pub(crate) fn wipe(&self) -> Result<(), ImportError> {
        self.faults().clear();
        self.state.wipe()?;
        self.state.log.clear();
        Ok(())
    }

    /// The seed of all ids and bank data.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.state.seed()
    }

    /// Whether the sandbox has no worlds. The first write with a key creates its world, or the first list if new worlds have a
    /// population.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.is_empty()
    }

    /// Waits until every change so far is in the data file. Without a data file it returns at once.
    ///
    /// A response over HTTP is sent only after its changes are on disk. Only changes through this handle need a flush.
    ///
    /// # Errors
    ///
    /// If the data file can no longer be written.
    pub async fn flush(&self) -> Result<(), StoreFailure> {
        self.state.written().await
    }

    /// Waits until the data file can no longer be written. From then on every request is refused. Without a data file it
    /// never returns.
    pub async fn failed(&self) -> StoreFailure {
        self.state.failed().await
    }

    /// All events in the world of `key`, oldest first, as the API shows them. Empty for a key that was not used yet. The events
    /// of the preview are not among them; see [`Sandbox::events_in`].
    ///
    /// Like the API, it shows an event for thirty days. An event that waits for its delivery is shown longer.
    #[must_use]
    pub fn events(&self, key: &str) -> Vec<Value> {
        self.events_in(key, API_VERSION)
    }

    /// As [`Sandbox::events`], in an API version: `2026-09-30.preview` has more events, and more members in their objects.
    #[must_use]
    pub fn events_in(&self, key: &str, api_version: &str) -> Vec<Value> {
        let surface = Surface::of(api_version);
        self.in_world_of(key, |world| {
            let shown = world.events.rows().filter(|(_, event)| event.kind.is_shown_in(surface));
            shown.map(|(event, _)| render_event(world, event, api_version)).collect()
        })
    }

    /// Reads the world of a key after running its due tasks. Empty for a key without a world; a read makes none.
    fn in_world_of(&self, key: &str, read: impl FnOnce(&World) -> Vec<Value>) -> Vec<Value> {
        let world = Caller::from_key(key).ok().and_then(|caller| self.state.worlds.find(&caller));
        world.map(|world| read(&world.lock_now().0)).unwrap_or_default()
    }
}

fn rendered_deliveries(world: &World) -> Vec<Value> {
    world.deliveries.numbers().map(|delivery| render_delivery(world, delivery)).collect()
}

fn require_future(at: Option<i64>, now: Instant) -> Result<(), AccountError> {
    match at {
        Some(at) if at <= now.unix() => Err(AccountError::NotInFuture),
        // The data file and an export hold no later time.
        Some(at) if at > Instant::END.unix() => Err(AccountError::TooLate),
        _ => Ok(()),
    }
}

impl From<State> for Sandbox {
    fn from(state: State) -> Self {
        Self { state: Arc::new(state) }
    }
}

/// Why an account was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountError {
    /// No account has this id.
    Unknown,
    /// The account must be active.
    NotActive,
    /// The account must be inactive.
    NotInactive,
    /// The account is disconnected, which is permanent.
    Disconnected,
    /// The account does not support payments, so it has no number.
    NoNumber,
    /// The time is not in the future of the sandbox's clock.
    NotInFuture,
    /// The time is after the year 9999, the last that the sandbox stores.
    TooLate,
    /// An expired account number was given a time at which it expires.
    ExpiredEarly,
}

impl From<Disconnected> for AccountError {
    fn from(Disconnected: Disconnected) -> Self {
        Self::Disconnected
    }
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no account has this id: link one first",
            Self::NotActive => "the account is not active",
            Self::NotInactive => "the account is not inactive",
            Self::Disconnected => "the account is disconnected: link another one",
            Self::NoNumber => "the account has no number, because it does not support payments",
            Self::TooLate => "the time is after the year 9999: give it in seconds, not in milliseconds",
            Self::NotInFuture => "the time is not in the future of the sandbox's clock: give a later one",
            Self::ExpiredEarly => "an expired number has no time at which it expires: leave `expires_at` out",
        })
    }
}

impl std::error::Error for AccountError {}
