//! State machine that follows a refresh, without I/O.

use fc_types::{
    Account, AccountId, AccountOwnershipId, AccountStatus, Balance, ConnectedAccountId, Event, EventObject,
    RefreshStatus, Timestamp, TransactionRefreshId,
};

use super::news::News;
use super::outcome::{Outcome, Refreshed};
use crate::feature::{RefreshFeature, RefreshState};
use crate::scope::Scope;
use crate::webhook::ThinEvent;

/// State machine that follows a refresh until each of its features has an outcome.
///
/// It does no I/O and never waits. Show it every state of the account that you see, polled or in an event, and every thin
/// event. They may come twice and in any order. An outcome never changes.
///
/// A state from before the refresh is ignored. It is recognised by its `last_attempted_at`, which counts whole seconds.
/// Refreshes of transactions also have an id, which tells apart two refreshes of one second. Two refreshes of the balance or
/// of the ownership in one second cannot be told apart: the outcome of the other one is taken for that of this one.
///
/// ```
/// # fn run(response: fc_ext::types::Account, events: Vec<fc_ext::types::Event>) {
/// use fc_ext::{RefreshFeature, RefreshWatch};
///
/// // `response` is the response of the call that started the refresh.
/// let mut watch = RefreshWatch::begun(&response, [RefreshFeature::Balance]);
/// for event in events {
///     if watch.observe_event(&event) {
///         println!("{:?}", watch.refreshed());
///     }
/// }
/// # }
/// ```
///
/// [`Accounts::until_settled`](crate::Accounts::until_settled) polls for it,
/// [`Accounts::until_settled_by`](crate::Accounts::until_settled_by) feeds it a stream of events, and
/// [`Accounts::until_settled_by_thin_events`](crate::Accounts::until_settled_by_thin_events) one of thin events.
#[derive(Clone, Debug)]
pub struct RefreshWatch {
    id: AccountId,
    pub(super) scope: Scope,
    pub(super) expand: Option<Vec<String>>,
    account: Option<Account>,
    balance: Option<Watched<Balance>>,
    ownership: Option<Watched<AccountOwnershipId>>,
    transactions: Option<Watched<TransactionRefreshId>>,
}

impl RefreshWatch {
    /// Follows the refresh that the call with this response started: a `refresh_account`, or a `subscribe_account`, which
    /// starts a refresh of the transactions.
    ///
    /// A feature that is not pending in the response has the outcome [`Outcome::TooEarly`]: its last refresh is too recent.
    /// [`Refresh::begin`](crate::Refresh::begin) also recognises a refresh that has ended already in the response.
    #[must_use]
    pub fn begun(response: &Account, features: impl IntoIterator<Item = RefreshFeature>) -> Self {
        Self::begun_at(response, features, None)
    }

    /// As [`begun`](Self::begun), for a call that was sent at `sent` by Stripe's clock. A feature that ended since then was
    /// refreshed by the call.
    pub(super) fn begun_at(
        response: &Account,
        features: impl IntoIterator<Item = RefreshFeature>,
        sent: Option<Timestamp>,
    ) -> Self {
        let mut watch = Self::new(&response.id, features);
        if let Some(watched) = &mut watch.balance {
            watched.begin(response, sent);
        }
        if let Some(watched) = &mut watch.ownership {
            watched.begin(response, sent);
        }
        if let Some(watched) = &mut watch.transactions {
            watched.begin(response, sent);
        }
        watch.account = Some(response.clone());
        watch
    }

    /// Follows what there is to follow after Stripe rejected the call, by the account as read since. Returns also the features
    /// for which the account does not explain the rejection.
    pub(super) fn rejected(
        account: &Account,
        features: impl IntoIterator<Item = RefreshFeature>,
        rejection: Rejection,
    ) -> (Self, Vec<RefreshFeature>) {
        let mut watch = Self::new(&account.id, features);
        let mut unexplained = Vec::new();
        if watch.balance.as_mut().is_some_and(|watched| !watched.explain(account, rejection)) {
            unexplained.push(RefreshFeature::Balance);
        }
        if watch.ownership.as_mut().is_some_and(|watched| !watched.explain(account, rejection)) {
            unexplained.push(RefreshFeature::Ownership);
        }
        if watch.transactions.as_mut().is_some_and(|watched| !watched.explain(account, rejection)) {
            unexplained.push(RefreshFeature::Transactions);
        }
        watch.account = Some(account.clone());
        (watch, unexplained)
    }

