//! Sync the transactions of an account into a file: each run reads what changed since the run before.
//!
//! `cargo run -p fc-ext --example incremental_sync` runs against a sandbox in this process. It makes four runs, three days
//! apart. The second run is interrupted, and the third continues it.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_ext::types::{AccountId, Transaction, TransactionId};
use fc_ext::{SyncError, SyncPosition};
use fc_sandbox::{AccountSpec, Sandbox};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let key = ApiKey::new("sk_test_sandboxneedsnorealkey")?;
    let fc = FinancialConnections::new(Config::new(key).with_base_url(sandbox.base_url()))?;
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session = fc.sessions().create(holder, [Permission::Transactions]).send().await?;
    let account = &sandbox.link(&session.id, [AccountSpec::checking().transactions(1_500)])?[0];
    let file = std::env::temp_dir().join(format!("incremental-sync-{}.json", std::process::id()));

    match run(&fc, account, &file, usize::MAX).await {
        Err(error) if matches!(error.downcast_ref(), Some(SyncError::NoSuccessfulRefresh(_))) => {
            println!("nothing to sync yet, so refresh first");
        }
        other => return Err(format!("a sync before the first refresh gave {other:?}").into()),
    }
    for at_most in [usize::MAX, 10, usize::MAX, usize::MAX] {
        let refresh = fc.accounts().refresh(account, [RefreshFeature::Transactions]);
        refresh.until_settled(Duration::from_secs(30)).await?;
        run(&fc, account, &file, at_most).await?;
        sandbox.clock().advance(3 * DAY);
    }
    fs::remove_file(file)?;
    Ok(())
}

/// Content of the file: the transactions by id, and the position of the sync. Both are written together, so that they
/// always match.
#[derive(Default)]
struct Store {
    position: SyncPosition,
    transactions: BTreeMap<TransactionId, Transaction>,
}

/// One run. It stops after `at_most` transactions, like a program that is killed.
async fn run(
    fc: &FinancialConnections,
    account: &AccountId,
    file: &Path,
    at_most: usize,
) -> Result<(), Box<dyn Error>> {
    let mut store = Store::load(file)?;
    let mut sync = fc.transactions().sync(account, store.position.clone());
    let (mut created, mut updated) = (0, 0);
    while created + updated < at_most
        && let Some(transaction) = sync.next().await
    {
        let transaction = transaction?;
        match store.transactions.insert(transaction.id.clone(), transaction) {
            None => created += 1,
            Some(_) => updated += 1,
        }
    }
    store.position = sync.position();
    store.save(file)?;
    let end = if sync.is_complete() { "complete" } else { "interrupted" };
    println!("{created:>5} created, {updated:>3} updated, {end} at {}", store.position);
    Ok(())
}

impl Store {
    fn load(file: &Path) -> Result<Self, Box<dyn Error>> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(file)?;
        let (position, transactions) = text.split_once('\n').ok_or("the file has no first line")?;
        Ok(Self { position: position.parse()?, transactions: serde_json::from_str(transactions)? })
    }

    fn save(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        // Written to another file and renamed, so that the file holds the old state or the new one.
        let new = file.with_extension("new");
        fs::write(&new, format!("{}\n{}", self.position, serde_json::to_string(&self.transactions)?))?;
        fs::rename(new, file)?;
        Ok(())
    }
}
