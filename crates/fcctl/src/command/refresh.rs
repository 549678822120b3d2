//! `fcctl refresh`: ask the bank for new data, and wait for it.

use std::time::Duration;

use clap::Args;
use fc_ext::RefreshFeature;
use fc_ext::types::AccountId;

use crate::argument::{AccountArgument, Feature, duration};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::outcome::{OUTCOMES, OutcomeRow, begun, rows};
use crate::terminal::Progress;

/// Ask the bank for new data, and with --wait print the outcome of each feature.
///
/// A refresh that is too early starts nothing, and ends with 5.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl refresh fca_1 --feature balance --wait
  fcctl refresh fca_1 --feature balance --feature transactions --wait --timeout 5m")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
    /// What to refresh; can be repeated
    #[arg(long = "feature", value_name = "FEATURE", value_enum, required = true, value_delimiter = ',')]
    features: Vec<Feature>,
    /// Wait until the bank has answered
    #[arg(long)]
    wait: bool,
    /// Wait at most this long
    #[arg(long, value_name = "SPAN", default_value = "2m", value_parser = duration, requires = "wait")]
    timeout: Duration,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let printer = Printer::new(&context.output, &OUTCOMES)?;
    let id = &arguments.account.account;
    let features: Vec<RefreshFeature> = arguments.features.iter().copied().map(Into::into).collect();
    let names: Vec<&str> = features.iter().map(|feature| feature.as_str()).collect();
    let refresh = client.accounts().refresh(id, features.iter().copied());
    let again = format!("fcctl refresh {id} --feature {} --wait", names.join(","));
    if !arguments.wait {
        return end(printer, &begun(&refresh.begin().await?), id);
    }
    context.when_interrupted(format!("the bank goes on; wait for it again with {again}"));
    let progress = Progress::new(format!("waiting for {}", names.join(", ")));
    let refreshed = refresh.until_settled(arguments.timeout).await;
    drop(progress);
    let refreshed =
        refreshed.map_err(|error| Failure::from(error).next(format!("wait for it again: {again}")))?;
    end(printer, &rows(&refreshed), id)
}

/// Prints the rows, and ends with what they ask for.
fn end(printer: Printer<OutcomeRow>, rows: &[OutcomeRow], id: &AccountId) -> Result<(), Failure> {
    Failure::or_verdict(printer.all(rows), verdict(rows.iter().map(|row| row.exit), id.as_str()))
}

/// The failure of the feature that needs most: a new link, then a permission, then time.
fn verdict(exits: impl Iterator<Item = Exit>, id: &str) -> Result<(), Failure> {
    let rank = |exit: &Exit| match exit {
        Exit::Succeeded => 0,
        Exit::NotNow => 1,
        Exit::Denied => 2,
        Exit::Relink => 3,
        _ => 4,
    };
    Err(match exits.max_by_key(rank) {
        None | Some(Exit::Succeeded) => return Ok(()),
        Some(Exit::NotNow) => Failure::new(Exit::NotNow, "not every feature was refreshed")
            .next("try again at the time in the column `next refresh available at`"),
        Some(Exit::Denied) => Failure::new(Exit::Denied, "the account holder did not grant a permission")
            .next("link the account again with it: fcctl link --permission"),
        Some(Exit::Relink) => Failure::new(Exit::Relink, format!("{id} gives no access any more"))
            .next("the account holder must link it again: fcctl link"),
        Some(exit) => Failure::new(exit, "the refresh ended in a way that this version does not know"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_that_of_the_feature_that_needs_most() {
        let exit =
            |exits: &[Exit]| verdict(exits.iter().copied(), "fca_1").err().map(|failure| failure.exit());
        assert_eq!(exit(&[Exit::Succeeded, Exit::Succeeded]), None);
        assert_eq!(exit(&[Exit::Succeeded, Exit::NotNow]), Some(Exit::NotNow));
        assert_eq!(exit(&[Exit::Denied, Exit::NotNow]), Some(Exit::Denied));
        assert_eq!(exit(&[Exit::Relink, Exit::Denied, Exit::NotNow]), Some(Exit::Relink));
    }
}
