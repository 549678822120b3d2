//! `fcctl sandbox open`: the sandbox's console in the browser.

use clap::Args;

use super::server::controls;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::print_text;

/// Open the sandbox's console in the browser, and print its address.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl sandbox open
  fcctl sandbox open --print")]
pub(super) struct Arguments {
    /// Print the address only
    #[arg(long)]
    print: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let controls = controls(context)?;
    if !controls.exist().await {
        return Err(Failure::new(Exit::NotNow, "no sandbox answers")
            .next("start one in another terminal: fcctl sandbox start"));
    }
    let url = controls.url("/console");
    print_text(&format!("{url}\n"))?;
    if !arguments.print {
        crate::terminal::open_page(&url);
    }
    Ok(())
}
