//! Export and import of the state.

use axum::body::Body;
use axum::http::Request;
use fc_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::bench::{Bench, KEY, NOW};
use crate::story;

async fn exported() -> (Bench, story::Cast, Value) {
    let bench = Bench::of(&story::builder().build());
    let cast = story::begin(&bench).await;
    let state = serde_json::from_str(&bench.sandbox.export()).expect("JSON");
    (bench, cast, state)
}

#[tokio::test]
async fn the_exported_state_has_a_record_of_every_kind() {
    let (_, _, state) = exported().await;
    let records = state["worlds"][0]["records"].as_object().expect("an object");
    let empty: Vec<_> = records.iter().filter(|(_, records)| **records == json!([])).collect();
    assert!(empty.is_empty(), "the story leaves out {empty:?}");
    assert!(records.len() >= 13, "{:?}", records.keys());
}

#[tokio::test]
async fn an_imported_state_continues_exactly_like_the_original() {
    let (first, cast, state) = exported().await;
    let second = Bench::of(&Sandbox::builder().seed(99).build());
    second.sandbox.import(&state.to_string()).expect("it was just exported");
    assert_eq!(second.sandbox.export(), first.sandbox.export());
    assert_eq!(story::go_on(&second, &cast).await, story::go_on(&first, &cast).await);
    let states = [&first, &second]
        .map(|bench| story::without_requests(serde_json::from_str(&bench.sandbox.export()).expect("JSON")));
    assert_eq!(states[0], states[1]);
}

#[tokio::test]
async fn an_import_replaces_the_old_state() {
    let (_, _, state) = exported().await;
    let bench = Bench::new();
    let before = bench.customer().await;
    bench.sandbox.import(&state.to_string()).expect("it was just exported");
    bench.get(&format!("/v1/customers/{before}")).await.refused(404);
}

#[tokio::test]
async fn an_import_sets_the_clock_to_the_time_of_the_export() {
    let (_, _, mut state) = exported().await;
    let sandbox = Sandbox::builder().build();
    sandbox.import(&state.to_string()).expect("it was just exported");
    assert!(sandbox.clock().is_frozen());
    assert!((NOW + 3600..NOW + 4000).contains(&sandbox.clock().now()));
    state["clock"] = json!({ "now": 1_000_000_000_000_i64, "frozen": false });
    sandbox.import(&state.to_string()).expect("only the clock differs");
    assert!(!sandbox.clock().is_frozen());
    assert!((1_000_000_000..1_000_000_060).contains(&sandbox.clock().now()));
}

#[tokio::test]
async fn an_invalid_state_is_refused_with_the_place_and_changes_nothing() {
    let (_, _, state) = exported().await;
    let bench = Bench::new();
    bench.customer().await;
    let before = bench.sandbox.export();
    let task = |task: Value| json!({ "at": 0, "task": task });
    let spoilers = [
        ("format 999", "/format", json!(999)),
        ("not the export", "", json!([])),
        ("not the export", "/seed", json!("7")),
        ("worlds[0]: the key", "/worlds/0/key", json!("pk_test_1")),
        ("worlds[0]: the key", "/worlds/0/account", json!("1")),
        ("customer 0: missing field `id`", "/worlds/0/records/customer/0", json!({})),
        ("session 0 refers to account 99", "/worlds/0/records/session/0/accounts/0", json!(99)),
        ("account 0 refers to ownership 99", "/worlds/0/records/account/0/ownership", json!(99)),
        (
            "account 0 refers to transaction_refresh 99",
            "/worlds/0/records/account/0/transaction_refresh",
            json!(99),
        ),
        ("account 0 refers to authorization 99", "/worlds/0/records/account/0/authorization", json!(99)),
        ("account 0 has 1000001 transactions", "/worlds/0/records/account/0/transactions", json!(1_000_001)),
        ("authorization 0 refers to account 99", "/worlds/0/records/authorization/0/accounts/0", json!(99)),
        ("ownership 0 refers to account 99", "/worlds/0/records/ownership/0/account", json!(99)),
        ("ownership 0 refers to owner 99", "/worlds/0/records/ownership/0/owners/0", json!(99)),
        ("owner 0 refers to ownership 99", "/worlds/0/records/owner/0/ownership", json!(99)),
        (
            "transaction_refresh 0 refers to account 99",
            "/worlds/0/records/transaction_refresh/0/account",
            json!(99),
        ),
        ("delivery 0 refers to event 99", "/worlds/0/records/delivery/0/event", json!(99)),
        ("delivery 0 refers to webhook_endpoint 99", "/worlds/0/records/delivery/0/endpoint", json!(99)),
        (
            "task 0 refers to account 99",
            "/worlds/0/records/task/0",
            task(json!({ "finish_refresh": { "account": 99, "feature": "balance" } })),
        ),
        (
            "task 0 refers to authorization 99",
            "/worlds/0/records/task/0",
            task(json!({ "end_connection": { "authorization": 99, "plan": 0 } })),
        ),
    ];
    for (message, place, value) in spoilers {
        let mut spoiled = state.clone();
        *spoiled.pointer_mut(place).expect("the state has it") = value;
        let refused = bench.sandbox.import(&spoiled.to_string()).expect_err(message).to_string();
        assert!(refused.contains(message), "{refused} does not say {message}");
        assert_eq!(bench.sandbox.export(), before, "after {message}");
    }
    let mut newer = state.clone();
    newer["worlds"][0]["records"]["refund"] = json!([{}]);
    let refused =
        bench.sandbox.import(&newer.to_string()).expect_err("an unknown kind of record").to_string();
    assert!(refused.contains("no kind of record called refund"), "{refused}");
    assert!(bench.sandbox.import("{").is_err());
}

#[tokio::test]
async fn a_state_is_exported_and_imported_over_http() {
    let (first, _, _) = exported().await;
    let second = Bench::of(&Sandbox::builder().clock(Clock::frozen(0)).build());
    let get = Request::get("/_sandbox/state").body(Body::empty()).expect("a request");
    let state = first.send(get).await.ok();
    let put = |body: String| Request::put("/_sandbox/state").body(Body::from(body)).expect("a request");
    second.send(put(state.to_string())).await.ok();
    assert_eq!(second.sandbox.events(KEY), first.sandbox.events(KEY));
    let refused = second.send(put("{}".to_owned())).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["sandbox_error"].as_str().is_some_and(|error| error.contains("not the export")));
}
