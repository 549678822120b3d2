//! `fcctl owners`: who owns an account.

use clap::Args;
use fc_ext::Paged as _;

use crate::argument::AccountArgument;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::owner::OWNERS;

/// List the owners of an account, as of the last successful refresh.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl owners fca_1
  fcctl refresh fca_1 --feature ownership --wait && fcctl owners fca_1 --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let mut printer = Printer::new(&context.output, &OWNERS)?;
    let id = &arguments.account.account;
    let account = client.accounts().retrieve(id).send().await?;
    let Some(request) = client.accounts().owners_of(&account) else {
        return Err(Failure::new(Exit::NotNow, format!("the owners of {id} were not read yet"))
            .next(format!("read them: fcctl refresh {id} --feature ownership --wait")));
    };
    let mut owners = request.limit(100).items();
    while let Some(owner) = owners.next().await {
        printer.row(&owner?)?;
    }
    printer.finish()
}
