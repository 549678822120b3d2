//! `fcctl sandbox export` and `import`: the whole state of a sandbox.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use fc_ext::client::reqwest::Method;

use super::server::controls;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::print_text;
use crate::settings::places;

/// Write the whole state, keys and secrets of its callers included, to standard output or a file.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fcctl sandbox export before.json")]
pub(super) struct Export {
    /// File to write, readable by its owner only
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) async fn export(context: &Context, arguments: Export) -> Result<(), Failure> {
    let state = controls(context)?.call_text(Method::GET, "/state", None).await?;
    match &arguments.file {
        Some(path) => places::replace(path, &state),
        None => print_text(&state),
    }
}

/// Replace the whole state by an exported one.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fcctl sandbox import before.json")]
pub(super) struct Import {
    /// File that `fcctl sandbox export` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn import(context: &Context, arguments: Import) -> Result<(), Failure> {
    let path = &arguments.file;
    let state = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    controls(context)?.call_text(Method::PUT, "/state", Some(state)).await?;
    Ok(())
}
