//! What the console does: worlds, sessions, banks, the clock, and deliveries that are sent again.

use axum::body::Body;
use axum::http::{Method, Request};
use fc_sandbox::Fault;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::bench::{ACCOUNTS, Bench, NOW, Response};
use crate::receiver::Receiver;

async fn control(bench: &Bench, method: Method, path: &str, body: Value) -> Response {
    let request = Request::builder().method(method).uri(format!("/_sandbox/{path}"));
    bench.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

async fn act(bench: &Bench, path: &str, body: Value) -> Response {
    control(bench, Method::POST, path, body).await
}

async fn read(bench: &Bench, path: &str) -> Value {
    control(bench, Method::GET, path, Value::Null).await.ok()
}

async fn world(bench: &Bench) -> String {
    read(bench, "worlds").await["worlds"][0]["id"].as_str().expect("a world").to_owned()
}

#[track_caller]
fn refused(response: &Response, status: u16, part: &str) {
    let message = response.body["sandbox_error"].as_str().unwrap_or_default();
    assert!(response.status == status && message.contains(part), "{} {message}", response.status);
}

#[tokio::test]
async fn a_world_is_made_and_filled() {
    let bench = Bench::new();
    let made = act(&bench, "worlds", json!({ "key": "sk_test_bench", "accounts": 3, "transactions": 30 }))
        .await
        .ok();
    let world = made["world"].as_str().expect("a name");
    assert_eq!(read(&bench, &format!("worlds/{world}")).await["accounts"]["total"], 3);
    assert_eq!(bench.get(ACCOUNTS).await.ok()["data"].as_array().map(Vec::len), Some(3), "the key sees them");
    act(&bench, &format!("worlds/{world}/population"), json!({ "accounts": 2, "transactions": 5 }))
        .await
        .ok();
    let names = bench.get("/v1/customers").await.ok();
    assert_eq!(names["data"][0]["name"], "Customer 5", "new customers are counted on");
    let account = bench.get(ACCOUNTS).await.ok()["data"][0]["id"].clone();
    let place = format!("worlds/{world}/accounts/{}/transactions", account.as_str().expect("an id"));
    assert_eq!(read(&bench, &place).await["total"], 2, "five of two accounts");

    let empty = act(&bench, "worlds", json!({ "key": "sk_test_empty" })).await.ok();
    let summary = read(&bench, &format!("worlds/{}", empty["world"].as_str().expect("a name"))).await;
    assert_eq!((&summary["accounts"]["total"], &summary["customers"]), (&json!(0), &json!(1)));
    for (body, part) in [
        (json!({ "key": "pk_test_1" }), "publishable"),
        (json!({ "key": "hunter2" }), "sk_test_"),
        (json!({ "key": "sk_test_1", "account": "nothing" }), "acct_"),
        (json!({ "key": "sk_test_1", "accounts": 100_001 }), "at most 100000"),
        (json!({ "key": "sk_test_1", "accounts": 1, "transactions": 1_000_001 }), "at most 1000000"),
    ] {
        let response = act(&bench, "worlds", body).await;
        refused(&response, 400, part);
        assert!(!response.body.to_string().contains("hunter2"));
    }
    refused(
        &act(&bench, &format!("worlds/{world}/population"), json!({ "accounts": 0 })).await,
        400,
        "1 or more",
    );
}

#[tokio::test]
async fn a_session_is_created_and_its_page_opened_until_it_is_finished() {
    let bench = Bench::new();
    let customer = bench.customer().await;
    let sessions = format!("worlds/{}/sessions", world(&bench).await);
    let session = act(
        &bench,
        &sessions,
        json!({ "customer": customer, "permissions": ["balances"], "account_limit": 1 }),
    )
    .await
    .ok();
    assert_eq!(
        (&session["account_holder"]["customer"], &session["account_limit"]),
        (&json!(customer), &json!(1))
    );
    assert!(session.get("client_secret").is_none());
    let id = session["id"].as_str().expect("an id").to_owned();
    let page = format!("{sessions}/{id}/link_page");
    let url = read(&bench, &page).await["url"].clone();
    let secret =
        url.as_str().and_then(|url| url.strip_prefix("/_sandbox/link#")).expect("the page").to_owned();
    act(&bench, "link", json!({ "session": secret, "accounts": [{ "kind": "savings" }] })).await.ok();
    refused(&control(&bench, Method::GET, &page, Value::Null).await, 400, "finished");
    assert_eq!(read(&bench, &format!("{sessions}?state=open")).await["sessions"], json!([]));
    assert_eq!(read(&bench, &format!("{sessions}?state=finished")).await["sessions"][0]["id"], *id);
    for (body, status, part) in [
        (json!({ "customer": "cus_none" }), 404, "no customer"),
        (json!({ "permissions": [] }), 400, "one or more of balances"),
        (json!({ "permissions": ["balances"], "prefetch": ["transactions"] }), 400, "transactions is none"),
        (json!({ "prefetch": ["payment_method"] }), 400, "payment_method is none"),
        (json!({ "account_limit": 0 }), 400, "1 or more"),
    ] {
        refused(&act(&bench, &sessions, body).await, status, part);
    }
}

#[tokio::test]
async fn accounts_of_any_kind_are_linked_to_a_new_customer() {
    let bench = Bench::new();
    bench.customer().await;
    let link = format!("worlds/{}/link", world(&bench).await);
    let kinds = ["checking", "savings", "credit_card", "line_of_credit", "mortgage", "investment"];
    let accounts: Vec<Value> = kinds.iter().map(|kind| json!({ "kind": kind })).collect();
    let linked = act(&bench, &link, json!({ "session": { "name": "Ada" }, "accounts": accounts })).await.ok();
    assert_eq!(linked["accounts"].as_array().map(Vec::len), Some(6));
    let account = bench.account(linked["accounts"][2].as_str().expect("an id")).await;
    assert_eq!(account["subcategory"], "credit_card");
    let customer = account["account_holder"]["customer"].as_str().expect("a customer").to_owned();
    assert_eq!(bench.get(&format!("/v1/customers/{customer}")).await.ok()["name"], "Ada");
    let down = json!({ "accounts": [{ "kind": "checking", "institution": "Down (Error)" }] });
    refused(&act(&bench, &link, down).await, 400, "down");
}

#[tokio::test]
async fn a_refresh_says_what_it_started() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let place = format!("accounts/{account}/refresh");
    let both = json!({ "features": ["balance", "ownership"] });
    assert_eq!(
        act(&bench, &place, both.clone()).await.ok(),
        json!({ "started": ["balance", "ownership"], "too_early": [] })
    );
    bench.advance(61);
    assert_eq!(
        act(&bench, &place, both.clone()).await.ok(),
        json!({ "started": ["balance"], "too_early": ["ownership"] })
    );
    assert_eq!(
        act(&bench, &place, both.clone()).await.ok(),
        json!({ "started": [], "too_early": ["balance", "ownership"] })
    );
    bench.sandbox.deactivate(&account).expect("it is active");
    refused(&act(&bench, &place, both.clone()).await, 400, "inactive");
    refused(&act(&bench, "accounts/fca_none/refresh", both).await, 404, "no account");
}

