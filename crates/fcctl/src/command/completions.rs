//! `fcctl completions`: the script that completes commands, options and ids in a shell.

use clap::{Args, ValueEnum};
use clap_complete::env::Shells;

use crate::failure::Failure;
use crate::output::print_text;

/// Print the script that completes commands, options and the ids of real accounts.
///
/// Completing an id lists the accounts that the key of the environment sees.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl completions bash > ~/.local/share/bash-completion/completions/fcctl
  fcctl completions zsh > ~/.zfunc/_fcctl
  fcctl completions fish > ~/.config/fish/completions/fcctl.fish")]
pub(crate) struct Arguments {
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let name = match arguments.shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
    };
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(name) else {
        return Err(Failure::usage(format!("completions for {name} are not built in")));
    };
    let mut script = Vec::new();
    shell
        .write_registration("COMPLETE", "fcctl", "fcctl", "fcctl", &mut script)
        .map_err(|error| Failure::output(&error))?;
    print_text(&String::from_utf8_lossy(&script))
}
