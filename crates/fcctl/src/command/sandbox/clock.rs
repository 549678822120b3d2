//! `fcctl sandbox clock`: the time of the sandbox.

use std::time::Duration;

use clap::{Args, Subcommand};
use fc_ext::client::reqwest::Method;
use serde_json::{Value, json};

use super::server::controls;
use crate::argument::duration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::http::Controls;
use crate::output::One;
use crate::rows::sandbox::{CLOCK, ClockRow};

/// Show the sandbox's clock, move it forward, stop it, or let it run again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sandbox clock
  fcctl sandbox clock advance 30d
  fcctl sandbox clock freeze")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Move it forward; what is due in between happens
    Advance {
        /// How far, such as 30d
        #[arg(value_name = "SPAN", value_parser = duration)]
        by: Duration,
    },
    /// Stop it
    Freeze,
    /// Let it run again
    Resume,
}

/// The longest step of one call, in seconds: 400 days.
const LONGEST_STEP: u64 = 400 * 24 * 60 * 60;

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let controls = controls(context)?;
    let printer = One::new(&context.output, &CLOCK)?;
    let clock = match arguments.action {
        None => controls.call(Method::GET, "/clock", None).await?,
        Some(Action::Freeze) => change(&controls, json!({ "frozen": true })).await?,
        Some(Action::Resume) => change(&controls, json!({ "frozen": false })).await?,
        Some(Action::Advance { by }) => {
            let mut left = by.as_secs();
            loop {
                let step = left.min(LONGEST_STEP);
                let clock = change(&controls, json!({ "advance": step })).await?;
                left -= step;
                if left == 0 {
                    break clock;
                }
            }
        }
    };
    let now = clock.get("now").and_then(Value::as_i64);
    let frozen = clock.get("frozen").and_then(Value::as_bool);
    let (Some(now), Some(frozen)) = (now, frozen) else {
        return Err(Failure::new(Exit::Failed, "the sandbox did not say what time it is"));
    };
    printer.print(&ClockRow { now, frozen })
}

async fn change(controls: &Controls, change: Value) -> Result<Value, Failure> {
    controls.call(Method::POST, "/clock", Some(change)).await
}