    /// Takes the outcomes and the account of another watch, for the features that it follows.
    pub(super) fn merge(&mut self, other: Self) {
        self.balance = other.balance.or(self.balance.take());
        self.ownership = other.ownership.or(self.ownership.take());
        self.transactions = other.transactions.or(self.transactions.take());
        self.account = other.account;
    }

    /// Follows refreshes that something else started, such as the prefetch of a session.
    ///
    /// Their start is unknown, so any refresh that ended gives the outcome.
    #[must_use]
    pub fn new(account: impl Into<AccountId>, features: impl IntoIterator<Item = RefreshFeature>) -> Self {
        let mut watch = Self {
            id: account.into(),
            scope: Scope::default(),
            expand: None,
            account: None,
            balance: None,
            ownership: None,
            transactions: None,
        };
        for feature in features {
            match feature {
                RefreshFeature::Balance => watch.balance = Some(Watched::default()),
                RefreshFeature::Ownership => watch.ownership = Some(Watched::default()),
                RefreshFeature::Transactions => watch.transactions = Some(Watched::default()),
            }
        }
        watch
    }

    /// Polls on behalf of a connected account.
    #[must_use]
    pub fn stripe_account(mut self, account: impl Into<ConnectedAccountId>) -> Self {
        self.scope.account = Some(account.into());
        self
    }

    /// Polls in a context, as the header `Stripe-Context` names it.
    #[must_use]
    pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
        self.scope.context = Some(context.into());
        self
    }

    /// Id of the account whose refresh it follows.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// The account in the state that settled the last feature, or else in the response that started the refresh. A thin event
    /// that settles a feature changes nothing here, because it holds no account.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Takes in a state of the account, current or older. Other accounts are ignored. Returns whether every feature has an
    /// outcome.
    pub fn observe(&mut self, account: &Account) -> bool {
        if account.id != self.id {
            return self.is_settled();
        }
        let before = self.pending().count();
        if let Some(watched) = &mut self.balance {
            watched.observe(account);
        }
        if let Some(watched) = &mut self.ownership {
            watched.observe(account);
        }
        if let Some(watched) = &mut self.transactions {
            watched.observe(account);
        }
        // A state that settles nothing may be older than the one that is kept.
        if self.account.is_none() || self.pending().count() < before {
            self.account = Some(account.clone());
        }
        self.is_settled()
    }

    /// Takes in the account in an event. Events about other objects are ignored. Returns whether every feature has an
    /// outcome.
    pub fn observe_event(&mut self, event: &Event) -> bool {
        match &event.data.object {
            EventObject::Account(account) => self.observe(account),
            _ => self.is_settled(),
        }
    }

    /// Takes in a thin event. Events about other objects, other features and other things are ignored, as are events that were
    /// created before the refresh started. Returns whether every feature has an outcome.
    ///
    /// A failed refresh has the outcome [`Outcome::Failed`] at once, without a time for the next one. All other events hold too
    /// little: [`needs_account`](Self::needs_account) then says that the account is to be read and shown with
    /// [`observe`](Self::observe).
    ///
    /// A failure that was created in the second in which the refresh started may be that of an earlier refresh, so the account
    /// is read then too.
    ///
    /// ```
    /// # fn run(mut watch: fc_ext::RefreshWatch, event: fc_ext::webhook::ThinEvent, read: fn() -> fc_ext::types::Account) {
    /// watch.observe_thin_event(&event);
    /// if watch.needs_account() {
    ///     watch.observe(&read());
    /// }
    /// # }
    /// ```
    pub fn observe_thin_event(&mut self, event: &ThinEvent) -> bool {
        if event.account_id().is_some_and(|account| account == self.id) {
            if let Some(watched) = &mut self.balance {
                watched.observe_thin_event(event);
            }
            if let Some(watched) = &mut self.ownership {
                watched.observe_thin_event(event);
            }
            if let Some(watched) = &mut self.transactions {
                watched.observe_thin_event(event);
            }
        }
        self.is_settled()
    }

    /// Whether the account must be read: a thin event says that a refresh has ended, and does not say how; or every feature has
    /// an outcome, and no account was seen for [`refreshed`](Self::refreshed).
    #[must_use]
    pub fn needs_account(&self) -> bool {
        let is_announced = self.balance.as_ref().is_some_and(Watched::is_announced)
            || self.ownership.as_ref().is_some_and(Watched::is_announced)
            || self.transactions.as_ref().is_some_and(Watched::is_announced);
        is_announced || (self.is_settled() && self.account.is_none())
    }

    /// Features without an outcome.
    pub fn pending(&self) -> impl Iterator<Item = RefreshFeature> {
        let open = [
            self.balance.as_ref().is_some_and(Watched::is_pending).then_some(RefreshFeature::Balance),
            self.ownership.as_ref().is_some_and(Watched::is_pending).then_some(RefreshFeature::Ownership),
            self.transactions
                .as_ref()
                .is_some_and(Watched::is_pending)
                .then_some(RefreshFeature::Transactions),
        ];
        open.into_iter().flatten()
    }

    /// Whether every feature has an outcome.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.pending().next().is_none()
    }

    /// The outcomes, once every feature has one. `None` also while no account was seen: see
    /// [`needs_account`](Self::needs_account).
    #[must_use]
    pub fn refreshed(&self) -> Option<Refreshed> {
        if !self.is_settled() {
            return None;
        }
        Some(Refreshed {
            account: self.account.clone()?,
            balance: self.balance.as_ref().and_then(|watched| watched.outcome.clone()),
            ownership: self.ownership.as_ref().and_then(|watched| watched.outcome.clone()),
            transactions: self.transactions.as_ref().and_then(|watched| watched.outcome.clone()),
        })
    }
}

