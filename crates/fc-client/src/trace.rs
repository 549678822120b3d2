//! Spans and events for `tracing`: a span for each call, an event for each attempt. Without the feature, nothing.
//!
//! They hold the operation and the request id. They hold no other header, no body, no query and no path, because those hold
//! ids and secrets.
//!
//! The tests are a program of their own, `tests/trace/main.rs`, because `tracing` decides once for the process which places
//! have a subscriber.

#[cfg(feature = "tracing")]
mod enabled {
    use std::time::{Duration, Instant};

    use tracing::field::Empty;
    use tracing::instrument::Instrumented;
    use tracing::{Instrument, Span};

    use crate::answer::{Answer, RawResponse};
    use crate::error::printable::printable;
    use crate::operation::Operation;
    use crate::{Clock, Error, header};

    /// The span of a call.
    pub(crate) struct Trace<'c> {
        span: Span,
        operation: &'static str,
        clock: &'c dyn Clock,
        start: Instant,
    }

    /// An attempt under way.
    pub(crate) struct Attempt<'t> {
        trace: &'t Trace<'t>,
        number: u32,
        start: Instant,
    }

    impl<'c> Trace<'c> {
        pub(crate) fn begin(operation: &'static Operation, clock: &'c dyn Clock) -> Self {
            let span = tracing::info_span!(
                "stripe",
                operation = operation.id,
                attempts = Empty,
                status = Empty,
                request_id = Empty,
                duration_ms = Empty,
                error = Empty,
            );
            Self { span, operation: operation.id, clock, start: clock.now() }
        }

        pub(crate) fn within<F: Future>(&self, future: F) -> Instrumented<F> {
            future.instrument(self.span.clone())
        }

        pub(crate) fn attempt(&self, number: u32) -> Attempt<'_> {
            Attempt { trace: self, number, start: self.clock.now() }
        }

        pub(crate) fn end(self, outcome: Result<&Answer, &Error>) {
            let (attempts, status, request_id) = match outcome {
                Ok(Answer { response, attempts }) => {
                    (*attempts, Some(response.status), header::text(&response.headers, header::REQUEST_ID))
                }
                Err(error) => (error.attempts(), error.status(), error.request_id()),
            };
            let request_id = request_id.map(printable);
            self.span.record("attempts", attempts);
            self.span.record("status", status.map(|status| status.as_u16()));
            self.span.record("request_id", request_id);
            self.span.record("duration_ms", milliseconds(self.elapsed_since(self.start)));
            if let Err(error) = outcome {
                self.span.record("error", tracing::field::display(error));
            }
        }

        fn elapsed_since(&self, start: Instant) -> Duration {
            self.clock.now().saturating_duration_since(start)
        }
    }

    impl Attempt<'_> {
        pub(crate) fn end(self, outcome: &Result<RawResponse, Error>) {
            let duration_ms = milliseconds(self.trace.elapsed_since(self.start));
            let headers = match outcome {
                Ok(response) => Some(&response.headers),
                Err(error) => error.headers(),
            };
            // A header can have hundreds of kilobytes.
            let text = |name| headers.and_then(|headers| header::text(headers, name)).map(printable);
            let (attempt, request_id) = (self.number, text(header::REQUEST_ID));
            match outcome {
                Ok(response) => {
                    let status = response.status.as_u16();
                    tracing::debug!(attempt, status, request_id, duration_ms, "answered");
                }
                Err(error) => {
                    let status = error.status().map(|status| status.as_u16());
                    tracing::debug!(attempt, status, request_id, duration_ms, %error, "failed");
                }
            }
            if let Some(notice) = text(header::STRIPE_NOTICE) {
                tracing::warn!(operation = self.trace.operation, request_id, notice, "Stripe has a notice");
            }
        }
    }

    fn milliseconds(duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(not(feature = "tracing"))]
mod disabled {
    use std::marker::PhantomData;

    use crate::answer::{Answer, RawResponse};
    use crate::operation::Operation;
    use crate::{Clock, Error};

    /// The span of a call, without the feature.
    pub(crate) struct Trace<'c>(PhantomData<&'c ()>);

    /// The event of an attempt, without the feature.
    pub(crate) struct Attempt;

    impl<'c> Trace<'c> {
        pub(crate) fn begin(_: &'static Operation, _: &'c dyn Clock) -> Self {
            Self(PhantomData)
        }

        pub(crate) fn within<F: Future>(&self, future: F) -> F {
            future
        }

        pub(crate) fn attempt(&self, _: u32) -> Attempt {
            Attempt
        }

        pub(crate) fn end(self, _: Result<&Answer, &Error>) {}
    }

    impl Attempt {
        pub(crate) fn end(self, _: &Result<RawResponse, Error>) {}
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::Trace;
#[cfg(feature = "tracing")]
pub(crate) use enabled::Trace;
