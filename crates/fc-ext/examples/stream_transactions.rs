//! Stream all transactions of an account in the memory of two pages.
//!
//! `cargo run -p fc-ext --example stream_transactions` runs against a sandbox in this process.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_ext::types::TransactionStatus;
use fc_sandbox::{AccountSpec, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let key = ApiKey::new("sk_test_sandboxneedsnorealkey")?;
    let fc = FinancialConnections::new(Config::new(key).with_base_url(sandbox.base_url()))?;
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session = fc.sessions().create(holder, [Permission::Transactions]).send().await?;
    let account = &sandbox.link(&session.id, [AccountSpec::checking().transactions(2_000)])?[0];
    let refresh = fc.accounts().refresh(account, [RefreshFeature::Transactions]);
    refresh.until_settled(Duration::from_secs(30)).await?;

    // Newest first. The next page is requested while this one is summed up.
    let mut transactions = fc.transactions().list(account).items().prefetch();
    let mut newest = None;
    let mut sums: BTreeMap<TransactionStatus, (u32, i64)> = BTreeMap::new();
    while let Some(transaction) = transactions.next().await {
        let transaction = transaction?;
        let (count, sum) = sums.entry(transaction.status).or_default();
        *count += 1;
        *sum += transaction.amount;
        newest.get_or_insert(transaction.id);
    }
    for (status, (count, sum)) in &sums {
        println!("{count:>5} {status:<8} {sum:>12} cents");
    }

    // Later: only transactions newer than the newest one seen, oldest first.
    if let Some(newest) = newest {
        let newer = fc.transactions().list(account).ending_before(newest).items().into_vec().await?;
        println!("{} newer than the newest", newer.len());
    }
    Ok(())
}
