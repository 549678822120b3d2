//! Faults on demand: what an integration must survive, summoned in one line.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::institution::Institution;
use crate::model::{Feature, RefreshOutcome};
use crate::routes;
use crate::state::lock;

/// Something that goes wrong, once unless [`Fault::times`] says otherwise.
///
/// ```
/// use fc_sandbox::{Fault, Feature, RateLimit, Sandbox};
///
/// let sandbox = Sandbox::builder().build();
/// sandbox.faults().inject(Fault::rate_limited(RateLimit::EndpointRate).on("refresh_account").times(2))?;
/// sandbox.faults().inject(Fault::reply_lost().on("create_session"))?;
/// sandbox.faults().inject(Fault::refresh_fails(Feature::Balance))?;
/// # Ok::<(), fc_sandbox::FaultError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    kind: Kind,
    on: Option<String>,
    times: Option<u32>,
    should_retry: Option<bool>,
}

/// Which of Stripe's limiters refuses a call; the value of `Stripe-Rate-Limited-Reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateLimit {
    /// Too many requests of the account.
    GlobalRate,
    /// Too many requests of the account to one endpoint.
    EndpointRate,
    /// Too many requests of the account at the same time.
    GlobalConcurrency,
    /// Too many requests of the account to one endpoint at the same time.
    EndpointConcurrency,
    /// A limit of the resource's own.
    ResourceSpecific,
}

impl RateLimit {
    pub(crate) const ALL: [Self; 5] = [
        Self::GlobalRate,
        Self::EndpointRate,
        Self::GlobalConcurrency,
        Self::EndpointConcurrency,
        Self::ResourceSpecific,
    ];

