//! `fcctl mirror`: a local copy of the data in SQLite or Postgres.

use std::time::Duration;

use clap::{Args, Subcommand};
use fc_ext::types::{AccountId, ConnectedAccountId};
use fc_mirror::{ChangePosition, Mirror, MirrorBuilder, Status};

use crate::argument::duration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::change::{CHANGES, DIFFERENCES, STATUS, StatusRow};
use crate::signals::Signals;
use crate::terminal::{self, Progress};

/// Keep a local copy of accounts, owners, balances and transactions in SQLite or Postgres.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl mirror run --store sqlite:bank.db --until-idle
  fcctl mirror run --store postgres://localhost/bank
  fcctl mirror changes --store sqlite:bank.db --after 0:15 --jsonl")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Run(RunArguments),
    /// Show what is loaded, due and failing
    Status {
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Compare accounts, owners and transactions with Stripe, row by row, and print what differs
    ///
    /// An account is compared with its latest balance; earlier balances are not.
    Verify {
        #[command(flatten)]
        store: StoreArgument,
        /// Compare this account only
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<AccountId>,
        /// Let the next run read again what differs
        #[arg(long)]
        repair: bool,
    },
    /// Print the changes of rows, in the order of their numbers
    Changes {
        #[command(flatten)]
        store: StoreArgument,
        /// Print changes behind this position only
        #[arg(long, value_name = "POSITION", default_value = "")]
        after: ChangePosition,
        /// Wait for changes and print them as they come
        #[arg(long)]
        follow: bool,
    },
    /// Erase every account of a holder from the copy; a tombstone stays
    Erase {
        #[command(flatten)]
        store: StoreArgument,
        /// Customer (`cus_…`) or Stripe account (`acct_…`)
        #[arg(value_name = "HOLDER")]
        holder: String,
    },
}

/// Load everything, and keep the copy up to date until Ctrl-C.
///
/// A listing of all accounts finds what changed. Between two listings, --poll-events finds it sooner and with fewer calls.
/// No webhook reaches this program; a service that receives them uses the library fc-mirror.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl mirror run --store sqlite:bank.db --until-idle
  fcctl mirror run --store postgres://localhost/bank --poll-events 10s --reconcile-every 1h
  fcctl mirror run --store sqlite:bank.db --subscribe --refresh-balances 12h --refreshes-per-hour 20")]
struct RunArguments {
    #[command(flatten)]
    store: StoreArgument,
    /// End once nothing is due
    #[arg(long)]
    until_idle: bool,
    /// List all accounts this often
    #[arg(long, value_name = "SPAN", default_value = "1m", value_parser = duration)]
    reconcile_every: Duration,
    /// Read Stripe's list of events this often
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    poll_events: Option<Duration>,
    /// Ask banks for balances that are older than this; Stripe may charge for it
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    refresh_balances: Option<Duration>,
    /// Ask for at most this many balances per hour
    #[arg(long, value_name = "N", default_value_t = 60, requires = "refresh_balances",
        value_parser = clap::value_parser!(u32).range(1..))]
    refreshes_per_hour: u32,
    /// Subscribe accounts to transactions, so that Stripe refreshes them daily; Stripe may charge for it
    #[arg(long)]
    subscribe: bool,
    /// Erase the data of accounts that are disconnected, instead of keeping their history
    #[arg(long)]
    erase_disconnected: bool,
}

#[derive(Debug, Args)]
struct StoreArgument {
    /// Database: sqlite:FILE or postgres://…
    #[arg(long, value_name = "STORE", env = "FCCTL_STORE", hide_env_values = true)]
    store: String,
    /// Read and write this connected account too; can be repeated
    #[arg(long = "connected-account", value_name = "ACCT", value_delimiter = ',')]
    connected_accounts: Vec<ConnectedAccountId>,
}

impl StoreArgument {
    /// Settings of a mirror of the key's account, or that of --stripe-account, and of the connected accounts.
    fn builder(&self, context: &Context) -> Result<MirrorBuilder, Failure> {
        let builder = Mirror::builder().config(context.target()?.config.clone());
        Ok(self
            .connected_accounts
            .iter()
            .fold(builder, |builder, account| builder.connected_account(account)))
    }
}

