//! Wait for a refresh by thin events, which say how it ended and hold no data.
//!
//! `thin ACCOUNT` reads `STRIPE_API_KEY`, `STRIPE_BASE_URL` and `WEBHOOK_SECRET`, and prints where it listens.
#![expect(clippy::print_stdout, reason = "the sample prints its result")]

use std::env;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;
use fc_ext::prelude::*;
use fc_ext::types::AccountId;
use fc_ext::webhook::{Receiver, Secret, ThinEvent, Verifier};
use futures_core::Stream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// State of the handler.
#[derive(Clone)]
struct App {
    receiver: Receiver,
    events: mpsc::Sender<ThinEvent>,
}

impl FromRef<App> for Receiver {
    fn from_ref(app: &App) -> Self {
        app.receiver.clone()
    }
}

// ANCHOR: receive
/// Passes a verified event on to the wait. It is answered 200 also when no wait is left.
async fn receive(State(app): State<App>, event: ThinEvent) -> StatusCode {
    let _ = app.events.send(event).await;
    StatusCode::OK
}

/// The other end of the channel, as a stream.
struct Events(mpsc::Receiver<ThinEvent>);

impl Stream for Events {
    type Item = ThinEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ThinEvent>> {
        self.0.poll_recv(context)
    }
}
// ANCHOR_END: receive

// ANCHOR: wait
async fn wait(fc: &FinancialConnections, id: &AccountId, events: Events) -> Result<(), fc_ext::Error> {
    let mut watch = fc.accounts().refresh(id, RefreshFeature::Balance).begin().await?;
    let limit = Duration::from_secs(600);
    let refreshed = fc.accounts().until_settled_by_thin_events(&mut watch, events, limit).await?;
    match refreshed.balance {
        // The account was read for it, once.
        Some(Outcome::Succeeded(balance)) => {
            for money in balance.current.iter() {
                println!("balance: {money}");
            }
        }
        // The event said so, and the account was not read.
        Some(Outcome::Failed { .. }) => println!("balance: failed at the bank, the old one stays"),
        other => println!("balance: {other:?}"),
    }
    Ok(())
}
// ANCHOR_END: wait

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = env::args().nth(1).ok_or("usage: thin ACCOUNT")?.parse()?;
    let secret = Secret::new(env::var("WEBHOOK_SECRET")?)?;
    let (sender, events) = mpsc::channel(100);
    let app = App { receiver: Receiver::new(Verifier::new(secret)), events: sender };
    let router = Router::new().route("/webhooks/thin", post(receive)).with_state(app);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    wait(&FinancialConnections::from_env()?, &account, Events(events)).await?;
    Ok(())
}
