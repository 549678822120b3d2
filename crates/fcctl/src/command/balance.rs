//! `fcctl balance`: a fresh balance, or why there is none.

use std::time::Duration;

use clap::Args;
use fc_ext::{BalanceCheck, StaleReason};

use crate::argument::{AccountArgument, duration};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::balance::{BALANCES, rows};
use crate::terminal::Progress;

/// Print a fresh balance, refreshing it if it is older than --max-age.
///
/// It prints a balance only if it is fresh. Otherwise it prints none, says why, and ends with 4, 5 or 6; with 1
/// if the institution gives no balance, and with 3 if there is no such account.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl balance fca_1 --max-age 10m
  fcctl balance fca_1 --json | jq '.data[0].available'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
    /// Accept a balance that Stripe fetched at most this long ago
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = duration)]
    max_age: Duration,
    /// Wait at most this long
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = duration)]
    timeout: Duration,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let mut printer = Printer::new(&context.output, &BALANCES)?;
    let id = &arguments.account.account;
    context.when_interrupted(format!("a refresh that has begun goes on: fcctl balance {id}"));
    let progress = Progress::new("waiting for the balance");
    let check = client.accounts().fresh_balance(id, arguments.max_age, arguments.timeout).await;
    drop(progress);
    match check? {
        BalanceCheck::Fresh { balance, fetched, .. } => {
            for row in rows(id, &balance, fetched) {
                printer.row(&row)?;
            }
            printer.finish()
        }
        BalanceCheck::Stale { reason, age, .. } => Err(stale(reason, age)),
        BalanceCheck::Relink => Err(Failure::new(Exit::Relink, format!("{id} is inactive"))
            .next("the account holder must log in at the bank again: fcctl link")),
        BalanceCheck::Disconnected => Err(Failure::new(Exit::Relink, format!("{id} is disconnected"))
            .next("the account holder must link an account again: fcctl link")),
        BalanceCheck::NoPermission => {
            Err(Failure::new(Exit::Denied, "the account holder did not grant the permission balances")
                .next("link the account again with it: fcctl link --permission balances"))
        }
        BalanceCheck::NoData => Err(Failure::new(Exit::Failed, "the institution gives no balance")),
    }
}

fn stale(reason: StaleReason, age: Option<Duration>) -> Failure {
    let age = match age {
        Some(age) => format!("the last one is {} old", human(age)),
        None => "there was none yet".to_owned(),
    };
    let (why, next) = match reason {
        StaleReason::TooEarly { next_refresh_available_at: at } => {
            ("the bank cannot be asked yet".to_owned(), after(at))
        }
        StaleReason::RefreshFailed { next_refresh_available_at: at } => {
            ("the refresh failed at the institution".to_owned(), after(at))
        }
        StaleReason::Deadline => (
            "the bank did not answer in time".to_owned(),
            Some("the refresh goes on: try again, or wait longer with --timeout".to_owned()),
        ),
        StaleReason::Request(error) => return Failure::from(error),
        other => (other.to_string(), None),
    };
    let failure = Failure::new(Exit::NotNow, format!("no fresh balance: {why}; {age}"));
    match next {
        Some(next) => failure.next(next),
        None => failure,
    }
}

fn after(at: Option<fc_ext::types::Timestamp>) -> Option<String> {
    at.map(|at| format!("try again after {}", crate::output::in_utc(at)))
}

/// An age in words, rounded down to its largest unit.
fn human(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}
