//! Faults that a test injects: errors, lost responses, outages and late webhooks.

pub(crate) mod kind;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::bank::institution::Institution;
use crate::fault::kind::{BankFault, CallFault, Kind, RateLimit, WebhookFault};
use crate::lock::lock;
use crate::model::feature::{Feature, RefreshOutcome};
use crate::model::operation::OperationName;

/// Something that goes wrong, once unless [`Fault::times`] sets a count.
///
/// Its JSON is what `POST /_sandbox/faults` takes.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    #[serde(flatten)]
    kind: Kind,
    on: Option<String>,
    times: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    should_retry: Option<bool>,
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, on: None, times: None, from: None, should_retry: None }
    }

    fn call(fault: CallFault) -> Self {
        Self::new(Kind::Call(fault))
    }

    /// A 429 from a rate limit, with `Stripe-Rate-Limited-Reason`; the call is not carried out.
    pub fn rate_limited(reason: RateLimit) -> Self {
        Self::call(CallFault::RateLimited { reason })
    }

    /// A 429 `lock_timeout`: another request locks the object. There is no `Request-Id`, because the call was not processed.
    pub fn lock_timeout() -> Self {
        Self::call(CallFault::LockTimeout)
    }

    /// A 401 `api_key_expired`: the key was rolled.
    pub fn api_key_expired() -> Self {
        Self::call(CallFault::ApiKeyExpired)
    }

    /// A 403: a restricted key without the permission for this call.
    pub fn permission_denied() -> Self {
        Self::call(CallFault::PermissionDenied)
    }

    /// A 500 before the call is executed: a retry is carried out.
    pub fn internal_error() -> Self {
        Self::call(CallFault::InternalError)
    }

    /// A 500 after execution started: nothing has changed, but the idempotency key saves the response, so a retry gets the
    /// same 500.
    pub fn internal_error_kept() -> Self {
        Self::call(CallFault::InternalErrorKept)
    }

    /// A 503 before the call is executed.
    pub fn unavailable() -> Self {
        Self::call(CallFault::Unavailable)
    }

    /// A 502 with an HTML page, as from a proxy; the call is not carried out.
    pub fn bad_gateway() -> Self {
        Self::call(CallFault::BadGateway)
    }

    /// The connection closes before the call is carried out.
    pub fn connection_closed() -> Self {
        Self::call(CallFault::ConnectionClosed)
    }

    /// The call is carried out, and the connection closes instead of a response.
    pub fn reply_lost() -> Self {
        Self::call(CallFault::ReplyLost)
    }

    /// The call is carried out, and its response starts late, after this much real time. Meanwhile the idempotency key is
    /// in use.
    pub fn slow_head(delay: Duration) -> Self {
        Self::call(CallFault::SlowHead { delay })
    }

    /// The response pauses in the middle of its body for this much real time.
    pub fn slow_body(delay: Duration) -> Self {
        Self::call(CallFault::SlowBody { delay })
    }

    /// The call is carried out, and the response is valid HTTP with half of its JSON.
    pub fn truncated_json() -> Self {
        Self::call(CallFault::TruncatedJson)
    }

    /// The call is carried out, and the connection closes in the middle of the body.
    pub fn broken_body() -> Self {
        Self::call(CallFault::BrokenBody)
    }

    /// The next refresh of the feature that finishes fails, on any account.
    pub fn refresh_fails(feature: Feature) -> Self {
        Self::refresh_ends(feature, RefreshOutcome::Failed)
    }

    /// The next refresh of the feature that finishes has this outcome, on any account. A plan for the account
    /// ([`crate::Sandbox::plan_refresh`]) takes precedence.
    pub fn refresh_ends(feature: Feature, outcome: RefreshOutcome) -> Self {
        Self::new(Kind::Bank(BankFault::RefreshFails { feature, outcome }))
    }

    /// Log-ins at the institution and refreshes of its accounts fail. It is down until [`Faults::clear`], unless
    /// [`Fault::times`] limits the number of log-ins and refreshes.
    pub fn institution_down(institution: impl Into<String>) -> Self {
        Self::new(Kind::Bank(BankFault::InstitutionDown { institution: institution.into() }))
    }

    /// The next webhook delivery is sent twice.
    pub fn webhook_duplicated() -> Self {
        Self::new(Kind::Webhook(WebhookFault::Duplicated))
    }

    /// The next webhook delivery is sent later, by this much time on the sandbox's clock.
    pub fn webhook_delayed(by: Duration) -> Self {
        Self::new(Kind::Webhook(WebhookFault::Delayed { by }))
    }

    /// Deliveries wait until `count` of them are due for one endpoint, and are then sent newest first.
    pub fn webhooks_reversed(count: u32) -> Self {
        Self::new(Kind::Webhook(WebhookFault::Reversed { count }))
    }

    /// The next webhook delivery is never sent, and not retried either. The event stays in the list of events.
    pub fn webhook_lost() -> Self {
        Self::new(Kind::Webhook(WebhookFault::Lost))
    }

    /// Limits the fault to calls of one operation, such as `refresh_account`.
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.on = Some(operation.into());
        self
    }

    /// Lets the first calls (or refreshes, log-ins or deliveries) pass: the fault happens from the `nth` on, where 1 is the
    /// next one. It then lasts until [`Faults::clear`], unless [`Fault::times`] sets a count.
    ///
    /// ```
    /// # use fc_sandbox::{Fault, Sandbox};
    /// # let sandbox = Sandbox::builder().build();
    /// // The first two pages arrive, and every later one fails.
    /// sandbox.faults().inject(Fault::unavailable().on("list_transactions").from_nth(3))?;
    /// # Ok::<(), fc_sandbox::FaultError>(())
    /// ```
    pub fn from_nth(mut self, nth: u32) -> Self {
        self.from = Some(nth);
        self
    }

    /// How many times the fault happens; once by default.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Adds the header `Stripe-Should-Retry` with this value to the response.
    pub fn should_retry(mut self, advice: bool) -> Self {
        self.should_retry = Some(advice);
        self
    }

    /// Whether no earlier call has to pass before.
    fn is_ready(&self) -> bool {
        self.from.is_none_or(|from| from <= 1)
    }

    fn check(&self) -> Result<(), FaultError> {
        let is_call = matches!(self.kind, Kind::Call(_));
        let problem = if (self.on.is_some() || self.should_retry.is_some()) && !is_call {
            "only faults of calls take `on` and `should_retry`: leave them out".to_owned()
        } else if let Some(Err(error)) = self.on.as_ref().map(|on| on.parse::<OperationName>()) {
            format!("`on` names no operation: {error}")
        } else if self.times == Some(0) {
            "a fault cannot happen 0 times: set `times` to 1 or more".to_owned()
        } else if self.from == Some(0) {
            "the first one has the number 1: set `from` to 1 or more".to_owned()
        } else if self.from.is_some() && matches!(self.kind, Kind::Webhook(WebhookFault::Reversed { .. })) {
            "deliveries are reversed once, as soon as enough are due: leave `from` out".to_owned()
        } else if matches!(self.kind, Kind::Webhook(WebhookFault::Reversed { count: 0 | 1 })) {
            "only at least 2 deliveries have an order to reverse: set `count` to 2 or more".to_owned()
        } else {
            return Ok(());
        };
        Err(FaultError { problem })
    }
}

