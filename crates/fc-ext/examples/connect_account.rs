//! Call on behalf of a connected account, for one call or for all calls.
//!
//! `cargo run -p fc-ext --example connect_account` runs against a sandbox in this process, in which each connected account
//! has its own data.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

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

    // ANCHOR: one_call
    // For one request, or for a wait and all its polls: the builders take the account.
    let fc = FinancialConnections::new(platform)?;
    let holder = NewAccountHolder::Account(shop.clone());
    let permissions = [Permission::Balances, Permission::PaymentMethod];
    let session = fc.sessions().create(holder, permissions).stripe_account(&shop).send().await?;
    let account = &sandbox.link(&session.id, [AccountSpec::checking()])?[0];
    let refresh = fc.accounts().refresh(account, [RefreshFeature::Balance]).stripe_account(&shop);
    let refreshed = refresh.until_settled(Duration::from_secs(30)).await?;
    println!("on behalf of the shop: balance is fresh: {}", refreshed.is_success());
    // ANCHOR_END: one_call

    // ANCHOR: all_calls
    // For all calls: a client that shares key, connections and retry budget with the platform's.
    let of_shop = fc.with_stripe_account(&shop)?;
    let accounts = of_shop.accounts().list().items().into_vec().await?;
    println!("the shop has {} account", accounts.len());
    // ANCHOR_END: all_calls

    // The platform has no account and does not see the shop's.
    let mut own = fc.accounts().list().items();
    println!("the platform has its own: {}", own.next().await.is_some());
    let error = fc.accounts().retrieve(account).send().await.expect_err("it belongs to the shop");
    println!("asked without the shop: {error}");

    // When a customer of the shop links an account, the holder is the customer.
    let customer: CustomerId = "cus_unknown".parse()?;
    let session = of_shop.sessions().create(NewAccountHolder::Customer(customer), permissions);
    let error = session.send().await.expect_err("the shop has no such customer");
    println!("unknown customer: {error}");
    Ok(())
}