#[tokio::test]
async fn a_bank_is_made_unavailable_and_available_again() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let set = async |down: bool| {
        act(&bench, "banks", json!({ "name": "Test Institution", "down": down })).await.ok()
    };
    bench.sandbox.faults().inject(Fault::webhook_lost()).expect("a fault");
    set(true).await;
    set(true).await;
    let place = format!("worlds/{}", world(&bench).await);
    assert_eq!(
        read(&bench, &place).await["banks"],
        json!([{ "name": "Test Institution", "accounts": 1, "down": true }])
    );
    assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "failed");
    set(false).await;
    assert_eq!(read(&bench, "faults").await["faults"], json!(["webhook_lost"]), "only the outage ends");
    bench.advance(60);
    assert_eq!(bench.refreshed(&account, "balance").await["balance_refresh"]["status"], "succeeded");
    let banks = read(&bench, "banks").await;
    let down = |name: &str| {
        let banks = banks["banks"].as_array().expect("a list").iter();
        banks.clone().find(|bank| bank["name"] == name).map(|bank| bank["down"].clone())
    };
    assert_eq!((down("Down (Error)"), down("Test (OAuth)")), (Some(json!(true)), Some(json!(false))));
}

#[tokio::test]
async fn the_clock_moves_to_the_next_thing_that_is_due() {
    let bench = Bench::new();
    refused(&act(&bench, "clock", json!({ "to_next_due": true })).await, 400, "nothing is due");
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance").await.ok();
    assert_eq!(read(&bench, "worlds").await["next_due_at"], NOW + 1);
    assert_eq!(act(&bench, "clock", json!({ "to_next_due": true })).await.ok()["now"], NOW + 1);
    assert_eq!(bench.account(&account).await["balance_refresh"]["status"], "succeeded");
    refused(&act(&bench, "clock", json!({ "to_next_due": true, "advance": 1 })).await, 400, "not both");
}

