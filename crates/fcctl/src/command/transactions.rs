//! `fcctl transactions`: the transactions of an account, all or those that changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use fc_ext::types::{AccountId, AccountStatus, RefreshStatus, Transaction};
use fc_ext::{FinancialConnections, Paged as _, SyncIntoError, SyncPosition, TransactionStore};

use crate::argument::{AccountArgument, When, duration};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Printer};
use crate::rows::transaction::TRANSACTIONS;
use crate::settings::places;

/// List the transactions of an account, the newest first.
///
/// With --position, print only what is new or changed since the last run with that file, each transaction in its current
/// state: replace what you stored under its id. A change comes at least once; after a crash it may come again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl transactions fca_1 --since 2026-01-01
  fcctl transactions fca_1 --csv > transactions.csv
  fcctl transactions fca_1 --position fca_1.position --jsonl >> changes.jsonl
  fcctl transactions fca_1 --follow")]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: AccountArgument,
    /// Transactions from this time on: a date, a time, or a span before now
    #[arg(long, value_name = "WHEN", conflicts_with_all = ["position", "follow"])]
    since: Option<When>,
    /// Print at most this many
    #[arg(long, value_name = "N", conflicts_with_all = ["position", "follow"])]
    limit: Option<u64>,
    /// Print what changed since the position in this file, and store the new position there; with --json at the end
    #[arg(long, value_name = "FILE")]
    position: Option<PathBuf>,
    /// Wait for changes and print them as they come
    #[arg(long)]
    follow: bool,
    /// Look for changes this often
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = duration, requires = "follow")]
    interval: Duration,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let client = context.client()?;
    let account = &arguments.account.account;
    let printer = Printer::new(&context.output, &TRANSACTIONS)?;
    if arguments.position.is_none() && !arguments.follow {
        return list(&client, account, &arguments, printer).await;
    }
    let position = match &arguments.position {
        Some(path) => places::read_if_there(path)?.unwrap_or_default(),
        None => String::new(),
    };
    let position: SyncPosition = position.trim().parse().map_err(|error| {
        let path = arguments.position.as_deref().unwrap_or(Path::new("")).display().to_string();
        Failure::usage(format!("{path}: {error}")).next("name the file of an earlier run, or a new one")
    })?;
    let is_document = context.output.form() == Form::Json;
    if is_document && arguments.follow && arguments.position.is_some() {
        return Err(Failure::usage(
            "a JSON document of --follow has no end, after which a position could be stored",
        )
        .next("use --jsonl"));
    }
    let mut store =
        PrintingStore { printer, path: arguments.position, position, is_document, is_unstored: false };
    if let Some(path) = &store.path {
        context.when_interrupted(format!(
            "the same command goes on: fcctl transactions {account} --position {}",
            path.display()
        ));
    }
    if arguments.follow {
        return follow(&client, account, &mut store, arguments.interval).await;
    }
    sync(&client, account, &mut store).await?;
    store.finish()
}

async fn list(
    client: &FinancialConnections,
    account: &AccountId,
    arguments: &Arguments,
    mut printer: Printer<Transaction>,
) -> Result<(), Failure> {
    let size = crate::command::accounts::page_size(arguments.limit);
    let mut request = client.transactions().list(account).limit(size);
    if let Some(When(since)) = arguments.since {
        request = request.transacted_at_gte(since);
    }
    let mut left = arguments.limit.unwrap_or(u64::MAX);
    // Pages, because a stream of items would look for the next page at each row.
    let mut pages = request.pages();
    if arguments.limit.is_none() {
        pages = pages.prefetch();
    }
    while left > 0
        && let Some(page) = pages.next().await
    {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        for transaction in page?.data.iter().take(wanted) {
            printer.row(transaction)?;
            left -= 1;
        }
    }
    printer.finish()
}

/// Prints changes and then stores the position behind them.
struct PrintingStore {
    printer: Printer<Transaction>,
    path: Option<PathBuf>,
    position: SyncPosition,
    /// Whether the rows count only with the end of the output: no program takes half a JSON document.
    is_document: bool,
    /// Whether the position waits for that end.
    is_unstored: bool,
}

impl PrintingStore {
    /// Ends the output, and stores the position that waits for this.
    fn finish(self) -> Result<(), Failure> {
        self.printer.finish()?;
        match &self.path {
            Some(path) if self.is_unstored => store_position(path, &self.position),
            _ => Ok(()),
        }
    }
}

fn store_position(path: &Path, position: &SyncPosition) -> Result<(), Failure> {
    places::replace(path, &format!("{position}\n"))
}

impl TransactionStore for PrintingStore {
    type Error = Failure;

    async fn position(&mut self, _: &AccountId) -> Result<SyncPosition, Failure> {
        Ok(self.position.clone())
    }

    async fn commit(
        &mut self,
        _: &AccountId,
        changes: Vec<Transaction>,
        position: &SyncPosition,
    ) -> Result<(), Failure> {
        for change in &changes {
            self.printer.row(change)?;
        }
        // The position goes to disk after the rows are out, so that a crash repeats rows and loses none.
        self.printer.flush()?;
        if let Some(path) = &self.path
            && self.position != *position
        {
            self.is_unstored = self.is_document;
            if !self.is_document {
                store_position(path, position)?;
            }
        }
        self.position = position.clone();
        Ok(())
    }
}

async fn sync(
    client: &FinancialConnections,
    account: &AccountId,
    store: &mut PrintingStore,
) -> Result<(), Failure> {
    match client.transactions().sync_into(account, store).await {
        Ok(synced) => {
            if synced.started_over {
                crate::terminal::warn(
                    "Stripe no longer knows the stored position: all transactions were read",
                );
            }
            Ok(())
        }
        Err(SyncIntoError::Store(failure)) => Err(failure),
        Err(SyncIntoError::Sync(error)) => Err(error.into()),
    }
}

/// Syncs at once, and then whenever a refresh has succeeded. A failure that can pass is told and waited for.
async fn follow(
    client: &FinancialConnections,
    account: &AccountId,
    store: &mut PrintingStore,
    interval: Duration,
) -> Result<(), Failure> {
    let mut is_first = true;
    loop {
        // The first sync does not wait for news: the latest refresh may have failed or be pending.
        if (std::mem::take(&mut is_first) || has_news(client, account, store).await?)
            && let Err(failure) = sync(client, account, store).await
        {
            if failure.exit() != Exit::NotNow {
                return Err(failure);
            }
            crate::terminal::warn(&format!("{failure}; trying again"));
        }
        tokio::time::sleep(interval).await;
    }
}

/// Whether a refresh succeeded that the position does not cover: one call instead of two. A disconnected account never has
/// news again.
async fn has_news(
    client: &FinancialConnections,
    account: &AccountId,
    store: &PrintingStore,
) -> Result<bool, Failure> {
    let account = match client.accounts().retrieve(account).send().await {
        Ok(account) => account,
        Err(error) if error.is_retryable() => {
            crate::terminal::warn(&format!("{error}; trying again"));
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    if account.status == AccountStatus::Disconnected {
        return Err(Failure::new(Exit::Relink, format!("{} is disconnected", account.id))
            .next("link an account again: fcctl link"));
    }
    let latest = account.transaction_refresh.filter(|refresh| refresh.status == RefreshStatus::Succeeded);
    Ok(latest.is_some_and(|refresh| store.position.cursor() != Some(&refresh.id)))
}
