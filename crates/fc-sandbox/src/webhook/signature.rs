//! Signed requests to webhook endpoints.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::api_version::API_VERSION;
use crate::clock::Instant;
use crate::model::webhook::Delivery;
use crate::render::event::render_event;
use crate::world::World;

/// A signed request, ready to be sent.
#[derive(Debug)]
pub(crate) struct SignedRequest {
    pub(crate) url: String,
    pub(crate) body: String,
    /// The value of `Stripe-Signature`.
    pub(crate) signature: String,
}

/// The request of a delivery at `now`, the time of the sandbox. `machine` is the time of the machine.
pub(crate) fn signed_request(world: &World, delivery: u32, now: Instant, machine: Instant) -> SignedRequest {
    signed_body(world, delivery, body(world, delivery), now, machine)
}

/// The body of a delivery: its event in the version of its endpoint.
pub(crate) fn body(world: &World, delivery: u32) -> String {
    let Delivery { event, endpoint, .. } = world.deliveries[delivery];
    let version = world.webhook_endpoints[endpoint].api_version.as_deref().unwrap_or(API_VERSION);
    let event = render_event(world, event, version);
    // Indented, as Stripe sends it: a receiver that verifies a parsed and printed copy fails here too.
    format!("{event:#}")
}

/// A request with any body to the endpoint of a delivery.
pub(crate) fn signed_body(
    world: &World,
    delivery: u32,
    body: String,
    now: Instant,
    machine: Instant,
) -> SignedRequest {
    let endpoint = &world.webhook_endpoints[world.deliveries[delivery].endpoint];
    let valid = endpoint.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|at| at > now));
    let secrets: Vec<&str> = valid.map(|secret| secret.text.as_str()).collect();
    // Receivers compare the time with their own clock, which does not follow a sandbox clock that was moved.
    let sent_at = if world.settings.sign_in_sandbox_time { now } else { machine };
    let signature = sign(&secrets, world.livemode, sent_at.unix(), &body);
    SignedRequest { url: endpoint.url.clone(), body, signature }
}

/// The value of `Stripe-Signature`: the time, and the HMAC of time and body under each secret. Test mode adds a decoy, a `v0`
/// that no secret verifies.
fn sign(secrets: &[&str], livemode: bool, time: i64, body: &str) -> String {
    let hmac = |secret: &str| {
        let mut hmac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        hmac.update(format!("{time}.{body}").as_bytes());
        HEXLOWER.encode(&hmac.finalize().into_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected HMAC is from `openssl dgst -sha256 -hmac whsec_test`.
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
}
