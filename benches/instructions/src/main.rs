//! Cases whose instructions callgrind counts: `bench-instructions CASE TIMES`. Without arguments it prints the cases.
//!
//! Only instructions below `measured` count, so the inputs are free.

use std::hint::black_box;
use std::process::ExitCode;

use bench_harness::inputs;
use fc_ext::webhook::{Secret, Signer, Verifier};
use fc_types::{Account, Event, List, Timestamp, Transaction};
use serde::de::DeserializeOwned;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(name) = arguments.first() else {
        CASES.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let times = arguments.get(1).and_then(|times| times.parse().ok()).unwrap_or(1);
    let Some((_, run)) = CASES.iter().find(|(case, _)| case == name) else {
        eprintln!("no case `{name}`");
        return ExitCode::FAILURE;
    };
    run(times);
    ExitCode::SUCCESS
}

/// Cases by name.
const CASES: [(&str, fn(u32)); 6] = [
    ("account", |times| decode::<Account>(inputs::account(), times)),
    ("account_page", |times| decode::<List<Account>>(inputs::account_page(), times)),
    ("event", |times| decode::<Event>(inputs::event(), times)),
    ("full_account_page", |times| decode::<List<Account>>(inputs::full_account_page(), times)),
    ("transaction_page", |times| decode::<List<Transaction>>(inputs::transaction_page(), times)),
    ("webhook", |times| verify_and_parse(&inputs::event(), times)),
];

fn decode<T: DeserializeOwned>(input: inputs::Input, times: u32) {
    for _ in 0..times {
        measured(|| {
            let text = std::str::from_utf8(black_box(input.json.as_bytes())).expect("the inputs are UTF-8");
            drop(black_box(serde_json::from_str::<T>(text).expect("the inputs decode")));
        });
    }
}

fn verify_and_parse(input: &inputs::Input, times: u32) {
    let secret = || Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH").expect("the secret is one");
    let at = Timestamp::from_secs(1_688_583_801);
    let header = Signer::new(secret()).sign(&input.json, at);
    let verifier = Verifier::new(secret());
    for _ in 0..times {
        measured(|| {
            drop(black_box(verifier.event(black_box(&input.json), &header, at).expect("it is signed")));
        });
    }
}

/// The function below which callgrind counts.
#[inline(never)]
fn measured(work: impl FnOnce()) {
    work();
}
