//! Webhook endpoints, and what is to be delivered to them.
//!
//! This is the part that is kept: which events an endpoint wants, which deliveries are due, and how attempts went. Sending
//! is the [`crate::courier`]'s.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::ops::Bound;
use std::time::Duration;

use axum::http::Uri;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::clock::Instant;
use crate::model::Settings;
use crate::render::API_VERSION;
use crate::table::Identified;
use crate::world::World;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// An address that events are sent to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WebhookEndpoint {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) url: String,
    /// Types, or `*`.
    pub(crate) enabled_events: Vec<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    /// Newest first.
    pub(crate) secrets: Vec<SigningSecret>,
    pub(crate) disabled: bool,
    pub(crate) deleted: bool,
}

/// What deliveries are signed with.
#[derive(Serialize, Deserialize)]
pub(crate) struct SigningSecret {
    pub(crate) text: String,
    /// When it stops being used, after it was rolled.
    pub(crate) expires_at: Option<Instant>,
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningSecret").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// An event on its way to an endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The ids of the event and of the endpoint.
    pub(crate) id: String,
    pub(crate) event: u32,
    pub(crate) endpoint: u32,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) state: DeliveryState,
}

/// One request to an endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) at: i64,
    pub(crate) outcome: Outcome,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Answered(u16),
    Failed(String),
}

impl Outcome {
    fn is_success(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    Due(Instant),
    Succeeded,
    /// After the last attempt.
    Failed,
    /// The endpoint is gone.
    Cancelled,
}

impl Identified for WebhookEndpoint {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Delivery {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The deliveries that are due, by endpoint; follows from the deliveries.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    due: BTreeMap<u32, BTreeSet<(Instant, u32)>>,
    /// Endpoints that a worker is sending to.
    pub(crate) busy: HashSet<u32>,
}

impl Outbox {
    pub(crate) fn insert(&mut self, endpoint: u32, at: Instant, delivery: u32) {
        self.due.entry(endpoint).or_default().insert((at, delivery));
    }

    /// The first deliveries to `endpoint` that are due by `now`.
    pub(crate) fn due(&self, endpoint: u32, now: Instant, limit: usize) -> Vec<(Instant, u32)> {
        let due = self.due.get(&endpoint).into_iter().flatten();
        due.take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }

    /// The endpoints that something is due for and nobody is sending to.
    pub(crate) fn waiting(&self, now: Instant) -> Vec<u32> {
        let due = |due: &BTreeSet<(Instant, u32)>| due.first().is_some_and(|(at, _)| *at <= now);
        let waiting = self.due.iter().filter(|(endpoint, set)| due(set) && !self.busy.contains(endpoint));
        waiting.map(|(endpoint, _)| *endpoint).collect()
    }

    /// The first time after `now` at which something falls due.
    pub(crate) fn next_after(&self, now: Instant) -> Option<Instant> {
        let later = (Bound::Excluded((now, u32::MAX)), Bound::Unbounded);
        self.due.values().filter_map(|set| set.range(later).next()).map(|(at, _)| *at).min()
    }

    fn remove(&mut self, endpoint: u32, at: Instant, delivery: u32) {
        if let Some(due) = self.due.get_mut(&endpoint) {
            due.remove(&(at, delivery));
        }
    }
}

/// A request to an endpoint, ready to be sent.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) signature: String,
}

impl World {
    /// Addresses an event to every endpoint that wants it.
    pub(crate) fn address(&mut self, event: u32, at: Instant) {
        for endpoint in self.webhook_endpoints.numbers() {
            let row = &self.webhook_endpoints[endpoint];
            let kind = &self.events[event].kind;
            let wants = |enabled: &String| enabled == "*" || enabled == kind;
            if row.deleted || row.disabled || !row.enabled_events.iter().any(wants) {
                continue;
            }
            let delivery = Delivery {
                id: format!("{}:{}", self.events[event].id, row.id),
                event,
                endpoint,
                attempts: Vec::new(),
                state: DeliveryState::Due(at),
            };
            let delivery = self.deliveries.add(delivery);
            self.outbox.insert(endpoint, at, delivery);
            self.events[event].pending_webhooks += 1;
        }
    }

    /// The endpoint of this id, unless it was deleted.
    pub(crate) fn webhook_endpoint(&self, id: &str) -> Option<u32> {
        self.webhook_endpoints.find(id).filter(|endpoint| !self.webhook_endpoints[*endpoint].deleted)
    }

    /// Ends an endpoint; what was due for it will not be sent.
    pub(crate) fn delete_webhook_endpoint(&mut self, endpoint: u32) {
        self.webhook_endpoints[endpoint].deleted = true;
        for (at, delivery) in self.outbox.due(endpoint, Instant::END, usize::MAX) {
            self.settle(delivery, at, DeliveryState::Cancelled);
        }
    }

