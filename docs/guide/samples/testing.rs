//! Tests of an integration against a sandbox in the same process: no network, no key, no waiting.

use std::error::Error;
use std::time::Duration;

use fc_ext::BalanceCheck;
use fc_ext::prelude::*;
use fc_ext::types::{Account, AccountId, AccountStatus};
use fc_sandbox::{AccountSpec, Clock, Feature, RefreshOutcome, RunningSandbox, Sandbox};

type Test = Result<(), Box<dyn Error>>;

// ANCHOR: setup
const KEY: &str = "sk_test_sandboxneedsnorealkey";

/// A sandbox at a fixed time, a client for it, and an account that a user linked.
async fn bank() -> Result<(RunningSandbox, FinancialConnections, AccountId), Box<dyn Error>> {
    let sandbox =
        Sandbox::builder().clock(Clock::frozen(1_790_000_000)).refresh_delay(Duration::ZERO).start().await?;
    let fc = FinancialConnections::new(Config::new(ApiKey::new(KEY)?).with_base_url(sandbox.base_url()))?;
    let customer = sandbox.customer(KEY)?;
    let session =
        fc.sessions().create(&customer, [Permission::Balances, Permission::Transactions]).send().await?;
    let account = sandbox.link(&session.id, [AccountSpec::checking()])?.remove(0);
    Ok((sandbox, fc, account))
}
// ANCHOR_END: setup

// ANCHOR: failure
#[tokio::test]
async fn a_debit_waits_when_the_bank_is_down() -> Test {
    let (sandbox, fc, account) = bank().await?;
    sandbox.plan_refresh(&account, Feature::Balance, RefreshOutcome::Failed)?;
    let (max_age, deadline) = (Duration::from_secs(600), Duration::from_secs(20));
    let check = fc.accounts().fresh_balance(&account, max_age, deadline).await?;
    assert!(matches!(check, BalanceCheck::Stale { .. }), "{check:?}");
    Ok(())
}
// ANCHOR_END: failure

// ANCHOR: models
/// Code of the program under test.
fn needs_relink(account: &Account) -> bool {
    account.status == AccountStatus::Inactive
}

#[test]
fn an_inactive_account_needs_a_relink() {
    let mut account = Account::default();
    account.status = AccountStatus::Inactive;
    assert!(needs_relink(&account));
    account.status = AccountStatus::Active;
    assert!(!needs_relink(&account));
}
// ANCHOR_END: models

// ANCHOR: week
#[tokio::test]
async fn a_week_of_daily_refreshes_passes_in_one_call() -> Test {
    let (sandbox, fc, account) = bank().await?;
    fc.accounts().subscribe(&account, [SubscribeFeature::Transactions]).send().await?;
    sandbox.clock().advance(Duration::from_secs(7 * 86_400));
    let refreshes = sandbox.events(KEY);
    let type_ = "financial_connections.account.refreshed_transactions";
    let refreshes = refreshes.iter().filter(|event| event["type"] == type_);
    assert_eq!(refreshes.count(), 8, "one at the subscription, one for each day");
    Ok(())
}
// ANCHOR_END: week
