//! A fresh balance, or an exit code that says why not; outcomes of refreshes.

use std::time::Duration;

use fc_sandbox::{AccountSpec, Fault};

use crate::bank::Bank;

#[test]
fn a_fresh_balance_is_printed() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking", "credit_card"]);
    for (id, name) in [(&ids[0], "balance_cash"), (&ids[1], "balance_credit")] {
        insta::assert_snapshot!(name, bank.run(&["balance", id, "--max-age", "1h"]).shown());
    }
}

#[test]
fn an_old_balance_is_refreshed_first() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let fetched = |max_age: &str| {
        let json = bank.run(&["balance", &ids[0], "--max-age", max_age, "--json"]).json();
        json["data"][0]["fetched_at"].as_i64().expect("a time")
    };
    let first = fetched("1h");
    bank.run(&["sandbox", "clock", "advance", "2h"]).ok();
    assert_eq!(fetched("3h"), first, "young enough");
    assert!(fetched("1h") >= first + 7200, "refreshed");
}

#[test]
fn a_stale_balance_is_never_printed() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    bank.sandbox.faults().inject(Fault::refresh_fails(fc_sandbox::Feature::Balance)).expect("a fault");
    let ran = bank.run(&["balance", &ids[0], "--max-age", "1h", "--timeout", "5s", "--json"]);
    insta::assert_snapshot!("balance_refresh_failed", ran.shown());
    assert_eq!((ran.code, ran.out.as_str()), (5, ""));
}

#[test]
fn each_reason_for_no_balance_has_its_exit_code() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking", "savings"]);
    bank.run(&["sandbox", "clock", "advance", "2d"]).ok();
    bank.sandbox.deactivate(&ids[0]).expect("it is active");
    let inactive = bank.run(&["balance", &ids[0]]);
    assert_eq!((inactive.code, inactive.out.as_str()), (6, ""), "{}", inactive.err);
    bank.run(&["disconnect", &ids[1]]).ok();
    let disconnected = bank.run(&["balance", &ids[1]]);
    assert_eq!((disconnected.code, disconnected.out.as_str()), (6, ""), "{}", disconnected.err);

    let session = bank
        .run(&[
            "sessions",
            "create",
            "--holder",
            "acct_1MwVK82eZvKYlo2C",
            "--permission",
            "ownership",
            "--json",
        ])
        .json();
    let session = session["data"][0]["id"].as_str().expect("an id").to_owned();
    let linked = bank.sandbox.link(&session, [AccountSpec::checking()]).expect("linked");
    let refused = bank.run(&["balance", linked[0].as_ref()]);
    assert_eq!((refused.code, refused.out.as_str()), (4, ""), "{}", refused.err);
    assert_eq!(bank.run(&["balance", "fca_doesnotexist"]).code, 3);
}

#[test]
fn the_outcome_of_each_feature_is_printed() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    bank.sandbox.faults().inject(Fault::refresh_fails(fc_sandbox::Feature::Ownership)).expect("a fault");
    let arguments = ["refresh", &ids[0], "--feature", "balance,ownership,transactions", "--wait"];
    let ran = bank.run(&arguments);
    insta::assert_snapshot!("refresh", ran.shown());
    assert_eq!(ran.code, 5, "one feature failed");
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    assert_eq!(bank.run(&arguments).code, 0);
}

#[test]
fn a_refresh_of_an_inactive_account_asks_for_a_new_link() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.sandbox.deactivate(&ids[0]).expect("it is active");
    assert_eq!(bank.run(&["refresh", &ids[0], "--feature", "balance", "--wait"]).code, 6);
    assert_eq!(bank.run(&["refresh", &ids[0], "--feature", "balance"]).code, 6);
}

#[test]
fn without_a_wait_each_feature_that_began_is_pending_and_one_that_is_too_early_ends_with_5() {
    let bank = Bank::with(|builder| builder.refresh_delay(Duration::from_secs(600)));
    let ids = bank.seed(&["checking"]);
    let refresh = || {
        let arguments = ["refresh", &ids[0], "--feature", "balance,transactions", "--csv", "--fields"];
        let ran = bank.run(&[&arguments[..], &["feature,outcome"]].concat());
        (ran.code, ran.out)
    };
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    let out = "feature,outcome\nbalance,pending\ntransactions,pending\n".to_owned();
    assert_eq!(refresh(), (0, out));
    // The bank has answered. It can be asked for a balance after a minute, for transactions after an hour.
    bank.run(&["sandbox", "clock", "advance", "30m"]).ok();
    let out = "feature,outcome\nbalance,pending\ntransactions,too_early\n".to_owned();
    assert_eq!(refresh(), (5, out));
}
