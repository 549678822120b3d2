//! What the console reads: the request log, worlds, and the stream of changes.

use std::pin::pin;

use axum::body::{Body, HttpBody as _};
use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use fc_sandbox::{AccountSpec, Fault, Feature, Sandbox};
use serde_json::{Value, json};

use crate::bench::{
    ACCOUNTS, ALL, Bench, KEY, NOW, Response, SESSIONS, TRANSACTIONS, get, ids, in_time, post,
};

async fn read(bench: &Bench, path: &str) -> Response {
    bench.send(Request::get(format!("/_sandbox/{path}")).body(Body::empty()).expect("a request")).await
}

/// The names of all worlds, oldest first.
async fn worlds(bench: &Bench) -> Vec<String> {
    let worlds = read(bench, "worlds").await.ok();
    let worlds = worlds["worlds"].as_array().expect("a list").iter();
    worlds.map(|world| world["id"].as_str().expect("a name").to_owned()).collect()
}

async fn world(bench: &Bench) -> String {
    worlds(bench).await.remove(0)
}

async fn requests(bench: &Bench, query: &str) -> Vec<Value> {
    let log = read(bench, &format!("requests?{query}")).await.ok();
    log["requests"].as_array().expect("a list").clone()
}

async fn as_key(bench: &Bench, key: &str, path: &str) -> Response {
    let request = Request::post(path).header(AUTHORIZATION, format!("Bearer {key}")).body(Body::empty());
    bench.send(request.expect("a request")).await
}

#[tokio::test]
async fn a_request_is_logged_with_what_a_developer_looks_for() {
    let bench = Bench::new();
    let create = || {
        let request = post("/v1/customers?expand[]=none").header("idempotency-key", "order-1");
        bench.send(request.body(Body::from("name=Jane")).expect("a request"))
    };
    let first = create().await;
    assert_eq!(first.status, 400, "there is nothing to expand");
    bench.get("/v1/customers").await.ok();
    let log = requests(&bench, "").await;
    assert_eq!(log.len(), 2, "the controls are not logged");
    assert_eq!(
        (&log[0]["method"], &log[0]["path"]),
        (&json!("GET"), &json!("/v1/customers")),
        "newest first"
    );
    let entry = &log[1];
    assert_eq!(entry["path"], "/v1/customers?expand[]=none");
    assert_eq!((&entry["status"], &entry["at"]), (&json!(400), &json!(NOW)));
    assert_eq!(entry["idempotency_key"], "order-1");
    assert_eq!(entry["version"], "2026-09-30.endive");
    assert_eq!(entry["request_id"].as_str(), first.header("request-id"));
    assert!(entry["micros"].is_u64());
    let one = read(&bench, &format!("requests/{}", entry["number"])).await.ok();
    assert_eq!(one["request_body"], json!({ "text": "name=Jane", "bytes": 9, "cut": false }));
    let sent: Value =
        serde_json::from_str(one["response_body"]["text"].as_str().expect("a text")).expect("JSON");
    assert_eq!(sent, first.body);
    let by_id = format!("requests/{}", entry["request_id"].as_str().expect("an id"));
    assert_eq!(read(&bench, &by_id).await.ok(), one);
}

