//! `fcctl events`: what happened in the last thirty days.

use clap::Args;
use fc_ext::Paged as _;
use fc_ext::types::{EventId, EventType};

use crate::argument::When;
use crate::command::accounts::page_size;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{One, Printer};
use crate::rows::event::EVENTS;

/// List the events of the last thirty days, the newest first, or show one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl events --limit 20
  fcctl events --type financial_connections.account.refreshed_balance --since 1d
  fcctl events evt_1 --json")]
pub(crate) struct Arguments {
    /// Show this event only
    #[arg(value_name = "EVENT", conflicts_with_all = ["types", "since", "limit"])]
    event: Option<EventId>,
    /// Events of this type; can be repeated
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<EventType>,
    /// Events from this time on: a date, a time, or a span before now
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Print at most this many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    if let Some(event) = arguments.event {
        let printer = One::new(&context.output, &EVENTS)?;
        let event = client.events().retrieve(event).send().await?;
        return printer.print(&event);
    }
    let mut request = client.events().list().limit(page_size(arguments.limit));
    if !arguments.types.is_empty() {
        request = request.types(arguments.types);
    }
    if let Some(When(since)) = arguments.since {
        request = request.created_gte(since);
    }
    let mut printer = Printer::new(&context.output, &EVENTS)?;
    let mut events = request.items();
    let mut left = arguments.limit.unwrap_or(u64::MAX);
    while left > 0
        && let Some(event) = events.next().await
    {
        printer.row(&event?)?;
        left -= 1;
    }
    printer.finish()
}
