//! `fcctl man`: manual pages.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::failure::Failure;
use crate::output::print_text;

/// Print the manual page, or with --out write one per command.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl man | man -l -
  fcctl man --out /usr/local/share/man/man1")]
pub(crate) struct Arguments {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments, command: clap::Command) -> Result<(), Failure> {
    let Some(folder) = arguments.out else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page).map_err(|error| Failure::output(&error))?;
        return print_text(&String::from_utf8_lossy(&page));
    };
    let failed = |error: std::io::Error| Failure::file("write the pages into", &folder, &error);
    fs::create_dir_all(&folder).map_err(failed)?;
    clap_mangen::generate_to(command, &folder).map_err(failed)
}