    /// As the header has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GlobalRate => "global-rate",
            Self::EndpointRate => "endpoint-rate",
            Self::GlobalConcurrency => "global-concurrency",
            Self::EndpointConcurrency => "endpoint-concurrency",
            Self::ResourceSpecific => "resource-specific",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Call(CallFault),
    Refresh { feature: Feature, outcome: RefreshOutcome },
    InstitutionDown { institution: String },
    Webhook(WebhookFault),
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallFault {
    // Answered instead of being carried out.
    RateLimited(RateLimit),
    LockTimeout,
    ApiKeyExpired,
    PermissionDenied,
    InternalError,
    Unavailable,
    BadGateway,
    ConnectionClosed,
    /// Execution began, so that an idempotency key keeps the answer.
    InternalErrorKept,
    // Carried out, but the answer suffers.
    ReplyLost,
    SlowHead(Duration),
    SlowBody(Duration),
    TruncatedJson,
    BrokenBody,
}

/// What goes wrong with deliveries to webhook endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebhookFault {
    Duplicated,
    Delayed(Duration),
    Reversed { count: u32 },
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, on: None, times: None, should_retry: None }
    }

    fn call(fault: CallFault) -> Self {
        Self::new(Kind::Call(fault))
    }

    /// 429 from a limiter, with `Stripe-Rate-Limited-Reason`; the call is not carried out.
    pub fn rate_limited(reason: RateLimit) -> Self {
        Self::call(CallFault::RateLimited(reason))
    }

    /// 429 `lock_timeout`: another request holds the object. Without a `Request-Id`, since it was never processed.
    pub fn lock_timeout() -> Self {
        Self::call(CallFault::LockTimeout)
    }

    /// 401 `api_key_expired`: the key was rolled.
    pub fn api_key_expired() -> Self {
        Self::call(CallFault::ApiKeyExpired)
    }

    /// 403: a restricted key without the right to this call.
    pub fn permission_denied() -> Self {
        Self::call(CallFault::PermissionDenied)
    }

    /// 500 before the call was begun: repeated, it is carried out.
    pub fn internal_error() -> Self {
        Self::call(CallFault::InternalError)
    }

    /// 500 after the call was begun: nothing has changed, but an idempotency key keeps the answer, and repeating the call
    /// brings it again.
    pub fn internal_error_kept() -> Self {
        Self::call(CallFault::InternalErrorKept)
    }

    /// 503 before the call was begun.
    pub fn unavailable() -> Self {
        Self::call(CallFault::Unavailable)
    }

    /// 502 with a page of HTML, as from a proxy in between; the call is not carried out.
    pub fn bad_gateway() -> Self {
        Self::call(CallFault::BadGateway)
    }

    /// The connection closes before the call is carried out.
    pub fn connection_closed() -> Self {
        Self::call(CallFault::ConnectionClosed)
    }

    /// The call is carried out, and the connection closes instead of an answer.
    pub fn reply_lost() -> Self {
        Self::call(CallFault::ReplyLost)
    }

    /// The call is carried out, and the answer begins late, by this much of real time. Meanwhile its idempotency key is in
    /// use.
    pub fn slow_head(delay: Duration) -> Self {
        Self::call(CallFault::SlowHead(delay))
    }

    /// The answer stops in the middle of its body, and goes on after this much of real time.
    pub fn slow_body(delay: Duration) -> Self {
        Self::call(CallFault::SlowBody(delay))
    }

    /// The call is carried out, and the answer is whole HTTP with half of its JSON.
    pub fn truncated_json() -> Self {
        Self::call(CallFault::TruncatedJson)
    }

    /// The call is carried out, and the connection closes in the middle of the body.
    pub fn broken_body() -> Self {
        Self::call(CallFault::BrokenBody)
    }

    /// The next refresh of the feature to end fails, on whatever account.
    pub fn refresh_fails(feature: Feature) -> Self {
        Self::refresh_ends(feature, RefreshOutcome::Failed)
    }

    /// The next refresh of the feature to end ends so, on whatever account. A plan for the account itself
    /// ([`crate::Sandbox::plan_refresh`]) goes first.
    pub fn refresh_ends(feature: Feature, outcome: RefreshOutcome) -> Self {
        Self::new(Kind::Refresh { feature, outcome })
    }

    /// Nobody can log in at the institution, and refreshes of its accounts fail. It stays down until [`Faults::clear`],
    /// unless [`Fault::times`] counts the log-ins and refreshes.
    pub fn institution_down(institution: impl Into<String>) -> Self {
        Self::new(Kind::InstitutionDown { institution: institution.into() })
    }

    /// The next delivery of an event is sent twice.
    pub fn webhook_duplicated() -> Self {
        Self::new(Kind::Webhook(WebhookFault::Duplicated))
    }

    /// The next delivery of an event comes later, by this much on the sandbox's clock.
    pub fn webhook_delayed(by: Duration) -> Self {
        Self::new(Kind::Webhook(WebhookFault::Delayed(by)))
    }

    /// Deliveries are held back until `count` of them are due for one endpoint, which then go out newest first.
    pub fn webhooks_reversed(count: u32) -> Self {
        Self::new(Kind::Webhook(WebhookFault::Reversed { count }))
    }

    /// Only calls of this operation suffer, such as `refresh_account`; any call does if not given.
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.on = Some(operation.into());
        self
    }

    /// How often it happens; once if not given.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// The answer carries `Stripe-Should-Retry` with this value.
    pub fn should_retry(mut self, advice: bool) -> Self {
        self.should_retry = Some(advice);
        self
    }

    fn check(&self) -> Result<(), FaultError> {
        let is_call = matches!(self.kind, Kind::Call(_));
        let problem = if (self.on.is_some() || self.should_retry.is_some()) && !is_call {
            "only faults of calls have an operation or an advice to retry".to_owned()
        } else if let Some(on) = self.on.as_ref().filter(|on| !routes::operations().contains(&on.as_str())) {
            format!("no operation is called `{on}`; there are {}", routes::operations().join(", "))
        } else if self.times == Some(0) {
            "a fault that happens 0 times is none".to_owned()
        } else if matches!(self.kind, Kind::Webhook(WebhookFault::Reversed { count: 0 | 1 })) {
            "at least 2 deliveries are needed to reverse their order".to_owned()
        } else {
            return Ok(());
        };
        Err(FaultError { problem })
    }
}

/// What the fault does, in words, for the list of those that are to come.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Call(CallFault::RateLimited(reason)) => write!(f, "rate_limited {}", reason.as_str())?,
            Kind::Call(CallFault::LockTimeout) => f.write_str("lock_timeout")?,
            Kind::Call(CallFault::ApiKeyExpired) => f.write_str("api_key_expired")?,
            Kind::Call(CallFault::PermissionDenied) => f.write_str("permission_denied")?,
            Kind::Call(CallFault::InternalError) => f.write_str("internal_error")?,
            Kind::Call(CallFault::InternalErrorKept) => f.write_str("internal_error_kept")?,
            Kind::Call(CallFault::Unavailable) => f.write_str("unavailable")?,
            Kind::Call(CallFault::BadGateway) => f.write_str("bad_gateway")?,
            Kind::Call(CallFault::ConnectionClosed) => f.write_str("connection_closed")?,
            Kind::Call(CallFault::ReplyLost) => f.write_str("reply_lost")?,
            Kind::Call(CallFault::SlowHead(delay)) => write!(f, "slow_head {delay:?}")?,
            Kind::Call(CallFault::SlowBody(delay)) => write!(f, "slow_body {delay:?}")?,
            Kind::Call(CallFault::TruncatedJson) => f.write_str("truncated_json")?,
            Kind::Call(CallFault::BrokenBody) => f.write_str("broken_body")?,
            Kind::Refresh { feature, outcome } => {
                write!(f, "refresh_ends {} {}", feature.as_str(), outcome.as_str())?;
            }
            Kind::InstitutionDown { institution } => write!(f, "institution_down {institution}")?,
            Kind::Webhook(WebhookFault::Duplicated) => f.write_str("webhook_duplicated")?,
            Kind::Webhook(WebhookFault::Delayed(by)) => write!(f, "webhook_delayed {by:?}")?,
            Kind::Webhook(WebhookFault::Reversed { count }) => write!(f, "webhooks_reversed {count}")?,
        }
        if let Some(on) = &self.on {
            write!(f, " on {on}")?;
        }
        match self.times {
            Some(times) => write!(f, ", {times} times"),
            None => Ok(()),
        }
    }
}

