//! `cargo benches`: runs the benches of this folder, and writes what they print to `BENCHMARKS.md`.
#![expect(clippy::print_stdout, reason = "standard output is where a command's result goes")]

mod build;
mod cargo;
mod dependencies;
mod generator;
mod instructions;
mod measure;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo benches", bin_name = "cargo benches", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure the crates side by side with async-stripe and the floors, and write BENCHMARKS.md
    Measure {
        /// Fewer rounds, no cold builds, no report file
        #[arg(long)]
        quick: bool,
        /// Whole Stripe spec, to time `cargo xtask slice`
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
    },
    /// Count the instructions of decoding and webhooks with valgrind, and fail when they differ from the accepted counts
    Instructions {
        /// Accept the counts of this machine
        #[arg(long)]
        write: bool,
    },
}

fn main() -> ExitCode {
    run(&Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: &Command) -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the driver is two folders below the workspace root");
    match command {
        Command::Measure { quick, spec } => print!("{}", measure::measure(root, *quick, spec.as_deref())?),
        Command::Instructions { write } => {
            let Some(counted) = instructions::compare(root, *write)? else {
                eprintln!("note: SKIPPED: instructions are not counted, valgrind is not installed");
                return Ok(ExitCode::SUCCESS);
            };
            print!("{}", counted.table);
            if let Some(failure) = counted.failure {
                anyhow::bail!(failure);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
