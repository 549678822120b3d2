//! Signing, verifying and resending.

use crate::bank::Bank;
use crate::listen::Endpoint;
use crate::program::{Home, run, run_with_input};

const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";

/// Computed with Python: `hmac.new(secret, b"1681422301." + body, "sha256").hexdigest()` for the body `{"id": "evt_1"}`.
const HEADER: &str = "t=1681422301,v1=86cd3377b9fde6d55e4b05e24bb85501dc2ee7a53f2ed1f559e0124cebd799a8";

fn command(home: &Home, arguments: &[&str]) -> std::process::Command {
    let mut command = home.command(arguments);
    command.env("STRIPE_WEBHOOK_SECRET", SECRET);
    command
}

#[test]
fn a_signature_is_that_of_another_program() {
    let home = Home::new();
    home.file("event.json", r#"{"id": "evt_1"}"#);
    let out = run(&mut command(&home, &["sign", "event.json", "--at", "1681422301"])).ok();
    assert_eq!(out, format!("{HEADER}\n"));
    let from_input =
        run_with_input(&mut command(&home, &["sign", "--at", "1681422301"]), r#"{"id": "evt_1"}"#);
    assert_eq!(from_input.ok(), out);
}

#[test]
fn a_valid_signature_is_accepted_and_any_other_refused_with_the_reason() {
    let home = Home::new();
    home.file("event.json", r#"{"id": "evt_1"}"#);
    home.file("other.json", r#"{"id": "evt_2"}"#);
    let verify = |file: &str, more: &[&str]| {
        run(&mut command(&home, &[&["verify", file, "--header", HEADER][..], more].concat()))
    };
    let json = verify("event.json", &["--any-time", "--json"]).json();
    assert_eq!(json["data"][0]["signed_at"], 1_681_422_301);
    let schema = run(&mut home.command(&["schema", "signatures"])).json();
    assert_eq!(crate::schema::problems(&schema, &json), [""; 0], "{json}");
    let old = verify("event.json", &[]);
    assert!(old.code == 1 && old.err.contains("too long ago"), "{old:?}");
    let changed = verify("other.json", &["--any-time"]);
    assert!(changed.code == 1 && changed.err.contains("mismatch"), "{changed:?}");
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let home = Home::new();
    home.file("event.json", "{}");
    let ran = run(&mut home.command(&["sign", "event.json"]));
    insta::assert_snapshot!("no_webhook_secret", ran.shown());
    assert_eq!(ran.code, 4);
    let file = home.file("secret", &format!("{SECRET}\n"));
    let arguments = ["sign", "event.json", "--secret-file", file.to_str().expect("a path")];
    assert_eq!(run(&mut home.command(&arguments)).code, 0);
}

#[test]
fn an_event_is_delivered_again() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    let event = bank.run(&["events", "--limit", "1", "--json"]).json()["data"][0]["id"].clone();
    let event = event.as_str().expect("an id");
    let endpoint = Endpoint::start();
    let resend = |url: &str| {
        let arguments = ["resend", event, "--to", url, "--json"];
        run(bank.home.at(bank.sandbox.base_url(), &arguments).env("STRIPE_WEBHOOK_SECRET", SECRET))
    };
    let json = resend(&endpoint.url()).json();
    assert_eq!((&json["data"][0]["event"], &json["data"][0]["status"]), (&event.into(), &200.into()));
    let schema = bank.run(&["schema", "deliveries"]).json();
    assert_eq!(crate::schema::problems(&schema, &json), [""; 0], "{json}");
    assert_eq!(endpoint.ids(), [event]);
    endpoint.verify(SECRET);
    endpoint.answer(500);
    assert_eq!(resend(&endpoint.url()).code, 1);
    assert_eq!(resend("http://127.0.0.1:9/").code, 5);
}
