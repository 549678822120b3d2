//! Imports of states with impossible values: each is refused, or the sandbox goes on without a panic.

use fc_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, Bench, DAY, KEY, NOW, TRANSACTIONS, in_time};
use crate::story;

/// The places of all whole numbers below `value`, as JSON pointers.
fn numbers(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(number) if number.is_i64() => found.push(place.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                numbers(item, &format!("{place}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                numbers(member, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

/// Uses every account and delivery for a while. A status of the API does not matter here.
async fn go_on(bench: &Bench, accounts: &[String]) {
    for _ in 0..2 {
        bench.sandbox.clock().advance(DAY);
        bench.deliver().await;
        for account in accounts {
            bench.refresh(account, "features[]=balance&features[]=ownership&features[]=transactions").await;
            bench.advance(2);
            bench.get(&format!("{ACCOUNTS}/{account}")).await;
            bench.get(&format!("{TRANSACTIONS}?account={account}")).await;
            bench.post(&format!("{ACCOUNTS}/{account}/unsubscribe"), "features[]=transactions").await;
            bench.post(&format!("{ACCOUNTS}/{account}/subscribe"), "features[]=transactions").await;
            // Each renews a plan; an account of another status refuses.
            let _ = bench.sandbox.reactivate(account);
            let _ = bench.sandbox.expect_deactivation(account, Some(bench.sandbox.clock().now() + 9));
            let status = fc_sandbox::AccountNumberStatus::Transactable;
            let _ = bench.sandbox.set_account_number(account, status, Some(bench.sandbox.clock().now() + 9));
        }
        bench.customer().await;
        bench.get("/v1/events").await;
    }
    let _ = bench.sandbox.export();
}

#[tokio::test]
async fn no_number_in_a_state_makes_the_sandbox_panic_or_hang() {
    let original = Bench::of(&story::builder().build());
    let accounts = story::begin(&original).await.accounts;
    let state: Value = serde_json::from_str(&original.sandbox.export()).expect("JSON");
    let mut places = Vec::new();
    numbers(&state["worlds"], "/worlds", &mut places);
    // One record of a kind stands for all of them.
    let mut kinds = std::collections::BTreeSet::new();
    let kind = |place: &str| -> String {
        place
            .split('/')
            .map(|part| if part.parse::<u32>().is_ok() { "0" } else { part })
            .collect::<Vec<_>>()
            .join("/")
    };
    places.retain(|place| kinds.insert(kind(place)));
    assert!(places.len() > 25, "{places:?}");
    let extremes = [
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(u32::MAX),
        json!(u32::MAX / 2),
        json!(NOW * 1000),
    ];
    let mut imported = 0;
    for place in &places {
        for extreme in &extremes {
            let mut spoiled = state.clone();
            *spoiled.pointer_mut(place).expect("it was just found") = extreme.clone();
            let bench = Bench::of(&Sandbox::builder().clock(Clock::frozen(NOW)).build());
            if bench.sandbox.import(&spoiled.to_string()).is_ok() {
                imported += 1;
                in_time(go_on(&bench, &accounts)).await;
            }
        }
    }
    assert!(imported > 0, "some of the values are possible");
}

#[tokio::test]
async fn impossible_counts_and_times_are_refused_with_their_place() {
    let original = Bench::of(&story::builder().build());
    story::begin(&original).await;
    let state: Value = serde_json::from_str(&original.sandbox.export()).expect("JSON");
    let records = "/worlds/0/records";
    let task = json!({ "at": 0, "task": { "warn_of_expiry": { "account": 99, "plan": 0 } } });
    for (place, value, message) in [
        ("/account/0/created", json!(i64::MIN), "account 0: the time"),
        ("/account/0/subscription/number", json!(u32::MAX), "account 0: the count"),
        ("/authorization/0/plan", json!(u32::MAX), "authorization 0: the count"),
        ("/event/0/pending_webhooks", json!(0), "event 0 has 0 pending_webhooks, not 1"),
        ("/delivery/0/state", json!({ "due": i64::MAX }), "delivery 0: the time"),
        ("/delivery/0/event", json!(5), "is after one of a later event"),
        ("/task/0", task, "refers to account 99"),
        ("/random/0/words", json!(u64::MAX), "random 0: `words`"),
    ] {
        let mut spoiled = state.clone();
        *spoiled.pointer_mut(&format!("{records}{place}")).expect("the state has it") = value;
        let refused = Sandbox::builder().build().import(&spoiled.to_string()).expect_err(place).to_string();
        assert!(refused.contains(message), "{place}: {refused}");
    }
    for (place, message) in [
        ("/worlds/0/records/customer", "customer 1: another record has the same `id`"),
        ("/worlds", "worlds[1]: an earlier world has the same key"),
    ] {
        let mut spoiled = state.clone();
        let list = spoiled.pointer_mut(place).and_then(Value::as_array_mut).expect("a list");
        list.insert(1, list[0].clone());
        let refused = Sandbox::builder().build().import(&spoiled.to_string()).expect_err(place).to_string();
        assert!(refused.contains(message), "{place}: {refused}");
    }
}

#[tokio::test]
async fn an_import_into_the_sandbox_of_its_export_starts_no_second_world() {
    let bench = Bench::new();
    bench.customer().await;
    let state = bench.sandbox.export();
    bench.sandbox.import(&state).expect("it was just exported");
    assert_eq!(bench.sandbox.export(), state);
    assert_eq!(bench.sandbox.events(KEY).len(), 0);
}
