//! `fcctl sandbox faults`: failures on demand.

use clap::{Args, Subcommand};
use fc_ext::client::reqwest::Method;
use serde_json::{Map, Value};

use super::server::controls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::sandbox::FAULTS;

/// List the faults that have not happened yet, add one, or remove all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sandbox faults add rate_limited reason=endpoint-rate times=3
  fcctl sandbox faults add refresh_fails feature=balance
  fcctl sandbox faults add institution_down institution='Harbor Bank'
  fcctl sandbox faults clear")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a fault; the refusal of an unknown one lists those that exist
    Add {
        /// Name of the fault, such as internal_error
        #[arg(value_name = "FAULT")]
        fault: String,
        /// Its members, such as times=3
        #[arg(value_name = "MEMBER=VALUE", value_parser = member)]
        members: Vec<(String, Value)>,
    },
    /// Remove all faults
    Clear,
}

/// A member of a fault: numbers and true or false are JSON, all else is text.
fn member(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected MEMBER=VALUE, such as times=3")?;
    let value = match serde_json::from_str(value) {
        Ok(json @ (Value::Number(_) | Value::Bool(_))) => json,
        _ => Value::from(value),
    };
    Ok((name.to_owned(), value))
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let controls = controls(context)?;
    let mut printer = Printer::new(&context.output, &FAULTS)?;
    let pending = match arguments.action {
        None => controls.call(Method::GET, "/faults", None).await?,
        Some(Action::Clear) => controls.call(Method::DELETE, "/faults", None).await?,
        Some(Action::Add { fault, members }) => {
            let mut body: Map<String, Value> = members.into_iter().collect();
            body.insert("fault".to_owned(), fault.into());
            controls.call(Method::POST, "/faults", Some(body.into())).await?
        }
    };
    let faults = pending.get("faults").and_then(Value::as_array).into_iter().flatten();
    for fault in faults.filter_map(Value::as_str) {
        printer.row(&fault.to_owned())?;
    }
    printer.finish()
}
