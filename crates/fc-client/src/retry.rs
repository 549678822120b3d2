//! Retry rules: whether a call is retried, and after which backoff. They are the rules of the official SDKs.

mod budget;

use std::time::Duration;

use fc_types::ErrorCode;
use reqwest::header::HeaderMap;

use crate::header;

pub use crate::retry::budget::RetryBudget;
pub(crate) use crate::retry::budget::Spending;

/// The longest wait that `Retry-After` can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A failed attempt, as the retry rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'e> {
    pub(crate) cause: Cause<'e>,
    /// The value of `Stripe-Should-Retry`.
    pub(crate) advice: Option<bool>,
    /// The value of `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
}

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause<'e> {
    /// A response with this status, and with this code in the body.
    Status(u16, Option<&'e ErrorCode>),
    /// No complete response.
    Fault(Fault),
}

/// Why there is no complete response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A failure of the network, or a time limit.
    Network,
    /// A retry would fail in the same way.
    Lasting,
}

impl<'e> Failure<'e> {
    pub(crate) fn new(cause: Cause<'e>, headers: Option<&HeaderMap>) -> Self {
        let text = |name| headers.and_then(|headers| header::text(headers, name));
        Self {
            cause,
            advice: text(header::STRIPE_SHOULD_RETRY).and_then(|advice| advice.parse().ok()),
            retry_after: text(header::RETRY_AFTER)
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        }
    }

    /// Whether the failure is transient. Stripe's header decides if it is there.
    pub(crate) fn is_transient(&self) -> bool {
        self.advice.unwrap_or_else(|| match self.cause {
            Cause::Fault(fault) => fault != Fault::Lasting,
            // A retry would add to the load that the rate limiter refused. A lock is gone after a moment.
            Cause::Status(429, code) => code.is_some_and(|code| code.as_str() == "lock_timeout"),
            Cause::Status(status, _) => status == 409 || status >= 500,
        })
    }
}

/// The limits of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_retries: u32,
    /// Time left until the deadline.
    pub(crate) left: Duration,
}

/// The wait before retry `retry`, counted from 1; `None` if there is no retry. `random` is from 0 to 1.
pub(crate) fn decide(failure: &Failure<'_>, retry: u32, limits: Limits, random: f64) -> Option<Duration> {
    if retry > limits.max_retries || !failure.is_transient() {
        return None;
    }
    let delay = backoff(retry, random);
    let delay = failure.retry_after.map_or(delay, |asked| delay.max(asked.min(LONGEST_RETRY_AFTER)));
    // A wait until the deadline would leave no time for the attempt.
    (delay < limits.left).then_some(delay)
}