impl Arguments {
    /// Whether it runs until a signal.
    pub(crate) fn is_service(&self) -> bool {
        matches!(self.action, Action::Run(_))
    }
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.action {
        Action::Run(arguments) => mirror_run(context, arguments).await,
        Action::Status { store } => {
            let printer = Printer::new(&context.output, &STATUS)?;
            print_status(printer, &open(context, &store).await?.status().await?)
        }
        Action::Verify { store, account, repair } => verify(context, &store, account, repair).await,
        Action::Changes { store, after, follow } => changes(context, &store, after, follow).await,
        Action::Erase { store, holder } => erase(context, &store, &holder).await,
    }
}

async fn open(context: &Context, store: &StoreArgument) -> Result<Mirror, Failure> {
    Ok(store.builder(context)?.open(&store.store).await?)
}

async fn mirror_run(context: &Context, arguments: RunArguments) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let printer = Printer::new(&context.output, &STATUS)?;
    let mut builder = arguments
        .store
        .builder(context)?
        .reconcile_every(arguments.reconcile_every)
        .subscribe_transactions(arguments.subscribe)
        .erase_disconnected(arguments.erase_disconnected);
    if let Some(interval) = arguments.poll_events {
        builder = builder.poll_events(interval);
    }
    if let Some(age) = arguments.refresh_balances {
        builder = builder.refresh_balances(age, arguments.refreshes_per_hour);
    }
    let mirror = builder.open(&arguments.store.store).await?;
    if !arguments.until_idle {
        terminal::note("the copy is kept up to date; Ctrl-C ends it after the accounts under way");
        mirror.run(async move { signals.next().await }).await?;
        return print_status(printer, &mirror.status().await?);
    }
    // No webhook reaches this program, so only a listing tells what has changed since the last run.
    mirror.reconcile().await?;
    let progress = Progress::new("loading");
    let status = tokio::select! {
        status = mirror.run_until_idle() => status?,
        () = signals.next() => {
            return Err(Failure::new(Exit::Interrupted, "interrupted").next("the same command goes on where it was"));
        }
    };
    drop(progress);
    let verdict = match status.failing {
        0 => Ok(()),
        failing => Err(Failure::new(Exit::NotNow, format!("{failing} accounts could not be read"))
            .next("the view fc_health says why; run the same command again later")),
    };
    Failure::or_verdict(print_status(printer, &status), verdict)
}

fn print_status(mut printer: Printer<StatusRow>, status: &Status) -> Result<(), Failure> {
    for tenant in &status.tenants {
        let Status { due, leased, failing, .. } = *status;
        printer.row(&StatusRow { tenant: tenant.clone(), due, leased, failing })?;
    }
    printer.finish()
}

async fn verify(
    context: &Context,
    store: &StoreArgument,
    account: Option<AccountId>,
    repair: bool,
) -> Result<(), Failure> {
    let printer = Printer::new(&context.output, &DIFFERENCES)?;
    let mirror = open(context, store).await?;
    let progress = Progress::new("comparing");
    let found = match &account {
        Some(account) => mirror.verify_account(account, repair).await,
        None => mirror.verify(repair).await,
    };
    drop(progress);
    let found = found?;
    let next = if repair {
        "run the mirror, and verify again"
    } else {
        "repair it: add --repair, then run the mirror"
    };
    let verdict = match found.len() {
        0 => Ok(()),
        rows => Err(Failure::new(Exit::Failed, format!("{rows} rows differ")).next(next)),
    };
    Failure::or_verdict(printer.all(&found), verdict)
}

async fn changes(
    context: &Context,
    store: &StoreArgument,
    after: ChangePosition,
    follow: bool,
) -> Result<(), Failure> {
    let mirror = open(context, store).await?;
    let mut printer = Printer::new(&context.output, &CHANGES)?;
    let mut changes = mirror.changes(after);
    if follow {
        changes = changes.follow();
    }
    while let Some(change) = changes.next().await {
        printer.row(&(change?, changes.position().to_string()))?;
        if follow {
            printer.flush()?;
        }
    }
    printer.finish()
}

async fn erase(context: &Context, store: &StoreArgument, holder: &str) -> Result<(), Failure> {
    let mirror = open(context, store).await?;
    context.confirm(&format!("erase {holder} from the copy"), holder).await?;
    let erased = mirror.erase(holder).await?;
    terminal::note(&format!("erased {erased} accounts of {holder}"));
    Ok(())
}
