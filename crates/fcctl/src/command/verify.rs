//! `fcctl verify`: whether a webhook body has a valid signature.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use fc_ext::webhook::Verifier;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{One, read_input};
use crate::rows::delivery::{SIGNATURES, Signature};
use crate::settings::webhook_secret::SecretArgument;

/// Check the signature of a webhook body; an invalid one ends with 1 and the reason.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fcctl verify body.json --header 't=1700000000,v1=…'")]
pub(crate) struct Arguments {
    /// File with the raw body; standard input without it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    secret: SecretArgument,
    /// Value of the header Stripe-Signature
    #[arg(long, value_name = "HEADER")]
    header: String,
    /// Accept any time of signing
    #[arg(long)]
    any_time: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let mut verifier = Verifier::new(arguments.secret.require()?);
    if arguments.any_time {
        verifier = verifier.without_time_check();
    }
    let body = read_input(arguments.file.as_deref()).await?;
    let verified = verifier.verify(body, arguments.header, SystemTime::now().into())?;
    One::new(&context.output, &SIGNATURES)?.print(&Signature { signed_at: verified.signed_at })
}
