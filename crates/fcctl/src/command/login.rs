//! `fcctl login`: stores a key as a profile.

use std::io::{self, IsTerminal as _};

use clap::Args;
use fc_ext::ApiKey;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::places;
use crate::settings::profile::{self, Profile};
use crate::terminal;

/// Store a restricted key as a profile, in a file that only you can read.
///
/// The key is read from the terminal without showing it, or from standard input. A secret live key is refused: make a
/// restricted one in Stripe's dashboard. The profile `default` is used without --profile.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl login
  fcctl login --as live < key-file
  fcctl accounts --profile live")]
pub(crate) struct Arguments {
    /// Name of the profile
    #[arg(long = "as", value_name = "NAME", default_value = "default")]
    name: String,
    /// Address of another server than Stripe
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Publishable key (`pk_…`), which opens Stripe's linking page
    #[arg(long, value_name = "KEY")]
    publishable_key: Option<String>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let path = places::settings_file()?;
    let key = if io::stdin().is_terminal() {
        terminal::note(&format!("the key is stored in {}, which only you can read", path.display()));
        terminal::ask_secret("Restricted key (rk_…): ").await
    } else {
        terminal::read_line().await
    };
    let key = key.map_err(|error| unread(&error))?;
    let text = key.trim().to_owned();
    let key = ApiKey::new(&text).map_err(|error| Failure::new(Exit::Denied, error.message().to_owned()))?;
    if key.is_live() && !key.is_restricted() {
        return Err(Failure::new(Exit::Denied, "this is a secret live key, which can do everything")
            .next("make a restricted key (rk_live_…) in Stripe's dashboard, and store that one"));
    }
    let Arguments { name, base_url, publishable_key } = arguments;
    profile::store(&name, &Profile { key: text, base_url, publishable_key })?;
    terminal::note(&format!("stored {key:?} as the profile {name} in {}, mode 0600", path.display()));
    Ok(())
}

fn unread(error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot read the key: {error}"))
}