/// How Stripe rejected a call that was to start a refresh.
#[derive(Clone, Copy)]
pub(super) enum Rejection {
    /// The request was invalid, in the state that the account has at `now` by Stripe's clock.
    Invalid { now: Option<Timestamp> },
    /// The key has no permission. No refresh under way, and no time of the next one, is the reason.
    Denied,
}

/// State of the refresh of one feature.
#[derive(Clone, Debug)]
struct Watched<T> {
    /// The refresh that is followed. A state of an earlier one is ignored.
    since: Option<Since>,
    outcome: Option<Outcome<T>>,
    /// A thin event says that the refresh has ended, and only the account says how.
    announced: Option<Announced>,
}

/// The newest thin event that says that a refresh has ended.
#[derive(Clone, Copy, Debug)]
struct Announced {
    created: Option<Timestamp>,
}

/// Identity of a refresh.
#[derive(Clone, Debug)]
struct Since {
    at: Timestamp,
    /// Only refreshes of transactions have one.
    id: Option<TransactionRefreshId>,
}

impl From<RefreshState> for Since {
    fn from(state: RefreshState) -> Self {
        Self { at: state.last_attempted_at, id: state.transaction_refresh }
    }
}

impl Since {
    /// Whether the state is that of another refresh, which did not start later.
    fn excludes(&self, state: &RefreshState) -> bool {
        let is_other = match (&self.id, &state.transaction_refresh) {
            (Some(this), Some(other)) => this != other,
            // Without ids, refreshes of one second cannot be told apart.
            _ => false,
        };
        state.last_attempted_at < self.at || (is_other && state.last_attempted_at == self.at)
    }
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Self { since: None, outcome: None, announced: None }
    }
}

impl<T: Data> Watched<T> {
    fn is_pending(&self) -> bool {
        self.outcome.is_none()
    }