/// Why a fault was not injected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError {
    problem: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for FaultError {}

/// The faults that are to come. They concern all keys.
#[derive(Debug, Default)]
pub struct Faults {
    queue: Mutex<VecDeque<Fault>>,
}

/// A fault that meets a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Struck {
    pub(crate) fault: Option<CallFault>,
    pub(crate) should_retry: Option<bool>,
}

impl Faults {
    /// Adds a fault. Of several that fit, the one that was added first happens first.
    ///
    /// # Errors
    ///
    /// When the fault makes no sense, such as one of an operation that does not exist.
    pub fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        fault.check()?;
        self.queue().push_back(fault);
        Ok(())
    }

    /// Takes back all faults that have not happened yet.
    pub fn clear(&self) {
        self.queue().clear();
    }

    /// The faults that have not happened yet, with how often they still will.
    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        self.queue().iter().cloned().collect()
    }

    /// The fault that meets a call of `operation`; an unknown address has none.
    pub(crate) fn strike(&self, operation: Option<&str>) -> Struck {
        let mut queue = self.queue();
        let struck = take(&mut queue, |fault| match fault.kind {
            Kind::Call(call) if fault.on.is_none() || fault.on.as_deref() == operation => {
                Some(Struck { fault: Some(call), should_retry: fault.should_retry })
            }
            _ => None,
        });
        struck.unwrap_or_default()
    }

    /// How a refresh of `feature` ends, if a fault decides it.
    pub(crate) fn refresh_outcome(&self, feature: Feature) -> Option<RefreshOutcome> {
        take(&mut self.queue(), |fault| match fault.kind {
            Kind::Refresh { feature: planned, outcome } if planned == feature => Some(outcome),
            _ => None,
        })
    }

    /// Whether `institution` is down for a log-in or a refresh that happens now.
    pub(crate) fn is_down(&self, institution: &str) -> bool {
        let down = take(&mut self.queue(), |fault| match &fault.kind {
            Kind::InstitutionDown { institution: down } if is_same(down, institution) => Some(()),
            _ => None,
        });
        down.is_some()
    }

    /// The fault that meets an endpoint's next delivery. `has` says whether so many can go out.
    pub(crate) fn strike_webhook(&self, has: impl Fn(usize) -> bool) -> Option<WebhookFault> {
        let mut queue = self.queue();
        let place = queue.iter().position(|fault| matches!(fault.kind, Kind::Webhook(_)))?;
        match queue[place].kind {
            // It stays until there are enough: the caller waits.
            Kind::Webhook(fault @ WebhookFault::Reversed { count }) if !has(count as usize) => Some(fault),
            _ => take(&mut queue, |fault| match fault.kind {
                Kind::Webhook(fault) => Some(fault),
                _ => None,
            }),
        }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        lock(&self.queue)
    }
}

/// Whether two names are of one institution; test institutions have older names beside the newest.
fn is_same(one: &str, other: &str) -> bool {
    let known = |name| Institution::named(name).map(Institution::name);
    one == other || known(one).is_some_and(|name| known(other) == Some(name))
}

/// What the first fault that `fits` brings, counted as having happened once.
fn take<T>(queue: &mut VecDeque<Fault>, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
    let (place, found) = queue.iter().enumerate().find_map(|(place, fault)| Some((place, fits(fault)?)))?;
    let fault = &mut queue[place];
    let lasting = matches!(fault.kind, Kind::InstitutionDown { .. });
    match &mut fault.times {
        None if lasting => {}
        Some(times) if *times > 1 => *times -= 1,
        _ => drop(queue.remove(place)),
    }
    Some(found)
}
