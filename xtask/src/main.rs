//! `cargo xtask`: dispatches to the library and prints.
#![expect(clippy::print_stdout, reason = "standard output is where a command's result goes")]

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use xtask::cli::{Cli, Command};
use xtask::{bench, command, sync, update};

fn main() -> ExitCode {
    run(&Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: &Command) -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    if sync::recover(root)? {
        eprintln!("note: an update that was broken off has been undone");
    }
    let outcome = match command {
        Command::Slice(args) => command::slice(root, args)?,
        Command::Generate(args) => command::generate(root, args)?,
        Command::Check(args) if args.strict => command::check_strict(root)?,
        Command::Check(_) => command::check(root)?,
        Command::Diff(args) => update::diff(root, args)?,
        Command::Bench(args) => bench::bench(root, args)?,
        Command::Instructions(args) => bench::instructions::instructions(root, args)?,
        Command::Update(args) => update::update(root, args)?,
        Command::Overlay => command::overlay(root)?,
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