#[tokio::test]
async fn the_state_is_wiped_and_restored() {
    let bench = Bench::new();
    bench.checking().await;
    let saved = read(&bench, "state").await;
    bench.sandbox.faults().inject(Fault::webhook_lost()).expect("a fault");
    bench.advance(5);
    control(&bench, Method::DELETE, "state", Value::Null).await.ok();
    assert_eq!(read(&bench, "worlds").await["worlds"], json!([]));
    assert_eq!(
        (read(&bench, "faults").await["faults"].clone(), read(&bench, "requests").await["total"].clone()),
        (json!([]), json!(0))
    );
    assert_eq!(read(&bench, "clock").await, json!({ "now": NOW + 5, "frozen": true }));
    control(&bench, Method::PUT, "state", saved.clone()).await.ok();
    assert_eq!(read(&bench, "state").await, saved);
}

/// A world with an endpoint, and one delivery that has failed once.
async fn failed_once(bench: &Bench, receiver: &Receiver) -> (String, String) {
    let url = receiver.url.replace('?', "%3F").replace('=', "%3D");
    let form = format!("url={url}&enabled_events[]=financial_connections.account.created");
    let endpoint = bench.post("/v1/webhook_endpoints", &form).await.ok();
    receiver.respond_with([500]);
    bench.checking().await;
    bench.deliver().await;
    let place = format!("worlds/{}/deliveries", world(bench).await);
    let delivery = read(bench, &place).await["deliveries"][0]["id"].as_str().expect("an id").to_owned();
    (format!("{place}/{delivery}"), endpoint["secret"].as_str().expect("a secret").to_owned())
}

#[tokio::test]
async fn a_delivery_shows_each_attempt_with_its_body_and_answer() {
    let (bench, receiver) = (Bench::new(), Receiver::start().await);
    let (place, _) = failed_once(&bench, &receiver).await;
    let delivery = read(&bench, &place).await;
    assert_eq!((&delivery["state"], &delivery["next_attempt_at"]), (&json!("pending"), &json!(NOW + 3600)));
    assert_eq!(delivery["attempts"], json!([{ "at": NOW, "status": 500 }]));
    let sent = &delivery["requests"][0];
    assert_eq!((&sent["kind"], &sent["status"]), (&json!("scheduled"), &json!(500)));
    assert_eq!(sent["body"]["text"], delivery["body"]);
    assert_eq!(sent["body"]["text"].as_str().map(str::as_bytes), Some(&receiver.received()[0].body[..]));
}

#[tokio::test]
async fn a_resent_delivery_counts_as_no_retry_and_a_success_ends_it() {
    let (bench, receiver) = (Bench::new(), Receiver::start().await);
    let (place, _) = failed_once(&bench, &receiver).await;
    receiver.respond_with([500, 500, 200]);
    let attempts = format!("{place}/attempts");
    let twice = act(&bench, &attempts, json!({ "times": 2 })).await.ok();
    assert_eq!(twice["attempts"], json!([{ "status": 500 }, { "status": 500 }]));
    let delivery = read(&bench, &place).await;
    assert_eq!(
        (&delivery["state"], &delivery["next_attempt_at"]),
        (&json!("pending"), &json!(NOW + 3600)),
        "as before"
    );
    assert_eq!(delivery["attempts"][2], json!({ "at": NOW, "status": 500, "resent": true }));
    let pending = async || bench.get("/v1/events").await.ok()["data"][0]["pending_webhooks"].clone();
    assert_eq!(pending().await, 1);
    act(&bench, &attempts, json!({})).await.ok();
    assert_eq!(
        (read(&bench, &place).await["state"].clone(), pending().await),
        (json!("succeeded"), json!(0))
    );
    // The retry is gone: nothing is sent when its time comes.
    bench.advance(3600);
    bench.deliver().await;
    assert_eq!(receiver.received().len(), 4);
    assert!(receiver.received().windows(2).all(|pair| pair[0].body == pair[1].body));
}

#[tokio::test]
async fn a_delivery_that_failed_for_good_succeeds_when_it_is_resent() {
    let (bench, receiver) = (Bench::new(), Receiver::start().await);
    receiver.respond_with([]);
    let (place, _) = failed_once(&bench, &receiver).await;
    receiver.respond_with([500, 500]);
    act(&bench, &format!("{place}/attempts"), json!({})).await.ok();
    bench.advance(3600);
    bench.deliver().await;
    assert_eq!(read(&bench, &place).await["state"], "pending", "the resent attempt used no retry");
    receiver.respond_with([500]);
    bench.advance(3 * 3600);
    bench.deliver().await;
    assert_eq!(read(&bench, &place).await["state"], "failed");
    act(&bench, &format!("{place}/attempts"), json!({})).await.ok();
    assert_eq!(read(&bench, &place).await["state"], "succeeded");
    assert_eq!(bench.get("/v1/events").await.ok()["data"][0]["pending_webhooks"], 0);
    act(&bench, &format!("{place}/attempts"), json!({})).await.ok();
    assert_eq!(
        bench.get("/v1/events").await.ok()["data"][0]["pending_webhooks"],
        0,
        "a second success changes nothing"
    );
}

