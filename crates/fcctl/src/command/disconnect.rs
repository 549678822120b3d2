//! `fcctl disconnect`: end the access to an account.

use clap::Args;

use crate::argument::AccountArgument;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::One;
use crate::rows::account::ACCOUNTS;

/// Disconnect an account, which cannot be undone: the account holder would have to link it again.
///
/// In live mode it asks for the account's name, unless --yes is given.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fcctl disconnect fca_1")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let printer = One::new(&context.output, &ACCOUNTS)?;
    let id = &arguments.account.account;
    if context.target()?.is_live() {
        let account = client.accounts().retrieve(id).send().await?;
        let name = account.display_name.as_ref().unwrap_or(&account.institution_name);
        context.confirm(&format!("disconnect {id} at {}", account.institution_name), name).await?;
    }
    printer.print(&client.accounts().disconnect(id).send().await?)
}
