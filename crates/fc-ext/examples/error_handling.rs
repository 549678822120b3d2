//! Handle errors: which ones occur, and what to do about each.
//!
//! `cargo run -p fc-ext --example error_handling` runs against a sandbox in this process.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::error::Error as StdError;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_ext::types::AccountId;
use fc_ext::{CallError, ErrorKind, SyncError, WaitError};
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    // Errors before anything is sent name the remedy.
    let refused = ApiKey::new("pk_test_0123456789").expect_err("a publishable key is for browsers");
    println!("{refused}");

    let sandbox = Sandbox::start().await?;
    let config = Config::new(ApiKey::new("sk_test_sandboxneedsnorealkey")?).with_base_url(sandbox.base_url());
    let fc = FinancialConnections::new(config)?;
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session =
        fc.sessions().create(holder, [Permission::Balances, Permission::Transactions]).send().await?;
    let accounts = sandbox.link(&session.id, [AccountSpec::checking(), AccountSpec::savings()])?;

    // Errors of the API. The text is for people; a program branches on kind and code.
    let unknown: AccountId = "fca_doesnotexist".parse()?;
    react(&fc.accounts().retrieve(&unknown).send().await.expect_err("there is no such account"));
    let refresh = fc.accounts().refresh(&accounts[0], [RefreshFeature::Ownership]);
    react(&refresh.send().await.expect_err("the holder did not grant that permission"));
    sandbox.deactivate(&accounts[0])?;
    let refresh = fc.accounts().refresh(&accounts[0], [RefreshFeature::Balance]);
    react(&refresh.send().await.expect_err("the account is inactive"));

    // No response.
    let closed =
        Config::new(ApiKey::new("sk_test_sandboxneedsnorealkey")?).with_base_url("http://127.0.0.1:9");
    let closed = FinancialConnections::new(closed.with_timeout(Duration::from_secs(2)))?;
    react(&closed.accounts().retrieve(&unknown).send().await.expect_err("no server listens there"));

    // A failed refresh is an outcome and not an error, because every call succeeded.
    sandbox.plan_refresh(&accounts[1], Feature::Balance, RefreshOutcome::FailedAndInactive)?;
    let refresh = fc.accounts().refresh(&accounts[1], [RefreshFeature::Balance]);
    match refresh.until_settled(Duration::from_secs(30)).await {
        Ok(refreshed) => println!("refreshed: {:?}", refreshed.balance),
        Err(WaitError::Elapsed(elapsed)) => println!("not yet: {:?}", elapsed.pending()),
        Err(error) => return Err(error.into()),
    }

    // Two errors of a sync have their own variants.
    match fc.transactions().sync(&accounts[1], None).next().await {
        Some(Err(SyncError::NoSuccessfulRefresh(_))) => println!("sync: refresh first"),
        Some(Err(SyncError::UnknownCursor(_))) => println!("sync: start over, without a cursor"),
        other => println!("sync: {other:?}"),
    }
    Ok(())
}

fn react(error: &CallError) {
    let remedy = match error.kind() {
        _ if error.is_account_inactive() => "ask the user to link the account again",
        ErrorKind::NotFound => "check the id, the mode of the key and the connected account",
        ErrorKind::InvalidRequest => "fix the request",
        ErrorKind::Authentication | ErrorKind::Permission => "check the key",
        ErrorKind::RateLimited => "back off: the rate limit is exceeded",
        _ if error.may_have_executed() => "retrieve the object, or retry with the same idempotency key",
        _ => "retry later",
    };
    println!("{error}\n  -> {remedy}");
}
