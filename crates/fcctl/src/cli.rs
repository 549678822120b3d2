//! The command line: every command, the options of all, and the end of the program.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::CompleteEnv;

use crate::command;
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::output::OutputArguments;
use crate::settings::SettingsArguments;
use crate::{hardening, terminal};

/// Link bank accounts, refresh and read them, forward events: Stripe Financial Connections from the terminal.
///
/// Without a key, commands act on the local sandbox of `fcctl sandbox start`. With STRIPE_API_KEY, --key-file or a
/// profile they act on Stripe; STRIPE_BASE_URL names another server. A key is never an argument.
#[derive(Debug, Parser)]
#[command(name = "fcctl", version, before_help = EXAMPLES, after_help = exit::HELP, propagate_version = false)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    settings: SettingsArguments,
    /// Do not ask before what cannot be undone
    #[arg(long, global = true, help_heading = "Settings")]
    yes: bool,
    /// Colours: when standard output and error are terminals, always, or never
    #[arg(long, global = true, help_heading = "Output", value_enum, default_value = "auto")]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  fcctl sandbox start                                  a bank on this machine, in one terminal
  fcctl sandbox seed                                   link two accounts, in another
  fcctl accounts                                       list them
  fcctl refresh fca_1 --feature balance --wait         ask the bank, and wait
  fcctl balance fca_1 --max-age 1h                     a fresh balance, or an exit code that says why not
  fcctl transactions fca_1 --csv > transactions.csv    all transactions";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Sandbox(command::sandbox::Arguments),
    Accounts(command::accounts::Arguments),
    Account(command::account::Arguments),
    Owners(command::owners::Arguments),
    Balance(command::balance::Arguments),
    Refresh(command::refresh::Arguments),
    Transactions(command::transactions::Arguments),
    Subscribe(command::subscribe::Arguments),
    Unsubscribe(command::unsubscribe::Arguments),
    Disconnect(command::disconnect::Arguments),
    Sessions(command::sessions::Arguments),
    Events(command::events::Arguments),
    Link(command::link::Arguments),
    Listen(command::listen::Arguments),
    Resend(command::resend::Arguments),
    Sign(command::sign::Arguments),
    Verify(command::verify::Arguments),
    Mirror(command::mirror::Arguments),
    Login(command::login::Arguments),
    Doctor(command::doctor::Arguments),
    Probe(command::probe::Arguments),
    Schema(command::schema::Arguments),
    Completions(command::completions::Arguments),
    Man(command::man::Arguments),
}

impl Command {
    /// Whether it runs until a signal, which it then handles itself.
    fn is_service(&self) -> bool {
        match self {
            Self::Sandbox(arguments) => arguments.is_service(),
            Self::Mirror(arguments) => arguments.is_service(),
            _ => false,
        }
    }

    async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Sandbox(arguments) => command::sandbox::run(context, arguments).await,
            Self::Accounts(arguments) => command::accounts::run(context, arguments).await,
            Self::Account(arguments) => command::account::run(context, arguments).await,
            Self::Owners(arguments) => command::owners::run(context, arguments).await,
            Self::Balance(arguments) => command::balance::run(context, arguments).await,
            Self::Refresh(arguments) => command::refresh::run(context, arguments).await,
            Self::Transactions(arguments) => command::transactions::run(context, arguments).await,
            Self::Subscribe(arguments) => command::subscribe::run(context, arguments).await,
            Self::Unsubscribe(arguments) => command::unsubscribe::run(context, arguments).await,
            Self::Disconnect(arguments) => command::disconnect::run(context, arguments).await,
            Self::Sessions(arguments) => command::sessions::run(context, arguments).await,
            Self::Events(arguments) => command::events::run(context, arguments).await,
            Self::Link(arguments) => command::link::run(context, arguments).await,
            Self::Listen(arguments) => command::listen::run(context, arguments).await,
            Self::Resend(arguments) => command::resend::run(context, arguments).await,
            Self::Sign(arguments) => command::sign::run(arguments).await,
            Self::Verify(arguments) => command::verify::run(context, arguments).await,
            Self::Mirror(arguments) => command::mirror::run(context, arguments).await,
            Self::Doctor(arguments) => command::doctor::run(context, arguments).await,
            Self::Probe(arguments) => command::probe::run(context, arguments).await,
            Self::Login(arguments) => command::login::run(arguments).await,
            Self::Schema(arguments) => command::schema::run(arguments),
            Self::Completions(arguments) => command::completions::run(arguments),
            Self::Man(arguments) => command::man::run(arguments, Cli::command()),
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    hardening::apply();
    // A shell that completes a line sets COMPLETE, and this prints the candidates and ends.
    CompleteEnv::with_factory(Cli::command).complete();
    if std::env::args_os().skip(1).any(|argument| hardening::has_secret(&argument.to_string_lossy())) {
        return refuse_secret();
    }
    let cli = Cli::parse();
    anstream::ColorChoice::from(cli.color).write_global();
    let is_service = cli.command.is_service();
    // Calls of one command need no threads, which take time to start.
    let mut builder = if is_service {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::report(&Failure::new(Exit::Failed, format!("the program cannot start: {error}")));
            return Exit::Failed.into();
        }
    };
    let context = Context::new(cli.output, cli.settings, cli.yes);
    let result = runtime.block_on(async {
        tokio::select! {
            // The handler is set before the command begins.
            biased;
            _ = tokio::signal::ctrl_c(), if !is_service => Err(context.interruption()),
            result = cli.command.run(&context) => result,
        }
    });
    // A look-up of a name cannot be interrupted, and the end must not wait for it.
    runtime.shutdown_background();
    match result {
        Ok(()) => Exit::Succeeded.into(),
        Err(failure) => {
            let failure = context.explain(failure);
            if !failure.is_quiet() {
                terminal::report(&failure);
            }
            failure.exit().into()
        }
    }
}

/// Refuses arguments before anything repeats them.
fn refuse_secret() -> ExitCode {
    let failure = Failure::usage(
        "an API key or a signing secret is no argument: other programs see it, and the shell keeps it in its history",
    );
    let next = "remove it from the history, and roll it if others use this machine; a key comes from STRIPE_API_KEY, \
                --key-file or fcctl login, a signing secret from STRIPE_WEBHOOK_SECRET or --secret-file";
    let failure = failure.next(next);
    terminal::report(&failure);
    failure.exit().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
