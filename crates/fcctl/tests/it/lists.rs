//! Accounts, owners, events and sessions, as people see them.

use crate::bank::Bank;

#[test]
fn an_empty_bank_has_no_accounts_and_says_so_beside_the_output() {
    let ran = Bank::new().run(&["accounts"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "no accounts\n"));
}

#[test]
fn seeded_accounts_are_printed_and_listed() {
    let bank = Bank::new();
    insta::assert_snapshot!("seed", bank.run(&["sandbox", "seed"]).shown());
    insta::assert_snapshot!("accounts", bank.run(&["accounts"]).shown());
}

#[test]
fn an_account_is_shown_with_all_that_is_known() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    insta::assert_snapshot!("account", bank.run(&["account", &ids[0]]).shown());
}

#[test]
fn every_page_of_a_list_is_read_and_a_limit_ends_it() {
    let bank = Bank::with(|builder| builder.population(230, 0));
    let count = |arguments: &[&str]| bank.run(arguments).ok().lines().count();
    assert_eq!(count(&["accounts", "--jsonl", "--fields", "id"]), 230);
    assert_eq!(count(&["accounts"]), 231, "with the heading");
    for limit in ["1", "100", "101", "229"] {
        let lines = count(&["accounts", "--jsonl", "--limit", limit]);
        assert_eq!(lines.to_string(), limit);
    }
    assert_eq!(count(&["accounts", "--jsonl", "--limit", "0"]), 0);
}

#[test]
fn accounts_of_one_holder_or_session_are_listed() {
    let bank = Bank::new();
    let first = bank.seed(&["checking"]);
    let second = bank.seed(&["savings", "credit_card"]);
    let account = bank.run(&["account", &second[0], "--json", "--fields", "holder"]).json();
    let holder = account["data"][0]["holder"]["customer"].as_str().expect("a customer").to_owned();
    let listed = bank.run(&["accounts", "--holder", &holder, "--jsonl", "--fields", "id"]).ok();
    assert_eq!(listed.lines().count(), 2);
    assert!(!listed.contains(&first[0]), "{listed}");
}

#[test]
fn owners_are_listed_once_they_were_read() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    insta::assert_snapshot!("owners", bank.run(&["owners", &ids[0]]).shown());
}

#[test]
fn owners_that_were_never_read_are_not_now() {
    let bank = Bank::new();
    let customer = bank.seed(&["checking"]);
    let holder =
        bank.run(&["account", &customer[0], "--json"]).json()["data"][0]["holder"]["customer"].clone();
    let holder = holder.as_str().expect("a customer");
    let session =
        bank.run(&["sessions", "create", "--holder", holder, "--permission", "ownership", "--json"]).json();
    let session = session["data"][0]["id"].as_str().expect("an id").to_owned();
    let linked = bank.sandbox.link(&session, [fc_sandbox::AccountSpec::checking()]).expect("linked");
    let ran = bank.run(&["owners", linked[0].as_ref()]);
    insta::assert_snapshot!("owners_not_read", ran.shown());
    assert_eq!(ran.code, 5);
}

#[test]
fn events_are_listed_newest_first_and_shown_one_by_one() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    let lines = bank.run(&["events", "--jsonl", "--fields", "id,type"]).ok();
    let types: Vec<&str> = lines.lines().filter_map(|line| line.split('"').nth(7)).collect();
    assert_eq!(types.len(), 4, "{lines}");
    assert_eq!(types[3], "financial_connections.account.created");
    let one = bank.run(&["events", "--limit", "1", "--json"]).json();
    let id = one["data"][0]["id"].as_str().expect("an id");
    assert_eq!(bank.run(&["events", id, "--json"]).json(), one);
    let of_type = bank.run(&["events", "--type", "financial_connections.account.created", "--jsonl"]).ok();
    assert_eq!(of_type.lines().count(), 1);
}

#[test]
fn a_session_is_created_and_shown_without_its_secret() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    let arguments = ["sessions", "create", "--holder", "acct_1MwVK82eZvKYlo2C", "--permission", "balances"];
    let ran = bank.run(&arguments);
    insta::assert_snapshot!("session", ran.shown());
    let json = bank.run(&[&arguments[..], &["--json"]].concat()).json();
    let secret = json["data"][0]["client_secret"].as_str().expect("a secret");
    assert!(secret.starts_with("fcsess_client_secret_"));
    let id = json["data"][0]["id"].as_str().expect("an id");
    let shown = bank.run(&["sessions", "show", id]).ok();
    assert!(shown.contains(id) && !shown.contains("client_secret"), "{shown}");
}

#[test]
fn subscribing_and_unsubscribing_change_the_account() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let subscriptions = |command: &str| {
        bank.run(&[command, &ids[0], "--json", "--fields", "subscriptions"]).json()["data"][0]["subscriptions"]
            .clone()
    };
    assert_eq!(subscriptions("subscribe"), serde_json::json!(["transactions"]));
    let ended = subscriptions("unsubscribe");
    assert!(ended.is_null() || ended == serde_json::json!([]), "{ended}");
}
