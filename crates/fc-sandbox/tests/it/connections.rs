//! Ends of log-ins and account numbers, and the behaviour of the test institutions.

use std::collections::BTreeSet;
use std::time::Duration;

use fc_sandbox::{AccountError, AccountNumberStatus, AccountSpec, Institution, LinkError, PaymentMethodType};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, DAY, KEY, NOW};

const A_DAY: i64 = 24 * 60 * 60;

/// All events, oldest first: seconds since the start, and the type without the common prefix.
fn history(bench: &Bench) -> Vec<(i64, String)> {
    let events = bench.sandbox.events(KEY);
    let entry = |event: &Value| {
        let kind = event["type"].as_str().expect("a type").replace("financial_connections.", "");
        (event["created"].as_i64().expect("a time") - NOW, kind)
    };
    events.iter().map(entry).collect()
}

#[track_caller]
fn assert_history(bench: &Bench, expected: &[(i64, &str)]) {
    let expected: Vec<(i64, String)> = expected.iter().map(|(at, kind)| (*at, (*kind).to_owned())).collect();
    assert_eq!(history(bench), expected);
}

async fn link_at(bench: &Bench, institution: &str, account: &str) -> String {
    let spec = AccountSpec::checking().institution(institution).display_name(account);
    bench.link(ALL, [spec]).await.remove(0)
}

fn numbers(account: &Value) -> &Value {
    &account["account_numbers"][0]
}

#[tokio::test]
async fn a_planned_deactivation_is_announced_warned_about_and_carried_out() {
    let bench = Bench::new();
    bench.keep_events().await;
    let linked = bench.link(ALL, [AccountSpec::checking(), AccountSpec::savings()]).await;
    let account = &linked[0];
    assert_eq!(
        bench.account(account).await.get("status_details"),
        None,
        "absent when no deactivation is planned"
    );
    let end = NOW + 60 * A_DAY;
    bench.sandbox.expect_deactivation(account, Some(end)).expect("an active account");
    bench.sandbox.expect_deactivation(account, Some(end)).expect("the same time changes nothing");
    let details = json!({ "active": {
        "action": "relink_required", "cause": "access_expired", "expected_deactivation_date": end,
    } });
    for account in &linked {
        assert_eq!(bench.account(account).await["status_details"], details, "both accounts share the log-in");
    }
    let authorization = bench.sandbox.events(KEY)[4]["data"]["object"].clone();
    assert_eq!(
        authorization,
        json!({
            "id": authorization["id"],
            "object": "financial_connections.authorization",
            "institution_name": "Test Institution",
            "livemode": false,
            "status": "active",
            "status_details": {
                "active": { "action": "relink_required", "expected_deactivation_date": end },
            },
        })
    );
    assert!(authorization["id"].as_str().is_some_and(|id| id.starts_with("fcauth_") && id.len() == 31));

    bench.sandbox.clock().advance(400 * DAY);
    let (set, warned, ended) = (0, 30 * A_DAY, 60 * A_DAY);
    assert_history(
        &bench,
        &[
            (set, "account.created"),
            (set, "account.created"),
            (set, "account.expected_deactivation_date_updated"),
            (set, "account.expected_deactivation_date_updated"),
            (set, "authorization.expected_deactivation_date_updated"),
            (warned, "account.upcoming_deactivation"),
            (warned, "account.upcoming_deactivation"),
            (warned, "authorization.upcoming_deactivation"),
            (ended, "account.deactivated"),
            (ended, "account.deactivated"),
        ],
    );
    let after = bench.account(account).await;
    assert_eq!((&after["status"], after.get("status_details")), (&json!("inactive"), None));
}

#[tokio::test]
async fn a_moved_deactivation_warns_once_and_a_cancelled_one_never_happens() {
    let bench = Bench::new();
    bench.keep_events().await;
    let account = bench.checking().await;
    let plan = |at: Option<i64>| bench.sandbox.expect_deactivation(&account, at).expect("an active account");
    plan(Some(NOW + 40 * A_DAY));
    plan(Some(NOW + 50 * A_DAY));
    plan(Some(NOW + 40 * A_DAY));
    bench.sandbox.clock().advance(20 * DAY);
    plan(None);
    assert_eq!(bench.account(&account).await.get("status_details"), None);
    bench.sandbox.clock().advance(100 * DAY);
    let (updated, warned) = ("expected_deactivation_date_updated", "upcoming_deactivation");
    assert_eq!(bench.events_about(&account), ["created", updated, updated, updated, warned, updated]);
    assert_eq!(bench.account(&account).await["status"], "active");
}

