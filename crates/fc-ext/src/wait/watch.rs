//! Follows a refresh, without I/O: what is known of it after each look at the account.

use fc_types::{
    Account, AccountId, AccountOwnershipId, AccountStatus, Balance, ConnectedAccountId, Event, EventObject,
    RefreshStatus, Timestamp, TransactionRefreshId,
};

use crate::scope::Scope;
use crate::wait::outcome::{Outcome, Refreshed};
use crate::{RefreshFeature, RefreshState};

/// Follows a refresh until each of its features has an outcome.
///
/// It does no I/O and never waits: show it the account as often as you see it, polled or in an event. What it is shown may
/// come twice and in any order. A state from before the refresh is known by its `last_attempted_at` and counts for nothing,
/// and an outcome that is known stays.
///
/// ```
/// # fn run(answer: fc_ext::types::Account, events: Vec<fc_ext::types::Event>) {
/// use fc_ext::{RefreshFeature, RefreshWatch};
///
/// // `answer` is what the call that began the refresh returned.
/// let mut watch = RefreshWatch::begun(&answer, [RefreshFeature::Balance]);
/// for event in events {
///     if watch.observe_event(&event) {
///         println!("{:?}", watch.refreshed());
///     }
/// }
/// # }
/// ```
///
/// [`Accounts::until_settled`](crate::Accounts::until_settled) polls for it, and
/// [`Accounts::until_settled_by`](crate::Accounts::until_settled_by) feeds it a stream of events.
#[derive(Clone, Debug)]
pub struct RefreshWatch {
    id: AccountId,
    pub(super) scope: Scope,
    account: Option<Account>,
    balance: Option<Watched<Balance>>,
    ownership: Option<Watched<AccountOwnershipId>>,
    transactions: Option<Watched<TransactionRefreshId>>,
}

impl RefreshWatch {
    /// Follows the refresh that the call with this answer began: a `refresh_account`, or a `subscribe_account`, which
    /// begins a refresh of the transactions.
    ///
    /// A feature that is not pending in the answer was not begun, because its last refresh is too recent.
    #[must_use]
    pub fn begun(answer: &Account, features: impl IntoIterator<Item = RefreshFeature>) -> Self {
        let mut watch = Self::new(&answer.id, features);
        fn begin<T>(watched: &mut Option<Watched<T>>, feature: RefreshFeature, answer: &Account) {
            if let (Some(watched), Some(state)) = (watched, feature.state(answer)) {
                watched.begin(state);
            }
        }
        begin(&mut watch.balance, RefreshFeature::Balance, answer);
        begin(&mut watch.ownership, RefreshFeature::Ownership, answer);
        begin(&mut watch.transactions, RefreshFeature::Transactions, answer);
        watch.account = Some(answer.clone());
        watch
    }

    /// Follows refreshes that began elsewhere, such as those that a session prefetches.
    ///
    /// Nothing is known of when they began, so that any refresh that has ended will do.
    #[must_use]
    pub fn new(account: impl Into<AccountId>, features: impl IntoIterator<Item = RefreshFeature>) -> Self {
        let mut watch = Self {
            id: account.into(),
            scope: Scope::default(),
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

    /// The account whose refresh it follows.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// The account as it was seen when the last outcome became known, or else when the refresh began.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Takes note of the account as it is now, or was. Another account is passed over. Returns whether every feature has an
    /// outcome.
    pub fn observe(&mut self, account: &Account) -> bool {
        if account.id != self.id {
            return self.is_settled();
        }
        let before = self.pending().count();
        if let Some(watched) = &mut self.balance {
            watched.observe(RefreshFeature::Balance, account, || account.balance.clone());
        }
        if let Some(watched) = &mut self.ownership {
            let ownership = || account.ownership.as_ref().map(|ownership| ownership.id().clone());
            watched.observe(RefreshFeature::Ownership, account, ownership);
        }
        if let Some(watched) = &mut self.transactions {
            let refresh = || account.transaction_refresh.as_ref().map(|refresh| refresh.id.clone());
            watched.observe(RefreshFeature::Transactions, account, refresh);
        }
        // An older state that says nothing new does not replace a newer one.
        if self.account.is_none() || self.pending().count() < before {
            self.account = Some(account.clone());
        }
        self.is_settled()
    }

    /// Takes note of the account in an event. Events about anything else are passed over. Returns whether every feature has
    /// an outcome.
    pub fn observe_event(&mut self, event: &Event) -> bool {
        match &event.data.object {
            EventObject::Account(account) => self.observe(account),
            _ => self.is_settled(),
        }
    }

    /// The features without an outcome.
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

    /// The outcomes, once every feature has one.
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

/// What is known of the refresh of one feature.
#[derive(Clone, Debug)]
struct Watched<T> {
    /// When it began; a state with an earlier attempt is from before it.
    since: Option<Timestamp>,
    outcome: Option<Outcome<T>>,
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Self { since: None, outcome: None }
    }
}

impl<T> Watched<T> {
    fn is_pending(&self) -> bool {
        self.outcome.is_none()
    }

    /// Reads the state in the answer to the call that was to begin the refresh.
    fn begin(&mut self, state: RefreshState) {
        match state.status {
            RefreshStatus::Succeeded | RefreshStatus::Failed => {
                let next_refresh_available_at = state.next_refresh_available_at;
                self.outcome = Some(Outcome::TooEarly { next_refresh_available_at });
            }
            _ => self.since = Some(state.last_attempted_at),
        }
    }

    fn observe(&mut self, feature: RefreshFeature, account: &Account, data: impl FnOnce() -> Option<T>) {
        if self.outcome.is_some() {
            return;
        }
        if account.status == AccountStatus::Disconnected {
            // Nothing comes after this, so it cannot be a state from before.
            self.outcome = Some(Outcome::Disconnected);
            return;
        }
        let Some(state) = feature.state(account) else { return };
        if self.since.is_some_and(|since| state.last_attempted_at < since) {
            return;
        }
        let inactive = account.status == AccountStatus::Inactive;
        self.outcome = match state.status {
            RefreshStatus::Succeeded => Some(data().map_or(Outcome::NoData, Outcome::Succeeded)),
            // Nothing can be fetched any more, so that one that is pending cannot end well.
            RefreshStatus::Failed | RefreshStatus::Pending if inactive => Some(Outcome::WentInactive),
            RefreshStatus::Failed => {
                let next_refresh_available_at = state.next_refresh_available_at;
                Some(Outcome::Failed { next_refresh_available_at })
            }
            _ => {
                // Perhaps a later one than ours, begun by the daily subscription; ours is then over, and this is fresher.
                self.since = Some(state.last_attempted_at);
                None
            }
        };
    }
}
