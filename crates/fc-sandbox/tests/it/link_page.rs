//! The linking page: its files and its requests to the sandbox.

use axum::body::{Body, to_bytes};
use axum::http::header::AUTHORIZATION;
use axum::http::{self, Method, Request};
use fc_sandbox::Fault;
use serde_json::{Value, json};

use crate::bench::{ALL, Bench, Response, SESSIONS, ids};

/// A session as the browser of its user holds it.
struct User<'a> {
    bench: &'a Bench,
    id: String,
    client_secret: String,
}

impl<'a> User<'a> {
    async fn new(bench: &'a Bench, options: &str) -> Self {
        let session = bench.session(ALL, options).await;
        let text = |name: &str| session[name].as_str().expect("a text").to_owned();
        Self { bench, id: text("id"), client_secret: text("client_secret") }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Response {
        ask(self.bench, &self.client_secret, method, path, body).await
    }

    async fn log_in(&self, institution: &str, entered: Value) -> Value {
        let mut body = json!({ "institution": institution });
        body.as_object_mut().expect("an object").extend(entered.as_object().expect("an object").clone());
        self.ask(Method::POST, "log_in", body).await.ok()
    }

    async fn complete(&self, body: Value) -> Response {
        self.ask(Method::POST, "complete", body).await
    }

    /// The ids of the accounts that are linked to the session.
    async fn linked(&self) -> Vec<String> {
        ids(&self.bench.get(&format!("{SESSIONS}/{}", self.id)).await.ok()["accounts"])
    }
}

async fn ask(bench: &Bench, client_secret: &str, method: Method, path: &str, body: Value) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(format!("/_sandbox/link/{path}"))
        .header(AUTHORIZATION, format!("Bearer {client_secret}"))
        .header("origin", "http://127.0.0.1:1")
        .body(Body::from(body.to_string()));
    bench.send(request.expect("a request")).await
}

async fn file(bench: &Bench, path: &str) -> http::Response<Body> {
    let request = Request::get(format!("/_sandbox/{path}")).body(Body::empty()).expect("a request");
    bench.respond(request).await
}

fn message(response: &Response) -> &str {
    response.body["sandbox_error"].as_str().expect("a message")
}

#[tokio::test]
async fn the_page_reads_the_session_and_the_list_of_institutions() {
    let bench = Bench::new();
    let user = User::new(&bench, "limits[accounts]=2&filters[require_payment_method_support]=all").await;
    let session = user.ask(Method::GET, "session", Value::Null).await.ok();
    assert_eq!(session["id"], user.id.as_str());
    assert_eq!(session["livemode"], false);
    assert_eq!(session["permissions"], json!(ALL));
    assert_eq!((&session["account_limit"], &session["payment_method_support"]), (&json!(2), &json!("all")));
    let institutions = session["institutions"].as_array().expect("an array");
    let shown = |name: &str| institutions.iter().find(|one| one["name"] == name).map(|one| &one["featured"]);
    assert_eq!(institutions.len(), 13);
    assert_eq!(shown("Test (Non-OAuth)"), Some(&json!(true)));
    assert_eq!(shown("Tokenized Account Number"), Some(&json!(false)), "it is found by searching only");

    let plain = User::new(&bench, "").await.ask(Method::GET, "session", Value::Null).await.ok();
    assert_eq!((&plain["account_limit"], &plain["payment_method_support"]), (&Value::Null, &json!("none")));
}

