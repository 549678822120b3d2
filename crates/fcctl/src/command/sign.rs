//! `fcctl sign`: the signature of a webhook body.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use fc_ext::webhook::Signer;

use crate::argument::When;
use crate::failure::Failure;
use crate::output::{print_text, read_input};
use crate::settings::webhook_secret::SecretArgument;

/// Print the Stripe-Signature header of a webhook body, to test an endpoint.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sign event.json
  curl -H \"Stripe-Signature: $(fcctl sign event.json)\" --data-binary @event.json localhost:3000/webhooks")]
pub(crate) struct Arguments {
    /// File with the body; standard input without it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    secret: SecretArgument,
    /// Time of signing: a time, or a span before now
    #[arg(long, value_name = "WHEN")]
    at: Option<When>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let secret = arguments.secret.require()?;
    let body = read_input(arguments.file.as_deref()).await?;
    let at = arguments.at.map_or_else(|| SystemTime::now().into(), |When(at)| at);
    print_text(&format!("{}\n", Signer::new(secret).sign(body, at)))
}
