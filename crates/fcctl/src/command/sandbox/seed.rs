//! `fcctl sandbox seed`: links accounts without a browser.

use clap::{Args, ValueEnum};
use fc_ext::client::reqwest::Method;
use fc_ext::types::{Account, AccountId};
use fc_ext::{FinancialConnections, NewAccountHolder, Permission, RefreshFeature};
use serde_json::{Value, json};

use super::server::controls;
use crate::argument::Holder;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::account::ACCOUNTS;

/// Link accounts, as a user would on the linking page, and print them.
///
/// The accounts have all permissions. Their data is fetched at once, which takes the sandbox as long as a refresh.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sandbox seed
  fcctl sandbox seed --kind checking --institution 'Harbor Bank' --transactions 5000")]
pub(super) struct Arguments {
    /// Kind of an account; can be repeated
    #[arg(long = "kind", value_enum, value_name = "KIND", value_delimiter = ',', default_values = ["checking", "savings"])]
    kinds: Vec<AccountKind>,
    /// Name of the institution
    #[arg(long, value_name = "NAME")]
    institution: Option<String>,
    /// Number of transactions of each account
    #[arg(long, value_name = "N")]
    transactions: Option<u32>,
    /// Customer (`cus_…`) or Stripe account (`acct_…`) that links; by default a new customer
    #[arg(long, value_name = "HOLDER")]
    holder: Option<Holder>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum AccountKind {
    Checking,
    Savings,
    CreditCard,
    LineOfCredit,
    Mortgage,
    Investment,
}

impl AccountKind {
    /// The kind in the controls of a sandbox, as it is in the arguments.
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let controls = controls(context)?;
    let client = context.client()?;
    let printer = Printer::new(&context.output, &ACCOUNTS)?;
    let holder = match arguments.holder {
        Some(Holder(holder)) => holder,
        None => NewAccountHolder::Customer(client.customers().create().name("Jane Diaz").send().await?.id),
    };
    let session =
        client.sessions().create(holder, Permission::ALL).prefetch(RefreshFeature::ALL).send().await?;
    let accounts: Vec<Value> = arguments
        .kinds
        .iter()
        .map(|kind| {
            let mut account = json!({ "kind": kind.name() });
            if let Some(institution) = &arguments.institution {
                account["institution"] = institution.as_str().into();
            }
            if let Some(transactions) = arguments.transactions {
                account["transactions"] = transactions.into();
            }
            account
        })
        .collect();
    let body = json!({ "session": session.id, "accounts": accounts });
    let linked = controls.call(Method::POST, "/link", Some(body)).await?;
    print(printer, &client, &linked).await
}

async fn print(
    mut printer: Printer<Account>,
    client: &FinancialConnections,
    linked: &Value,
) -> Result<(), Failure> {
    let ids = linked.get("accounts").and_then(Value::as_array);
    let Some(ids) = ids else {
        return Err(Failure::new(Exit::Failed, "the sandbox did not say which accounts it linked"));
    };
    for id in ids.iter().filter_map(Value::as_str) {
        printer.row(&client.accounts().retrieve(AccountId::unchecked(id)).send().await?)?;
    }
    printer.finish()
}