    /// Reads the response of the call that starts the refresh. The call was sent at `sent`, if that is known.
    fn begin(&mut self, response: &Account, sent: Option<Timestamp>) {
        let Some(state) = T::FEATURE.state(response) else { return self.observe(response) };
        let has_ended = matches!(state.status, RefreshStatus::Succeeded | RefreshStatus::Failed);
        let is_ours = sent.is_some_and(|sent| state.last_attempted_at >= sent);
        if has_ended && !is_ours {
            self.outcome = Some(match response.status {
                AccountStatus::Disconnected => Outcome::Disconnected,
                AccountStatus::Inactive => Outcome::Inactive,
                _ => too_early(response, state),
            });
        } else {
            self.observe(response);
        }
    }

    /// Reads the account after Stripe rejected the call. Returns false if the account does not say why.
    fn explain(&mut self, account: &Account, rejection: Rejection) -> bool {
        let state = T::FEATURE.state(account);
        self.outcome = match account.status {
            AccountStatus::Disconnected => Some(Outcome::Disconnected),
            AccountStatus::Inactive => Some(Outcome::Inactive),
            _ if account.permissions.is_some() && !T::FEATURE.permission().is_granted(account) => {
                Some(Outcome::NoPermission)
            }
            _ => {
                let early = |state: &RefreshState| match rejection {
                    Rejection::Invalid { now: Some(now) } => state.next_refresh_available_at > Some(now),
                    Rejection::Invalid { now: None } | Rejection::Denied => false,
                };
                state.clone().filter(early).map(|state| too_early(account, state))
            }
        };
        let can_watch = |state: &RefreshState| {
            state.status == RefreshStatus::Pending && !matches!(rejection, Rejection::Denied)
        };
        let pending = state.filter(can_watch);
        let is_explained = self.outcome.is_some() || pending.is_some();
        self.since = pending.map(Since::from);
        is_explained
    }

    fn is_announced(&self) -> bool {
        self.outcome.is_none() && self.announced.is_some()
    }

    fn observe_thin_event(&mut self, event: &ThinEvent) {
        let Some(news) = News::of(event, T::FEATURE).filter(|_| self.outcome.is_none()) else { return };
        let start = self.since.as_ref().map(|since| since.at);
        let is_earlier = event.created.zip(start).is_some_and(|(created, start)| created < start);
        // Without a start, any refresh that ended gives the outcome.
        let is_later = start.is_none_or(|start| event.created > Some(start));
        match news {
            _ if is_earlier => {}
            News::Failed if is_later => {
                self.outcome = Some(Outcome::Failed { next_refresh_available_at: None });
            }
            News::Failed | News::Ended => {
                let seen = self.announced.and_then(|announced| announced.created);
                self.announced = Some(Announced { created: event.created.max(seen) });
            }
        }
    }

    fn observe(&mut self, account: &Account) {
        if self.outcome.is_some() {
            return;
        }
        if account.status == AccountStatus::Disconnected {
            // A disconnected account stays disconnected, so this state is not an older one.
            self.outcome = Some(Outcome::Disconnected);
            return;
        }
        let Some(state) = T::FEATURE.state(account) else { return };
        if self.since.as_ref().is_some_and(|since| since.excludes(&state)) {
            return;
        }
        let inactive = account.status == AccountStatus::Inactive;
        self.outcome = match state.status {
            RefreshStatus::Succeeded => Some(T::of(account).map_or(Outcome::NoData, Outcome::Succeeded)),
            // Stripe has no access any more, so a pending refresh cannot succeed.
            RefreshStatus::Failed | RefreshStatus::Pending if inactive => Some(Outcome::Inactive),
            RefreshStatus::Failed => {
                let next_refresh_available_at = state.next_refresh_available_at;
                Some(Outcome::Failed { next_refresh_available_at })
            }
            _ => {
                // The refresh that has ended is an earlier one.
                self.announced = self
                    .announced
                    .filter(|ended| ended.created.is_none_or(|created| created >= state.last_attempted_at));
                // It may be a later refresh, started by the daily subscription. Then ours has ended, and this one is fresher.
                self.since = Some(state.into());
                None
            }
        };
    }
}

fn too_early<T: Data>(account: &Account, state: RefreshState) -> Outcome<T> {
    let data_as_of = match T::FEATURE {
        RefreshFeature::Balance => account.balance.as_ref().map(|balance| balance.as_of),
        _ => (state.status == RefreshStatus::Succeeded).then_some(state.last_attempted_at),
    };
    Outcome::TooEarly {
        last_status: state.status,
        last_attempted_at: state.last_attempted_at,
        data_as_of,
        next_refresh_available_at: state.next_refresh_available_at,
    }
}