    /// Gives an endpoint a new secret; the old ones sign beside it until `expires_at`.
    pub(crate) fn roll_secret(&mut self, endpoint: u32, expires_at: Instant, now: Instant) -> String {
        let text = self.random.id_of::<32>("whsec_");
        let secrets = &mut self.webhook_endpoints[endpoint].secrets;
        for secret in secrets.iter_mut() {
            secret.expires_at = Some(secret.expires_at.map_or(expires_at, |at| at.min(expires_at)));
        }
        secrets.retain(|secret| secret.expires_at.is_some_and(|at| at > now));
        secrets.insert(0, SigningSecret { text: text.clone(), expires_at: None });
        text
    }

    /// The request for a delivery, signed now.
    pub(crate) fn parcel(&self, delivery: u32, now: Instant) -> Parcel {
        let Delivery { event, endpoint, .. } = self.deliveries[delivery];
        let endpoint = &self.webhook_endpoints[endpoint];
        let version = endpoint.api_version.as_deref().unwrap_or(API_VERSION);
        let event = self.render_event_in(event, version);
        // As Stripe sends it: over several lines, so that who signs a copy that was parsed and printed finds out.
        let body = format!("{event:#}");
        let valid = endpoint.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|at| at > now));
        let secrets: Vec<&str> = valid.map(|secret| secret.text.as_str()).collect();
        // Receivers hold it against their own clock, which knows nothing of a sandbox's that was moved.
        let sent_at = if self.settings.sign_in_sandbox_time { now } else { Instant::of_machine() };
        let signature = sign(&secrets, self.livemode, sent_at.unix(), &body);
        Parcel { url: endpoint.url.clone(), body, signature }
    }

    /// Writes down how an attempt went. A failed one comes again later, until the attempts are used up.
    pub(crate) fn record_attempt(&mut self, delivery: u32, at: Instant, outcome: Outcome) {
        let succeeded = outcome.is_success();
        let row = &mut self.deliveries[delivery];
        row.attempts.push(Attempt { at: at.unix(), outcome });
        let attempts = row.attempts.len();
        // The endpoint may have been deleted meanwhile, or a duplicate was here before.
        if row.state != DeliveryState::Due(at) {
            return;
        }
        let next = if succeeded {
            DeliveryState::Succeeded
        } else {
            retry_delay(attempts, self.livemode)
                .map_or(DeliveryState::Failed, |delay| DeliveryState::Due(at.after(delay)))
        };
        self.settle(delivery, at, next);
    }

    /// Moves a delivery that was due at `at` on to its next state.
    pub(crate) fn settle(&mut self, delivery: u32, at: Instant, state: DeliveryState) {
        let row = &mut self.deliveries[delivery];
        row.state = state;
        let (event, endpoint) = (row.event, row.endpoint);
        self.outbox.remove(endpoint, at, delivery);
        match state {
            DeliveryState::Due(next) => self.outbox.insert(endpoint, next, delivery),
            // Stripe counts what has not been delivered, given up or not.
            DeliveryState::Failed => {}
            DeliveryState::Succeeded | DeliveryState::Cancelled => self.events[event].pending_webhooks -= 1,
        }
    }

    pub(crate) fn render_webhook_endpoint(&self, endpoint: u32) -> Value {
        let row = &self.webhook_endpoints[endpoint];
        json!({
            "id": row.id,
            "object": "webhook_endpoint",
            "api_version": row.api_version,
            "application": null,
            "created": row.created,
            "description": row.description,
            "enabled_events": row.enabled_events,
            "livemode": self.livemode,
            "metadata": row.metadata,
            "status": if row.disabled { "disabled" } else { "enabled" },
            "url": row.url,
        })
    }

    /// A delivery for the log.
    pub(crate) fn render_delivery(&self, delivery: u32) -> Value {
        let Delivery { event, endpoint, attempts, state, .. } = &self.deliveries[delivery];
        let (event, endpoint) = (&self.events[*event], &self.webhook_endpoints[*endpoint]);
        let (state, next_attempt_at) = match state {
            DeliveryState::Due(at) => ("pending", Some(at.unix())),
            DeliveryState::Succeeded => ("succeeded", None),
            DeliveryState::Failed => ("failed", None),
            DeliveryState::Cancelled => ("cancelled", None),
        };
        let attempts: Value = attempts
            .iter()
            .map(|attempt| match &attempt.outcome {
                Outcome::Answered(status) => json!({ "at": attempt.at, "status": status }),
                Outcome::Failed(error) => json!({ "at": attempt.at, "error": error }),
            })
            .collect();
        json!({
            "event": event.id,
            "type": event.kind,
            "webhook_endpoint": endpoint.id,
            "url": endpoint.url,
            "state": state,
            "next_attempt_at": next_attempt_at,
            "attempts": attempts,
        })
    }
}

