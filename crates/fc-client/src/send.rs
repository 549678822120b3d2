//! The retry loop of a call.

use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::error::Error;
use crate::prepared::Prepared;
use crate::random::fraction;
use crate::retry::{self, Limits, Spending};
use crate::trace::Trace;
use crate::transport;

/// The attempts of a call. All carry the same idempotency key.
///
/// Dropping it releases a reserved retry that was not sent.
pub(crate) struct Attempts<'c> {
    call: &'c Prepared,
    trace: &'c Trace<'c>,
    start: Instant,
    /// Time left until the deadline when the attempt begins.
    left: Duration,
    spending: Spending<'c>,
    attempt: u32,
    /// Whether the request may have been executed by an attempt so far.
    may_have_executed: bool,
}

impl<'c> Attempts<'c> {
    pub(crate) fn new(call: &'c Prepared, trace: &'c Trace<'c>) -> Self {
        let (clock, budget) = (call.client.clock(), call.client.retry_budget());
        let (start, spending) = (clock.now(), budget.open());
        Self { call, trace, start, left: call.timeout, spending, attempt: 1, may_have_executed: false }
    }

    /// Sends the call, with retries, until a response is a success.
    pub(crate) async fn succeed(&mut self) -> Result<Answer, Error> {
        loop {
            match self.send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => self.back_off(error).await?,
            }
        }
    }

    /// One attempt.
    async fn send(&mut self) -> Result<Answer, Error> {
        let trace = self.trace.attempt(self.attempt);
        let (request, body) = (self.call.request(), self.call.body.clone());
        let outcome = match self.call.client.transport().execute(request, body, self.limits()).await {
            Ok(response) if response.status.is_success() => Ok(response),
            Ok(response) => Err(Error::from_answer(response)),
            Err(error) => Err(error),
        };
        trace.end(&outcome);
        match outcome {
            Ok(response) => Ok(Answer { response, attempts: self.attempt }),
            // An earlier attempt whose response was lost may have been executed, even if this one was refused.
            Err(error) => Err(error.after(self.attempt, self.may_have_executed)),
        }
    }

    /// Waits before the next attempt. If there is none, the call ends with `error`.
    pub(crate) async fn back_off(&mut self, error: Error) -> Result<(), Error> {
        self.may_have_executed = error.may_have_executed();
        let Some(delay) = self.delay(&error) else { return Err(error) };
        let Some(reservation) = self.spending.reserve() else { return Err(error) };
        self.call.client.clock().sleep(delay).await;
        // The sleep may have lasted longer, because the machine was suspended.
        self.left = self.time_left();
        if self.left.is_zero() {
            return Err(error);
        }
        self.spending.pay(reservation);
        self.attempt += 1;
        Ok(())
    }

    /// The call succeeded.
    pub(crate) fn finish(self) {
        self.spending.succeeded();
    }

    /// The wait before the next attempt; `None` if there is none.
    fn delay(&self, error: &Error) -> Option<Duration> {
        let limits = Limits { max_retries: self.call.max_retries, left: self.time_left() };
        // Without random numbers there is no jitter.
        let random = self.call.client.random().bits().map_or(1.0, fraction);
        retry::decide(&error.failure()?, self.attempt, limits, random)
    }

    /// The limits of the next attempt.
    fn limits(&self) -> transport::Limits {
        let client = &self.call.client;
        transport::Limits { time: client.attempt_timeout().min(self.left), size: client.max_response_size() }
    }

    /// Time left until the deadline, now.
    fn time_left(&self) -> Duration {
        let now = self.call.client.clock().now();
        self.call.timeout.saturating_sub(now.saturating_duration_since(self.start))
    }
}
