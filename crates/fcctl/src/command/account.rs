//! `fcctl account`: one account.

use clap::Args;

use crate::argument::AccountArgument;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::One;
use crate::rows::account::ACCOUNTS;

/// Show one account, with the data that Stripe fetched last.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl account fca_1
  fcctl account fca_1 --json --fields status,permissions")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let printer = One::new(&context.output, &ACCOUNTS)?;
    let account = client.accounts().retrieve(&arguments.account.account).send().await?;
    printer.print(&account)
}
