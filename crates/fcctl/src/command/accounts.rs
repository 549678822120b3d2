//! `fcctl accounts`: the linked accounts.

use clap::Args;
use fc_ext::types::SessionId;
use fc_ext::{ByHolder as _, Paged as _};

use crate::argument::Holder;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::account::ACCOUNTS;

/// List the linked accounts, the newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl accounts
  fcctl accounts --holder cus_1 --json --fields id,status
  fcctl accounts --csv > accounts.csv")]
pub(crate) struct Arguments {
    /// Accounts of this customer (`cus_…`) or Stripe account (`acct_…`)
    #[arg(long, value_name = "HOLDER")]
    holder: Option<Holder>,
    /// Accounts that were linked with this session
    #[arg(long, value_name = "SESSION")]
    session: Option<SessionId>,
    /// Print at most this many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let mut request = client.accounts().list().limit(page_size(arguments.limit));
    if let Some(Holder(holder)) = &arguments.holder {
        request = request.holder(holder);
    }
    if let Some(session) = &arguments.session {
        request = request.session(session);
    }
    let mut printer = Printer::new(&context.output, &ACCOUNTS)?;
    let mut items = request.items();
    let mut left = arguments.limit.unwrap_or(u64::MAX);
    while left > 0
        && let Some(account) = items.next().await
    {
        printer.row(&account?)?;
        left -= 1;
    }
    printer.finish()
}

/// Size of the pages: the largest that the API has, unless fewer rows are wanted.
pub(crate) fn page_size(limit: Option<u64>) -> i64 {
    limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(100).clamp(1, 100)
}
