//! `fcctl disconnect`: end the access to an account.

use clap::Args;

use crate::argument::AccountArgument;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{One, printable};
use crate::rows::account::ACCOUNTS;

/// Disconnect an account, which cannot be undone: the account holder would have to link it again.
///
/// In live mode it asks for the account's name, unless --yes is given. For a name that cannot be typed it asks for the id.
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
        let name = name_to_type(name, id.as_str());
        context.confirm(&format!("disconnect {id} at {}", account.institution_name), name).await?;
    }
    printer.print(&client.accounts().disconnect(id).send().await?)
}

/// The name that the user types: that of the account, or its id if the name is blank or has control characters.
fn name_to_type<'a>(name: &'a str, id: &'a str) -> &'a str {
    let name = name.trim();
    if name.is_empty() || printable(name) != name { id } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_asked_for_if_the_name_cannot_be_typed() {
        assert_eq!(name_to_type(" Everyday account ", "fca_1"), "Everyday account");
        for name in ["", "  ", "Every\u{1b}[2Jday"] {
            assert_eq!(name_to_type(name, "fca_1"), "fca_1", "{name:?}");
        }
    }
}
