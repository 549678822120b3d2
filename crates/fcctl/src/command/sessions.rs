//! `fcctl sessions`: sessions in which users link accounts.

use clap::{Args, Subcommand};
use fc_ext::RefreshFeature;
use fc_ext::types::SessionId;

use crate::argument::{Feature, Holder, Permission};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::One;
use crate::rows::session::SESSIONS;

/// Create a session, or show one. The API has no list of sessions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sessions create --holder cus_1 --permission balances --permission transactions
  fcctl sessions show fcsess_1 --json --fields accounts")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a session; its client secret is in the JSON
    Create(Create),
    /// Show a session and the accounts that were linked with it
    Show {
        /// Id of the session (`fcsess_…`)
        #[arg(value_name = "SESSION")]
        session: SessionId,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// Customer (`cus_…`) or Stripe account (`acct_…`) that links
    #[arg(long, value_name = "HOLDER")]
    holder: Holder,
    /// Permission to ask for; can be repeated
    #[arg(
        long = "permission",
        value_name = "PERMISSION",
        value_enum,
        required = true,
        value_delimiter = ','
    )]
    permissions: Vec<Permission>,
    /// Data to fetch when an account is linked; can be repeated
    #[arg(long, value_name = "FEATURE", value_enum, value_delimiter = ',')]
    prefetch: Vec<Feature>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let printer = One::new(&context.output, &SESSIONS)?;
    let session = match arguments.action {
        Action::Show { session } => client.sessions().retrieve(session).send().await?,
        Action::Create(create) => {
            let permissions = create.permissions.into_iter().map(fc_ext::Permission::from);
            let mut request = client.sessions().create(create.holder.0, permissions);
            if !create.prefetch.is_empty() {
                request = request.prefetch(create.prefetch.into_iter().map(RefreshFeature::from));
            }
            request.send().await?
        }
    };
    printer.print(&session)
}
