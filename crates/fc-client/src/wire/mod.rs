//! What goes over the wire and what is made of the answer, proved on real sockets.

mod answer;
mod child;
mod clock;
mod request;
mod retry;
mod secret;
mod server;
mod tls;

use fc_types::AccountId;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::operation::{Method, Operation};
use crate::wire::clock::TestClock;
use crate::wire::server::Server;
use crate::{ApiKey, Client, Config, Error};

const KEY: &str = "sk_test_SECRET0123456789SECRET";

/// The defaults, with a clock that does not really sleep.
fn config(server: &Server) -> Config {
    Config::new(ApiKey::new(KEY).unwrap()).with_base_url(server.url()).with_clock(TestClock::new())
}

/// A client that does not retry.
fn client(server: &Server) -> Client {
    Client::new(config(server).with_max_retries(0)).unwrap()
}

fn account() -> AccountId {
    AccountId::unchecked("fca_1")
}

/// What the tests ask for; a stand-in for the generated types.
#[derive(Debug, PartialEq, Deserialize)]
struct Account {
    id: String,
    livemode: bool,
}

const ACCOUNT: &str = r#"{"id":"fca_1","livemode":false}"#;

/// A request with a body, written as the generator writes them.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
struct RefreshAccount {
    call: Call,
    account: AccountId,
    params: RefreshAccountParams,
}

#[derive(Clone, Debug, Serialize)]
struct RefreshAccountParams {
    expand: Option<Vec<String>>,
    features: Vec<String>,
}

impl RefreshAccount {
    fn new(client: &Client, account: AccountId, features: &[&str]) -> Self {
        Self {
            call: Call::new(
                client,
                &Operation {
                    id: "refresh_account",
                    method: Method::Post,
                    path: "/v1/financial_connections/accounts/{account}/refresh",
                },
            ),
            account,
            params: RefreshAccountParams {
                expand: None,
                features: features.iter().copied().map(str::to_owned).collect(),
            },
        }
    }

    fn expand(mut self, field: &str) -> Self {
        self.params.expand.get_or_insert_default().push(field.to_owned());
        self
    }

    fn into_call(self) -> Call {
        self.call.path(&[self.account.as_str()]).form(&self.params)
    }
}

request!(RefreshAccount -> Account, post);

/// A request without parameters of its own.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
struct DisconnectAccount {
    call: Call,
    account: AccountId,
}

impl DisconnectAccount {
    fn new(client: &Client, account: AccountId) -> Self {
        Self {
            call: Call::new(
                client,
                &Operation {
                    id: "disconnect_account",
                    method: Method::Post,
                    path: "/v1/financial_connections/accounts/{account}/disconnect",
                },
            ),
            account,
        }
    }

    fn into_call(self) -> Call {
        self.call.path(&[self.account.as_str()])
    }
}

request!(DisconnectAccount -> Account, post);

/// A request with a query.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
struct ListAccounts {
    call: Call,
    limit: Option<f64>,
    customer: Option<String>,
    expand: Vec<String>,
}

impl ListAccounts {
    fn new(client: &Client) -> Self {
        Self {
            call: Call::new(
                client,
                &Operation {
                    id: "list_accounts",
                    method: Method::Get,
                    path: "/v1/financial_connections/accounts",
                },
            ),
            limit: None,
            customer: None,
            expand: Vec::new(),
        }
    }

    fn into_call(self) -> Call {
        self.call
            .query("account_holder[customer]", &self.customer)
            .query("expand", &self.expand)
            .query("limit", &self.limit)
    }
}

request!(ListAccounts -> Account, get);

/// Every future must be free to move between threads.
fn assert_send<T: Send>(value: T) -> T {
    value
}

fn assert_error<T: std::error::Error + Send + Sync + 'static>() {}

#[test]
fn futures_are_send_and_results_are_small() {
    let client =
        Client::new(Config::new(ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1")).unwrap();
    drop(assert_send(DisconnectAccount::new(&client, account()).send()));
    // Every future that awaits this one holds it, and is copied with it.
    let future = DisconnectAccount::new(&client, account()).send();
    assert!(size_of_val(&future) <= 1_800, "the future of a call has {} bytes", size_of_val(&future));
    assert_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_send(client);
}
