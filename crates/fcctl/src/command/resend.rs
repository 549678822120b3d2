//! `fcctl resend`: delivers one event again.

use std::time::SystemTime;

use clap::Args;
use fc_ext::types::EventId;
use fc_ext::webhook::Signer;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::http;
use crate::output::One;
use crate::rows::delivery::{DELIVERIES, Delivery};
use crate::settings::webhook_secret::SecretArgument;

/// Deliver an event to an endpoint, signed, whatever became of it before.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fcctl resend evt_1 --to http://localhost:3000/webhooks")]
pub(crate) struct Arguments {
    /// Id of the event (`evt_…`)
    #[arg(value_name = "EVENT")]
    event: EventId,
    /// Endpoint that gets it
    #[arg(long, value_name = "URL")]
    to: String,
    #[command(flatten)]
    secret: SecretArgument,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let printer = One::new(&context.output, &DELIVERIES)?;
    let signer = Signer::new(arguments.secret.require()?);
    let event = context.client()?.events().retrieve(arguments.event).send().await?;
    let body = http::body_of(&event)?;
    let signature = signer.sign(&body, SystemTime::now().into());
    let status = http::deliver(&http::client()?, &arguments.to, &signature, body).await;
    let status = status.map_err(|_| {
        Failure::new(Exit::NotNow, "the endpoint does not answer").next("start it, and resend the event")
    })?;
    let delivery = Delivery { event, status };
    let verdict = match status {
        200..300 => Ok(()),
        _ => Err(Failure::new(Exit::Failed, format!("the endpoint answered {status}"))
            .next("its log says why; an endpoint answers 2xx to each event that it accepts")),
    };
    Failure::or_verdict(printer.print(&delivery), verdict)
}
