//! Linking from the terminal: the sandbox's page, and the local page for Stripe.

use std::io::{BufRead as _, BufReader};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use fc_ext::client::reqwest;
use fc_sandbox::{AccountSpec, Sandbox};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::bank::Bank;
use crate::program::{Home, Ran, Running, run};

/// Starts a link, and returns the address of the page that it prints.
pub(crate) fn start(command: &mut std::process::Command) -> (Running, String) {
    let mut running = Running::start(command);
    let mut err = BufReader::new(running.0.stderr.take().expect("a pipe"));
    let mut line = String::new();
    err.read_line(&mut line).expect("text");
    let url = line.split_whitespace().last().unwrap_or_default().to_owned();
    assert!(line.starts_with("link accounts at http://127.0.0.1:"), "{line}");
    (running, url)
}

/// The run after its own end.
pub(crate) fn ended(mut running: Running) -> Ran {
    let mut out = String::new();
    std::io::Read::read_to_string(&mut running.0.stdout.take().expect("a pipe"), &mut out).expect("text");
    let code = running.0.wait().expect("it ends").code().expect("by itself");
    Ran { code, out, err: String::new() }
}

#[test]
fn against_a_sandbox_its_page_is_opened_and_the_linked_accounts_are_printed() {
    let bank = Bank::new();
    let arguments =
        ["link", "--no-browser", "--prefetch", "balance", "--jsonl", "--fields", "name,permissions"];
    let (running, url) = start(&mut bank.home.at(bank.sandbox.base_url(), &arguments));
    let (page, secret) = url.split_once('#').expect("a secret");
    assert_eq!(page, format!("{}/_sandbox/link", bank.sandbox.base_url()));
    bank.sandbox.link(secret, [AccountSpec::checking(), AccountSpec::savings()]).expect("linked");
    let out = ended(running).ok();
    let permissions = r#"["balances","ownership","payment_method","transactions"]"#;
    assert_eq!(
        out,
        format!(
            "{{\"name\":\"Savings\",\"permissions\":{permissions}}}\n{{\"name\":\"Checking\",\"permissions\":{permissions}}}\n"
        )
    );
}

#[test]
fn without_a_link_in_time_it_is_not_now_and_ctrl_c_says_where_to_look() {
    let bank = Bank::new();
    let ran = bank.run(&["link", "--no-browser", "--timeout", "0s"]);
    assert_eq!(ran.code, 5);
    assert!(ran.err.contains("fcctl sessions show fcsess_"), "{}", ran.err);
    let (running, _) = start(&mut bank.home.at(bank.sandbox.base_url(), &["link", "--no-browser"]));
    running.signal("-INT");
    assert_eq!(ended(running).code, 130);
}

/// A server that is no sandbox, as far as one can see: it has no controls.
struct Stripe {
    home: Home,
    url: String,
    sandbox: Sandbox,
    runtime: Runtime,
}

impl Stripe {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let sandbox = Sandbox::builder().build();
        let router = sandbox.router().layer(from_fn(async |request: Request, next: Next| {
            if request.uri().path().starts_with("/_sandbox") {
                return StatusCode::NOT_FOUND.into_response();
            }
            next.run(request).await
        }));
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { home: Home::new(), url, sandbox, runtime }
    }

    fn link(&self) -> (Running, String) {
        let arguments = ["link", "--no-browser", "--jsonl", "--fields", "name"];
        start(self.home.at(&self.url, &arguments).env("STRIPE_PUBLISHABLE_KEY", "pk_test_page"))
    }

    /// A request to the page; status, policy and text.
    fn send(&self, request: reqwest::RequestBuilder) -> (u16, String, String) {
        self.runtime.block_on(async {
            let response = request.send().await.expect("a response");
            let policy = response.headers().get("content-security-policy");
            let policy = policy.map(|policy| policy.to_str().expect("text").to_owned()).unwrap_or_default();
            (response.status().as_u16(), policy, response.text().await.expect("text"))
        })
    }
}

fn client() -> reqwest::Client {
    fc_ext::client::http_client_builder().expect("certificates").build().expect("a client")
}

#[test]
fn the_local_page_has_a_strict_policy_and_answers_its_own_address_only() {
    let stripe = Stripe::start();
    let (running, url) = stripe.link();
    let (status, policy, page) = stripe.send(client().get(&url));
    assert_eq!(status, 200);
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(
        page.contains("src=\"https://js.stripe.com/v3/\"") && page.contains("data-key=\"pk_test_page\""),
        "{page}"
    );
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert_eq!(
        page.matches("<script").count(),
        page.matches(&format!("<script nonce=\"{nonce}\"")).count(),
        "{page}"
    );

    assert_eq!(stripe.send(client().get(&url).header("host", "evil.example")).0, 403);
    let root = url.split('/').take(3).collect::<Vec<_>>().join("/");
    assert_eq!(stripe.send(client().get(format!("{root}/"))).0, 404, "the path is secret");
    assert_eq!(
        stripe.send(client().post(format!("{url}result")).header("host", "evil.example").body("linked")).0,
        403
    );
    running.signal("-INT");
    assert_eq!(ended(running).code, 130);
}

#[test]
fn the_result_of_the_local_page_ends_the_wait() {
    for (result, code) in [("linked", 0), ("cancelled", 1), ("Invalid API Key provided", 1)] {
        let stripe = Stripe::start();
        let (running, url) = stripe.link();
        let (_, _, page) = stripe.send(client().get(&url));
        let secret =
            page.split("data-secret=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a secret");
        if result == "linked" {
            stripe.sandbox.link(secret, [AccountSpec::checking()]).expect("linked");
        }
        // The wait may have ended by its own look at the session.
        let send = client().post(format!("{url}result")).body(result).send();
        let _ = stripe.runtime.block_on(send);
        let ran = ended(running);
        assert_eq!(ran.code, code, "{result}");
        assert_eq!(ran.out, if code == 0 { "{\"name\":\"Checking\"}\n" } else { "" }, "{result}");
    }
}

#[test]
fn against_stripe_the_publishable_key_is_needed() {
    let stripe = Stripe::start();
    let ran = run(&mut stripe.home.at(&stripe.url, &["link", "--no-browser"]));
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("STRIPE_PUBLISHABLE_KEY"), "{}", ran.err);
}
