//! `fcctl schema`: what `--json` prints.

use crate::failure::Failure;
use crate::output::print_text;
use crate::rows;
use clap::Args;

/// Print the JSON Schema of what --json prints, by the name in its member `schema`; without a name, all names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl schema
  fcctl schema accounts")]
pub(crate) struct Arguments {
    /// Name of the rows, such as accounts
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let all = rows::all();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let Some(wanted) = arguments.name else {
        return print_text(&format!("{}\n", names.join("\n")));
    };
    let Some((_, schema)) = all.iter().find(|(name, _)| *name == wanted) else {
        return Err(Failure::usage(format!("no rows are called `{wanted}`"))
            .next(format!("the names are {}", names.join(", "))));
    };
    print_text(&format!("{schema:#}\n"))
}
