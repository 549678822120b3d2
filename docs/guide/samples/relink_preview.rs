//! Relink in the public preview: the user logs in again, and the same account is active again.
//!
//! `relink_preview ACCOUNT` reads `STRIPE_API_KEY` and `STRIPE_BASE_URL`. It waits for a line on its input, where a server waits for the
//! event `financial_connections.session.updated`.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;
use std::io::stdin;

use fc_ext::prelude::*;
use fc_ext::preview::{Relink, RelinkOutcome};
use fc_ext::types::AccountId;

// ANCHOR: say
/// What came of a relink.
fn say(outcome: RelinkOutcome) -> String {
    match outcome {
        RelinkOutcome::Active(account) => format!("{} is active again: refresh it", account.id),
        RelinkOutcome::NotActive(account) => format!("{} has lost its access again", account.id),
        RelinkOutcome::OtherAccount(other) => format!("the user chose {other}: ask which one to keep"),
        RelinkOutcome::Failed(reason) => {
            format!("not relinked: {}", reason.as_ref().map_or("no reason", |it| it.as_str()))
        }
        RelinkOutcome::Cancelled(_) => "the user left: offer it again later".to_owned(),
        RelinkOutcome::Pending => "the user is not done yet".to_owned(),
        other => format!("unclear: {other:?}"),
    }
}
// ANCHOR_END: say

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id: AccountId = env::args().nth(1).ok_or("usage: relink_preview ACCOUNT")?.parse()?;
    let fc = FinancialConnections::from_env()?;
    // ANCHOR: relink
    let preview = fc.preview();
    let account = preview.accounts().retrieve(&id).send().await?;
    // An error says why this account cannot be relinked, or need not be.
    let relink = Relink::of(&account)?;
    let session = relink.hosted_session(preview.client()).send().await?;
    println!("send the user to the page of session {}", session.id);
    // ANCHOR_END: relink
    stdin().read_line(&mut String::new())?;
    // ANCHOR: outcome
    let outcome = relink.outcome(preview.client(), &session.id).await?;
    println!("{}", say(outcome));
    // ANCHOR_END: outcome
    Ok(())
}
