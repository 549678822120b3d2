//! The signing secret of a webhook endpoint: from the environment or a file, never an argument.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER;
use fc_ext::webhook::Secret;
use ring::rand::SecureRandom as _;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::environment::variable;

/// Variable with the secret.
const VARIABLE: &str = "STRIPE_WEBHOOK_SECRET";

/// Option that chooses the secret.
#[derive(Debug, Args)]
pub(crate) struct SecretArgument {
    /// Read the signing secret (`whsec_…`) from this file; without it STRIPE_WEBHOOK_SECRET has it
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretArgument {
    /// The secret, if one is given.
    pub(crate) fn find(&self) -> Result<Option<Secret>, Failure> {
        let (text, origin) = match &self.secret_file {
            Some(path) => {
                let text = fs::read_to_string(path);
                let text = text.map_err(|error| Failure::file("read the secret file", path, &error))?;
                (text, path.display().to_string())
            }
            None => match variable(VARIABLE) {
                Some(text) => (text, VARIABLE.to_owned()),
                None => return Ok(None),
            },
        };
        let secret = Secret::new(text.trim());
        secret.map(Some).map_err(|error| Failure::new(Exit::Denied, format!("{origin}: {error}")))
    }

    /// The secret, or an error that says where to put it.
    pub(crate) fn require(&self) -> Result<Secret, Failure> {
        self.find()?.ok_or_else(|| {
            Failure::new(Exit::Denied, "there is no signing secret")
                .next(format!("set {VARIABLE}, or name a file with --secret-file"))
        })
    }
}

/// A new secret, as text to show and as a key.
pub(crate) fn draw() -> Result<(String, Secret), Failure> {
    let mut bytes = [0; 24];
    let drawn = ring::rand::SystemRandom::new().fill(&mut bytes);
    drawn.map_err(|_| Failure::new(Exit::Failed, "the machine gives no random numbers"))?;
    let text = format!("whsec_{}", HEXLOWER.encode(&bytes));
    let secret = Secret::new(&text)?;
    Ok((text, secret))
}
