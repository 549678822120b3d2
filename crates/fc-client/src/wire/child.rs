//! Calls from a process with another environment: this process's own is shared by all tests.

use std::ffi::OsStr;
use std::process::Command;
use std::time::Duration;

use super::{KEY, ListAccounts};
use crate::{Client, Config, Error};

const OUTCOME: &str = "outcome: ";

/// Sets the connect timeout of the child's client, in milliseconds.
pub(super) const CONNECT_TIMEOUT: &str = "FC_CLIENT_CHILD_CONNECT_TIMEOUT";

/// Lists accounts at `url` from a child with these variables; gives the id in the answer, or the error.
pub(super) async fn list_accounts<V: AsRef<OsStr>>(url: &str, variables: &[(&str, V)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "wire::child::list_accounts_here", "--ignored", "--nocapture"]);
    for name in ["NO_PROXY", "no_proxy", "SSL_CERT_DIR", "STRIPE_ACCOUNT", "STRIPE_API_VERSION"] {
        command.env_remove(name);
    }
    command.env("STRIPE_API_KEY", KEY).env("STRIPE_BASE_URL", url);
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
    let client = || -> Result<Client, Error> {
        match std::env::var(CONNECT_TIMEOUT) {
            Ok(limit) => {
                let limit = Duration::from_millis(limit.parse().unwrap());
                Client::new(Config::from_env()?.with_connect_timeout(limit))
            }
            Err(_) => Client::from_env(),
        }
    };
    let outcome = match client() {
        Ok(client) => ListAccounts::new(&client).send().await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(account) => println!("{OUTCOME}{}", account.id),
        Err(error) => println!("{OUTCOME}{error}; may have executed: {}", error.may_have_executed()),
    }
}
