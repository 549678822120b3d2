//! Subscriptions, and how accounts are deactivated, reactivated and disconnected.

use fc_sandbox::{
    AccountError, AccountNumberStatus, AccountSpec, Feature, PaymentMethodType, RefreshOutcome,
};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, DAY, KEY, NOW, Response, TRANSACTIONS};

async fn act(bench: &Bench, account: &str, operation: &str) -> Response {
    let form = if operation == "disconnect" { "" } else { "features[]=transactions" };
    bench.post(&format!("{ACCOUNTS}/{account}/{operation}"), form).await
}

#[tokio::test]
async fn subscribing_starts_a_refresh_immediately_and_one_each_day() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let subscribed = act(&bench, &account, "subscribe").await.ok();
    assert_eq!(subscribed["subscriptions"], json!(["transactions"]));
    assert_eq!(subscribed["transaction_refresh"]["status"], "pending");
    assert_eq!(act(&bench, &account, "subscribe").await.ok(), subscribed, "a second time does nothing");

    bench.sandbox.clock().advance(3 * DAY);
    bench.advance(1);
    assert_eq!(
        bench.events_about(&account),
        [
            "created",
            "refreshed_transactions",
            "refreshed_transactions",
            "refreshed_transactions",
            "refreshed_transactions"
        ]
    );
    let times: Vec<Value> =
        bench.sandbox.events(KEY).iter().skip(1).map(|event| event["created"].clone()).collect();
    assert_eq!(times, [1, 86_401, 172_801, 259_201].map(|later| json!(NOW + later)));
    assert_eq!(bench.account(&account).await["transaction_refresh"]["last_attempted_at"], NOW + 259_200);
}

#[tokio::test]
async fn unsubscribing_ends_the_daily_refreshes_and_keeps_the_data() {
    let bench = Bench::new();
    let account = bench.checking().await;
    act(&bench, &account, "subscribe").await.ok();
    bench.advance(1);
    let before = bench.account(&account).await["transaction_refresh"].clone();
    let after = act(&bench, &account, "unsubscribe").await.ok();
    assert_eq!((&after["subscriptions"], &after["transaction_refresh"]), (&json!([]), &before));
    act(&bench, &account, "unsubscribe").await.ok();
    bench.sandbox.clock().advance(10 * DAY);
    assert_eq!(bench.events_about(&account), ["created", "refreshed_transactions"]);
    bench.get(&format!("{TRANSACTIONS}?account={account}")).await.ok();
}

#[tokio::test]
async fn a_second_subscription_does_not_refresh_twice_a_day() {
    let bench = Bench::new();
    let account = bench.checking().await;
    act(&bench, &account, "subscribe").await.ok();
    bench.advance(3600);
    act(&bench, &account, "unsubscribe").await.ok();
    act(&bench, &account, "subscribe").await.ok();
    bench.sandbox.clock().advance(DAY);
    bench.advance(1);
    let refreshed =
        bench.events_about(&account).iter().filter(|kind| *kind == "refreshed_transactions").count();
    assert_eq!(refreshed, 3, "one at each subscription and one after a day");
}

#[tokio::test]
async fn subscribing_requires_the_permission() {
    let bench = Bench::new();
    let account = bench.link(&["balances"], [AccountSpec::checking()]).await.remove(0);
    let error = act(&bench, &account, "subscribe").await.refused(400);
    assert_eq!((error.get("code"), &error["param"]), (None, &json!("features")));
    assert_eq!(bench.account(&account).await["subscriptions"], json!([]));
}

#[tokio::test]
async fn an_inactive_account_keeps_its_data_and_refuses_refreshes() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.refreshed(&account, "transactions").await;
    let active = bench.refreshed(&account, "balance").await;
    bench.sandbox.deactivate(&account).expect("an active account");
    let inactive = bench.account(&account).await;
    assert_eq!(inactive["status"], "inactive");
    assert_eq!(inactive["balance"], active["balance"]);
    assert_eq!(inactive["balance_refresh"]["next_refresh_available_at"], Value::Null);
    bench.get(&format!("{TRANSACTIONS}?account={account}")).await.ok();
    for operation in ["refresh", "subscribe"] {
        let error = act(&bench, &account, operation).await.refused(400);
        assert_eq!(error["code"], "financial_connections_account_inactive");
    }
    assert_eq!(bench.sandbox.deactivate(&account), Err(AccountError::NotActive));

    bench.sandbox.reactivate(&account).expect("an inactive account");
    let again = bench.account(&account).await;
    assert_eq!(again["status"], "active");
    assert_eq!(again["balance_refresh"], active["balance_refresh"]);
    assert_eq!(bench.sandbox.reactivate(&account), Err(AccountError::NotInactive));
    assert_eq!(bench.events_about(&account)[3..], ["deactivated", "reactivated"]);
}

