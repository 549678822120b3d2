//! The probe: no difference between equal servers, each planted difference found.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use fc_sandbox::Sandbox;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::bank::Bank;
use crate::program::{Home, KEY, run};

#[test]
fn two_equal_sandboxes_do_not_differ() {
    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    let ran = bank.run(&["probe"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("calls were answered alike"), "{}", ran.err);
    assert_eq!(bank.run(&["probe", "--reference", bank.sandbox.base_url()]).code, 0);
}

/// A planted difference: the path whose answer it changes, the start of the query or the method, and the change.
struct Planted {
    /// Method, path and a part of the query; an empty part is any.
    on: (&'static str, &'static str, &'static str),
    finds: (&'static str, &'static str),
    change: fn(&mut StatusCode, &mut axum::http::HeaderMap, &mut Value),
}

const ACCOUNTS: &str = "/v1/financial_connections/accounts";

/// Twelve differences of different kinds.
const PLANTED: [Planted; 12] = [
    Planted {
        on: ("GET", "/v1/customers/cus_probeunknown", ""),
        finds: ("retrieve an unknown customer", "error.message"),
        change: |_, _, body| body["error"]["message"] = "There is no such customer".into(),
    },
    Planted {
        on: ("GET", "/v1/financial_connections/sessions/fcsess_probeunknown", ""),
        finds: ("retrieve an unknown session", "error.code"),
        change: |_, _, body| body["error"]["code"] = "parameter_unknown".into(),
    },
    Planted {
        on: ("GET", ACCOUNTS, "limit=many"),
        finds: ("list accounts with a limit that is no number", "error.param"),
        change: |_, _, body| body["error"]["param"] = "page_size".into(),
    },
    Planted {
        on: ("GET", ACCOUNTS, "session=fcsess_probeunknown"),
        finds: ("list accounts of an unknown session", "error.message"),
        change: |_, _, body| body["error"]["message"] = "none".into(),
    },
    Planted {
        on: ("GET", ACCOUNTS, "account_holder"),
        finds: ("list accounts of a customer", "body.has_more"),
        change: |_, _, body| body["has_more"] = true.into(),
    },
    Planted {
        on: ("GET", ACCOUNTS, "starting_after=fca_probeunknown&ending_before"),
        finds: ("list accounts in both directions", "error.message"),
        change: |_, _, body| body["error"]["message"] = "one direction".into(),
    },
    Planted {
        on: ("GET", "/v1/financial_connections/accounts/fca_probeunknown", ""),
        finds: ("retrieve an unknown account", "error.param"),
        change: |_, _, body| body["error"]["param"] = "id".into(),
    },
    Planted {
        on: ("POST", "/v1/financial_connections/accounts/fca_probeunknown/disconnect", ""),
        finds: ("disconnect an unknown account", "request id"),
        change: |_, headers, _| {
            headers.remove("request-id");
        },
    },
    Planted {
        on: ("GET", "/v1/events", "type=probe.unknown"),
        finds: ("list events", "body.object"),
        change: |_, _, body| body["object"] = "search_result".into(),
    },
    Planted {
        on: ("GET", "/v1/events/evt_probeunknown", ""),
        finds: ("retrieve an unknown event", "error.code"),
        change: |_, _, body| body["error"]["code"] = Value::Null,
    },
    Planted {
        on: ("GET", "/v1/financial_connections/transactions", "account=fca_probeunknown"),
        finds: ("list transactions of an unknown account", "error.message"),
        change: |_, _, body| body["error"]["message"] = "no account".into(),
    },
    Planted {
        on: ("GET", "/v1/financial_connections/transactions/fctxn_probeunknown", ""),
        finds: ("retrieve an unknown transaction", "error.param"),
        change: |_, _, body| body["error"]["param"] = "id".into(),
    },
];

async fn plant(request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().replace("%5B", "[").replace("%5D", "]");
    let planted = PLANTED.iter().find(|planted| {
        let (on_method, on_path, on_query) = planted.on;
        on_method == method
            && on_path == path
            && query.contains(on_query)
            // The path alone stands for the call without a query.
            && (on_query.is_empty() == query.is_empty())
    });
    let response = next.run(request).await;
    let Some(planted) = planted else { return response };
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    let mut body: Value = serde_json::from_slice(&bytes).expect("JSON");
    (planted.change)(&mut parts.status, &mut parts.headers, &mut body);
    let text = body.to_string();
    parts.headers.insert("content-length", HeaderValue::from(text.len()));
    Response::from_parts(parts, Body::from(text))
}

#[test]
fn twelve_planted_differences_are_found_and_nothing_else() {
    let runtime = Runtime::new().expect("a runtime");
    let router = Sandbox::builder().build().router().layer(from_fn(plant));
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    runtime.spawn(async move { axum::serve(listener, router).await });
    let home = Home::new();
    let ran = run(&mut home.at(&url, &["probe", "--json"]));
    assert_eq!(ran.code, 1, "{}", ran.err);
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let rows = json["data"].as_array().expect("rows");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(String, String)> =
        rows.iter().map(|row| (text(row, "call"), text(row, "aspect"))).collect();
    let mut planted: Vec<(String, String)> =
        PLANTED.iter().map(|planted| (planted.finds.0.to_owned(), planted.finds.1.to_owned())).collect();
    found.sort();
    planted.sort();
    assert_eq!(found, planted);
    let settled = rows.iter().filter(|row| row["settles"].is_string()).count();
    assert_eq!(settled, 2, "known questions are marked: {json:#}");
    let schema = run(&mut home.command(&["schema", "probes"])).json();
    assert_eq!(crate::schema::problems(&schema, &json), [""; 0]);
}

#[test]
fn in_live_mode_nothing_is_created() {
    let runtime = Runtime::new().expect("a runtime");
    let router =
        Sandbox::builder().build().router().layer(from_fn(async |mut request: Request, next: Next| {
            assert_eq!(request.method(), "GET", "a call that creates something in live mode");
            let key = HeaderValue::from_str(&format!("Bearer {KEY}")).expect("a header");
            request.headers_mut().insert("authorization", key);
            next.run(request).await
        }));
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    runtime.spawn(async move { axum::serve(listener, router).await });
    let home = Home::new();
    let mut command = home.at(&url, &["probe"]);
    let ran = run(command.env("STRIPE_API_KEY", "rk_live_neverprintthiskey0123456789"));
    assert!(!ran.err.contains("no answer") && ran.code != 5, "{}", ran.err);
    assert!(ran.err.contains("calls"), "{}", ran.err);
}
