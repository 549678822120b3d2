//! Refresh an account, wait for the bank, and read each outcome.
//!
//! `refresh ACCOUNT` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;
use std::time::Duration;

use fc_ext::WaitError;
use fc_ext::prelude::*;
use fc_ext::types::AccountId;

// ANCHOR: refresh
async fn refresh(fc: &FinancialConnections, account: &AccountId) -> Result<(), fc_ext::Error> {
    let features = [RefreshFeature::Balance, RefreshFeature::Transactions];
    let refresh = fc.accounts().refresh(account, features);
    let refreshed = match refresh.until_settled(Duration::from_secs(60)).await {
        Ok(refreshed) => refreshed,
        // The bank is slow. The refresh goes on; its webhook comes later.
        Err(WaitError::Elapsed(elapsed)) => {
            println!("still pending: {:?}", elapsed.pending());
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    match refreshed.balance {
        Some(Outcome::Succeeded(balance)) => {
            for money in balance.current.iter() {
                println!("balance: {money}");
            }
        }
        Some(Outcome::NoData) => println!("balance: the bank gives none"),
        Some(Outcome::Failed { .. }) => println!("balance: failed at the bank, the old one stays"),
        Some(Outcome::TooEarly { .. }) => println!("balance: refreshed a moment ago, nothing started"),
        Some(Outcome::Inactive) => println!("balance: ask the user to link the account again"),
        Some(Outcome::Disconnected) => println!("balance: the account is gone"),
        Some(Outcome::NoPermission) => println!("balance: the user did not permit it"),
        other => println!("balance: {other:?}"),
    }
    let is_fresh = refreshed.transactions.is_some_and(|outcome| outcome.is_success());
    println!("transactions: {}", if is_fresh { "fresh" } else { "not fresh" });
    Ok(())
}
// ANCHOR_END: refresh

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = env::args().nth(1).ok_or("usage: refresh ACCOUNT")?;
    refresh(&FinancialConnections::from_env()?, &account.parse()?).await?;
    Ok(())
}
