//! The decision before a debit: every result of a balance check, with what to do.
//!
//! `debit ACCOUNT CENTS` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;
use std::time::Duration;

use fc_ext::BalanceCheck;
use fc_ext::prelude::*;
use fc_ext::types::AccountId;

// ANCHOR: decide
async fn decide(fc: &FinancialConnections, account: &AccountId, cents: i64) -> Result<String, fc_ext::Error> {
    // A balance that Stripe fetched at most ten minutes ago, within at most twenty seconds.
    let (max_age, deadline) = (Duration::from_secs(600), Duration::from_secs(20));
    let check = fc.accounts().fresh_balance(account, max_age, deadline).await?;
    Ok(match check {
        BalanceCheck::Fresh { balance, .. } => match balance.spendable("usd") {
            Some(money) if money.amount >= cents => format!("debit it: {money} can be spent"),
            Some(money) => format!("do not debit it: {money} can be spent"),
            None => "do not debit it: there is no figure in usd".to_owned(),
        },
        BalanceCheck::Stale { reason, .. } => format!("try again later: {reason}"),
        BalanceCheck::Relink => "ask the user to link the account again".to_owned(),
        BalanceCheck::Disconnected => "ask the user for another account".to_owned(),
        BalanceCheck::NoPermission => "ask the user for the permission, in a new session".to_owned(),
        BalanceCheck::NoData => "decide without a balance: the institution gives none".to_owned(),
    })
}
// ANCHOR_END: decide

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(account), Some(cents)) = (arguments.next(), arguments.next()) else {
        return Err("usage: debit ACCOUNT CENTS".into());
    };
    let fc = FinancialConnections::from_env()?;
    println!("{}", decide(&fc, &account.parse()?, cents.parse()?).await?);
    Ok(())
}
