//! What each command works with: client, options, and what to say when it is interrupted.

use std::cell::{OnceCell, RefCell};

use fc_ext::{Client, FinancialConnections};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{OutputArguments, printable};
use crate::settings::{Origin, SettingsArguments, Target};
use crate::terminal;

/// Context of a command.
pub(crate) struct Context {
    pub(crate) output: OutputArguments,
    settings: SettingsArguments,
    /// Whether the user answered every question with yes, by `--yes`.
    yes: bool,
    target: OnceCell<Target>,
    interrupted: RefCell<Option<String>>,
}

impl Context {
    pub(crate) fn new(output: OutputArguments, settings: SettingsArguments, yes: bool) -> Self {
        Self { output, settings, yes, target: OnceCell::new(), interrupted: RefCell::new(None) }
    }

    /// Server and key.
    pub(crate) fn target(&self) -> Result<&Target, Failure> {
        if let Some(target) = self.target.get() {
            return Ok(target);
        }
        let target = self.settings.target()?;
        Ok(self.target.get_or_init(|| target))
    }

    pub(crate) fn client(&self) -> Result<FinancialConnections, Failure> {
        let config = self.target()?.config.clone();
        let config = config.with_app_info(concat!("fcctl/", env!("CARGO_PKG_VERSION")));
        Ok(Client::new(config)?.into())
    }

    /// Sets what Ctrl-C says: how to go on.
    pub(crate) fn when_interrupted(&self, next: impl Into<String>) {
        *self.interrupted.borrow_mut() = Some(next.into());
    }

    /// The failure after Ctrl-C.
    pub(crate) fn interruption(&self) -> Failure {
        let failure = Failure::new(Exit::Interrupted, "interrupted");
        match self.interrupted.borrow().as_deref() {
            Some(next) => failure.next(next),
            None => failure,
        }
    }

    /// Adds what the origin of the key says about a failure.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        match self.target.get() {
            Some(target) if failure.is_connection() && target.origin == Origin::LocalSandbox => {
                Failure::new(Exit::NotNow, format!("no sandbox answers at {}", target.base_url)).next(
                    "start one in another terminal: fcctl sandbox start; for Stripe, set STRIPE_API_KEY",
                )
            }
            _ => failure,
        }
    }

    /// Asks before an action that cannot be undone. In live mode the user types `name`; `--yes` answers for them.
    ///
    /// `action` may hold texts of a bank: its control characters are not printed.
    pub(crate) async fn confirm(&self, action: &str, name: &str) -> Result<(), Failure> {
        if self.yes || !self.target()?.is_live() {
            return Ok(());
        }
        let action = printable(action);
        let question = format!("LIVE MODE: {action}. This cannot be undone. Type {name} to go on:");
        match terminal::ask(&question).await? {
            Some(answer) if answer == name => Ok(()),
            Some(_) => Err(Failure::new(Exit::Failed, "the name is not the same: nothing was done")),
            None => Err(Failure::usage(format!(
                "live mode: {action} cannot be undone, and there is no terminal to ask"
            ))
            .next("add --yes if you are sure")),
        }
    }
}
