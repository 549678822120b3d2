//! Errors: what each kind means, and how to repeat a call that may have been executed.
//!
//! `errors ACCOUNT` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;

use fc_ext::CallError;
use fc_ext::prelude::*;
use fc_ext::types::Session;

// ANCHOR: once
/// Creates one session for an order, however often it is called within a day.
async fn session_of_order(
    fc: &FinancialConnections,
    holder: &NewAccountHolder,
    order: &str,
) -> Result<Session, CallError> {
    let create = || {
        let create = fc.sessions().create(holder.clone(), [Permission::Balances]);
        create.idempotency_key(format!("session-of-{order}"))
    };
    match create().send().await {
        // The response got lost. The same key gives the session that exists, or makes it.
        Err(error) if error.may_have_executed() && error.is_retryable() => create().send().await,
        other => other,
    }
}
// ANCHOR_END: once

// ANCHOR: explain
fn explain(error: &fc_ext::Error) -> &'static str {
    if error.is_account_inactive() {
        "ask the user to link the account again"
    } else if error.is_no_successful_transaction_refresh() {
        "refresh the transactions first"
    } else if error.is_not_found() {
        "check the id, the mode of the key and the connected account"
    } else if error.is_authentication() {
        "check the key"
    } else if error.is_rate_limited() {
        "send fewer calls, and this one later"
    } else if error.is_retryable() {
        "try again later"
    } else {
        "fix the request; the text says where"
    }
}
// ANCHOR_END: explain

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = env::args().nth(1).ok_or("usage: errors ACCOUNT")?.parse()?;
    // Without retries of the client, the lost response reaches this program.
    let fc = FinancialConnections::new(Config::from_env()?.with_max_retries(0))?;
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let first = session_of_order(&fc, &holder, "order-1").await?;
    let second = session_of_order(&fc, &holder, "order-1").await?;
    println!("one session for one order: {}", first.id == second.id);

    for error in [
        fc.transactions().list(&account).send().await.map(drop).map_err(fc_ext::Error::from),
        fc.accounts().refresh(&account, [RefreshFeature::Balance]).send().await.map(drop).map_err(Into::into),
        fc.accounts().retrieve(&"fca_unknown".parse()?).send().await.map(drop).map_err(Into::into),
    ] {
        let error = error.expect_err("each of these calls is refused");
        println!("{error}\n  -> {}", explain(&error));
    }
    Ok(())
}
