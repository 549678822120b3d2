//! Verification and parsing of a webhook, beside async-stripe.

use std::hint::black_box;

use bench_harness::inputs;
use bench_harness::measure::{Case, Effort, Spread, measure};
use bench_harness::table::Table;
use fc_ext::types::Timestamp;
use fc_ext::webhook::{Secret, Signer, Verifier, WebhookEvent};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use stripe_webhook::Webhook;

const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
/// Time of the signature and of all checks.
const AT: i64 = 1_688_583_801;

fn main() {
    let effort = Effort::from_args();
    let input = inputs::event();
    let body = input.json.as_str();
    let now = Timestamp::from_secs(AT);
    let secret = || Secret::new(SECRET).expect("the secret is one");
    let header = Signer::new(secret()).sign(body, now).to_string();
    let verifier = Verifier::new(secret());
    let tag = hex(&header);

    let mut cases = [
        Case::new("async-stripe-webhook, verify and parse", || {
            Webhook::construct_event_with_timestamp(black_box(body), &header, SECRET, AT)
                .expect("it is signed")
        }),
        Case::new("**fc-ext**, verify and parse", || {
            verifier.event(black_box(body), &header, now).expect("it is signed")
        }),
        Case::new("async-stripe-webhook, parse alone", || {
            Webhook::insecure(black_box(body)).expect("it is an event")
        }),
        Case::new("**fc-ext**, parse alone", || {
            WebhookEvent::parse(black_box(body)).expect("it is an event")
        }),
        Case::new("**fc-ext**, verify alone", || {
            verifier.verify(black_box(body), &header, now).expect("it is signed")
        }),
        Case::new("floor: HMAC-SHA256 alone", || {
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
            mac.update(b"1688583801.");
            mac.update(black_box(body).as_bytes());
            mac.verify_slice(&tag).expect("it is signed");
        }),
        Case::new("verify, then `serde_json::Value`", || {
            verifier.verify(black_box(body), &header, now).expect("it is signed");
            serde_json::from_str::<serde_json::Value>(body).expect("it is JSON")
        }),
    ];
    let outcomes = measure(&mut cases, effort);

    println!("## Webhooks\n");
    println!(
        "{}, {} bytes. Thousands of events per CPU second, median of {} interleaved rounds of {:?}; the ratio is to \
         async-stripe, median and quartiles of the rounds.\n",
        input.what,
        body.len(),
        effort.rounds,
        effort.turn
    );
    let mut table = Table::new(["way", "k events/s", "µs", "ratio", "quartiles"]);
    for outcome in &outcomes {
        let seconds = Spread::of(&outcome.seconds).middle;
        let ratio = Spread::of(&outcome.ratios);
        table.row([
            outcome.name.to_owned(),
            format!("{:.0}", 1e-3 / seconds),
            format!("{:.2}", seconds * 1e6),
            format!("{:.2}", ratio.middle),
            format!("{:.2}–{:.2}", ratio.low, ratio.high),
        ]);
    }
    println!("{table}");
}

/// Bytes of the signature in a header.
fn hex(header: &str) -> Vec<u8> {
    let (_, digits) = header.split_once("v1=").expect("the header has a signature");
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("a signature is hexadecimal");
    (0..digits.len()).step_by(2).map(byte).collect()
}
