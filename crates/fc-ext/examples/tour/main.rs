//! Tour of Financial Connections over real HTTP: session, link, refresh, owners, transactions, subscribe, disconnect.
//!
//! `cargo run --example tour` starts a sandbox in this process and needs nothing else.
//!
//! `cargo run --example tour -- --stripe --customer cus_…` runs the steps that need no browser against Stripe's test mode,
//! with the test key in `STRIPE_API_KEY`.
#![expect(clippy::print_stdout, reason = "the tour prints its results")]

mod print;
mod steps;

use std::error::Error;
use std::time::Duration;

use fc_ext::{ApiKey, Config, FinancialConnections, NewAccountHolder, Permission};
use fc_sandbox::{AccountOwner, AccountSpec, Sandbox};

const USAGE: &str = "usage: tour [--stripe --customer cus_…]
  without arguments   the whole tour, against a sandbox in this process
  --stripe            the steps that need no browser, against Stripe's test mode; the key is in STRIPE_API_KEY
  --customer ID       the account holder";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => in_sandbox().await,
        ["--stripe", "--customer", id] | ["--customer", id, "--stripe"] => at_stripe(id).await,
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.into()),
    }
}

async fn in_sandbox() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().refresh_delay(Duration::from_secs(1)).start().await?;
    let key = ApiKey::new("sk_test_sandboxneedsnorealkey")?;
    let fc = FinancialConnections::new(Config::new(key).with_base_url(sandbox.base_url()))?;
    println!("Financial Connections in a sandbox at {}", sandbox.base_url());

    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session = steps::create_session(&fc, holder, Permission::ALL).await?;

    print::step("The user gives consent and links two accounts");
    print::note("In production your front end opens a modal with the client secret.");
    let checking = AccountSpec::checking().display_name("Everyday").last4("6789").transactions(60);
    let owner =
        AccountOwner::new("Jane Smith").email("jane@example.com").raw_address("123 Main Street, Everytown");
    let savings = AccountSpec::savings().display_name("Rainy day").last4("4321");
    sandbox.link(&session.id, [checking.owners([owner]), savings])?;

    let accounts = steps::list_accounts(&fc, Some(&session.id)).await?;
    let account = accounts.iter().find(|account| account.last4.as_deref() == Some("6789"));
    let account = account.ok_or("the linked account is not in the list")?;

    let account = steps::refresh(&fc, &account.id).await?;
    steps::owners(&fc, &account).await?;
    steps::transactions(&fc, &account.id).await?;
    steps::subscribe(&fc, &account.id).await?;
    steps::disconnect(&fc, &account.id).await?;

    println!("\nThat was the life of a linked account. ARCHITECTURE.md describes the parts of this project.");
    Ok(())
}

async fn at_stripe(customer: &str) -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    if config.api_key().is_live() {
        return Err("the tour creates objects, so it needs a test key, not a live one".into());
    }
    let fc = FinancialConnections::new(config)?;
    println!("Financial Connections at Stripe, test mode");

    steps::create_session(&fc, NewAccountHolder::Customer(customer.parse()?), Permission::ALL).await?;
    print::note(
        "Linking needs a browser: open the session's client secret with Stripe.js, then run this again.",
    );

    let accounts = steps::list_accounts(&fc, None).await?;
    let Some(account) =
        accounts.iter().find(|account| account.status == fc_ext::types::AccountStatus::Active)
    else {
        print::note("No active account yet, so the tour ends here.");
        return Ok(());
    };
    let account = steps::refresh(&fc, &account.id).await?;
    steps::owners(&fc, &account).await?;
    steps::transactions(&fc, &account.id).await
}