#[tokio::test]
async fn a_reactivation_cancels_the_planned_deactivation() {
    let bench = Bench::new();
    bench.keep_events().await;
    let account = bench.checking().await;
    bench.sandbox.expect_deactivation(&account, Some(NOW + 60 * A_DAY)).expect("an active account");
    bench.sandbox.deactivate(&account).expect("an active account");
    assert_eq!(bench.account(&account).await.get("status_details"), None, "shown for active accounts only");
    bench.sandbox.reactivate(&account).expect("an inactive account");
    assert_eq!(bench.account(&account).await.get("status_details"), None);
    bench.sandbox.clock().advance(100 * DAY);
    let expected = ["created", "expected_deactivation_date_updated", "deactivated", "reactivated"];
    assert_eq!(bench.events_about(&account), expected);
}

#[tokio::test]
async fn a_deactivation_is_planned_only_for_an_active_account_and_the_future() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let plan = |at: i64| bench.sandbox.expect_deactivation(&account, Some(at));
    assert_eq!(plan(NOW), Err(AccountError::NotInFuture));
    // Milliseconds by mistake: a data file with such a time could not be opened again.
    let milliseconds = NOW * 1_000;
    assert_eq!(plan(milliseconds), Err(AccountError::TooLate));
    let expires =
        bench.sandbox.set_account_number(&account, AccountNumberStatus::Transactable, Some(milliseconds));
    assert_eq!(expires, Err(AccountError::TooLate));
    bench.sandbox.deactivate(&account).expect("an active account");
    assert_eq!(plan(NOW + 1), Err(AccountError::NotActive));
    assert_eq!(bench.sandbox.expect_deactivation("fca_no", None), Err(AccountError::Unknown));
}

#[tokio::test]
async fn a_disconnected_account_gets_no_deactivation_warning() {
    let bench = Bench::new();
    bench.keep_events().await;
    let account = bench.checking().await;
    bench.sandbox.expect_deactivation(&account, Some(NOW + 60 * A_DAY)).expect("an active account");
    bench.post(&format!("{ACCOUNTS}/{account}/disconnect"), "").await.ok();
    bench.sandbox.clock().advance(100 * DAY);
    assert_eq!(
        history(&bench).last().map(|(at, kind)| (*at, kind.as_str())),
        Some((0, "account.disconnected"))
    );
}

#[tokio::test]
async fn an_account_number_expires_after_a_warning() {
    let bench = Bench::new();
    bench.keep_events().await;
    let spec = AccountSpec::checking().number_expiring_in(45 * DAY);
    let account = bench.link(ALL, [spec]).await.remove(0);
    let expected = json!({
        "expected_expiry_date": NOW + 45 * A_DAY,
        "identifier_type": "tokenized_account_number",
        "status": "transactable",
        "supported_networks": ["ach"],
    });
    assert_eq!(*numbers(&bench.account(&account).await), expected);
    bench.sandbox.clock().advance(100 * DAY);
    assert_history(
        &bench,
        &[
            (0, "account.created"),
            (15 * A_DAY, "account.upcoming_account_number_expiry"),
            (45 * A_DAY, "account.account_numbers_updated"),
        ],
    );
    assert_eq!(numbers(&bench.account(&account).await)["status"], "expired");
}

#[tokio::test]
async fn each_change_of_an_account_number_sends_one_event() {
    let bench = Bench::new();
    bench.keep_events().await;
    let account = bench.checking().await;
    assert_eq!(numbers(&bench.account(&account).await)["identifier_type"], "account_number");
    let set = |status, expires_at| bench.sandbox.set_account_number(&account, status, expires_at);
    set(AccountNumberStatus::Pending, None).expect("a number");
    set(AccountNumberStatus::Pending, None).expect("the same status");
    assert_eq!(numbers(&bench.account(&account).await)["status"], "pending");
    set(AccountNumberStatus::Transactable, Some(NOW + 40 * A_DAY)).expect("a number");
    let identifier = numbers(&bench.account(&account).await)["identifier_type"].clone();
    assert_eq!(identifier, "tokenized_account_number", "only tokens expire");
    set(AccountNumberStatus::Deactivated, None).expect("revoked at the bank");
    bench.sandbox.clock().advance(100 * DAY);
    let updated = "account_numbers_updated";
    assert_eq!(bench.events_about(&account), ["created", updated, updated, updated], "without an expiry");
    assert_eq!(set(AccountNumberStatus::Transactable, Some(NOW)), Err(AccountError::NotInFuture));
    let expired = set(AccountNumberStatus::Expired, Some(NOW + 200 * A_DAY));
    assert_eq!(expired, Err(AccountError::ExpiredEarly));
    let card = bench.link(ALL, [AccountSpec::credit_card()]).await.remove(0);
    let none = bench.sandbox.set_account_number(&card, AccountNumberStatus::Expired, None);
    assert_eq!(none, Err(AccountError::NoNumber));
}

