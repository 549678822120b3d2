//! Calls from a process with another environment: this process's own is shared by all tests.

use std::ffi::OsStr;
use std::process::Command;

use super::{KEY, ListAccounts};
use crate::Client;

const OUTCOME: &str = "outcome: ";

/// Lists accounts at `url` from a child with these variables; gives the id in the answer, or the error.
pub(super) async fn list_accounts<V: AsRef<OsStr>>(url: &str, variables: &[(&str, V)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "wire::child::list_accounts_here", "--ignored", "--nocapture"]);
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
    let outcome = match Client::from_env() {
        Ok(client) => ListAccounts::new(&client).send().await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(account) => println!("{OUTCOME}{}", account.id),
        Err(error) => println!("{OUTCOME}{error}; may have executed: {}", error.may_have_executed()),
    }
}