#[tokio::test]
async fn only_a_client_secret_opens_a_session() {
    let bench = Bench::new();
    let user = User::new(&bench, "").await;
    for (method, path) in [(Method::GET, "session"), (Method::POST, "log_in"), (Method::POST, "complete")] {
        // The session's id is no secret, and a secret key belongs in no browser.
        for other in [user.id.as_str(), crate::bench::KEY, "fcsess_client_secret_none", ""] {
            let body = json!({ "institution": "Test (Non-OAuth)", "accounts": [] });
            let response = ask(&bench, other, method.clone(), path, body).await;
            assert_eq!(response.status, 401, "{path} {other}");
            assert!(!message(&response).contains("fcsess_client_secret_none"));
        }
        let bare =
            Request::builder().method(method).uri(format!("/_sandbox/link/{path}")).body(Body::empty());
        assert_eq!(bench.send(bare.expect("a request")).await.status, 401);
    }
    assert!(
        user.complete(json!({ "institution": "Test (Non-OAuth)", "accounts": [0] }))
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn the_chosen_accounts_are_linked_and_returned_as_the_api_shows_them() {
    let bench = Bench::new();
    let user = User::new(&bench, "prefetch[]=balances").await;
    let offered = user.log_in("Test (Non-OAuth)", json!({ "authorized": true })).await;
    let names: Vec<&Value> =
        offered["accounts"].as_array().expect("an array").iter().map(|one| &one["display_name"]).collect();
    let linked = user.complete(json!({ "institution": "Test (Non-OAuth)", "accounts": [2, 0] })).await.ok();
    assert_eq!(linked["id"], user.id.as_str());
    let accounts = linked["accounts"].as_array().expect("a plain array");
    assert_eq!(accounts.iter().map(|one| &one["display_name"]).collect::<Vec<_>>(), [names[2], names[0]]);
    for account in accounts {
        let id = account["id"].as_str().expect("an id");
        assert_eq!(bench.account(id).await, *account);
        assert_eq!(account["institution_name"], "Test (Non-OAuth)");
        assert_eq!(account["balance_refresh"]["status"], "pending");
        assert_eq!(bench.events_about(id), ["created"]);
    }
    assert_eq!(user.linked().await.len(), 2);
}

#[tokio::test]
async fn leaving_links_nothing_and_finishes_the_session() {
    let bench = Bench::new();
    let user = User::new(&bench, "").await;
    assert_eq!(user.complete(json!({ "accounts": [] })).await.ok(), json!({ "id": user.id, "accounts": [] }));
    assert!(user.linked().await.is_empty());
    let body = json!({ "institution": "Test (Non-OAuth)", "accounts": [0] });
    for (method, path) in [(Method::GET, "session"), (Method::POST, "log_in"), (Method::POST, "complete")] {
        let body = if path == "log_in" { json!({ "institution": "Test (Non-OAuth)" }) } else { body.clone() };
        let response = user.ask(method, path, body).await;
        assert_eq!(response.status, 409, "{path}");
        assert!(message(&response).contains("create another one"));
    }
}

#[tokio::test]
async fn each_institution_starts_with_the_step_of_its_log_in() {
    let bench = Bench::new();
    let user = User::new(&bench, "").await;
    let step = async |institution: &str, entered: Value| user.log_in(institution, entered).await;
    for (institution, first) in [
        ("Test (Non-OAuth)", json!({ "step": "simple" })),
        ("Test (OAuth)", json!({ "step": "oauth" })),
        ("Sandbox Bank (OAuth)", json!({ "step": "oauth" })),
        ("Bank (Non-OAuth)", json!({ "step": "credentials", "incorrect": false })),
        ("Down (Scheduled)", json!({ "step": "unavailable", "outage": "scheduled" })),
        ("Down (Unscheduled)", json!({ "step": "unavailable", "outage": "unscheduled" })),
        ("Down (Error)", json!({ "step": "unavailable", "outage": "error" })),
    ] {
        assert_eq!(step(institution, json!({})).await, first, "{institution}");
        let then = step(institution, json!({ "authorized": true })).await;
        let opens = first["step"] == "simple" || first["step"] == "oauth";
        assert_eq!(then["step"] == "accounts", opens, "{institution}: {then}");
    }
}

#[tokio::test]
async fn an_institution_outage_ends_with_its_fault() {
    let bench = Bench::new();
    let user = User::new(&bench, "").await;
    let down = json!({ "step": "unavailable", "outage": "unscheduled" });
    bench.sandbox.faults().inject(Fault::institution_down("Test (OAuth)").times(2)).expect("a fault");
    assert_eq!(user.log_in("Test (Non-OAuth)", json!({})).await["step"], "simple", "another is up");
    assert_eq!(user.log_in("Test (OAuth)", json!({})).await, down);
    let body = json!({ "institution": "Test (OAuth)", "accounts": [0] });
    assert_eq!(user.complete(body.clone()).await.status, 503, "the outage starts after the log-in");
    assert_eq!(user.log_in("Test (OAuth)", json!({})).await["step"], "oauth");
    assert!(user.complete(body).await.status.is_success(), "and the session is still open");
}

#[tokio::test]
async fn a_test_password_selects_the_next_step() {
    let bench = Bench::new();
    for (password, asked, then) in [
        ("options", "method", json!({ "method": "text", "code": "1" })),
        ("mfa", "code", json!({ "code": "123456" })),
        ("confirm_mfa", "confirm", json!({ "confirmed": true })),
        ("security_question", "security_question", json!({ "answer": "Rex" })),
    ] {
        let user = User::new(&bench, "").await;
        let mut entered = json!({ "user_name": "jane", "password": password });
        assert_eq!(user.log_in("Bank (Non-OAuth)", entered.clone()).await["step"], asked);
        let entered = entered.as_object_mut().expect("an object");
        entered.extend(then.as_object().expect("an object").clone());
        let last = user.log_in("Bank (Non-OAuth)", json!(entered)).await;
        assert_eq!(last["step"], "accounts", "{password}");
    }
    let user = User::new(&bench, "").await;
    let log_in = async |entered: Value| user.log_in("Bank (Non-OAuth)", entered).await;
    let chosen = log_in(json!({ "user_name": "jane", "password": "options", "method": "email" })).await;
    assert_eq!(chosen, json!({ "step": "code", "sent_to": "j•••@example.com" }));
    let incorrect = log_in(json!({ "user_name": "jane", "password": "incorrect" })).await;
    assert_eq!(incorrect, json!({ "step": "credentials", "incorrect": true }));
    assert_eq!(log_in(json!({ "user_name": "jane", "password": "hunter2" })).await["step"], "accounts");
    assert_eq!(log_in(json!({ "user_name": "", "password": "hunter2" })).await["step"], "credentials");
}

#[tokio::test]
async fn the_password_error_ends_the_session_without_accounts() {
    let bench = Bench::new();
    let user = User::new(&bench, "").await;
    let ended = user.log_in("Bank (Non-OAuth)", json!({ "user_name": "jane", "password": "error" })).await;
    assert_eq!(ended["step"], "ended");
    assert!(user.linked().await.is_empty());
    assert_eq!(user.ask(Method::GET, "session", Value::Null).await.status, 409);
}

#[tokio::test]
async fn an_account_outside_the_filters_is_shown_with_the_reason_and_refused() {
    let bench = Bench::new();
    for (options, let_through) in [
        ("filters[account_subcategories][]=savings", vec!["Savings"]),
        ("filters[require_payment_method_support]=all", vec!["Success", "Insufficient Funds", "Savings"]),
        ("filters[country]=CA", vec!["Success", "Insufficient Funds", "Savings", "Credit Card"]),
    ] {
        let user = User::new(&bench, options).await;
        let offered = user.log_in("Test (OAuth)", json!({ "authorized": true })).await;
        let offered = offered["accounts"].as_array().expect("an array");
        assert_eq!(offered.len(), 4);
        let open: Vec<_> = offered.iter().filter(|account| account["refusal"].is_null()).collect();
        assert_eq!(open.iter().map(|one| &one["display_name"]).collect::<Vec<_>>(), let_through, "{options}");
        if let Some(place) = offered.iter().position(|account| !account["refusal"].is_null()) {
            let reason = offered[place]["refusal"].as_str().expect("a reason");
            let refused = user.complete(json!({ "institution": "Test (OAuth)", "accounts": [place] })).await;
            assert_eq!(refused.status, 400);
            assert!(message(&refused).contains(reason), "{}", message(&refused));
        }
        assert!(user.linked().await.is_empty());
    }
}

#[tokio::test]
async fn an_invalid_request_of_the_page_is_refused_with_the_remedy_and_changes_nothing() {
    let bench = Bench::new();
    let user = User::new(&bench, "limits[accounts]=1").await;
    let bank = "Bank (Non-OAuth)";
    let options = json!({ "institution": bank, "user_name": "jane", "password": "options", "method": "fax" });
    for (path, body, remedy) in [
        ("log_in", json!({ "institution": "Harbor Bank" }), "GET /_sandbox/link/session"),
        ("log_in", options, "text, email"),
        ("log_in", json!({ "institution": bank, "pasword": "x" }), "pasword"),
        ("log_in", json!("Test (OAuth)"), "JSON"),
        ("complete", json!({ "institution": "Harbor Bank", "accounts": [0] }), "GET /_sandbox/link/session"),
        ("complete", json!({ "institution": bank, "accounts": [4] }), "from 0 to 3"),
        ("complete", json!({ "institution": bank, "accounts": [1, 1] }), "different"),
        ("complete", json!({ "institution": bank, "accounts": [0, 1] }), "at most 1"),
        ("complete", json!({ "institution": "Down (Error)", "accounts": [0] }), "accounts"),
        ("complete", json!({ "institution": bank }), "accounts"),
    ] {
        let response = user.ask(Method::POST, path, body.clone()).await;
        assert_eq!(response.status, 400, "{body}");
        assert!(message(&response).contains(remedy), "{body}: {}", message(&response));
    }
    assert!(user.complete(json!({ "institution": bank, "accounts": [0] })).await.status.is_success());
}

#[tokio::test]
async fn the_pages_load_no_other_origin_and_run_no_inline_script() {
    let bench = Bench::new();
    for path in ["link", "link/oauth", "example"] {
        let response = file(&bench, path).await;
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        let policy = response.headers()["content-security-policy"].to_str().expect("a policy").to_owned();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        let html = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let html = std::str::from_utf8(&html).expect("text");
        assert!(!html.contains("://"), "{path} references another origin");
        // Every file that the page references exists and has the right content type.
        for (attribute, kind) in [("src=\"", "text/javascript"), ("rel=\"stylesheet\" href=\"", "text/css")] {
            let names: Vec<&str> =
                html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(!names.is_empty(), "{path} {attribute}");
            let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            for name in names {
                let response = file(&bench, &format!("{folder}{name}")).await;
                let found = response.headers()["content-type"].to_str().expect("a type");
                assert!(response.status().is_success() && found.starts_with(kind), "{path}: {name}");
                assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            }
        }
    }
    let script = file(&bench, "fc.js").await;
    assert_eq!(script.headers()["cross-origin-resource-policy"], "cross-origin");
}

#[tokio::test]
async fn the_scheme_of_the_client_secret_is_read_in_any_case() {
    let bench = Bench::new();
    let user = User::new(&bench, "").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = Request::get("/_sandbox/link/session")
            .header(AUTHORIZATION, format!("{scheme} {}", user.client_secret))
            .body(Body::empty());
        assert_eq!(bench.send(request.expect("a request")).await.ok()["id"], user.id);
    }
}