#[tokio::test]
async fn account_numbers_and_their_events_require_the_permission() {
    let bench = Bench::new();
    bench.keep_events().await;
    let spec = AccountSpec::checking().number_expiring_in(10 * DAY);
    let account = bench.link(&["balances"], [spec]).await.remove(0);
    assert_eq!(bench.account(&account).await["account_numbers"], Value::Null);
    bench.sandbox.clock().advance(100 * DAY);
    assert_eq!(bench.events_about(&account), ["created"]);
}

#[tokio::test]
async fn a_change_of_payment_methods_is_shown_and_sends_one_event() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let (ach, link) = (PaymentMethodType::UsBankAccount, PaymentMethodType::Link);
    for methods in [vec![ach, link], vec![ach, link, ach, link]] {
        bench.sandbox.set_payment_methods(&account, methods).expect("an account");
    }
    let after = bench.account(&account).await;
    assert_eq!(after["supported_payment_method_types"], json!(["us_bank_account", "link"]));
    assert_eq!(bench.events_about(&account), ["created", "supported_payment_method_types_updated"]);
}

#[tokio::test]
async fn accounts_of_inactive_accounts_deactivate_soon_and_stay_reactivated() {
    let bench = Bench::new();
    bench.keep_events().await;
    let account = link_at(&bench, "Inactive Accounts", "Success").await;
    assert_eq!(bench.account(&account).await["status"], "active");
    bench.advance(5);
    assert_eq!(bench.account(&account).await["status"], "inactive");
    bench.sandbox.reactivate(&account).expect("an inactive account");
    bench.sandbox.clock().advance(400 * DAY);
    assert_history(&bench, &[(0, "account.created"), (5, "account.deactivated"), (5, "account.reactivated")]);
}

#[tokio::test]
async fn a_reactivation_cancels_the_deactivation_that_was_due_soon() {
    for bank in ["Inactive Accounts", "Immediately Requires Reauthentication"] {
        let bench = Bench::new();
        let account = link_at(&bench, bank, "Success").await;
        bench.sandbox.deactivate(&account).expect("an active account");
        bench.sandbox.reactivate(&account).expect("an inactive account");
        bench.advance(6);
        assert_eq!(bench.account(&account).await["status"], "active", "{bank}");
    }
}

#[tokio::test]
async fn immediate_reauthentication_is_needed_again_a_day_after_each_log_in() {
    let bench = Bench::new();
    let account = link_at(&bench, "Immediately Requires Reauthentication", "Success").await;
    bench.advance(10);
    bench.sandbox.reactivate(&account).expect("an inactive account");
    let details = bench.account(&account).await["status_details"].clone();
    assert_eq!(details["active"]["expected_deactivation_date"], NOW + 10 + A_DAY);
    bench.sandbox.clock().advance(2 * DAY);
    bench.sandbox.reactivate(&account).expect("an inactive account");
    let again = 10 + 2 * A_DAY;
    assert_history(
        &bench,
        &[
            (0, "account.created"),
            (5, "account.deactivated"),
            (10, "account.reactivated"),
            (10, "account.expected_deactivation_date_updated"),
            (10, "authorization.expected_deactivation_date_updated"),
            (10, "account.upcoming_deactivation"),
            (10, "authorization.upcoming_deactivation"),
            (10 + A_DAY, "account.deactivated"),
            (again, "account.reactivated"),
            (again, "account.expected_deactivation_date_updated"),
            (again, "authorization.expected_deactivation_date_updated"),
            (again, "account.upcoming_deactivation"),
            (again, "authorization.upcoming_deactivation"),
        ],
    );
}

