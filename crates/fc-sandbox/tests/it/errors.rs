//! Errors for invalid requests.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, SESSIONS, TRANSACTIONS, get, post};

const HOLDER: &str = "account_holder[type]=account&account_holder[account]=acct_1";

/// `type`, `code` and `param` of an error.
fn kind(error: &Value) -> Value {
    json!([error["type"], error["code"], error["param"]])
}

#[tokio::test]
async fn each_validation_error_has_its_code_and_names_the_parameter() {
    let cases: &[(&str, &str, Value, &str)] = &[
        (
            SESSIONS,
            "permissions[]=balances",
            json!(["parameter_missing", "account_holder"]),
            "Missing required param: account_holder.",
        ),
        (
            SESSIONS,
            "permissions[]=balances&account_holder[account]=acct_1",
            json!(["parameter_missing", "account_holder[type]"]),
            "Missing required param: account_holder[type].",
        ),
        (
            SESSIONS,
            "permissions[]=balances&account_holder[type]=account",
            json!(["parameter_missing", "account_holder[account]"]),
            "Missing required param: account_holder[account].",
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions[]=balances&nope=1"),
            json!(["parameter_unknown", "nope"]),
            "Received unknown parameter: nope",
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions[]=balances&filters[countries][]=US"),
            json!(["parameter_unknown", "filters[countries]"]),
            "Received unknown parameter: filters[countries]",
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions[0]=balance"),
            json!([null, "permissions[0]"]),
            "Invalid permissions[0]: must be one of balances, ownership, payment_method, or transactions",
        ),
        (
            SESSIONS,
            "permissions[]=balances&account_holder[type]=customer_account",
            json!([null, "account_holder[type]"]),
            "Invalid account_holder[type]: must be one of account or customer",
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions[]=balances&limits[accounts]=abc"),
            json!(["parameter_invalid_integer", "limits[accounts]"]),
            "Invalid integer: abc",
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions[]=balances&return_url[x]=1"),
            json!([null, "return_url"]),
            r#"Invalid string: {"x":"1"}"#,
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions=balances"),
            json!([null, "permissions"]),
            "Invalid array: balances",
        ),
        (
            SESSIONS,
            "permissions[]=balances&account_holder=me",
            json!([null, "account_holder"]),
            "Invalid object: me",
        ),
        (
            SESSIONS,
            &format!("{HOLDER}&permissions[]=balances&return_url=nowhere"),
            json!(["url_invalid", "return_url"]),
            "Not a valid URL.",
        ),
        ("/v1/customers", "a=1&b=2", json!(["parameter_unknown", "a"]), "Received unknown parameters: a, b"),
    ];
    let bench = Bench::new();
    for (path, form, expected, message) in cases {
        let error = bench.post(path, form).await.refused(400);
        assert_eq!(json!([error["code"], error["param"]]), *expected, "{form}");
        assert_eq!(error["message"], *message, "{form}");
        assert_eq!(error["type"], "invalid_request_error", "{form}");
    }
}

#[tokio::test]
async fn an_empty_string_is_refused_where_it_cannot_unset_a_value() {
    let bench = Bench::new();
    for (form, param) in [
        (format!("{HOLDER}&permissions[]=balances&return_url="), "return_url"),
        (format!("{HOLDER}&permissions="), "permissions"),
        (format!("{HOLDER}&permissions[]="), "permissions[0]"),
        ("permissions[]=balances&account_holder=".to_owned(), "account_holder"),
    ] {
        let error = bench.post(SESSIONS, &form).await.refused(400);
        assert_eq!(
            kind(&error),
            json!(["invalid_request_error", "parameter_invalid_empty", param]),
            "{form}"
        );
    }
    let session =
        bench.post(SESSIONS, &format!("{HOLDER}&permissions[]=balances&limits[accounts]=")).await.ok();
    assert_eq!(session.get("limits"), None, "an empty limit is no limit");
}