/// The exponential backoff with jitter before retry `retry`, counted from 1. It doubles from half a second to five
/// seconds. Jitter takes up to a half of it, but never leaves less than half a second.
fn backoff(retry: u32, random: f64) -> Duration {
    let doublings = i32::try_from(retry.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = (0.5 * 2_f64.powi(doublings)).min(5.0);
    let seconds = (seconds * 0.5 * (1.0 + random)).max(0.5);
    Duration::from_secs_f64(seconds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fc_types::ErrorCode;
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::{Cause, Failure, Fault, Limits, backoff, decide};

    const LIMITS: Limits = Limits { max_retries: 2, left: Duration::from_secs(80) };

    fn status(status: u16) -> Failure<'static> {
        Failure::new(Cause::Status(status, None), None)
    }

    fn fault(fault: Fault) -> Failure<'static> {
        Failure::new(Cause::Fault(fault), None)
    }

    fn with_headers<'e>(cause: Cause<'e>, headers: &[(&'static str, &str)]) -> Failure<'e> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect();
        Failure::new(cause, Some(&headers))
    }

    fn first(failure: &Failure<'_>) -> Option<Duration> {
        decide(failure, 1, LIMITS, 0.0)
    }

    fn seconds(seconds: f64) -> Option<Duration> {
        Some(Duration::from_secs_f64(seconds))
    }

    #[test]
    fn conflicts_and_server_faults_are_retried_and_other_statuses_are_not() {
        let retried: Vec<u16> = (300..600).filter(|code| first(&status(*code)).is_some()).collect();
        let expected: Vec<u16> = [409].into_iter().chain(500..600).collect();
        assert_eq!(retried, expected);
    }

    #[test]
    fn a_429_is_retried_for_a_lock_and_for_nothing_else() {
        let with_code = |code: &ErrorCode| first(&Failure::new(Cause::Status(429, Some(code)), None));
        assert_eq!(with_code(&ErrorCode::LockTimeout), seconds(0.5));
        assert_eq!(with_code(&ErrorCode::RateLimit), None);
        assert_eq!(with_code(&ErrorCode::Unknown("new".into())), None);
        let elsewhere = Failure::new(Cause::Status(400, Some(&ErrorCode::LockTimeout)), None);
        assert_eq!(first(&elsewhere), None);
    }

    #[test]
    fn faults_of_the_network_are_retried_and_lasting_ones_are_not() {
        assert_eq!(first(&fault(Fault::Network)), seconds(0.5));
        assert_eq!(first(&fault(Fault::Lasting)), None);
    }

    #[test]
    fn stripe_s_advice_comes_before_every_other_rule() {
        let advised = |cause, advice: &str| first(&with_headers(cause, &[("stripe-should-retry", advice)]));
        for code in [400, 402, 404, 429, 307] {
            assert_eq!(advised(Cause::Status(code, None), "true"), seconds(0.5), "{code}");
        }
        for code in [409, 500, 503] {
            assert_eq!(advised(Cause::Status(code, None), "false"), None, "{code}");
        }
        assert_eq!(advised(Cause::Status(429, Some(&ErrorCode::LockTimeout)), "false"), None);
        assert_eq!(advised(Cause::Fault(Fault::Network), "false"), None);
        assert_eq!(advised(Cause::Status(500, None), "perhaps"), seconds(0.5));
        assert_eq!(advised(Cause::Status(400, None), "perhaps"), None);
    }

    #[test]
    fn there_are_as_many_retries_as_allowed() {
        let decided =
            |retry, max_retries| decide(&status(500), retry, Limits { max_retries, ..LIMITS }, 0.0).is_some();
        assert!(decided(1, 2) && decided(2, 2) && !decided(3, 2) && !decided(1, 0));
        let advised = with_headers(Cause::Status(500, None), &[("stripe-should-retry", "true")]);
        assert_eq!(decide(&advised, 3, LIMITS, 0.0), None, "advice does not lift the limit");
    }

    #[test]
    fn without_retries_nothing_is_sent_twice() {
        let none = Limits { max_retries: 0, ..LIMITS };
        for fault in [fault(Fault::Network), status(500)] {
            assert_eq!(decide(&fault, 1, none, 0.0), None);
            assert!(decide(&fault, 2, LIMITS, 0.0).is_some());
        }
    }

    /// `min(0.5·2^(n−1), 5) · (0.5 to 1)`, at least 0.5, as in the official SDKs.
    #[test]
    fn the_backoff_doubles_from_half_a_second_to_five() {
        let delays =
            |random| [1, 2, 3, 4, 5, 6, u32::MAX].map(|retry: u32| backoff(retry, random).as_secs_f64());
        assert_eq!(delays(1.0), [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]);
        assert_eq!(delays(0.0), [0.5, 0.5, 1.0, 2.0, 2.5, 2.5, 2.5]);
        assert_eq!(delays(0.5), [0.5, 0.75, 1.5, 3.0, 3.75, 3.75, 3.75]);
    }

    #[test]
    fn retry_after_is_honoured_when_longer_and_up_to_a_minute() {
        let asked = |text| first(&with_headers(Cause::Status(503, None), &[("retry-after", text)]));
        assert_eq!(asked("7"), seconds(7.0));
        assert_eq!(asked("0"), seconds(0.5));
        assert_eq!(asked("60"), seconds(60.0));
        assert_eq!(asked("3600"), seconds(60.0));
        assert_eq!(asked("18446744073709551615"), seconds(60.0));
        for odd in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(asked(odd), seconds(0.5), "{odd}");
        }
        let refused = with_headers(Cause::Status(429, None), &[("retry-after", "1")]);
        assert_eq!(first(&refused), None, "it says when, not whether");
    }

    #[test]
    fn no_wait_lasts_to_the_end_of_the_call() {
        let within = |left| {
            decide(&status(500), 1, Limits { left: Duration::from_millis(left), ..LIMITS }, 0.0).is_some()
        };
        assert!(within(501) && !within(500) && !within(0));
    }
}