#[tokio::test]
async fn eventual_reauthentication_is_due_in_thirty_days_and_warned_about() {
    let bench = Bench::new();
    bench.keep_events().await;
    let account = link_at(&bench, "Eventually Requires Reauthentication", "Success").await;
    let details = bench.account(&account).await["status_details"].clone();
    assert_eq!(details["active"]["expected_deactivation_date"], NOW + 30 * A_DAY);
    bench.sandbox.clock().advance(31 * DAY);
    assert_history(
        &bench,
        &[
            (0, "account.created"),
            (0, "account.expected_deactivation_date_updated"),
            (0, "authorization.expected_deactivation_date_updated"),
            (0, "account.upcoming_deactivation"),
            (0, "authorization.upcoming_deactivation"),
            (30 * A_DAY, "account.deactivated"),
        ],
    );
}

#[tokio::test]
async fn the_three_tokenized_accounts_behave_as_their_names_say() {
    let bench = Bench::new();
    let bank = "Tokenized Account Number";
    let expired = link_at(&bench, bank, "Expired TAN").await;
    let eventually = link_at(&bench, bank, "Eventually Expiring TAN").await;
    let immediately = link_at(&bench, bank, "Immediately Expiring TAN").await;
    assert_eq!(numbers(&bench.account(&expired).await)["status"], "deactivated");
    let number = numbers(&bench.account(&eventually).await).clone();
    assert_eq!(
        (&number["status"], &number["expected_expiry_date"]),
        (&json!("transactable"), &json!(NOW + 30 * A_DAY))
    );
    bench.advance(5);
    assert_eq!(numbers(&bench.account(&immediately).await)["status"], "expired");
    assert_eq!(bench.events_about(&expired), ["created"]);
    assert_eq!(bench.events_about(&eventually), ["created", "upcoming_account_number_expiry"]);
    assert_eq!(bench.events_about(&immediately), ["created", "account_numbers_updated"]);
    for account in [&expired, &eventually, &immediately] {
        assert_eq!(numbers(&bench.account(account).await)["identifier_type"], "tokenized_account_number");
    }
    let session = bench.session(ALL, "").await["id"].as_str().expect("an id").to_owned();
    let refused = bench.sandbox.link(session, [AccountSpec::checking().institution(bank)]);
    let reason = match refused {
        Err(LinkError::InvalidSpec { index: 0, reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason.contains("Eventually Expiring TAN"), "{reason}");
}

#[tokio::test]
async fn each_ownership_account_has_the_owners_its_name_says() {
    let bench = Bench::new();
    let institution = Institution::named("Ownership Accounts").expect("a test institution");
    let linked = bench.link(ALL, institution.accounts()).await;
    for (account, expected) in linked.iter().zip([Some(1), Some(2), Some(1), None, None]) {
        let after = bench.refreshed(account, "ownership").await;
        let failed = after["display_name"] == "Ownership Unavailable";
        assert_eq!(after["ownership_refresh"]["status"], if failed { "failed" } else { "succeeded" });
        let path = format!("{ACCOUNTS}/{account}?expand[]=ownership");
        let owners = bench.get(&path).await.ok()["ownership"]["owners"]["data"].as_array().map(Vec::len);
        assert_eq!(owners, expected, "{}", after["display_name"]);
    }
    let path = format!("{ACCOUNTS}/{}?expand[]=ownership", linked[2]);
    let owner = bench.get(&path).await.ok()["ownership"]["owners"]["data"][0].clone();
    assert_eq!(
        (&owner["email"], &owner["phone"], &owner["raw_address"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn an_account_takes_the_behaviour_of_the_offered_account_with_its_name() {
    let bench = Bench::new();
    let unavailable = link_at(&bench, "Ownership Accounts", "Ownership Unavailable").await;
    assert_eq!(bench.refreshed(&unavailable, "ownership").await["ownership_refresh"]["status"], "failed");
    let two = link_at(&bench, "Ownership Accounts", "Two Owners").await;
    bench.refreshed(&two, "ownership").await;
    let path = format!("{ACCOUNTS}/{two}?expand[]=ownership");
    let owners = bench.get(&path).await.ok()["ownership"]["owners"]["data"].clone();
    assert_eq!(owners.as_array().map(Vec::len), Some(2));
    let unpaid = link_at(&bench, "Invalid Payment Accounts", "Checking Without ACH").await;
    assert_eq!(bench.account(&unpaid).await["supported_payment_method_types"], json!([]));
}

#[tokio::test]
async fn invalid_payment_accounts_cannot_be_paid_with() {
    let bench = Bench::new();
    for account in bench.link(ALL, [AccountSpec::checking().institution("Invalid Payment Accounts")]).await {
        let account = bench.account(&account).await;
        assert_eq!(
            (&account["supported_payment_method_types"], &account["account_numbers"]),
            (&json!([]), &Value::Null)
        );
    }
    let session = bench.session(ALL, "filters[require_payment_method_support]=all").await;
    let spec = AccountSpec::checking().institution("Invalid Payment Accounts");
    let refused = bench.sandbox.link(session["id"].as_str().expect("an id"), [spec]);
    assert!(matches!(refused, Err(LinkError::NotOffered { index: 0, .. })), "{refused:?}");
}

#[tokio::test]
async fn linking_at_an_institution_that_is_down_is_refused() {
    let bench = Bench::new();
    let session = bench.session(ALL, "").await["id"].as_str().expect("an id").to_owned();
    for name in ["Down (Scheduled)", "Down (Unscheduled)", "Down (Error)", "Down Bank (Error)"] {
        let refused = bench.sandbox.link(&session, [AccountSpec::checking().institution(name)]);
        assert_eq!(refused, Err(LinkError::InstitutionDown { index: 0, institution: name.to_owned() }));
    }
    bench.sandbox.link(&session, [AccountSpec::checking()]).expect("the session is still open");
}

#[tokio::test]
async fn the_accounts_that_an_institution_offers_can_be_linked() {
    for institution in Institution::all() {
        let bench = Bench::new();
        let linked = bench.link(ALL, institution.accounts()).await;
        assert_eq!(linked.len(), institution.accounts().len());
        for account in linked {
            assert_eq!(bench.account(&account).await["institution_name"], institution.name());
        }
    }
}

/// The fourteen event types of the API reference.
const TYPES: [&str; 14] = [
    "account.created",
    "account.deactivated",
    "account.reactivated",
    "account.disconnected",
    "account.refreshed_balance",
    "account.refreshed_ownership",
    "account.refreshed_transactions",
    "account.account_numbers_updated",
    "account.upcoming_account_number_expiry",
    "account.expected_deactivation_date_updated",
    "account.upcoming_deactivation",
    "account.supported_payment_method_types_updated",
    "authorization.expected_deactivation_date_updated",
    "authorization.upcoming_deactivation",
];

/// Runs five months with every kind of event, in steps of `step` seconds.
async fn run(step: u64) -> Bench {
    let bench = Bench::new();
    bench.keep_events().await;
    let bank = Institution::named("Eventually Requires Reauthentication").expect("a test institution");
    let mut specs = bank.accounts();
    specs.extend([AccountSpec::checking().number_expiring_in(45 * DAY), AccountSpec::savings()]);
    let linked = bench.link(ALL, specs).await;
    for account in &linked {
        let path = format!("{ACCOUNTS}/{account}/subscribe");
        bench.post(&path, "features[]=transactions").await.ok();
        bench.refresh(account, "features[]=balance&features[]=ownership").await.ok();
    }
    let last = linked.last().expect("some were linked");
    bench.sandbox.expect_deactivation(last, Some(NOW + 80 * A_DAY)).expect("an active account");
    bench.sandbox.set_payment_methods(last, [PaymentMethodType::Link]).expect("an account");
    let pass = |seconds: u64| {
        for _ in 0..seconds / step {
            bench.sandbox.clock().advance(Duration::from_secs(step));
            // A read makes the world catch up with the clock.
            let _ = bench.sandbox.deliveries(KEY);
        }
    };
    pass(50 * 86_400);
    bench.sandbox.reactivate(&linked[0]).expect("an inactive account");
    pass(100 * 86_400);
    bench.post(&format!("{ACCOUNTS}/{last}/disconnect"), "").await.ok();
    bench
}

#[tokio::test]
async fn one_step_of_months_gives_the_same_events_as_many_short_steps() {
    let (one, many) = (run(50 * 86_400).await, run(86_400 / 4).await);
    let (one, many) = (one.sandbox.events(KEY), many.sandbox.events(KEY));
    assert!(one.is_sorted_by_key(|event| event["created"].as_i64()), "in order of time");
    assert_eq!(one.len(), many.len());
    for (one, many) in one.iter().zip(&many) {
        assert_eq!(one, many);
    }
}

#[tokio::test]
async fn every_type_of_event_happens() {
    let bench = run(50 * 86_400).await;
    let seen: BTreeSet<String> = history(&bench).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(seen, TYPES.map(str::to_owned).into());
}
