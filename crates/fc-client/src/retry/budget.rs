//! The budget of retries that all calls of a client share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A limit on the retries of all calls together, so that retries do not overload an API in trouble.
///
/// A retry of a call that succeeds costs nothing. A retry of a call that fails uses up one of the budget. When the budget
/// is empty, a call that fails returns its error at once. Five calls that succeed at the first attempt earn one retry. So an
/// API in trouble soon gets at most a fifth more requests than without retries.
///
/// Clones share one budget: give the same to several clients of one API.
///
/// ```
/// use fc_client::{ApiKey, Config, RetryBudget};
///
/// let budget = RetryBudget::new(20);
/// let platform = Config::new(ApiKey::new("sk_test_platform123456")?).with_retry_budget(budget.clone());
/// let other = Config::new(ApiKey::new("sk_test_other123456")?).with_retry_budget(budget);
/// # Ok::<(), fc_client::Error>(())
/// ```
#[derive(Clone)]
pub struct RetryBudget(Arc<Tokens>);

struct Tokens {
    left: AtomicU32,
    capacity: u32,
    /// The price of a retry; 0 if the budget is unlimited.
    cost: u32,
}

/// The price of a retry, where a call that succeeds at the first attempt earns 1.
const COST: u32 = 5;

impl RetryBudget {
    /// The number of retries in the default budget.
    pub const DEFAULT: u32 = 100;

    /// A budget of this many retries; with 0 there are none.
    #[must_use]
    pub fn new(retries: u32) -> Self {
        let capacity = retries.saturating_mul(COST);
        Self(Arc::new(Tokens { left: AtomicU32::new(capacity), capacity, cost: COST }))
    }

    /// No limit beyond that of each call.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(Arc::new(Tokens { left: AtomicU32::new(0), capacity: 0, cost: 0 }))
    }

    /// Retries that could be made now; `None` if unlimited.
    #[must_use]
    pub fn retries_left(&self) -> Option<u32> {
        self.0.left.load(Ordering::Relaxed).checked_div(self.0.cost)
    }

    /// The retries of one call, none of them sent yet.
    pub(crate) fn open(&self) -> Spending<'_> {
        Spending { budget: self, sent: 0 }
    }

    fn take(&self) -> bool {
        let take = |left: u32| left.checked_sub(self.0.cost);
        self.0.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn put(&self, tokens: u32) {
        let put = |left: u32| {
            let more = left.saturating_add(tokens).min(self.0.capacity);
            (more != left).then_some(more)
        };
        // The only error is that the budget is full.
        let _ = self.0.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, put);
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(Self::DEFAULT)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudget").field("retries_left", &self.retries_left()).finish()
    }
}

/// The retries of one call.
///
/// A retry is reserved when it is decided and paid when it is sent. A call that is dropped in between releases its
/// reservation.
pub(crate) struct Spending<'b> {
    budget: &'b RetryBudget,
    sent: u32,
}

/// A retry that is decided and not yet sent.
pub(crate) struct Reservation<'b> {
    budget: &'b RetryBudget,
    paid: bool,
}

impl<'b> Spending<'b> {
    /// Reserves a retry, if there is one left.
    pub(crate) fn reserve(&self) -> Option<Reservation<'b>> {
        // Not `then_some`: it makes the reservation in any case, and dropping that would return a retry that was never taken.
        self.budget.take().then(|| Reservation { budget: self.budget, paid: false })
    }

    /// The retry is being sent.
    pub(crate) fn pay(&mut self, mut reservation: Reservation<'_>) {
        reservation.paid = true;
        self.sent += 1;
    }

    /// The call succeeded, so that its retries cost nothing.
    pub(crate) fn succeeded(self) {
        let tokens = match self.sent {
            // An unlimited budget has no room for it.
            0 => 1,
            retries => retries.saturating_mul(self.budget.0.cost),
        };
        self.budget.put(tokens);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.paid {
            self.budget.put(self.budget.0.cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RetryBudget;

    /// A call that makes this many retries; returns how many it was allowed.
    fn call(budget: &RetryBudget, retries: u32, succeeds: bool) -> u32 {
        let mut spending = budget.open();
        for retry in 0..retries {
            match spending.reserve() {
                Some(reservation) => spending.pay(reservation),
                None => return retry,
            }
        }
        if succeeds {
            spending.succeeded();
        }
        retries
    }

    #[test]
    fn retries_of_failing_calls_end_when_the_budget_is_used_up() {
        let budget = RetryBudget::new(5);
        let allowed: Vec<u32> = (0..4).map(|_| call(&budget, 2, false)).collect();
        assert_eq!(allowed, [2, 2, 1, 0]);
        assert_eq!(budget.retries_left(), Some(0));
    }

    #[test]
    fn five_calls_that_succeed_at_the_first_attempt_earn_a_retry() {
        let budget = RetryBudget::new(1);
        assert_eq!(call(&budget, 1, false), 1);
        for _ in 0..4 {
            call(&budget, 0, true);
        }
        assert_eq!(call(&budget, 1, false), 0);
        call(&budget, 0, true);
        assert_eq!(call(&budget, 1, false), 1);
    }

    #[test]
    fn retries_of_calls_that_succeed_cost_nothing() {
        let budget = RetryBudget::new(2);
        for _ in 0..100 {
            assert_eq!(call(&budget, 2, true), 2);
        }
        assert_eq!(budget.retries_left(), Some(2));
    }

    #[test]
    fn a_call_that_succeeds_gets_back_its_own_retries_and_no_others() {
        let budget = RetryBudget::new(5);
        call(&budget, 2, false);
        call(&budget, 1, true);
        assert_eq!(budget.retries_left(), Some(3));
    }

    #[test]
    fn a_budget_does_not_grow_beyond_its_size() {
        let budget = RetryBudget::new(1);
        for _ in 0..100 {
            call(&budget, 0, true);
        }
        assert_eq!(budget.retries_left(), Some(1));
    }

    #[test]
    fn a_retry_that_was_not_sent_is_released() {
        let budget = RetryBudget::new(1);
        let spending = budget.open();
        let reservation = spending.reserve();
        assert!(spending.reserve().is_none());
        drop(reservation);
        assert_eq!(budget.retries_left(), Some(1));
    }

    #[test]
    fn clones_share_the_budget() {
        let budget = RetryBudget::new(1);
        assert_eq!(call(&budget.clone(), 1, false), 1);
        assert_eq!(call(&budget, 1, false), 0);
    }

    #[test]
    fn it_shows_the_retries_that_are_left() {
        assert_eq!(format!("{:?}", RetryBudget::new(3)), "RetryBudget { retries_left: Some(3) }");
    }

    #[test]
    fn the_extremes_are_none_and_any_number() {
        assert_eq!(call(&RetryBudget::new(0), 1, false), 0);
        let unlimited = RetryBudget::unlimited();
        assert_eq!(call(&unlimited, 1_000, false), 1_000);
        assert_eq!((unlimited.retries_left(), call(&unlimited, 1, true)), (None, 1));
        assert_eq!(RetryBudget::new(u32::MAX).retries_left(), Some(u32::MAX / 5));
    }
}
