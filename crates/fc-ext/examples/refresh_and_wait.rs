//! Refresh an account and wait for the outcome of each feature: by polling, by a condition, or by events.
//!
//! `cargo run -p fc-ext --example refresh_and_wait` runs against a sandbox in this process.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::collections::VecDeque;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use fc_ext::WaitError;
use fc_ext::prelude::*;
use fc_ext::types::Event;
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome, Sandbox};
use futures_core::Stream;

const KEY: &str = "sk_test_sandboxneedsnorealkey";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().refresh_delay(Duration::from_millis(300)).start().await?;
    let fc = FinancialConnections::new(Config::new(ApiKey::new(KEY)?).with_base_url(sandbox.base_url()))?;
    let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse()?);
    let session = fc.sessions().create(holder, Permission::ALL).send().await?;
    let accounts = sandbox
        .link(&session.id, [AccountSpec::checking(), AccountSpec::savings(), AccountSpec::credit_card()])?;
    let polling = Polling::within(Duration::from_secs(10)).first(Duration::from_millis(100));

    // By polling. A refresh that fails is an outcome, not an error.
    sandbox.plan_refresh(&accounts[0], Feature::Ownership, RefreshOutcome::Failed)?;
    let refresh = fc.accounts().refresh(&accounts[0], [RefreshFeature::Balance, RefreshFeature::Ownership]);
    match refresh.until_settled(polling).await {
        Ok(refreshed) => {
            println!("polling   {:?}", refreshed.balance.as_ref().map(Outcome::is_success));
            if let Some(Outcome::Failed { next_refresh_available_at }) = refreshed.ownership {
                println!("          ownership failed; again from {next_refresh_available_at:?}");
            }
        }
        Err(WaitError::Elapsed(elapsed)) => println!("still pending: {:?}", elapsed.pending()),
        Err(error) => return Err(error.into()),
    }

    // Five seconds later it is too early: the call returns at once, and says how old the data is.
    sandbox.clock().advance(Duration::from_secs(5));
    let again = fc.accounts().refresh(&accounts[0], [RefreshFeature::Balance]).until_settled(polling).await?;
    println!("again     {:?}", again.balance);

    // By a condition, for a refresh that another part of the program started.
    fc.accounts()
        .refresh(&accounts[1], [RefreshFeature::Balance, RefreshFeature::Transactions])
        .send()
        .await?;
    let fresh = settled(RefreshFeature::Balance).and(settled(RefreshFeature::Transactions));
    let account = fc.accounts().retrieve(&accounts[1]).until(fresh, polling).await?;
    println!("condition {} has {:?}", account.id, account.balance.map(|balance| balance.current));

    // By webhook events, without polling. The event log of the sandbox replaces the deliveries.
    let mut watch = fc.accounts().refresh(&accounts[2], [RefreshFeature::Transactions]).begin().await?;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let events = sandbox.events(KEY).into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?;
    let refreshed =
        fc.accounts().until_settled_by(&mut watch, Deliveries(events), Duration::from_secs(5)).await?;
    println!("events    {:?}", refreshed.transactions);
    Ok(())
}

/// Stream of events; in a program it is the receiver of a channel to which the webhook handler sends.
struct Deliveries(VecDeque<Event>);

impl Stream for Deliveries {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Event>> {
        Poll::Ready(self.0.pop_front())
    }
}
