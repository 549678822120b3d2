//! The local sandbox and its controls.

use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use crate::bank::{Bank, NOW};
use crate::program::{Home, Running, run};

/// Starts a sandbox, and returns its address.
pub(crate) fn start(home: &Home, port: &str, more: &[&str]) -> (Running, String) {
    let arguments = [&["sandbox", "start", "--port", port, "--json"][..], more].concat();
    let mut running = Running::start(&mut home.command(&arguments));
    let mut out = BufReader::new(running.0.stdout.take().expect("a pipe"));
    let mut text = String::new();
    while !text.ends_with("]}\n") {
        assert_ne!(out.read_line(&mut text).expect("text"), 0, "it ended: {text}");
    }
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["schema"], "fcctl/sandboxes/1");
    (running, json["data"][0]["url"].as_str().expect("a URL").to_owned())
}

#[test]
fn a_sandbox_serves_until_a_signal_and_keeps_its_data_file() {
    let home = Home::new();
    let mut listed = Vec::new();
    for signal in ["-INT", "-TERM"] {
        let (running, url) = start(&home, "0", &["--data", "bank.db", "--accounts", "3"]);
        let accounts = run(&mut home.at(&url, &["accounts", "--jsonl", "--fields", "id"])).ok();
        assert_eq!(accounts.lines().count(), 3);
        listed.push(accounts);
        let ran = running.end(signal);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert_eq!(listed[0], listed[1], "the same bank after a restart");
}

#[test]
fn a_taken_port_and_too_few_accounts_are_errors_with_a_remedy() {
    let home = Home::new();
    let (_running, url) = start(&home, "0", &[]);
    let port = url.rsplit(':').next().expect("a port");
    let ran = run(&mut home.command(&["sandbox", "start", "--port", port]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains(port) && ran.err.contains("--port"), "{}", ran.err);
    let ran = run(&mut home.command(&["sandbox", "start", "--accounts", "2", "--transactions", "2000001"]));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--accounts to 3"), "{}", ran.err);
}

#[test]
fn the_clock_is_shown_moved_stopped_and_resumed() {
    let bank = Bank::new();
    let clock = |arguments: &[&str]| {
        let json = bank.run(&[&["sandbox", "clock"][..], arguments, &["--json"]].concat()).json();
        let row = &json["data"][0];
        (row["now"].as_i64().expect("a time"), row["frozen"].as_bool().expect("a flag"))
    };
    assert_eq!(clock(&[]), (NOW, true));
    assert_eq!(clock(&["advance", "1d"]), (NOW + 86_400, true));
    assert_eq!(
        clock(&["advance", "1000d"]),
        (NOW + 1001 * 86_400, true),
        "longer than one step of the controls"
    );
    assert!(!clock(&["resume"]).1);
    assert!(clock(&["freeze"]).1);
}

#[test]
fn faults_are_added_listed_and_removed() {
    let bank = Bank::new();
    let added = bank.run(&["sandbox", "faults", "add", "rate_limited", "reason=endpoint-rate", "times=2"]);
    insta::assert_snapshot!("fault", added.shown());
    assert_eq!(bank.run(&["sandbox", "faults", "--jsonl"]).ok().lines().count(), 1);
    bank.run(&["sandbox", "faults", "clear"]).ok();
    assert_eq!(bank.run(&["sandbox", "faults", "--jsonl"]).ok(), "");
    let unknown = bank.run(&["sandbox", "faults", "add", "no_such_fault"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("internal_error"), "it lists those that exist: {}", unknown.err);
}

#[test]
fn an_exported_state_can_be_imported() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["sandbox", "export", "before.json"]).ok();
    let mode = std::fs::metadata(bank.home.path().join("before.json")).expect("the file").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600, "it holds keys");
    let before = bank.run(&["account", &ids[0]]).ok();
    bank.run(&["disconnect", &ids[0]]).ok();
    assert_ne!(bank.run(&["account", &ids[0]]).ok(), before);
    bank.run(&["sandbox", "import", "before.json"]).ok();
    assert_eq!(bank.run(&["account", &ids[0]]).ok(), before);
    let missing = bank.run(&["sandbox", "import", "nothing.json"]);
    assert_eq!(missing.code, 3, "{}", missing.err);
}

#[test]
fn the_controls_of_stripe_are_refused() {
    let home = Home::new();
    let mut command = home.command(&["sandbox", "clock", "advance", "1d"]);
    let ran = run(command.env("STRIPE_API_KEY", crate::program::KEY));
    insta::assert_snapshot!("controls_of_stripe", ran.shown());
    assert_eq!(ran.code, 2);
}

#[test]
fn the_address_of_the_page_is_printed() {
    let bank = Bank::new();
    let out = bank.run(&["sandbox", "open", "--print"]).ok();
    assert_eq!(out, format!("{}/_sandbox/console\n", bank.sandbox.base_url()));
}
