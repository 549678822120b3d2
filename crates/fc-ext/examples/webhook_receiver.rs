//! Receive webhooks with axum: signed deliveries over HTTP are verified and handled once each.
//!
//! ```console
//! cargo run -p fc-ext --features axum --example webhook_receiver
//! ```
//!
//! `app` is the code to deploy. The rest acts as Stripe: it signs events with the secret of the endpoint and posts them. It
//! also posts duplicates, forgeries and replays.
#![expect(clippy::print_stdout, reason = "the example prints its results")]

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;
use fc_ext::types::{AccountId, RefreshStatus, Timestamp};
use fc_ext::webhook::{
    Claimed, EventKind, Receiver, RecentEvents, Secret, SeenEvents, Signer, Verifier, WebhookEvent,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

// ANCHOR: app
/// State of the handlers.
#[derive(Clone)]
struct App {
    receiver: Receiver,
    /// In memory; a program with several processes has a store in its database.
    seen: RecentEvents,
    /// Accounts with a fresh balance; in a program this is a database.
    fresh: Arc<Mutex<Vec<AccountId>>>,
}

impl FromRef<App> for Receiver {
    fn from_ref(app: &App) -> Self {
        app.receiver.clone()
    }
}

fn app(secret: Secret) -> (Router, App) {
    let app = App {
        receiver: Receiver::new(Verifier::new(secret)),
        seen: RecentEvents::default(),
        fresh: Arc::default(),
    };
    (Router::new().route("/webhook", post(receive)).with_state(app.clone()), app)
}
// ANCHOR_END: app

// ANCHOR: receive
/// Handles a verified event. The status of the response tells Stripe whether to deliver it again.
async fn receive(State(app): State<App>, event: WebhookEvent) -> StatusCode {
    handle_once(&app, &event).await.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn handle_once(app: &App, event: &WebhookEvent) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
    // Longer than any handling takes. A process that is killed leaves the event claimed for this time.
    const LEASE: Duration = Duration::from_secs(60);
    Ok(match app.seen.claim(&event.id, LEASE).await? {
        Claimed::First(claim) => {
            if handle(app, event).is_ok() {
                claim.done().await?;
                StatusCode::OK
            } else {
                claim.release().await?;
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
        Claimed::Running => StatusCode::CONFLICT,
        Claimed::Done => StatusCode::OK,
    })
}
// ANCHOR_END: receive

// ANCHOR: handle
fn handle(app: &App, event: &WebhookEvent) -> Result<(), Box<dyn Error>> {
    if let Some(mismatch) = event.version_mismatch() {
        eprintln!("  {}: {mismatch}", event.id);
    }
    match event.kind() {
        EventKind::AccountRefreshedBalance(account) => {
            let status = account.balance_refresh.as_ref().map(|refresh| &refresh.status);
            if status == Some(&RefreshStatus::Succeeded) {
                app.fresh.lock().map_err(|_| "another handler panicked")?.push(account.id.clone());
            }
        }
        EventKind::Undecoded(_) => {
            // `event.data.object` holds the JSON.
            if let Some(reason) = event.decode_error() {
                eprintln!("  {}: {reason}", event.id);
            }
        }
        _ => {}
    }
    Ok(())
}
// ANCHOR_END: handle

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = Secret::new("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH")?;
    let signer = Signer::new(secret.clone());
    let (router, app) = app(secret);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = Endpoint { address: listener.local_addr()?.to_string() };
    tokio::spawn(async move { axum::serve(listener, router).await });

    let now = Timestamp::now();
    let refreshed = event(
        "evt_1",
        "refreshed_balance",
        r#""balance_refresh": {"status": "succeeded", "last_attempted_at": 1681422295, "next_refresh_available_at": null},"#,
    );
    let header = signer.sign(&refreshed, now);
    endpoint.expect("a valid event", &refreshed, Some(&header), 200).await?;
    endpoint.expect("the same event again", &refreshed, Some(&header), 200).await?;

    let forged = refreshed.replace("fca_", "fca_other_");
    endpoint.expect("a changed body", &forged, Some(&header), 400).await?;
    endpoint.expect("no signature", &refreshed, None, 400).await?;
    let recorded = signer.sign(&refreshed, now - Verifier::TOLERANCE - Verifier::TOLERANCE);
    endpoint.expect("a replay", &refreshed, Some(&recorded), 400).await?;

    let newer = event("evt_2", "something_new", "");
    endpoint.expect("an unknown type", &newer, Some(&signer.sign(&newer, now)), 200).await?;
    let odd = event("evt_3", "created", "").replace(r#""created": 1681412208"#, r#""created": "yesterday""#);
    endpoint.expect("an object that does not decode", &odd, Some(&signer.sign(&odd, now)), 200).await?;

    let fresh = app.fresh.lock().map_err(|_| "a handler panicked")?.clone();
    if fresh.len() != 1 {
        return Err(format!("one event should have been handled, once: {fresh:?}").into());
    }
    println!("handled once: {}", fresh[0]);
    Ok(())
}

/// The receiver, as Stripe calls it.
struct Endpoint {
    address: String,
}

impl Endpoint {
    /// Delivers a body and checks the status of the response.
    async fn expect(
        &self,
        what: &str,
        body: &str,
        signature: Option<&str>,
        status: u16,
    ) -> Result<(), Box<dyn Error>> {
        let signature = signature.map(|value| format!("Stripe-Signature: {value}\r\n")).unwrap_or_default();
        let request = format!(
            "POST /webhook HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{signature}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let answered = answer.split(' ').nth(1).unwrap_or("nothing");
        println!("{what}: {answered}");
        if answered != status.to_string() {
            return Err(format!("{what}: answered {answered}, expected {status}").into());
        }
        Ok(())
    }
}

/// Event about an account.
fn event(id: &str, type_: &str, fields: &str) -> String {
    format!(
        r#"{{
  "id": "{id}", "object": "event", "api_version": "{version}", "created": 1681422300, "livemode": false,
  "data": {{
    "object": {{
      "id": "fca_1MwVK82eZvKYlo2Cjw8FMxXf", "object": "financial_connections.account", {fields}
      "category": "cash", "created": 1681412208, "institution_name": "StripeBank", "livemode": false,
      "status": "active", "subcategory": "checking", "supported_payment_method_types": ["us_bank_account"]
    }}
  }},
  "pending_webhooks": 1, "request": null, "type": "financial_connections.account.{type_}"
}}"#,
        version = fc_ext::types::API_VERSION,
    )
}