#[tokio::test]
async fn an_edited_body_is_signed_and_leaves_the_delivery_as_it_is() {
    let (bench, receiver) = (Bench::new(), Receiver::start().await);
    let (place, secret) = failed_once(&bench, &receiver).await;
    let before = read(&bench, &place).await;
    let edited = r#"{"id":"evt_edited","ü":1}"#;
    act(&bench, &format!("{place}/attempts"), json!({ "body": edited })).await.ok();
    let received = receiver.received().pop().expect("a request");
    assert_eq!(received.body, edited);
    let header = received.header("stripe-signature").to_owned();
    let parts: Vec<(&str, &str)> = header.split(',').filter_map(|part| part.split_once('=')).collect();
    let value = |name: &str| parts.iter().find(|(part, _)| *part == name).expect("a part").1;
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    hmac.update(format!("{}.{edited}", value("t")).as_bytes());
    let expected: String = hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(value("v1"), expected);
    let after = read(&bench, &place).await;
    assert_eq!(
        (&after["attempts"], &after["state"], &after["body"]),
        (&before["attempts"], &before["state"], &before["body"])
    );
    assert_eq!(
        (&after["requests"][0]["kind"], &after["requests"][0]["body"]["text"]),
        (&json!("edited"), &json!(edited))
    );
}

#[tokio::test]
async fn a_delivery_that_cannot_be_sent_again_is_refused_with_the_reason() {
    let (bench, receiver) = (Bench::new(), Receiver::start().await);
    let (place, _) = failed_once(&bench, &receiver).await;
    let attempts = format!("{place}/attempts");
    for times in [0, 101] {
        refused(&act(&bench, &attempts, json!({ "times": times })).await, 400, "from 1 to 100");
    }
    let unknown = format!("worlds/{}/deliveries/evt_1:we_1/attempts", world(&bench).await);
    refused(&act(&bench, &unknown, json!({})).await, 404, "no delivery");
    let endpoint = place.rsplit(':').next().expect("an id");
    bench.post(&format!("/v1/webhook_endpoints/{endpoint}"), "disabled=true").await.ok();
    refused(&act(&bench, &attempts, json!({})).await, 400, "disabled");
    let delete = Request::delete(format!("/v1/webhook_endpoints/{endpoint}"))
        .header("authorization", "Bearer sk_test_bench");
    bench.send(delete.body(Body::empty()).expect("a request")).await.ok();
    refused(&act(&bench, &attempts, json!({})).await, 400, "deleted");
    assert_eq!(receiver.received().len(), 1);
}

/// A request of a browser, with what the browser says about the page that sends it.
async fn fetched(bench: &Bench, method: Method, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:12111");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    bench.respond(request.body(Body::from("{}")).expect("a request")).await.status().as_u16()
}

#[tokio::test]
async fn the_controls_answer_the_pages_of_the_sandbox_and_no_others() {
    let bench = Bench::new();
    let own = ("origin", "http://127.0.0.1:12111");
    let site = |site| ("sec-fetch-site", site);
    let post =
        async |headers: &[(&str, &str)]| fetched(&bench, Method::POST, "/_sandbox/clock", headers).await;
    assert_eq!(post(&[own, site("same-origin")]).await, 200);
    for foreign in [
        &[own][..],
        &[own, site("same-site")],
        &[own, site("cross-site")],
        &[("origin", "http://localhost:12111"), site("same-origin")],
        &[("origin", "http://127.0.0.1:3000"), site("same-origin")],
        &[("origin", "https://127.0.0.1:12111"), site("same-origin")],
        &[("origin", "null"), site("same-origin")],
        &[site("cross-site")],
    ] {
        assert_eq!(post(foreign).await, 403, "{foreign:?}");
    }
    for path in ["/_sandbox/state", "/_sandbox/requests", "/_sandbox/changes", "/_sandbox"] {
        let get = async |headers: &[(&str, &str)]| fetched(&bench, Method::GET, path, headers).await;
        assert_eq!(get(&[site("same-origin")]).await, 200, "{path}");
        assert_eq!(get(&[site("none")]).await, 200, "{path}: a person has typed the address");
        let link = [site("cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert_eq!(get(&link).await, 200, "{path}: a link to a page that the other site cannot read");
        for (mode, dest) in
            [("no-cors", "script"), ("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")]
        {
            for from in ["cross-site", "same-site"] {
                let headers = [site(from), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
                assert_eq!(get(&headers).await, 403, "{path} {headers:?}");
            }
        }
    }
}
