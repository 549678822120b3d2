//! Limits of the API, and how it refuses a call.

/// Documented limits of one Stripe account, in calls per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// Over all operations: 100 in live mode, 25 in test mode.
    pub(crate) total: f64,
    /// Of each operation: 25.
    pub(crate) operation: f64,
    /// Share that the mirror may use, so that the user's other calls pass.
    pub(crate) share: f64,
    /// Calls in flight at most.
    pub(crate) in_flight: f64,
}

impl Limits {
    /// Limits of a mode, with the share that the mirror may use (0 to 1).
    pub(crate) fn of_mode(livemode: bool, share: f64) -> Self {
        Self {
            total: if livemode { 100.0 } else { 25.0 },
            operation: 25.0,
            share: share.clamp(0.01, 1.0),
            in_flight: 32.0,
        }
    }
}

/// Which limiter refused a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too many calls per second over all operations.
    TotalRate,
    /// Too many calls per second of this operation.
    OperationRate,
    /// Too many calls in flight.
    Concurrency,
}

impl Refusal {
    /// Limiter that a 429 names in `Stripe-Rate-Limited-Reason`. A 429 without a reason is no limiter's, `lock_timeout` among
    /// them, and a resource's own limit says nothing about the others.
    pub(crate) fn from_reason(reason: &str) -> Option<Self> {
        match reason {
            "global-rate" => Some(Self::TotalRate),
            "endpoint-rate" => Some(Self::OperationRate),
            "global-concurrency" | "endpoint-concurrency" => Some(Self::Concurrency),
            _ => None,
        }
    }
}