/// Data of a feature.
trait Data: Sized {
    const FEATURE: RefreshFeature;

    /// The data in the account.
    fn of(account: &Account) -> Option<Self>;
}

impl Data for Balance {
    const FEATURE: RefreshFeature = RefreshFeature::Balance;

    fn of(account: &Account) -> Option<Self> {
        account.balance.clone()
    }
}

impl Data for AccountOwnershipId {
    const FEATURE: RefreshFeature = RefreshFeature::Ownership;

    fn of(account: &Account) -> Option<Self> {
        account.ownership.as_ref().map(|ownership| ownership.id().clone())
    }
}

impl Data for TransactionRefreshId {
    const FEATURE: RefreshFeature = RefreshFeature::Transactions;

    fn of(account: &Account) -> Option<Self> {
        account.transaction_refresh.as_ref().map(|refresh| refresh.id.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    const INVALID: Rejection = Rejection::Invalid { now: None };

    use super::*;

    /// An account whose refreshes all have this status and started at `at`.
    fn account(status: &str, at: i64) -> Account {
        let refresh = json!({"status": status, "last_attempted_at": at, "next_refresh_available_at": null});
        let mut transactions = refresh.clone();
        transactions["id"] = format!("fctxnref_{at}").into();
        serde_json::from_value(json!({
            "id": "fca_1", "object": "financial_connections.account", "balance_refresh": refresh, "category": "cash",
            "created": 1, "institution_name": "StripeBank", "livemode": false, "ownership_refresh": refresh,
            "status": "active", "subcategory": "checking", "supported_payment_method_types": [],
            "transaction_refresh": transactions,
        }))
        .unwrap()
    }

    fn thin_event(name: &str, created: i64) -> ThinEvent {
        let event = json!({
            "id": "evt_1", "object": "v2.core.event", "created": format!("1970-01-01T00:00:{created:02}Z"),
            "type": format!("v1.financial_connections.account.{name}"),
            "related_object": {"id": "fca_1", "type": "financial_connections.account", "url": "/v1/x"},
        });
        ThinEvent::parse(event.to_string()).unwrap()
    }

    #[test]
    fn a_disconnected_account_without_a_refresh_is_an_outcome() {
        let mut response = account("pending", 10);
        (response.status, response.balance_refresh) = (AccountStatus::Disconnected, None);
        let watch = RefreshWatch::begun(&response, RefreshFeature::Balance);
        assert_eq!(watch.refreshed().unwrap().balance, Some(Outcome::Disconnected));
    }

    #[test]
    fn a_refresh_that_has_ended_in_its_response_is_settled_at_once() {
        let (response, sent) = (account("succeeded", 10), Timestamp::from_secs(10));
        assert!(RefreshWatch::begun_at(&response, RefreshFeature::ALL, Some(sent)).is_settled());
    }

    #[test]
    fn an_ownership_that_is_refreshed_too_early_is_as_old_as_its_last_success() {
        for (status, age) in [("succeeded", Some(Timestamp::from_secs(10))), ("failed", None)] {
            let watch = RefreshWatch::begun(&account(status, 10), RefreshFeature::Ownership);
            let outcome = watch.refreshed().unwrap().ownership;
            let Some(Outcome::TooEarly { data_as_of, .. }) = outcome else { panic!("{outcome:?}") };
            assert_eq!(data_as_of, age);
        }
    }

    #[test]
    fn each_feature_that_the_account_does_not_explain_is_returned() {
        for feature in RefreshFeature::ALL {
            let (_, unexplained) = RefreshWatch::rejected(&account("failed", 10), [feature], INVALID);
            assert_eq!(unexplained, [feature]);
            let (watch, unexplained) = RefreshWatch::rejected(&account("pending", 10), [feature], INVALID);
            assert_eq!((unexplained, watch.pending().collect()), (vec![], vec![feature]));
        }
    }

    #[test]
    fn a_rejection_is_not_too_early_from_the_second_in_which_the_next_refresh_can_start() {
        let mut account = account("failed", 10);
        account.balance_refresh.as_mut().unwrap().next_refresh_available_at = Some(Timestamp::from_secs(20));
        let unexplained = |now| {
            RefreshWatch::rejected(
                &account,
                RefreshFeature::Balance,
                Rejection::Invalid { now: Some(Timestamp::from_secs(now)) },
            )
            .1
        };
        assert_eq!([19, 20].map(|now| unexplained(now).len()), [0, 1]);
    }

    #[test]
    fn a_merged_watch_follows_the_refreshes_of_the_other_one() {
        for feature in RefreshFeature::ALL {
            let (mut watch, _) = RefreshWatch::rejected(&account("failed", 10), [feature], INVALID);
            watch.merge(RefreshWatch::begun(&account("pending", 12), [feature]));
            assert!(!watch.observe(&account("succeeded", 11)), "{feature:?}");
        }
    }

    #[test]
    fn a_merged_watch_keeps_the_features_that_the_other_one_does_not_follow() {
        for feature in RefreshFeature::ALL {
            let (mut watch, _) = RefreshWatch::rejected(&account("pending", 10), [feature], INVALID);
            watch.merge(RefreshWatch::new(&watch.id, []));
            assert_eq!(watch.pending().collect::<Vec<_>>(), [feature]);
        }
    }

    #[test]
    fn a_merged_watch_has_the_account_of_the_other_one() {
        let (mut watch, _) = RefreshWatch::rejected(&account("failed", 10), RefreshFeature::ALL, INVALID);
        let later = account("pending", 12);
        watch.merge(RefreshWatch::begun(&later, RefreshFeature::ALL));
        assert_eq!(watch.account(), Some(&later));
    }

    #[test]
    fn polls_have_the_context_of_the_watch() {
        let watch = RefreshWatch::new(AccountId::unchecked("fca_1"), []).stripe_context("acct_2/acct_1");
        assert_eq!(watch.scope.context.as_deref(), Some("acct_2/acct_1"));
    }

    #[test]
    fn a_thin_event_about_each_feature_settles_it() {
        for (feature, name) in [
            (RefreshFeature::Balance, "balance_refresh_failed"),
            (RefreshFeature::Ownership, "ownership_refresh_failed"),
            (RefreshFeature::Transactions, "transactions_refresh_failed"),
        ] {
            let mut watch = RefreshWatch::begun(&account("pending", 10), [feature]);
            assert!(watch.observe_thin_event(&thin_event(name, 11)), "{feature:?}");
        }
    }

    #[test]
    fn of_two_thin_events_in_any_order_the_newer_one_is_kept() {
        for order in [[12, 14], [14, 12]] {
            let mut watch = RefreshWatch::begun(&account("pending", 10), RefreshFeature::Balance);
            for created in order {
                watch.observe_thin_event(&thin_event("balance_refresh_succeeded", created));
            }
            // A later refresh, which the older event is not about.
            watch.observe(&account("pending", 13));
            assert!(watch.needs_account(), "{order:?}");
        }
    }

    #[test]
    fn a_thin_event_changes_no_outcome() {
        let mut watch = RefreshWatch::begun(&account("pending", 10), RefreshFeature::Ownership);
        watch.observe(&account("succeeded", 10));
        let before = watch.refreshed().unwrap().ownership;
        watch.observe_thin_event(&thin_event("ownership_refresh_failed", 11));
        assert_eq!(watch.refreshed().unwrap().ownership, before);
    }

    #[test]
    fn the_account_is_not_read_while_the_refresh_is_pending() {
        assert!(!RefreshWatch::new(AccountId::unchecked("fca_1"), RefreshFeature::ALL).needs_account());
    }

    #[test]
    fn the_account_is_not_read_again_when_it_was_seen_with_every_outcome() {
        let mut watch = RefreshWatch::new(AccountId::unchecked("fca_1"), RefreshFeature::ALL);
        assert!(watch.observe(&account("succeeded", 10)));
        assert!(!watch.needs_account());
    }
}