#[tokio::test]
async fn an_error_quotes_only_a_short_excerpt_of_the_input() {
    let bench = Bench::new();
    let long = "x".repeat(200_000);
    let many: String = (0..1_000).map(|number| format!("n{number}=&")).collect();
    for (form, param) in [(format!("{long}=1"), "x".repeat(100)), (many, "n0".to_owned())] {
        let error = bench.post("/v1/customers", &form).await.refused(400);
        assert_eq!((&error["code"], &error["param"]), (&json!("parameter_unknown"), &json!(param)));
        assert!(error["message"].as_str().is_some_and(|text| text.len() < 1_000));
    }
    let short = |error: &Value| error["message"].as_str().is_some_and(|text| text.chars().count() <= 1_001);
    let error = bench.get(&format!("/v1/customers/cus_{}", &long[..1_000])).await.refused(404);
    assert_eq!(error["message"], format!("No such customer: 'cus_{}'", "x".repeat(96)));
    let error = bench.get(&format!("/v1/nothing/{}", &long[..60_000])).await.refused(404);
    assert!(short(&error), "{error}");
    for form in [
        format!("expand[]={}", &long[..4_000]),
        format!("metadata[{}][b]=1", &long[..4_000]),
        format!("name[{}]=1", &long[..4_000]),
    ] {
        let error = bench.post("/v1/customers", &form).await.refused(400);
        assert!(short(&error) && error["param"].as_str().is_none_or(|name| name.len() <= 100), "{error}");
    }
    let request = get("/v1/customers").header("stripe-version", &long[..4_000]).body(Body::empty());
    assert!(short(&bench.send(request.expect("a request")).await.refused(400)));
    let control = |path: &str, body: String| {
        bench.send(Request::post(format!("/_sandbox/{path}")).body(Body::from(body)).expect("a request"))
    };
    for (path, body) in [
        ("link", format!(r#"{{"session":"x","accounts":[],"{}":1}}"#, &long[..4_000])),
        ("faults", format!(r#"{{"fault":"{}"}}"#, &long[..4_000])),
    ] {
        let refused = control(path, body).await.body;
        assert!(
            refused["sandbox_error"].as_str().is_some_and(|text| text.chars().count() <= 1_001),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_secret_that_was_sent_as_an_id_is_not_repeated() {
    let bench = Bench::new();
    let secret = bench.session(ALL, "").await["client_secret"].as_str().expect("a secret").to_owned();
    for path in [SESSIONS, ACCOUNTS, "/v1/customers"] {
        let error = bench.get(&format!("{path}/{secret}")).await.refused(404);
        assert!(!error.to_string().contains(&secret), "{error}");
    }
}

#[tokio::test]
async fn features_are_required_and_not_empty() {
    let bench = Bench::new();
    let account = bench.checking().await;
    for operation in ["refresh", "subscribe", "unsubscribe"] {
        let path = format!("{ACCOUNTS}/{account}/{operation}");
        let error = bench.post(&path, "").await.refused(400);
        assert_eq!(kind(&error), json!(["invalid_request_error", "parameter_missing", "features"]));
        let error = bench.post(&path, "features=").await.refused(400);
        assert_eq!(kind(&error), json!(["invalid_request_error", "parameter_invalid_empty", "features"]));
        let error = bench.post(&path, "features[]=balances").await.refused(400);
        assert_eq!(kind(&error), json!(["invalid_request_error", null, "features[0]"]));
    }
    let error =
        bench.post(&format!("{ACCOUNTS}/{account}/subscribe"), "features[]=balance").await.refused(400);
    assert_eq!(error["message"], "Invalid features[0]: must be one of transactions");
}

#[tokio::test]
async fn a_string_has_at_most_5000_characters() {
    let bench = Bench::new();
    bench.post("/v1/customers", &format!("name={}", "é".repeat(5000))).await.ok();
    let error = bench.post("/v1/customers", &format!("name={}", "é".repeat(5001))).await.refused(400);
    assert_eq!(error["param"], "name");
    assert!(
        error["message"].as_str().is_some_and(|text| text.len() < 400),
        "the string is not quoted in full"
    );
}

#[tokio::test]
async fn an_unknown_id_is_404_in_the_path_and_400_elsewhere() {
    let bench = Bench::new();
    for (path, param) in [
        (format!("{ACCOUNTS}/fca_no"), "account"),
        (format!("{SESSIONS}/fcsess_no"), "session"),
        (format!("{TRANSACTIONS}/fctxn_no"), "transaction"),
        ("/v1/customers/cus_no".to_owned(), "id"),
        ("/v1/events/evt_no".to_owned(), "id"),
    ] {
        let error = bench.get(&path).await.refused(404);
        assert_eq!(kind(&error), json!(["invalid_request_error", "resource_missing", param]), "{path}");
        assert_eq!(error["doc_url"], "https://stripe.com/docs/error-codes/resource-missing");
    }
    for (path, param) in [
        (format!("{TRANSACTIONS}?account=fca_no"), "account"),
        (format!("{ACCOUNTS}?session=fcsess_no"), "session"),
        (format!("{ACCOUNTS}?account_holder[customer]=cus_no"), "account_holder[customer]"),
        (format!("{ACCOUNTS}?starting_after=fca_no"), "starting_after"),
    ] {
        let error = bench.get(&path).await.refused(400);
        assert_eq!(kind(&error), json!(["invalid_request_error", "resource_missing", param]), "{path}");
    }
    let form = "account_holder[type]=customer&account_holder[customer]=cus_no&permissions[]=balances";
    let error = bench.post(SESSIONS, form).await.refused(400);
    assert_eq!(
        kind(&error),
        json!(["invalid_request_error", "resource_missing", "account_holder[customer]"])
    );
}

#[tokio::test]
async fn an_unknown_path_or_method_is_404() {
    let bench = Bench::new();
    for (method, path) in [
        (Method::GET, "/v1/financial_connections/nothing"),
        (Method::GET, "/"),
        (Method::DELETE, "/v1/customers"),
        (Method::GET, "/v1/financial_connections/sessions"),
        (Method::POST, "/v1/financial_connections/accounts"),
        (Method::GET, "/v1/financial_connections/accounts/fca_1/refresh"),
        (Method::GET, "/v1/financial_connections/accounts/"),
        (Method::GET, "/v1/financial_connections/accounts/%ff"),
    ] {
        let request = get(path).method(method.clone()).body(Body::empty()).expect("a request");
        let error = bench.send(request).await.refused(404);
        assert_eq!(kind(&error), json!(["invalid_request_error", null, null]));
        let start = format!("Unrecognized request URL ({method}: {path}).");
        assert!(error["message"].as_str().is_some_and(|text| text.starts_with(&start)), "{error}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_a_form_is_refused() {
    let bench = Bench::new();
    let json = post("/v1/customers").header(CONTENT_TYPE, "application/json");
    let mut json = json.body(Body::from(r#"{"name":"Jane"}"#)).expect("a request");
    json.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a header"));
    assert!(
        bench.send(json).await.refused(400)["message"]
            .as_str()
            .is_some_and(|text| text.contains("urlencoded"))
    );
    for kind in ["Application/X-WWW-Form-Urlencoded", "application/x-www-form-urlencoded ; charset=utf-8"] {
        let mut form = post("/v1/customers").body(Body::from("name=Jane")).expect("a request");
        form.headers_mut().insert(CONTENT_TYPE, kind.parse().expect("a header"));
        bench.send(form).await.ok();
    }
    let mut other = post("/v1/customers").body(Body::from("name=Jane")).expect("a request");
    other.headers_mut().insert(CONTENT_TYPE, "application/x-www-form-urlencodedX".parse().expect("a header"));
    bench.send(other).await.refused(400);
    for body in ["name=%ff", "a=1&a[b]=2", "a[]=1&a[b]=2"] {
        bench.post("/v1/customers", body).await.refused(400);
    }
    let huge = format!("name={}", "x".repeat(2 * 1024 * 1024));
    bench.post("/v1/customers", &huge).await.refused(400);
}

#[tokio::test]
async fn the_older_paths_run_the_same_operations() {
    let bench = Bench::new();
    let form = format!("{HOLDER}&permissions[]=balances&permissions[]=ownership");
    let session = bench.post("/v1/link_account_sessions", &form).await.ok();
    let id = session["id"].as_str().expect("an id");
    assert_eq!(bench.get(&format!("/v1/link_account_sessions/{id}")).await.ok(), session);
    assert_eq!(bench.get(&format!("{SESSIONS}/{id}")).await.ok(), session);

    let account = bench.sandbox.link(id, [fc_sandbox::AccountSpec::checking()]).expect("linked").remove(0);
    let old = "/v1/linked_accounts";
    assert_eq!(bench.get(old).await.ok()["data"][0]["id"], account.as_str());
    bench.post(&format!("{old}/{account}/refresh"), "features[]=ownership").await.ok();
    bench.advance(1);
    let ownership = bench.get(&format!("{old}/{account}")).await.ok()["ownership"].clone();
    let owners = format!("{old}/{account}/owners?ownership={}", ownership.as_str().expect("an id"));
    assert_eq!(bench.get(&owners).await.ok()["data"][0]["ownership"], ownership);
    assert_eq!(bench.post(&format!("{old}/{account}/disconnect"), "").await.ok()["status"], "disconnected");
    bench.post(&format!("{old}/{account}/subscribe"), "features[]=transactions").await.refused(404);
}
