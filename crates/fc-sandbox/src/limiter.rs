//! Rate limits of calls, in the sandbox's time.
//!
//! Each account has a token bucket, and one for each operation. A bucket holds the tokens of one second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::caller::Caller;
use crate::clock::Instant;
use crate::fault::kind::RateLimit;
use crate::lock::lock;
use crate::model::limits::Limits;
use crate::model::operation::OperationName;

/// Limiters of all callers.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    callers: Arc<Mutex<HashMap<Caller, Account>>>,
}

/// Limiters of one caller.
#[derive(Debug)]
struct Account {
    total: Meter,
    operations: HashMap<OperationName, Meter>,
}

/// Calls of one kind: a token bucket, and those in progress.
#[derive(Debug)]
struct Meter {
    limit: u32,
    tokens: f64,
    counted: Instant,
    in_progress: u32,
}

/// A call that is admitted. It is in progress until this is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    callers: Arc<Mutex<HashMap<Caller, Account>>>,
    caller: Caller,
    operation: OperationName,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, callers: Arc::default() }
    }

    /// Admits a call, or names the limiter that refuses it. A refused call takes no token.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        operation: OperationName,
        now: Instant,
    ) -> Result<Admission, RateLimit> {
        let mut callers = lock(&self.callers);
        let account = callers.entry(caller.clone()).or_insert_with(|| Account {
            total: Meter::new(self.limits.total(), now),
            operations: HashMap::new(),
        });
        let total = &mut account.total;
        let single =
            account.operations.entry(operation).or_insert_with(|| Meter::new(self.limits.operation(), now));
        if !total.has_token(now) {
            return Err(RateLimit::GlobalRate);
        }
        if !single.has_token(now) {
            return Err(RateLimit::EndpointRate);
        }
        if total.is_full() {
            return Err(RateLimit::GlobalConcurrency);
        }
        if single.is_full() {
            return Err(RateLimit::EndpointConcurrency);
        }
        total.enter();
        single.enter();
        Ok(Admission { callers: Arc::clone(&self.callers), caller: caller.clone(), operation })
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(account) = lock(&self.callers).get_mut(&self.caller) {
            account.total.leave();
            if let Some(single) = account.operations.get_mut(&self.operation) {
                single.leave();
            }
        }
    }
}

impl Meter {
    fn new(limit: u32, now: Instant) -> Self {
        Self { limit, tokens: f64::from(limit), counted: now, in_progress: 0 }
    }

    /// Counts the tokens that came since the last count.
    fn has_token(&mut self, now: Instant) -> bool {
        let limit = f64::from(self.limit);
        self.tokens = (self.tokens + now.since(self.counted).as_secs_f64() * limit).min(limit);
        self.counted = now;
        // Sums of fractions may lack the last bit of a token.
        self.tokens > 1.0 - 1e-6
    }

    /// Whether as many calls are in progress as may begin in a second.
    fn is_full(&self) -> bool {
        self.in_progress >= self.limit
    }

    fn enter(&mut self) {
        self.tokens -= 1.0;
        self.in_progress += 1;
    }

    fn leave(&mut self) {
        self.in_progress -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIST: OperationName = OperationName::ListAccounts;
    const RETRIEVE: OperationName = OperationName::RetrieveAccount;

    fn caller(key: &str) -> Caller {
        Caller::from_key(key).expect("a key")
    }

    /// Calls that end at once until one is refused.
    fn burst(limiter: &Limiter, caller: &Caller, operation: OperationName, now: Instant) -> (u32, RateLimit) {
        let mut admitted = 0;
        loop {
            match limiter.admit(caller, operation, now) {
                Ok(_) => admitted += 1,
                Err(reason) => return (admitted, reason),
            }
        }
    }

    #[test]
    fn each_mode_has_its_documented_numbers() {
        let (me, now) = (caller("sk_test_a"), Instant::from_unix(0));
        let sandbox = Limiter::new(Limits::Sandbox);
        assert_eq!(burst(&sandbox, &me, LIST, now), (25, RateLimit::GlobalRate));
        assert_eq!(burst(&sandbox, &me, RETRIEVE, now), (0, RateLimit::GlobalRate));
        assert_eq!(burst(&sandbox, &caller("sk_test_b"), LIST, now), (25, RateLimit::GlobalRate));
        let live = Limiter::new(Limits::Live);
        let operations = [LIST, RETRIEVE, OperationName::ListTransactions];
        for operation in operations {
            assert_eq!(burst(&live, &me, operation, now), (25, RateLimit::EndpointRate));
        }
        assert_eq!(burst(&live, &me, OperationName::ListEvents, now), (25, RateLimit::GlobalRate));
    }

    #[test]
    fn tokens_come_back_with_the_time_and_those_of_a_second_are_kept() {
        let (me, start) = (caller("sk_test_a"), Instant::from_unix(0));
        let limiter = Limiter::new(Limits::Sandbox);
        burst(&limiter, &me, LIST, start);
        let mut now = start;
        for _ in 0..10 {
            now = now.after(Duration::from_millis(40));
            assert_eq!(burst(&limiter, &me, LIST, now).0, 1);
        }
        assert_eq!(burst(&limiter, &me, LIST, now.after(Duration::from_mins(1))).0, 25);
    }

    #[test]
    fn calls_in_progress_are_limited_until_they_end() {
        let (me, start) = (caller("sk_test_a"), Instant::from_unix(0));
        let second = Duration::from_secs(1);
        let limiter = Limiter::new(Limits::Live);
        let mut held = Vec::new();
        for _ in 0..25 {
            held.push(limiter.admit(&me, LIST, start).expect("there is room"));
        }
        let now = start.after(second);
        let refused = limiter.admit(&me, LIST, now).expect_err("25 are in progress");
        assert_eq!(refused, RateLimit::EndpointConcurrency);
        for operation in [RETRIEVE, OperationName::ListTransactions, OperationName::ListEvents] {
            for _ in 0..25 {
                held.push(limiter.admit(&me, operation, now).expect("there is room"));
            }
        }
        let now = now.after(second);
        let refused = limiter.admit(&me, OperationName::RetrieveEvent, now).expect_err("100 are in progress");
        assert_eq!(refused, RateLimit::GlobalConcurrency);
        held.clear();
        assert!(limiter.admit(&me, LIST, now).is_ok());
    }
}
