//! `/_sandbox/changes`: a stream of server-sent events that says what has changed.
//!
//! The stream compares counters a few times in a second. So a change costs its writer one addition, any number of changes
//! is one event, and none is missed: a reader reads again what it shows.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::State as Extract;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_core::Stream;
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::ClockState;
use crate::sandbox::Sandbox;
use crate::state::State;

/// The wait between two looks.
const EVERY: Duration = Duration::from_millis(150);

/// What is compared. A part of the state has changed if its counter, or its few values, are others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Revisions {
    worlds: u64,
    requests: u64,
    faults: Vec<String>,
    clock: ClockState,
}

impl Revisions {
    fn of(state: &State) -> Self {
        Self {
            worlds: state.revision(),
            requests: state.log.revision(),
            faults: state.faults.pending().iter().map(ToString::to_string).collect(),
            clock: state.clock.state(),
        }
    }
}

/// The events of one reader.
pub(super) struct Changes(Receiver<Event>);

impl Stream for Changes {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

pub(super) async fn stream(
    Extract(sandbox): Extract<Sandbox>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = channel(1);
    tokio::spawn(watch(Arc::clone(&sandbox.state), sender));
    Sse::new(Changes(receiver)).keep_alive(KeepAlive::default())
}

/// Sends the counters at the start and after each change, until the reader or the server ends.
async fn watch(state: Arc<State>, sender: Sender<Event>) {
    let mut endings = state.endings.subscribe();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = endings.changed() => return,
            () = sender.closed() => return,
        }
        let now = Revisions::of(&state);
        if sent.as_ref() == Some(&now) {
            continue;
        }
        let text = serde_json::to_string(&now).expect("counters have text for keys and no failing parts");
        if sender.send(Event::default().event("changes").data(text)).await.is_err() {
            return;
        }
        sent = Some(now);
    }
}
