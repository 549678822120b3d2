//! A scenario in two parts that covers every kind of record, for comparing two sandboxes.

use axum::body::Body;
use axum::http::Request;
use fc_sandbox::{AccountSpec, Clock, Feature, RefreshOutcome, Sandbox, SandboxBuilder};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, NOW, SESSIONS, TRANSACTIONS, post};

/// The objects of the first part that the second part uses.
pub(crate) struct Cast {
    pub(crate) accounts: Vec<String>,
    pub(crate) endpoint: String,
    holder: String,
    first_refresh: String,
    ownership: String,
    /// The client secret of a session that is still open.
    open_session: String,
}

pub(crate) fn builder() -> SandboxBuilder {
    Sandbox::builder().clock(Clock::frozen(NOW)).seed(7)
}

/// Creates at least one record of every kind and at least one scheduled task of every kind.
pub(crate) async fn begin(bench: &Bench) -> Cast {
    let endpoint = bench
        .post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*&metadata[team]=a")
        .await
        .ok()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let more = "prefetch[]=balances&filters[country]=US&limits[accounts]=5&manual_entry[mode]=automatic\
                &return_url=https://example.com";
    let session = bench.session(ALL, more).await;
    let accounts = [
        AccountSpec::checking().transactions(120).display_name("Household"),
        AccountSpec::savings(),
        AccountSpec::credit_card().transactions(90),
        AccountSpec::checking().institution("Eventually Requires Reauthentication"),
    ];
    let linked = bench
        .sandbox
        .link(session["id"].as_str().expect("an id"), accounts)
        .expect("the session accepts them");
    let accounts: Vec<String> = linked.into_iter().map(String::from).collect();
    let [first, second, third, _] = &accounts[..] else { panic!("four were linked") };

    bench.refreshed(first, "transactions").await;
    let first_refresh = bench.refreshed(first, "ownership").await;
    let ownership = first_refresh["ownership"].as_str().expect("a snapshot").to_owned();
    let first_refresh = first_refresh["transaction_refresh"]["id"].as_str().expect("a refresh").to_owned();
    bench.post(&format!("{ACCOUNTS}/{second}/subscribe"), "features[]=transactions").await.ok();
    bench.advance(2);
    bench
        .sandbox
        .plan_refresh(second, Feature::Balance, RefreshOutcome::FailedAndInactive)
        .expect("an account");
    bench.sandbox.plan_refresh(first, Feature::Ownership, RefreshOutcome::Failed).expect("an account");
    bench.sandbox.deactivate(third).expect("it is active");
    let again = bench.post(&format!("{ACCOUNTS}/{first}/refresh"), "features[]=balance").await;
    assert_eq!(again.ok()["balance_refresh"]["status"], "succeeded", "an early refresh starts nothing");
    bench.advance(3600);
    bench.refresh(first, "features[]=balance&features[]=transactions").await.ok();
    bench.send(idempotent("first")).await.ok();
    bench.deliver().await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let holder = text(&session["account_holder"]["customer"]);
    let open_session = text(&bench.session(&["balances"], "").await["client_secret"]);
    Cast { accounts, endpoint, holder, first_refresh, ownership, open_session }
}

/// Continues for forty days: every response, without the members that name a request.
pub(crate) async fn go_on(bench: &Bench, cast: &Cast) -> Value {
    let [first, second, third, fourth] = &cast.accounts[..] else { panic!("four were linked") };
    let mut seen =
        vec![bench.send(idempotent("first")).await.ok(), bench.send(idempotent("second")).await.ok()];
    bench.advance(5);
    seen.push(bench.account(first).await);
    for days in [1, 2, 37] {
        bench.advance(days * 86_400);
        seen.push(
            bench
                .refresh(first, "features[]=balance&features[]=ownership&features[]=transactions")
                .await
                .ok(),
        );
        bench.advance(1);
        for account in [first, second, third, fourth] {
            seen.push(bench.account(account).await);
        }
        let changes =
            format!("{TRANSACTIONS}?account={first}&transaction_refresh[after]={}", cast.first_refresh);
        seen.push(bench.get(&changes).await.ok());
    }
    seen.push(bench.get(&format!("{TRANSACTIONS}?account={second}&limit=100")).await.ok());
    seen.push(bench.get(&format!("{ACCOUNTS}/{first}/owners?ownership={}", cast.ownership)).await.ok());
    seen.push(bench.get(&format!("/v1/webhook_endpoints/{}", cast.endpoint)).await.ok());
    seen.push(bench.refresh(third, "features[]=balance").await.refused(400));
    bench.sandbox.reactivate(third).expect("it is inactive");
    seen.push(bench.refreshed(third, "balance").await);
    seen.push(bench.post(&format!("{ACCOUNTS}/{first}/disconnect"), "").await.ok());
    seen.push(bench.session(&["balances"], "").await);
    let late = bench.sandbox.link(&cast.open_session, [AccountSpec::savings()]).expect("it is open");
    seen.push(bench.account(late[0].as_ref()).await);
    let of_holder = format!("{ACCOUNTS}?account_holder[customer]={}", cast.holder);
    for list in [&of_holder, &format!("{ACCOUNTS}?"), "/v1/customers?", "/v1/events?"] {
        seen.push(bench.get(&format!("{list}&limit=100")).await.ok());
    }
    seen.push(bench.sandbox.deliveries(crate::bench::KEY).into());
    without_requests(json!(seen))
}

/// A request with an idempotency key that creates a session.
fn idempotent(key: &str) -> Request<Body> {
    let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances";
    post(SESSIONS).header("idempotency-key", key).body(Body::from(form)).expect("a request")
}

/// The value without the members that name a request, which differ between two starts of a sandbox.
pub(crate) fn without_requests(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let named =
                |name: &String| !matches!(name.as_str(), "request_id" | "request_log_url" | "request");
            members
                .into_iter()
                .filter(|(name, _)| named(name))
                .map(|(name, value)| (name, without_requests(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(without_requests).collect(),
        other => other,
    }
}