#[tokio::test]
async fn a_pending_refresh_fails_when_the_account_is_deactivated() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    bench.sandbox.deactivate(&account).expect("an active account");
    bench.advance(1);
    let after = bench.account(&account).await;
    assert_eq!((&after["balance_refresh"]["status"], &after["balance"]), (&json!("failed"), &Value::Null));
    assert_eq!(bench.events_about(&account), ["created", "deactivated", "refreshed_balance"]);
}

#[tokio::test]
async fn a_subscription_pauses_while_the_account_is_inactive() {
    let bench = Bench::new();
    let account = bench.checking().await;
    act(&bench, &account, "subscribe").await.ok();
    bench.advance(1);
    bench.sandbox.deactivate(&account).expect("an active account");
    bench.sandbox.clock().advance(3 * DAY);
    assert_eq!(bench.account(&account).await["subscriptions"], json!(["transactions"]));
    bench.sandbox.reactivate(&account).expect("an inactive account");
    bench.sandbox.clock().advance(DAY);
    assert_eq!(
        bench.events_about(&account),
        ["created", "refreshed_transactions", "deactivated", "reactivated", "refreshed_transactions"]
    );
}

#[tokio::test]
async fn disconnecting_removes_the_data_permanently() {
    let bench = Bench::new();
    let account = bench.checking().await;
    act(&bench, &account, "subscribe").await.ok();
    bench.advance(1);
    bench.refreshed(&account, "balance").await;
    let ownership =
        bench.refreshed(&account, "ownership").await["ownership"].as_str().expect("an id").to_owned();

    let gone = act(&bench, &account, "disconnect").await.ok();
    assert_eq!(gone["status"], "disconnected");
    for removed in ["balance", "ownership", "account_numbers"] {
        assert_eq!(gone[removed], Value::Null, "{removed}");
    }
    assert_eq!((&gone["subscriptions"], &gone["supported_payment_method_types"]), (&json!([]), &json!([])));
    assert_eq!(gone["balance_refresh"]["next_refresh_available_at"], Value::Null);
    assert_eq!(gone["institution_name"], "Test Institution", "the object stays");
    assert_eq!(bench.account(&account).await, gone);
    assert_eq!(act(&bench, &account, "disconnect").await.ok(), gone, "a second time does nothing");

    for operation in ["refresh", "subscribe", "unsubscribe"] {
        assert_eq!(act(&bench, &account, operation).await.refused(400).get("code"), None);
    }
    bench.get(&format!("{TRANSACTIONS}?account={account}")).await.refused(400);
    bench.get(&format!("{ACCOUNTS}/{account}/owners?ownership={ownership}")).await.refused(400);
    assert_eq!(bench.sandbox.reactivate(&account), Err(AccountError::NotInactive));
    bench.sandbox.clock().advance(5 * DAY);
    assert_eq!(bench.events_about(&account).iter().filter(|kind| *kind == "disconnected").count(), 1);
    assert_eq!(
        bench.events_about(&account).last().map(String::as_str),
        Some("disconnected"),
        "no daily refresh"
    );
}

#[tokio::test]
async fn a_pending_refresh_fails_with_the_disconnection_and_sends_no_event_after_it() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance&features[]=ownership&features[]=transactions").await.ok();
    let gone = act(&bench, &account, "disconnect").await.ok();
    for refresh in ["balance_refresh", "ownership_refresh", "transaction_refresh"] {
        assert_eq!(gone[refresh]["status"], "failed", "{refresh}");
    }
    bench.advance(60);
    assert_eq!(bench.account(&account).await, gone);
    assert_eq!(bench.events_about(&account), ["created", "disconnected"]);
}

#[tokio::test]
async fn an_inactive_account_can_be_disconnected() {
    let bench = Bench::new();
    let account = bench.link(ALL, [AccountSpec::savings()]).await.remove(0);
    bench.sandbox.deactivate(&account).expect("an active account");
    assert_eq!(act(&bench, &account, "disconnect").await.ok()["status"], "disconnected");
    assert_eq!(bench.sandbox.deactivate("fca_no"), Err(AccountError::Unknown));
}

#[tokio::test]
async fn the_controls_refuse_to_plan_for_a_disconnected_account() {
    let bench = Bench::new();
    let account = bench.checking().await;
    act(&bench, &account, "disconnect").await.ok();
    let (sandbox, disconnected) = (&bench.sandbox, Err(AccountError::Disconnected));
    assert_eq!(sandbox.set_payment_methods(&account, [PaymentMethodType::Link]), disconnected);
    let number = sandbox.set_account_number(&account, AccountNumberStatus::Deactivated, None);
    assert_eq!(number, disconnected);
    let plan = sandbox.plan_refresh(&account, Feature::Balance, RefreshOutcome::Failed);
    assert_eq!(plan, disconnected);
}
