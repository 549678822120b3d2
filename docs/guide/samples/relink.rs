//! Relink: find out whether an account needs the user, and open a new session for the same holder.
//!
//! `relink ACCOUNT` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;

use fc_ext::prelude::*;
use fc_ext::types::{Account, DeactivationAction, Session};

// ANCHOR: due
/// What to tell the user about an account, if anything.
fn due(account: &Account) -> Option<String> {
    let bank = &account.institution_name;
    if account.is_inactive() {
        return Some(format!("Your connection to {bank} has ended. Link the account again."));
    }
    let details = account.status_details.as_ref()?.active.as_ref()?;
    if details.action != Some(DeactivationAction::RelinkRequired) {
        return None;
    }
    Some(format!("Your connection to {bank} ends soon. Link the account again to keep it."))
}
// ANCHOR_END: due

// ANCHOR: relink
/// A session with the holder and the permissions of the old account.
async fn relink(fc: &FinancialConnections, account: &Account) -> Result<Session, Box<dyn Error>> {
    let holder = account.account_holder.as_ref().ok_or("the account has no holder")?;
    let permissions = account.permissions.clone().unwrap_or_default();
    let session = fc.sessions().create(NewAccountHolder::try_from(holder)?, permissions);
    Ok(session.send().await?)
}
// ANCHOR_END: relink

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = env::args().nth(1).ok_or("usage: relink ACCOUNT")?;
    let fc = FinancialConnections::from_env()?;
    let account = fc.accounts().retrieve(&id.parse()?).send().await?;
    let Some(text) = due(&account) else {
        println!("The account is active, and no end is planned.");
        return Ok(());
    };
    println!("{text}");
    let session = relink(&fc, &account).await?;
    println!("session {} asks for {} permissions", session.id, session.permissions.len());
    Ok(())
}
