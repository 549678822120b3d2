//! Sends a call: attempt after attempt, until one succeeds or the call may go on no longer.

use std::time::Duration;

use crate::answer::Answer;
use crate::prepared::Prepared;
use crate::random::fraction;
use crate::retry::{self, Limits};
use crate::trace::Trace;
use crate::{Client, Error};

/// Sends `call`, again if need be. All attempts carry the same idempotency key.
///
/// Dropping the future leaves nothing half done: a retry that was not sent by then goes back to the budget.
pub(crate) async fn send(call: &Prepared, trace: &Trace<'_>) -> Result<Answer, Error> {
    let client = &call.client;
    let clock = client.clock();
    let start = clock.now();
    let time_left = || call.timeout.saturating_sub(clock.now().saturating_duration_since(start));
    let mut spending = client.retry_budget().open();
    let mut left = call.timeout;
    let mut attempt = 1;
    let mut may_have_executed = false;
    loop {
        let attempt_trace = trace.attempt(attempt);
        let outcome = match client.transport().execute(call.request(), attempt_limit(client, left)).await {
            Ok(response) if response.status.is_success() => Ok(response),
            Ok(response) => Err(Error::from_answer(response)),
            Err(error) => Err(error),
        };
        attempt_trace.end(&outcome);
        let error = match outcome {
            Ok(response) => {
                spending.succeeded();
                return Ok(Answer { response, attempts: attempt });
            }
            // An earlier attempt whose answer was lost may have been executed, whatever became of this one.
            Err(error) => error.after(attempt, may_have_executed),
        };
        may_have_executed = error.may_have_executed();

        let Some(delay) = delay(call, &error, attempt, time_left()) else { return Err(error) };
        let Some(reservation) = spending.reserve() else { return Err(error) };
        clock.sleep(delay).await;
        left = time_left();
        // The sleep may have lasted longer than it should: the machine may have been suspended.
        if left.is_zero() {
            return Err(error);
        }
        spending.pay(reservation);
        attempt += 1;
    }
}

/// How long to wait before the next attempt, if there is to be one.
fn delay(call: &Prepared, error: &Error, attempt: u32, left: Duration) -> Option<Duration> {
    let limits = Limits { max_retries: call.max_retries, left };
    // Without chance the wait is as long as it can be.
    let random = call.client.random().bits().map_or(1.0, fraction);
    retry::decide(&error.failure()?, attempt, limits, random)
}

/// The time limit of an attempt, of which the call leaves `left`.
fn attempt_limit(client: &Client, left: Duration) -> Duration {
    client.attempt_timeout().map_or(left, |limit| limit.min(left))
}
