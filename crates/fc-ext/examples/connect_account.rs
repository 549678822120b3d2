//! Connect: act on behalf of a connected account, for one call or for all.
//!
//! `cargo run -p fc-ext --example connect_account` runs against a sandbox in this process, in which each connected account
//! is a world of its own.
#![expect(clippy::print_stdout, reason = "what it shows is its purpose")]

use std::error::Error;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_ext::types::{ConnectedAccountId, CustomerId};
use fc_sandbox::{AccountSpec, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let platform =
        Config::new(ApiKey::new("sk_test_sandboxneedsnorealkey")?).with_base_url(sandbox.base_url());
    let shop: ConnectedAccountId = "acct_1MwVK82eZvKYlo2C".parse()?;

    // For one call, or for one wait with all its calls: the builders take the account.
    let fc = FinancialConnections::new(platform.clone())?;
    let holder = AccountHolder::Account(shop.clone());
    let permissions = [Permission::Balances, Permission::PaymentMethod];
    let session = fc.sessions().create(holder, permissions).stripe_account(&shop).send().await?;
    let account = &sandbox.link(&session.id, [AccountSpec::checking()])?[0];
    let refresh = fc.accounts().refresh(account, [RefreshFeature::Balance]).stripe_account(&shop);
    let refreshed = refresh.until_settled(Duration::from_secs(30)).await?;
    println!("on behalf of the shop: balance is fresh: {}", refreshed.is_success());

    // For all calls: a client of its own, with the same key.
    let of_shop = FinancialConnections::new(platform.with_stripe_account(&shop))?;
    let accounts = of_shop.accounts().list().items().into_vec().await?;
    println!("the shop has {} account", accounts.len());

    // The platform itself has none, and does not see the shop's.
    let mut own = fc.accounts().list().items();
    println!("the platform has its own: {}", own.next().await.is_some());
    let error = fc.accounts().retrieve(account).send().await.expect_err("it belongs to the shop");
    println!("asked without the shop: {error}");

    // The shop's customers link accounts, too; the holder is then the customer.
    let customer: CustomerId = "cus_unknown".parse()?;
    let session = of_shop.sessions().create(AccountHolder::Customer(customer), permissions);
    let error = session.send().await.expect_err("the shop has no such customer");
    println!("unknown customer: {error}");
    Ok(())
}
