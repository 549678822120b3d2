//! The end of a customer: disconnect each account at Stripe, and erase the local copy.
//!
//! `erase CUSTOMER FILE` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;

use fc_ext::prelude::*;
use fc_mirror::Mirror;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(customer), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: erase CUSTOMER FILE".into());
    };
    let fc = FinancialConnections::from_env()?;
    let mirror = Mirror::open(&format!("sqlite:{file}")).await?;
    // ANCHOR: erase
    let holder = NewAccountHolder::Customer(customer.parse()?);
    let accounts = fc.accounts().list().holder(&holder).items().into_vec().await?;
    for account in &accounts {
        // Repeating it does no harm, so a run that stopped halfway is run again.
        fc.accounts().disconnect(&account.id).send().await?;
    }
    let erased = mirror.erase(&customer).await?;
    // ANCHOR_END: erase
    println!("accounts disconnected: {}, erased: {erased}", accounts.len());
    Ok(())
}