/// The name, the arguments, the operation and the count, such as `slow_head 20ms on refresh_account, 2 times`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(on) = &self.on {
            write!(f, " on {on}")?;
        }
        if let Some(from) = self.from {
            write!(f, ", from number {from} on")?;
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

/// The injected faults that have not happened yet. They apply to calls of all keys.
#[derive(Debug, Default)]
pub struct Faults {
    queue: Mutex<VecDeque<Fault>>,
    /// Notifies the dispatcher that deliveries are no longer held back.
    released: watch::Sender<()>,
}

/// A fault that was taken from the queue for one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakenFault {
    pub(crate) fault: CallFault,
    /// The value of `Stripe-Should-Retry`.
    pub(crate) should_retry: Option<bool>,
}

impl Faults {
    /// Adds a fault. Of several faults that match a call, the oldest happens first.
    ///
    /// # Errors
    ///
    /// If the fault is invalid: an unknown operation, 0 times, from number 0 on, a single delivery to reverse, or an operation
    /// for a fault that is not one of calls.
    pub fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        fault.check()?;
        self.queue().push_back(fault);
        Ok(())
    }

    /// Ends the outage of an institution. Returns whether a fault made it unavailable.
    pub(crate) fn restore_institution(&self, institution: &str) -> bool {
        let mut queue = self.queue();
        let before = queue.len();
        queue.retain(|fault| {
            !matches!(&fault.kind, Kind::Bank(BankFault::InstitutionDown { institution: down }) if is_same(down, institution))
        });
        queue.len() < before
    }

    /// Whether a fault makes the institution unavailable now. It counts as no time of the fault.
    pub(crate) fn has_outage(&self, institution: &str) -> bool {
        self.queue().iter().any(|fault| {
            let Kind::Bank(BankFault::InstitutionDown { institution: down }) = &fault.kind else {
                return false;
            };
            fault.is_ready() && is_same(down, institution)
        })
    }

    /// Removes all faults that have not happened yet.
    pub fn clear(&self) {
        self.queue().clear();
        self.released.send_replace(());
    }

    /// The faults that have not happened yet, with their remaining counts.
    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        self.queue().iter().cloned().collect()
    }

    /// Takes the fault for a call of `operation`; a call to an unknown path has no operation.
    pub(crate) fn take_call_fault(&self, operation: Option<OperationName>) -> Option<TakenFault> {
        let mut queue = self.queue();
        let meets = |on: &Option<String>| on.as_ref().is_none_or(|on| on.parse().ok() == operation);
        take(&mut queue, |fault| match fault.kind {
            Kind::Call(call) if meets(&fault.on) => {
                Some(TakenFault { fault: call, should_retry: fault.should_retry })
            }
            _ => None,
        })
    }

    /// Takes the fault that decides the outcome of a refresh of `feature`.
    pub(crate) fn refresh_outcome(&self, feature: Feature) -> Option<RefreshOutcome> {
        take(&mut self.queue(), |fault| match fault.kind {
            Kind::Bank(BankFault::RefreshFails { feature: planned, outcome }) if planned == feature => {
                Some(outcome)
            }
            _ => None,
        })
    }

    /// Whether `institution` is down for one log-in or refresh, which counts as one time of the fault.
    pub(crate) fn is_down(&self, institution: &str) -> bool {
        let down = take(&mut self.queue(), |fault| match &fault.kind {
            Kind::Bank(BankFault::InstitutionDown { institution: down }) if is_same(down, institution) => {
                Some(())
            }
            _ => None,
        });
        down.is_some()
    }

    /// Takes the fault for the next delivery to an endpoint. `has` says whether that many deliveries are due.
    pub(crate) fn take_webhook_fault(&self, has: impl Fn(usize) -> bool) -> Option<WebhookFault> {
        let mut queue = self.queue();
        let next = queue.iter().find(|fault| matches!(fault.kind, Kind::Webhook(_)) && fault.is_ready());
        match next.map(|fault| &fault.kind) {
            // The fault stays until enough deliveries are due; the caller waits.
            Some(&Kind::Webhook(fault @ WebhookFault::Reversed { count })) if !has(count as usize) => {
                Some(fault)
            }
            _ => {
                let fault = take(&mut queue, |fault| match fault.kind {
                    Kind::Webhook(fault) => Some(fault),
                    _ => None,
                });
                drop(queue);
                // The fault may have held back the deliveries to other endpoints too.
                if matches!(fault, Some(WebhookFault::Reversed { .. })) {
                    self.released.send_replace(());
                }
                fault
            }
        }
    }

    /// Changes each time a fault that held back deliveries is gone.
    pub(crate) fn releases(&self) -> watch::Receiver<()> {
        self.released.subscribe()
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        lock(&self.queue)
    }
}

/// Whether two names are names of one institution; some test institutions have an older name.
fn is_same(one: &str, other: &str) -> bool {
    let known = |name| Institution::named(name).map(Institution::name);
    one == other || known(one).is_some_and(|name| known(other) == Some(name))
}

/// Finds the first fault that `fits` and is ready, and counts it as happened once. Those that wait for a later number have
/// one less to wait for.
fn take<T>(queue: &mut VecDeque<Fault>, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
    let mut taken = None;
    for (place, fault) in queue.iter_mut().enumerate() {
        let Some(found) = fits(fault) else { continue };
        match &mut fault.from {
            Some(from) if *from > 1 => *from -= 1,
            _ if taken.is_none() => taken = Some((place, found)),
            _ => {}
        }
    }
    let (place, found) = taken?;
    let fault = &mut queue[place];
    let lasting = fault.from.is_some() || matches!(fault.kind, Kind::Bank(BankFault::InstitutionDown { .. }));
    match &mut fault.times {
        None if lasting => {}
        Some(times) if *times > 1 => *times -= 1,
        _ => drop(queue.remove(place)),
    }
    Some(found)
}
