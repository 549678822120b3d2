//! Live mode: marked, and what cannot be undone is confirmed.

use fc_sandbox::{AccountSpec, RunningSandbox, Sandbox};
use tokio::runtime::Runtime;

use crate::program::{Home, Ran, run};

/// A live key of the same form as the test key.
pub(crate) const LIVE: &str = "rk_live_neverprintthiskey0123456789";

/// A sandbox that is called with a live key.
pub(crate) struct LiveServer {
    pub(crate) home: Home,
    pub(crate) url: String,
    sandbox: RunningSandbox,
    _runtime: Runtime,
}

impl LiveServer {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let sandbox = runtime.block_on(Sandbox::builder().start()).expect("a free port");
        Self { home: Home::new(), url: sandbox.base_url().to_owned(), sandbox, _runtime: runtime }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.home.at(&self.url, arguments).env("STRIPE_API_KEY", LIVE))
    }

    pub(crate) fn account(&self) -> String {
        self.account_of(AccountSpec::checking().display_name("Everyday"))
    }

    fn account_of(&self, spec: AccountSpec) -> String {
        let session = self
            .run(&[
                "sessions",
                "create",
                "--holder",
                "acct_1MwVK82eZvKYlo2C",
                "--permission",
                "balances",
                "--json",
            ])
            .json();
        let session = session["data"][0]["id"].as_str().expect("an id").to_owned();
        let linked = self.sandbox.link(&session, [spec]);
        linked.expect("linked")[0].to_string()
    }
}

#[test]
fn in_live_mode_a_disconnect_without_a_terminal_is_refused_unless_it_is_confirmed() {
    let server = LiveServer::start();
    let id = server.account();
    let refused = server.run(&["disconnect", &id]);
    insta::assert_snapshot!("live_disconnect", refused.shown());
    assert_eq!(refused.code, 2);
    let status = || server.run(&["account", &id, "--json"]).json()["data"][0]["status"].clone();
    assert_eq!(status(), "active");
    server.run(&["disconnect", &id, "--yes"]).ok();
    assert_eq!(status(), "disconnected");
}

#[test]
fn in_live_mode_a_text_of_a_bank_cannot_steer_the_terminal() {
    let server = LiveServer::start();
    let id = server.account_of(AccountSpec::checking().institution("Harbor\u{1b}[2JBank"));
    let refused = server.run(&["disconnect", &id]);
    assert!(refused.err.contains("Harbor\u{fffd}[2JBank"), "{:?}", refused.err);
}

#[test]
fn in_live_mode_a_link_needs_a_holder() {
    let server = LiveServer::start();
    let ran = run(server
        .home
        .at(&server.url, &["link", "--no-browser"])
        .env("STRIPE_API_KEY", LIVE)
        .env("STRIPE_PUBLISHABLE_KEY", "pk_live_1"));
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("--holder"), "{}", ran.err);
}

#[test]
fn in_live_mode_an_erasure_without_a_terminal_is_refused_unless_it_is_confirmed() {
    let server = LiveServer::start();
    server.account();
    let holder = "acct_1MwVK82eZvKYlo2C";
    let erase = ["mirror", "erase", "--store", "sqlite:bank.db", holder];
    server.run(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"]).ok();
    let refused = server.run(&erase);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{}", refused.err);
    assert!(refused.err.contains("live mode: erase") && refused.err.contains("--yes"), "{}", refused.err);
    let verify = ["mirror", "verify", "--store", "sqlite:bank.db", "--jsonl"];
    let differs = server.run(&verify);
    assert_eq!((differs.code, differs.out.as_str()), (0, ""), "nothing was erased: {}", differs.err);
    let erased = server.run(&[&erase[..], &["--yes"]].concat());
    assert_eq!(erased.err, format!("erased 1 accounts of {holder}\n"));
}

#[test]
fn in_live_mode_a_check_up_warns_of_a_key_that_can_do_everything() {
    let server = LiveServer::start();
    let check = |key: &str, name: &str| {
        let ran = run(server.home.at(&server.url, &["doctor", "--json"]).env("STRIPE_API_KEY", key));
        let rows = ran.json()["data"].as_array().expect("rows").clone();
        let row = rows.into_iter().find(|row| row["check"] == name).expect("the check");
        (
            row["result"].as_str().expect("text").to_owned(),
            row["remedy"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(check(LIVE, "key").0, "good");
    let (result, remedy) = check(&LIVE.replace("rk_", "sk_"), "key");
    assert_eq!(result, "warning");
    assert!(remedy.contains("rk_live_"), "{remedy}");
    let (result, remedy) = check(LIVE, "registration");
    assert_eq!(result, "unknown");
    assert!(remedy.contains("dashboard.stripe.com"), "{remedy}");
}
