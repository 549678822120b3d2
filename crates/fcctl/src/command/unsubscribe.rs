//! `fcctl unsubscribe`: end the daily refreshes of transactions.

use clap::Args;
use fc_ext::SubscribeFeature;

use crate::argument::AccountArgument;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::One;
use crate::rows::account::ACCOUNTS;

/// End the subscription to the transactions of an account. `fcctl subscribe` begins it again.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fcctl unsubscribe fca_1")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let printer = One::new(&context.output, &ACCOUNTS)?;
    let request = client.accounts().unsubscribe(&arguments.account.account, SubscribeFeature::Transactions);
    printer.print(&request.send().await?)
}
