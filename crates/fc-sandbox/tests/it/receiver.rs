//! A webhook endpoint for one test, on a real port.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::bench::PATIENCE;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).expect("the header is there").to_str().expect("a readable header")
    }
}

#[derive(Debug, Default)]
struct Inbox {
    received: Mutex<Vec<Received>>,
    /// The statuses of the next responses; 200 when there are none.
    statuses: Mutex<VecDeque<u16>>,
    arrived: Notify,
}

/// A server that accepts every request and responds with the given statuses.
pub(crate) struct Receiver {
    pub(crate) url: String,
    inbox: Arc<Inbox>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let inbox = Arc::new(Inbox::default());
        let router = Router::new().fallback(take).with_state(Arc::clone(&inbox));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks?from=fc", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inbox }
    }

    /// Sets the statuses of the responses to the next requests.
    pub(crate) fn respond_with(&self, statuses: impl IntoIterator<Item = u16>) {
        self.inbox.statuses.lock().expect("no panic").extend(statuses);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inbox.received.lock().expect("no panic").clone()
    }

    /// The types of all received events in order of arrival, without their common prefix.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kind = |received: &Received| received.event()["type"].as_str().expect("a type").to_owned();
        let received = self.received();
        received.iter().map(kind).map(|kind| kind.replace("financial_connections.", "")).collect()
    }

    /// Waits until `count` requests have arrived.
    pub(crate) async fn until(&self, count: usize) {
        let arrived = async {
            while self.received().len() < count {
                self.inbox.arrived.notified().await;
            }
        };
        let in_time = timeout(PATIENCE, arrived).await;
        assert!(in_time.is_ok(), "{} of {count} requests arrived within {PATIENCE:?}", self.received().len());
    }
}

async fn take(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    inbox.received.lock().expect("no panic").push(Received { headers, body });
    inbox.arrived.notify_one();
    let status = inbox.statuses.lock().expect("no panic").pop_front().unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}
