//! The mirror as a command.

use crate::bank::Bank;
use crate::program::{Running, run};

#[test]
fn a_mirror_loads_everything_ends_with_0_and_can_be_run_again() {
    let bank = Bank::new();
    bank.seed(&["checking", "savings"]);
    let arguments = ["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"];
    insta::assert_snapshot!("mirror_run", bank.run(&arguments).shown());
    bank.seed(&["credit_card"]);
    let status = bank.run(&[&arguments[..], &["--json"]].concat()).json();
    assert_eq!(status["data"][0]["accounts"], 3);
    assert_eq!(bank.run(&["mirror", "verify", "--store", "sqlite:bank.db", "--jsonl"]).ok(), "");
    let status = bank.run(&["mirror", "status", "--store", "sqlite:bank.db", "--json"]).json();
    assert_eq!((&status["data"][0]["due"], &status["data"][0]["failing"]), (&0.into(), &0.into()));
}

#[test]
fn a_row_that_differs_ends_a_verification_with_1() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"]).ok();
    bank.run(&["subscribe", &ids[0]]).ok();
    let verify = ["mirror", "verify", "--store", "sqlite:bank.db", "--jsonl"];
    let found = bank.run(&verify);
    assert_eq!(found.code, 1, "{}", found.err);
    assert!(found.out.contains(&ids[0]) && found.out.contains("differs"), "{}", found.out);
    assert_eq!(bank.run(&[&verify[..], &["--repair"]].concat()).code, 1);
    bank.run(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"]).ok();
    assert_eq!(bank.run(&verify).code, 0);
}

#[test]
fn changes_go_on_behind_a_position() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    bank.run(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"]).ok();
    let changes = |after: &str| {
        let arguments = ["mirror", "changes", "--store", "sqlite:bank.db", "--after", after, "--jsonl"];
        let text = bank.run(&arguments).ok();
        let rows = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        rows.collect::<Vec<serde_json::Value>>()
    };
    let all = changes("");
    assert!(all.len() > 40, "{}", all.len());
    let position = all[9]["position"].as_str().expect("a position");
    assert_eq!(changes(position), all[10..]);
    let end = all.last().expect("rows")["position"].as_str().expect("a position");
    assert!(changes(end).is_empty());
}

#[test]
fn a_person_is_erased() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"]).ok();
    let account = bank.run(&["account", &ids[0], "--json"]).json();
    let holder = account["data"][0]["holder"]["customer"].as_str().expect("a customer").to_owned();
    let ran = bank.run(&["mirror", "erase", "--store", "sqlite:bank.db", &holder]);
    assert_eq!(ran.err, format!("erased 1 accounts of {holder}\n"));
    let again = bank.run(&["mirror", "erase", "--store", "sqlite:bank.db", &holder]);
    assert_eq!(again.err, format!("erased 0 accounts of {holder}\n"));
}

#[test]
fn a_running_mirror_ends_in_order() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    run_until(&bank, &[], || {
        let status = bank.run(&["mirror", "status", "--store", "sqlite:bank.db", "--json"]);
        status.code == 0 && status.json()["data"][0]["accounts"] == 1
    });
}

#[test]
fn a_store_that_cannot_be_read_is_a_usage_error() {
    let bank = Bank::new();
    for store in ["bank.db", "mysql://localhost/bank"] {
        let ran = run(&mut bank.home.at(bank.sandbox.base_url(), &["mirror", "status", "--store", store]));
        assert_eq!(ran.code, 2, "{store}: {}", ran.err);
    }
}

/// Number of changes of the mirror with this text.
fn changes(bank: &Bank, text: &str) -> usize {
    let ran = bank.run(&["mirror", "changes", "--store", "sqlite:bank.db", "--jsonl"]);
    ran.out.lines().filter(|line| line.contains(text)).count()
}

/// Runs the mirror until a condition is met.
fn run_until(bank: &Bank, more: &[&str], condition: impl Fn() -> bool) {
    let arguments =
        [&["mirror", "run", "--store", "sqlite:bank.db", "--reconcile-every", "1d"][..], more].concat();
    let running = Running::start(&mut bank.home.at(bank.sandbox.base_url(), &arguments));
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "{more:?} has no effect");
    }
    let ran = running.end("-INT");
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn the_list_of_events_reports_a_change_before_the_next_listing() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    run_until(&bank, &["--poll-events", "10ms"], || changes(&bank, "\"account\",\"id\"") == 1);
    run_until(&bank, &["--poll-events", "10ms"], || {
        if changes(&bank, "\"account\",\"id\"") == 1 {
            bank.seed(&["savings"]);
        }
        changes(&bank, "\"account\",\"id\"") > 1
    });
}

#[test]
fn old_balances_are_refreshed_within_the_budget_and_subscriptions_are_made() {
    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    let holder = ["--holder", "acct_1MwVK82eZvKYlo2C", "--permission", "balances,transactions", "--json"];
    let session = bank.run(&[&["sessions", "create"][..], &holder].concat()).json();
    let session = session["data"][0]["id"].as_str().expect("an id").to_owned();
    let kinds = [fc_sandbox::AccountSpec::checking(), fc_sandbox::AccountSpec::savings()];
    bank.sandbox.link(&session, kinds).expect("linked");
    bank.run(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle", "--subscribe"]).ok();
    let accounts = |field: &str| bank.run(&["accounts", "--jsonl", "--fields", field]).ok();
    assert_eq!(accounts("subscriptions"), "{\"subscriptions\":[\"transactions\"]}\n".repeat(2));
    let refreshed = || accounts("balance_refresh").lines().filter(|line| !line.contains("null")).count();
    assert_eq!(refreshed(), 0, "no balance was asked for");
    run_until(&bank, &["--refresh-balances", "12h", "--refreshes-per-hour", "1"], || refreshed() > 0);
    assert_eq!(refreshed(), 1, "the budget of the hour");
    let alone = bank.run(&["mirror", "run", "--store", "sqlite:bank.db", "--refreshes-per-hour", "1"]);
    assert_eq!(alone.code, 2, "{}", alone.err);
}

#[test]
fn a_connected_account_is_a_tenant_of_its_own() {
    let bank = Bank::new();
    let run = |more: &[&str]| {
        let arguments =
            ["mirror", "run", "--store", "sqlite:bank.db", "--until-idle", "--csv", "--fields", "tenant"];
        bank.run(&[&arguments[..], more].concat()).ok()
    };
    let (one, two) = ("acct_1MwVK82eZvKYlo2C", "acct_1MwVK82eZvKYlo2D");
    assert_eq!(run(&[]), "tenant\nself/test\n");
    assert_eq!(run(&["--stripe-account", one]), format!("tenant\n{one}/test\n"));
    let both = run(&["--stripe-account", one, "--connected-account", one, "--connected-account", two]);
    assert_eq!(both, format!("tenant\n{one}/test\n{two}/test\n"));
}
