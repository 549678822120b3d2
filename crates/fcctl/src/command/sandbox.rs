//! `fcctl sandbox`: a bank on this machine, and its controls.

mod clock;
mod faults;
mod open;
mod seed;
mod server;
mod start;
mod state;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::Failure;

/// Serve a sandbox of Stripe on this machine, and control the bank behind it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sandbox start
  fcctl sandbox start --data bank.db
  fcctl sandbox seed --kind checking --kind credit_card
  fcctl sandbox clock advance 1d
  fcctl sandbox faults add refresh_fails feature=balance times=1")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Start(start::Arguments),
    Seed(seed::Arguments),
    Clock(clock::Arguments),
    Faults(faults::Arguments),
    Export(state::Export),
    Import(state::Import),
    Open(open::Arguments),
}

impl Arguments {
    /// Whether it runs until a signal.
    pub(crate) fn is_service(&self) -> bool {
        matches!(self.action, Action::Start(_))
    }
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.action {
        Action::Start(arguments) => start::run(context, arguments).await,
        Action::Seed(arguments) => seed::run(context, arguments).await,
        Action::Clock(arguments) => clock::run(context, arguments).await,
        Action::Faults(arguments) => faults::run(context, arguments).await,
        Action::Export(arguments) => state::export(context, arguments).await,
        Action::Import(arguments) => state::import(context, arguments).await,
        Action::Open(arguments) => open::run(context, arguments).await,
    }
}
