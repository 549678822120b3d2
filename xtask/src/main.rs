//! `cargo xtask`: dispatches to the library and prints.
#![expect(clippy::print_stdout, reason = "standard output is where a command's result goes")]

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use xtask::cli::{Cli, Command};
use xtask::commands::{check, diff, generate, slice, update};
use xtask::files::transaction;

fn main() -> ExitCode {
    run(&Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: &Command) -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    if transaction::recover(root)? {
        eprintln!("note: an interrupted update was rolled back");
    }
    let outcome = match command {
        Command::Slice(args) => slice::slice(root, args)?,
        Command::Generate(args) => generate::generate(root, args)?,
        Command::Check(args) if args.strict => check::check_strict(root)?,
        Command::Check(_) => check::check(root)?,
        Command::Diff(args) => diff::diff(root, args)?,
        Command::Update(args) => update::update(root, args)?,
        Command::Overlay(args) => generate::overlay(root, args)?,
    };
    for note in &outcome.notes {
        eprintln!("note: {note}");
    }
    print!("{}", outcome.output);
    match outcome.failure {
        None => Ok(ExitCode::SUCCESS),
        Some(failure) => bail!(failure),
    }
}
