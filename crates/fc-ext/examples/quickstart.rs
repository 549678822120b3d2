//! Link an account, refresh its balance, and read it.
//!
//! `cargo run -p fc-ext --example quickstart` runs against a sandbox in this process. Against Stripe, use
//! `FinancialConnections::from_env()` and let a user complete the session in a browser.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::error::Error;
use std::time::Duration;

use fc_ext::prelude::*;
use fc_sandbox::{AccountSpec, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A sandbox in this process. For Stripe, write `FinancialConnections::from_env()?`, which reads STRIPE_API_KEY.
    let sandbox = Sandbox::start().await?;
    let key = ApiKey::new("sk_test_sandboxneedsnorealkey")?;
    let fc = FinancialConnections::new(Config::new(key).with_base_url(sandbox.base_url()))?;

    // Ask for consent. Your front end opens the linking modal with the client secret of the session.
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session = fc.sessions().create(holder, [Permission::Balances]).send().await?;

    // The user links two accounts. The sandbox needs no browser for that.
    sandbox.link(&session.id, [AccountSpec::checking().display_name("Everyday"), AccountSpec::savings()])?;

    // Refresh the balance of each linked account, wait, and read it.
    let mut accounts = fc.accounts().list().session(&session.id).items();
    while let Some(account) = accounts.next().await {
        let account = account?;
        let refresh = fc.accounts().refresh(&account.id, [RefreshFeature::Balance]);
        let refreshed = refresh.until_settled(Duration::from_secs(30)).await?;
        let name = account.display_name.unwrap_or(account.institution_name);
        match refreshed.balance {
            Some(Outcome::Succeeded(balance)) => {
                for money in balance.current.iter() {
                    println!("{name}: {money}");
                }
            }
            other => println!("{name}: no balance ({other:?})"),
        }
    }
    Ok(())
}
