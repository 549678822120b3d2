//! Calls from a process with another environment: this process's own is shared by all tests.

use std::ffi::OsStr;
use std::process::Command;

use fc_client::{Client, Config};

use crate::support::KEY;

const OUTCOME: &str = "outcome: ";

/// The variable that gives the child's client an HTTP client of `fc_client::http_client_builder`.
pub(crate) const OWN_HTTP_CLIENT: &str = "OWN_HTTP_CLIENT";

/// Lists accounts at `url` from a child with these variables; gives the id in the answer, or the error.
pub(crate) async fn list_accounts<V: AsRef<OsStr>>(url: &str, variables: &[(&str, V)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "support::child::list_accounts_here", "--ignored", "--nocapture"]);
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_string_lossy().starts_with("STRIPE_")) {
        command.env_remove(name);
    }
    for name in ["NO_PROXY", "no_proxy", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    command.env("STRIPE_API_KEY", KEY).env("STRIPE_BASE_URL", url);
    // The child sleeps by the machine's clock. What must not be retried is not retried by default either, so a test that
    // says so sets this anew.
    command.env("STRIPE_MAX_RETRIES", "0");
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let outcome = output.lines().find_map(|line| line.split_once(OUTCOME));
    outcome.unwrap_or_else(|| panic!("no outcome in {output:?}")).1.to_owned()
}

#[tokio::test]
#[ignore = "the child's half of `list_accounts`, which runs it"]
#[expect(clippy::print_stdout, reason = "it is how the child reports")]
async fn list_accounts_here() {
    let config = Config::from_env().map(|config| match std::env::var_os(OWN_HTTP_CLIENT) {
        Some(_) => config.with_http_client(fc_client::http_client_builder().unwrap().build().unwrap()),
        None => config,
    });
    let outcome = match config.and_then(Client::new) {
        Ok(client) => client.list_accounts().send().await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(page) => println!("{OUTCOME}{}", page.data[0].id),
        Err(error) => println!("{OUTCOME}{error}; may have executed: {}", error.may_have_executed()),
    }
}
