//! `fcctl subscribe`: let Stripe refresh transactions daily.

use clap::Args;
use fc_ext::SubscribeFeature;

use crate::argument::AccountArgument;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::One;
use crate::rows::account::ACCOUNTS;

/// Subscribe to the transactions of an account: Stripe then refreshes them daily, which may cost money.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl subscribe fca_1
  fcctl subscribe fca_1 --json --fields subscriptions")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let printer = One::new(&context.output, &ACCOUNTS)?;
    let request = client.accounts().subscribe(&arguments.account.account, SubscribeFeature::Transactions);
    printer.print(&request.send().await?)
}