/// How long after a failed attempt the next is made; none after the last.
///
/// Test mode tries three times over a few hours. Live mode backs off for up to three days; the steps are not published.
fn retry_delay(attempts: usize, livemode: bool) -> Option<Duration> {
    if !livemode {
        return [HOUR, 3 * HOUR].get(attempts - 1).copied();
    }
    let delay = |attempt: usize| (5 * MINUTE * (1 << (attempt - 1).min(10))).min(12 * HOUR);
    let total: Duration = (1..=attempts).map(delay).sum();
    (total <= 72 * HOUR).then(|| delay(attempts))
}

/// `Stripe-Signature`: the time, and the HMAC of time and body under each secret. Test mode adds a `v0` that verifies under
/// none, as a decoy.
fn sign(secrets: &[&str], livemode: bool, time: i64, body: &str) -> String {
    let hmac = |secret: &str| {
        let mut hmac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        hmac.update(format!("{time}.{body}").as_bytes());
        let code = hmac.finalize().into_bytes();
        code.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let mut header = format!("t={time}");
    for secret in secrets {
        header.push_str(&format!(",v1={}", hmac(secret)));
    }
    if !livemode {
        header.push_str(&format!(",v0={}", hmac("decoy")));
    }
    header
}

/// The address of an endpoint, if events may be sent there; else why not.
pub(crate) fn target(url: &str, settings: &Settings) -> Result<Uri, &'static str> {
    let uri: Uri = url.parse().map_err(|_| "it cannot be read")?;
    let host = uri.host().ok_or("it has no host")?;
    if uri.scheme_str() != Some("http") {
        return Err("the sandbox speaks no TLS; use http://");
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("it has a user name or a password in it");
    }
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let local = address.map_or(host == "localhost", |address| address.to_canonical().is_loopback());
    if local || settings.remote_webhooks {
        Ok(uri)
    } else {
        Err("the sandbox sends to this machine only, unless it is told to send elsewhere")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_mode_tries_three_times_and_live_mode_for_up_to_three_days() {
        assert_eq!([1, 2, 3].map(|n| retry_delay(n, false)), [Some(HOUR), Some(3 * HOUR), None]);
        let live: Vec<Duration> = (1..).map_while(|attempt| retry_delay(attempt, true)).collect();
        assert_eq!(live[..3], [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]);
        assert!(live.is_sorted());
        let total: Duration = live.iter().sum();
        assert!(total > 60 * HOUR && total <= 72 * HOUR, "{total:?}");
    }

    /// The HMAC was worked out with `openssl dgst -sha256 -hmac whsec_test`.
    #[test]
    fn a_signature_covers_the_time_and_the_body_under_each_secret() {
        let header = sign(&["whsec_test"], true, 1_790_000_000, r#"{"id":"evt_1"}"#);
        assert_eq!(
            header,
            "t=1790000000,v1=e32657f3e678d33b41ec084c16ac0e125d25480a06cb3902286dc5942c6fd259"
        );
        let both = sign(&["whsec_new", "whsec_test"], false, 1_790_000_000, r#"{"id":"evt_1"}"#);
        assert_eq!(both.matches("v1=").count(), 2);
        assert!(both.contains(header.strip_prefix("t=1790000000,").expect("the time comes first")));
        assert_eq!(both.matches("v0=").count(), 1);
    }

    #[test]
    fn only_plain_addresses_of_this_machine_are_sent_to_unless_told_otherwise() {
        let mut settings = Settings::default();
        for local in ["http://localhost:1/x", "http://127.0.0.9/", "http://[::1]:80/x?y=1"] {
            assert!(target(local, &settings).is_ok(), "{local}");
        }
        let foreign = ["http://192.0.2.1/", "http://example.com/", "http://localhost.example.com/"];
        for never in
            ["https://localhost/", "localhost", "/x", "ftp://localhost/", "http://a:b@localhost/", ""]
        {
            assert!(target(never, &settings).is_err(), "{never}");
            settings.remote_webhooks = true;
            assert!(target(never, &settings).is_err(), "{never}");
            settings.remote_webhooks = false;
        }
        for foreign in foreign {
            assert!(target(foreign, &settings).is_err(), "{foreign}");
        }
        settings.remote_webhooks = true;
        assert!(foreign.iter().all(|foreign| target(foreign, &settings).is_ok()));
    }
}
