//! Transactions: all, since a time, since a position, and as they come.

use std::io::{BufRead as _, BufReader};

use fc_sandbox::{Fault, Feature};

use crate::bank::Bank;
use crate::program::Running;

fn refresh(bank: &Bank, id: &str) {
    bank.run(&["sandbox", "clock", "advance", "5d"]).ok();
    bank.run(&["refresh", id, "--feature", "transactions", "--wait"]).ok();
}

#[test]
fn transactions_are_listed_newest_first() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    insta::assert_snapshot!("transactions", bank.run(&["transactions", &ids[0], "--limit", "5"]).shown());
    let times = bank.run(&["transactions", &ids[0], "--jsonl", "--fields", "transacted_at"]).ok();
    let times: Vec<&str> = times.lines().collect();
    assert_eq!(times.len(), 40);
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
}

#[test]
fn since_a_time_only_later_transactions_are_listed() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let count =
        |since: &str| bank.run(&["transactions", &ids[0], "--since", since, "--jsonl"]).ok().lines().count();
    assert_eq!(count("2020-01-01"), 40);
    assert_eq!(count("2026-09-22"), 0);
    let some = count("2026-09-15");
    assert!(some > 0 && some < 40, "{some}");
}

#[test]
fn transactions_before_a_refresh_are_not_now() {
    let bank = Bank::new();
    let session = bank
        .run(&[
            "sessions",
            "create",
            "--holder",
            "acct_1MwVK82eZvKYlo2C",
            "--permission",
            "transactions",
            "--json",
        ])
        .json();
    let session = session["data"][0]["id"].as_str().expect("an id").to_owned();
    let linked = bank.sandbox.link(&session, [fc_sandbox::AccountSpec::checking()]).expect("linked");
    for more in [&[][..], &["--position", "place"]] {
        let arguments = [&["transactions", linked[0].as_ref()][..], more].concat();
        let ran = bank.run(&arguments);
        assert_eq!(ran.code, 5, "{}", ran.err);
        assert!(ran.err.contains("fcctl refresh"), "{}", ran.err);
    }
}

#[test]
fn from_a_position_each_change_comes_once_and_only_then() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let changes =
        || bank.run(&["transactions", &ids[0], "--position", "place", "--jsonl", "--fields", "id"]).ok();
    assert_eq!(changes().lines().count(), 40);
    assert_eq!(changes(), "", "nothing is new");
    refresh(&bank, &ids[0]);
    let new = changes();
    assert!(new.lines().count() > 0, "a refresh brings transactions");
    assert_eq!(changes(), "");
}

#[test]
fn rows_that_cannot_be_printed_leave_the_position_where_it_was() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let arguments = ["transactions", ids[0].as_str(), "--position", "place"];
    let mut command = bank.home.at(bank.sandbox.base_url(), &arguments);
    let status = command.stdout(full).stderr(std::process::Stdio::null()).status().expect("it runs");
    assert_eq!(status.code(), Some(1));
    assert!(!bank.home.path().join("place").exists(), "the position moved over lost rows");
    assert_eq!(bank.run(&[&arguments[..], &["--jsonl"]].concat()).ok().lines().count(), 40);
}

#[test]
fn a_json_document_without_an_end_leaves_the_position_where_it_was() {
    let bank = Bank::with(|builder| builder.population(1, 250));
    let id =
        bank.run(&["accounts", "--csv", "--fields", "id"]).ok().lines().nth(1).expect("an id").to_owned();
    bank.run(&["sandbox", "faults", "add", "permission_denied", "on=list_transactions", "from=2"]).ok();
    let changes = || bank.run(&["transactions", &id, "--position", "place", "--json"]);
    let broken = changes();
    assert_eq!(broken.code, 4, "{}", broken.err);
    assert!(broken.out.contains("fctxn_"), "the first page was printed");
    assert!(!bank.home.path().join("place").exists(), "the position moved over rows of half a document");
    bank.run(&["sandbox", "faults", "clear"]).ok();
    let rows = || changes().json()["data"].as_array().expect("rows").len();
    assert_eq!((rows(), rows()), (250, 0), "a whole document moves it");
}

#[test]
fn a_json_document_that_never_ends_takes_no_position() {
    let bank = Bank::new();
    let ran = bank.run(&["transactions", "fca_1", "--follow", "--position", "place", "--json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("--jsonl"), "{}", ran.err);
}

#[test]
fn a_damaged_position_is_refused_and_one_that_stripe_forgot_is_read_anew() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let path = bank.home.file("place", "no position\n");
    let arguments = ["transactions", &ids[0], "--position", path.to_str().expect("a path"), "--jsonl"];
    let ran = bank.run(&arguments);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    bank.home.file("place", "fctxnref_forgotten\n");
    let ran = bank.run(&arguments);
    assert!(ran.err.contains("no longer knows"), "{}", ran.err);
    assert_eq!(ran.ok().lines().count(), 40);
}

#[test]
fn a_follower_prints_changes_as_they_come() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let arguments =
        ["transactions", ids[0].as_str(), "--follow", "--interval", "20ms", "--jsonl", "--position", "place"];
    let mut running = Running::start(&mut bank.home.at(bank.sandbox.base_url(), &arguments));
    let mut lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    for _ in 0..40 {
        lines.next().expect("a row").expect("text");
    }
    refresh(&bank, &ids[0]);
    let new = lines.next().expect("a new row").expect("text");
    assert!(new.contains("fctxn_"), "{new}");
    let ran = running.end("-INT");
    assert_eq!(ran.code, 130);
    assert!(ran.err.contains("--position place"), "it says how to go on: {}", ran.err);
}

#[test]
fn a_follower_begins_with_what_is_there_although_the_last_refresh_failed() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["sandbox", "clock", "advance", "5d"]).ok();
    bank.sandbox.faults().inject(Fault::refresh_fails(Feature::Transactions)).expect("a fault");
    let refresh = bank.run(&["refresh", &ids[0], "--feature", "transactions", "--wait"]);
    assert_eq!(refresh.code, 5, "{}", refresh.err);
    let arguments = ["transactions", ids[0].as_str(), "--follow", "--interval", "20ms", "--jsonl"];
    let mut running = Running::start(&mut bank.home.at(bank.sandbox.base_url(), &arguments));
    let lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.take(40).filter(Result::is_ok).count(), 40);
}

#[test]
fn a_follower_of_an_account_that_is_disconnected_asks_for_a_new_link() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let arguments = ["transactions", ids[0].as_str(), "--follow", "--interval", "20ms", "--jsonl"];
    let mut running = Running::start(&mut bank.home.at(bank.sandbox.base_url(), &arguments));
    let mut lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    lines.next().expect("a row").expect("text");
    bank.run(&["disconnect", &ids[0]]).ok();
    // Its end is the end of the rows.
    assert!(lines.all(|line| line.is_ok()));
    assert_eq!(running.0.wait().expect("it ends").code(), Some(6));
}
