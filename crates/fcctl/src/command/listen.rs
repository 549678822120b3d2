//! `fcctl listen`: forwards events to an endpoint on this machine.

mod feed;
mod place;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use fc_ext::client::reqwest;
use fc_ext::types::Event;
use fc_ext::webhook::Signer;

use self::feed::Feed;
use self::place::Place;
use crate::argument::duration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::http;
use crate::output::Printer;
use crate::rows::delivery::{DELIVERIES, Delivery};
use crate::settings::webhook_secret::{SecretArgument, draw};
use crate::terminal;

/// Longest wait between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Attempts after which an event that the endpoint refuses is left to `fcctl resend`.
const MOST_REFUSALS: u32 = 3;

/// Forward events to an endpoint, signed like Stripe's, until Ctrl-C.
///
/// It polls the list of events, so it needs no address that Stripe could reach. It remembers the last event that it
/// forwarded: the next run goes on there, and each event is forwarded at least once, in order. The first run begins with
/// the events that happen from then on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl listen --forward-to http://localhost:3000/webhooks
  fcctl listen --forward-to http://localhost:3000/webhooks --from-start --jsonl")]
pub(crate) struct Arguments {
    /// Endpoint that gets the events
    #[arg(long, value_name = "URL")]
    forward_to: String,
    #[command(flatten)]
    secret: SecretArgument,
    /// Begin a first run with the oldest event that the API still has
    #[arg(long)]
    from_start: bool,
    /// Remember the last event in this file; without it, each server, mode, key, account and endpoint has a file of its own
    #[arg(long, value_name = "FILE")]
    position: Option<PathBuf>,
    /// Look for events this often
    #[arg(long, value_name = "SPAN", default_value = "2s", value_parser = duration)]
    interval: Duration,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let signer = match arguments.secret.find()? {
        Some(secret) => Signer::new(secret),
        None => {
            let (text, secret) = draw()?;
            terminal::note(&format!("signing secret of this run: {text}"));
            Signer::new(secret)
        }
    };
    let path = match arguments.position {
        Some(path) => path,
        None => place::file(context.target()?, &arguments.forward_to)?,
    };
    context.when_interrupted("the same command goes on after the last event");
    let forwarder = Forwarder { client: http::client()?, url: arguments.forward_to, signer };
    let mut feed = Feed::new(client, Place::read(path)?, arguments.from_start);
    let mut printer = Printer::new(&context.output, &DELIVERIES)?;
    let mut failures = 0;
    let mut is_connected = false;
    loop {
        match feed.poll().await {
            Ok(events) => {
                if !is_connected {
                    terminal::note(&format!(
                        "connected to {}: waiting for events",
                        context.target()?.base_url
                    ));
                }
                (is_connected, failures) = (true, 0);
                for event in events {
                    let status = forwarder.forward(&event).await?;
                    feed.forwarded(&event)?;
                    printer.row(&Delivery { event, status })?;
                    printer.flush()?;
                }
            }
            Err(failure) if failure.exit() == Exit::NotNow => {
                if is_connected || failures == 0 {
                    terminal::warn(&format!("not connected: {failure}; trying again"));
                }
                (is_connected, failures) = (false, failures + 1);
            }
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(if failures == 0 { arguments.interval } else { backoff(failures) }).await;
    }
}

/// Wait before an attempt after this many failures.
fn backoff(failures: u32) -> Duration {
    Duration::from_secs(1).saturating_mul(1 << failures.saturating_sub(1).min(5)).min(LONGEST_BACKOFF)
}

struct Forwarder {
    client: reqwest::Client,
    url: String,
    signer: Signer,
}

impl Forwarder {
    /// Delivers an event until the endpoint has answered. An endpoint that is down is waited for without end.
    async fn forward(&self, event: &Event) -> Result<u16, Failure> {
        let body = http::body_of(event)?;
        let (mut outages, mut refusals) = (0, 0);
        loop {
            // Signed at each attempt, because a signature grows old.
            let signature = self.signer.sign(&body, SystemTime::now().into());
            let answer = http::deliver(&self.client, &self.url, &signature, body.clone()).await;
            match answer {
                Ok(status) if (200..300).contains(&status) => {
                    if outages > 0 {
                        terminal::note("the endpoint answers again");
                    }
                    return Ok(status);
                }
                Ok(status) if !matches!(status, 502..=504) => {
                    refusals += 1;
                    if refusals >= MOST_REFUSALS {
                        terminal::warn(&format!(
                            "the endpoint refused {} with {status}: fcctl resend {} --to {}",
                            event.id, event.id, self.url
                        ));
                        return Ok(status);
                    }
                }
                _ => {
                    if outages == 0 {
                        terminal::warn(&format!("the endpoint {} does not answer; trying again", self.url));
                    }
                    outages += 1;
                }
            }
            tokio::time::sleep(backoff(outages.max(refusals))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_half_a_minute() {
        let seconds: Vec<u64> = (1..=8).map(|failures| backoff(failures).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