#[tokio::test]
async fn the_log_shows_no_key_and_no_secret() {
    let bench = Bench::new();
    const LONG: &str = "sk_test_abcdefghijklmnop";
    as_key(&bench, LONG, "/v1/customers?name=whsec_hidden1&description=%73k_live_hidden2").await.ok();
    let session = bench.session(ALL, "").await;
    let secret = session["client_secret"].as_str().expect("a secret");
    bench.get(&format!("{SESSIONS}/{secret}")).await.refused(404);
    let endpoint =
        bench.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").await.ok();
    let signing = endpoint["secret"].as_str().expect("a secret");
    let mut shown = String::new();
    for entry in requests(&bench, "").await {
        shown.push_str(&entry.to_string());
        shown.push_str(&read(&bench, &format!("requests/{}", entry["number"])).await.ok().to_string());
    }
    for hidden in [
        LONG,
        KEY,
        "hidden1",
        "hidden2",
        &secret["fcsess_client_secret_".len()..],
        &signing["whsec_".len()..],
    ] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
    assert!(shown.contains("sk_test_****mnop"), "{shown}");
    assert!(shown.contains("fcsess_client_secret_****") && shown.contains("whsec_****"), "{shown}");
    let world = world(&bench).await;
    let others = ["worlds".to_owned(), format!("worlds/{world}"), format!("worlds/{world}/sessions")];
    for path in others {
        let shown = read(&bench, &path).await.ok().to_string();
        assert!(
            !shown.contains(&secret[21..]) && !shown.contains(&signing[6..]) && !shown.contains(KEY),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_world_method_status_and_text() {
    let bench = Bench::new();
    bench.customer().await;
    as_key(&bench, "sk_test_other", "/v1/customers?name=Max").await.ok();
    as_key(&bench, "nothing", "/v1/customers").await.refused(401);
    bench.get("/v1/customers/cus_none").await.refused(404);
    bench.sandbox.faults().inject(Fault::connection_closed()).expect("a fault");
    bench.respond(get("/v1/customers").body(Body::empty()).expect("a request")).await;
    let statuses = async |query: &str| -> Vec<Value> {
        requests(&bench, query).await.into_iter().map(|mut entry| entry["status"].take()).collect()
    };
    assert_eq!(statuses("").await, [json!(null), json!(404), json!(401), json!(200), json!(200)]);
    let [mine, other] = <[String; 2]>::try_from(worlds(&bench).await).expect("two worlds");
    assert_eq!(statuses(&format!("world={mine}")).await, [json!(null), json!(404), json!(200)]);
    assert_eq!(statuses(&format!("world={other}")).await, [json!(200)]);
    assert_eq!(statuses("status=4xx").await, [json!(404), json!(401)]);
    assert_eq!(statuses("status=401").await, [json!(401)]);
    assert_eq!(statuses("status=none").await, [json!(null)]);
    assert_eq!(statuses("method=POST").await, [json!(401), json!(200), json!(200)]);
    assert_eq!(statuses("search=cus_none").await, [json!(404)]);
    assert_eq!(statuses("search=Max").await, [json!(200)], "in the path and in the response");
    // Pages go back in time.
    let newest = requests(&bench, "limit=2").await;
    let next = requests(&bench, &format!("limit=2&before={}", newest[1]["number"])).await;
    assert_eq!(next.iter().map(|entry| &entry["status"]).collect::<Vec<_>>(), [401, 200]);
}

#[tokio::test]
async fn the_log_keeps_as_many_requests_as_it_is_set_to() {
    let bench = Bench::with(|builder| builder.request_log(3));
    for _ in 0..5 {
        bench.get("/v1/customers").await.ok();
    }
    let numbers: Vec<Value> =
        requests(&bench, "").await.into_iter().map(|mut entry| entry["number"].take()).collect();
    assert_eq!(numbers, [5, 4, 3]);
    assert_eq!(read(&bench, "requests/2").await.status, 404);
    let off = Bench::with(|builder| builder.request_log(0));
    off.get("/v1/customers").await.ok();
    let log = read(&off, "requests").await.ok();
    assert_eq!((&log["on"], &log["total"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn two_worlds_are_kept_apart() {
    let bench = Bench::new();
    let account = bench.checking().await;
    as_key(&bench, "sk_test_other", "/v1/customers?name=Max").await.ok();
    let [mine, other] = <[String; 2]>::try_from(worlds(&bench).await).expect("two worlds");
    assert_ne!(mine, other);
    let total = async |world: &str, list: &str| {
        read(&bench, &format!("worlds/{world}/{list}")).await.ok()["total"].clone()
    };
    for (list, count) in [("accounts", 1), ("events", 2), ("sessions", 1)] {
        assert_eq!((total(&mine, list).await, total(&other, list).await), (json!(count), json!(0)), "{list}");
    }
    for path in ["", "/transactions", "/timeline", "/balances"] {
        let place = |world: &str| format!("worlds/{world}/accounts/{account}{path}");
        read(&bench, &place(&mine)).await.ok();
        assert_eq!(read(&bench, &place(&other)).await.status, 404, "{path}");
    }
    assert_eq!(read(&bench, "worlds/world_none").await.status, 404);
    assert_eq!(read(&bench, &format!("find/{account}")).await.ok()["world"], *mine);
}

/// The name of a world is in addresses that people keep.
#[tokio::test]
async fn a_world_keeps_its_name_after_an_import() {
    let bench = Bench::new();
    bench.checking().await;
    let second = Bench::of(&Sandbox::builder().build());
    second.sandbox.import(&bench.sandbox.export()).expect("an export");
    assert_eq!(worlds(&second).await, worlds(&bench).await);
    assert!(!world(&bench).await.contains("bench"));
}

#[tokio::test]
async fn any_id_finds_its_object() {
    let bench = Bench::new();
    bench.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").await.ok();
    let account = bench.checking().await;
    bench.refreshed(&account, "ownership").await;
    let shown = bench.refreshed(&account, "transactions").await;
    let transactions = bench.get(&format!("{TRANSACTIONS}?account={account}")).await.ok();
    let owned = bench.get(&format!("{ACCOUNTS}/{account}?expand[]=ownership")).await.ok();
    let event = bench.get("/v1/events").await.ok()["data"][0]["id"].clone();
    let endpoint = bench.get("/v1/webhook_endpoints").await.ok()["data"][0]["id"].clone();
    let session =
        read(&bench, &format!("worlds/{}/sessions", world(&bench).await)).await.ok()["sessions"][0].clone();
    let delivery = format!("{}:{}", event.as_str().expect("an id"), endpoint.as_str().expect("an id"));
    let expected = [
        ("account", json!(account)),
        ("session", session["id"].clone()),
        ("customer", session["account_holder"]["customer"].clone()),
        ("event", event),
        ("webhook_endpoint", endpoint),
        ("delivery", json!(delivery)),
        ("transaction_refresh", shown["transaction_refresh"]["id"].clone()),
        ("ownership", shown["ownership"].clone()),
        ("owner", owned["ownership"]["owners"]["data"][0]["id"].clone()),
        ("transaction", transactions["data"][7]["id"].clone()),
        ("request", requests(&bench, "limit=1").await[0]["request_id"].clone()),
        ("world", json!(world(&bench).await)),
    ];
    for (kind, id) in expected {
        let id = id.as_str().expect("an id");
        let found = read(&bench, &format!("find/{id}")).await.ok();
        assert_eq!((&found["kind"], &found["id"]), (&json!(kind), &json!(id)));
        assert_eq!(found["world"], *world(&bench).await, "{kind}");
        if ["transaction", "owner", "ownership", "transaction_refresh", "session"].contains(&kind) {
            assert_eq!(found["account"], *account, "{kind}");
        }
    }
    let unknown = read(&bench, "find/fcsess_client_secret_hidden").await;
    assert_eq!(unknown.status, 404);
    assert!(!unknown.body.to_string().contains("hidden"));
}

#[tokio::test]
async fn transactions_are_those_of_the_api() {
    let bench = Bench::new();
    let account = bench.link(ALL, [AccountSpec::checking().transactions(130)]).await.remove(0);
    let place = format!("worlds/{}/accounts/{account}/transactions", world(&bench).await);
    let none = read(&bench, &place).await.ok();
    assert_eq!(
        none,
        json!({ "transactions": [], "has_more": false, "total": null, "matching": null }),
        "none was read"
    );
    bench.refreshed(&account, "transactions").await;
    let api = bench.get(&format!("{TRANSACTIONS}?account={account}&limit=100")).await.ok();
    let page = read(&bench, &format!("{place}?limit=100")).await.ok();
    assert_eq!(page["transactions"], api["data"]);
    assert_eq!(
        (&page["total"], &page["matching"], &page["has_more"]),
        (&json!(130), &json!(130), &json!(true))
    );
    let last = ids(&api).pop().expect("a hundred");
    let rest =
        bench.get(&format!("{TRANSACTIONS}?account={account}&limit=100&starting_after={last}")).await.ok();
    let next = read(&bench, &format!("{place}?limit=100&starting_after={last}")).await.ok();
    assert_eq!((&next["transactions"], &next["has_more"]), (&rest["data"], &json!(false)));

    let all: Vec<Value> =
        [&api, &rest].iter().flat_map(|list| list["data"].as_array().expect("a list").clone()).collect();
    let with =
        |fits: &dyn Fn(&Value) -> bool| all.iter().filter(|one| fits(one)).cloned().collect::<Vec<_>>();
    let paid = with(&|one| one["description"].as_str().is_some_and(|text| text.contains("PAYROLL")));
    let found = read(&bench, &format!("{place}?search=payroll&limit=100")).await.ok();
    assert!(!paid.is_empty() && paid.len() < 130);
    assert_eq!((&found["transactions"], &found["matching"]), (&json!(paid), &json!(paid.len())));
    let pending = with(&|one| one["status"] == "pending");
    let found = read(&bench, &format!("{place}?status=pending&limit=100")).await.ok();
    assert_eq!((&found["transactions"], &found["matching"]), (&json!(pending), &json!(pending.len())));
}

#[tokio::test]
async fn the_balance_over_time_is_what_a_refresh_reads_then() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let place = format!("worlds/{}/accounts/{account}/balances", world(&bench).await);
    let mut read_by_refresh = Vec::new();
    for _ in 0..3 {
        let shown = bench.refreshed(&account, "balance").await;
        read_by_refresh.push((shown["balance"]["as_of"].clone(), shown["balance"]["current"]["usd"].clone()));
        let series = read(&bench, &place).await.ok();
        let now = series["at_bank"].as_array().expect("a list").last().expect("now").clone();
        assert_eq!(
            (&now["as_of"], &now["current"]),
            (&shown["balance"]["as_of"], &shown["balance"]["current"]["usd"])
        );
        assert_eq!(now["projected"], shown["balance"]["cash"]["available"]["usd"]);
        assert_eq!(series["last_read"]["current"], shown["balance"]["current"]["usd"]);
        bench.advance(30 * 24 * 3600);
    }
    let series = read(&bench, &place).await.ok();
    let points = series["at_bank"].as_array().expect("a list");
    assert_eq!((points.len(), &series["currency"]), (91, &json!("usd")));
    assert!(points.windows(2).all(|pair| pair[0]["at"].as_i64() < pair[1]["at"].as_i64()));
    // The series reads the bank's past, and changes nothing in it.
    let last = read_by_refresh.pop().expect("three");
    assert_eq!((&series["last_read"]["as_of"], &series["last_read"]["current"]), (&last.0, &last.1));
    bench.post(&format!("{ACCOUNTS}/{account}/disconnect"), "").await.ok();
    assert_eq!(read(&bench, &place).await.ok()["at_bank"], json!([]), "its data is gone");
}

#[tokio::test]
async fn the_time_line_groups_what_was_asked_with_what_came_of_it() {
    let bench = Bench::new();
    bench.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").await.ok();
    let account = bench.checking().await;
    let place = format!("worlds/{}/accounts/{account}/timeline", world(&bench).await);
    let stages = |group: &Value| -> Vec<String> {
        let steps = group["steps"].as_array().expect("a list").iter();
        steps.map(|step| step["stage"].as_str().expect("a stage").to_owned()).collect()
    };
    bench
        .sandbox
        .plan_refresh(&account, Feature::Balance, fc_sandbox::RefreshOutcome::Failed)
        .expect("an account");
    let asked = bench.refresh(&account, "features[]=balance").await;
    let newest = async || read(&bench, &place).await.ok()["groups"][0].clone();
    let pending = newest().await;
    assert_eq!(
        (&pending["title"], stages(&pending)),
        (&json!("Refresh of the balance"), vec!["asked".to_owned(), "pending".to_owned()])
    );
    bench.advance(1);
    bench.deliver().await;
    let done = newest().await;
    assert_eq!(stages(&done), ["asked", "pending", "settled", "delivered"]);
    assert_eq!(done["steps"][0]["request_id"].as_str(), asked.header("request-id"));
    assert_eq!((&done["steps"][1]["at"], &done["steps"][2]["at"]), (&json!(NOW), &json!(NOW + 1)));
    assert_eq!(done["steps"][2]["status"], "failed");
    assert_eq!((&done["steps"][3]["status"], &done["steps"][3]["attempts"]), (&json!("pending"), &json!(1)));
    assert_eq!(done["steps"][3]["next_attempt_at"], NOW + 1 + 3600);
    // A call that caused no event is a group too.
    bench.account(&account).await;
    let groups = read(&bench, &place).await.ok()["groups"].clone();
    let titles: Vec<&str> =
        groups.as_array().expect("a list").iter().filter_map(|group| group["title"].as_str()).collect();
    assert!(
        titles.contains(&&*format!("GET {ACCOUNTS}/{account}")) && titles.contains(&"account.created"),
        "{titles:?}"
    );
    assert_eq!(
        titles.iter().filter(|title| title.contains("/refresh")).count(),
        0,
        "the call is part of its group"
    );
}

#[tokio::test]
async fn the_stream_says_what_changed_and_ends_with_the_server() {
    let bench = Bench::new();
    let request = Request::get("/_sandbox/changes").body(Body::empty()).expect("a request");
    let response = bench.respond(request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = pin!(response.into_body());
    let mut next = async || -> Option<Value> {
        let frame = in_time(std::future::poll_fn(|context| body.as_mut().poll_frame(context))).await?;
        let text = frame.expect("no error").into_data().expect("data");
        let text = String::from_utf8(text.to_vec()).expect("a text");
        let data = text.strip_prefix("event: changes\ndata: ").expect("an event");
        Some(serde_json::from_str(data.trim_end()).expect("JSON"))
    };
    let first = next().await.expect("one at the start");
    bench.advance(1);
    let moved = next().await.expect("one after the clock");
    assert_ne!(moved["clock"], first["clock"]);
    assert_eq!((&moved["worlds"], &moved["requests"]), (&first["worlds"], &first["requests"]));
    bench.customer().await;
    let changed = next().await.expect("one after a call");
    assert!(changed["requests"].as_u64() > moved["requests"].as_u64(), "{changed}");
    bench.sandbox.faults().inject(Fault::webhook_lost()).expect("a fault");
    // The call may have been seen in two looks.
    while next().await.expect("one after a fault")["faults"] != json!(["webhook_lost"]) {}

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sandbox = bench.sandbox.clone();
    let server = tokio::spawn(async move {
        sandbox.run([listener], async { stopped.await.unwrap_or_default() }).await;
    });
    drop(stop);
    in_time(server).await.expect("no panic");
    while next().await.is_some() {}
}

/// The page calls nothing that is not documented, so a program can do all that the page does.
#[tokio::test]
async fn the_page_calls_only_controls_that_are_listed() {
    let bench = Bench::new();
    let list = read(&bench, "").await.ok();
    let listed: Vec<(&str, &str)> =
        list.as_object().expect("an object").keys().filter_map(|name| name.split_once(' ')).collect();
    assert!(listed.len() > 40, "{listed:?}");
    // Each path of the page, with a name for what it fills in, is one of the list.
    let forms: Vec<String> = listed.iter().map(|(_, path)| path.replace("/_sandbox/", "")).collect();
    let is_listed = |called: &str| {
        forms.iter().any(|form| {
            let [form, called] = [form, called].map(|path| path.split('/').collect::<Vec<_>>());
            form.len() == called.len()
                && form.iter().zip(&called).all(|(form, called)| form.starts_with('{') || form == called)
        })
    };
    assert!(is_listed("worlds/${x}/accounts/${y}") && !is_listed("worlds/${x}/nothing"));
    let web = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/console/web")).expect("the folder");
    let mut calls = 0;
    for file in web {
        let script = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
        for start in
            ["get(`", "post(`", "query(`", "remove(`", "get('", "post('", "put('", "query('", "remove('"]
        {
            for call in script.split(start).skip(1) {
                let called = call.split(['`', '\'']).next().expect("a text");
                if called.starts_with("${") || called.is_empty() {
                    continue;
                }
                // A segment that is filled in has no slash of its own.
                let called: Vec<&str> =
                    called.split('/').map(|part| if part.starts_with("${") { "x" } else { part }).collect();
                calls += 1;
                assert!(is_listed(&called.join("/")), "the page calls {}", called.join("/"));
            }
        }
    }
    assert!(calls > 30, "{calls}");
}
