//! `/_sandbox/clock`: reading and moving the sandbox's clock.

use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use crate::clock::Instant;
use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::sandbox::Sandbox;

/// The longest step of the clock, in seconds: 400 days. Every scheduled task within a step runs during the call.
const MAX_ADVANCE: u64 = 400 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// In seconds.
    advance: Option<u64>,
    frozen: Option<bool>,
    /// Moves the clock to the next time at which something is due.
    #[serde(default)]
    to_next_due: bool,
}

pub(crate) async fn read(State(sandbox): State<Sandbox>) -> Reply {
    let clock = sandbox.clock();
    json!({ "now": clock.now(), "frozen": clock.is_frozen() }).into()
}

pub(crate) async fn change(
    State(sandbox): State<Sandbox>,
    JsonBody(Change { advance, frozen, to_next_due }): JsonBody<Change>,
) -> Result<Reply, Refusal> {
    if advance.is_some_and(|seconds| seconds > MAX_ADVANCE) {
        return Err(Refusal::invalid(format!(
            "`advance` is at most {MAX_ADVANCE} seconds: make several calls for a longer step"
        )));
    }
    if to_next_due && advance.is_some() {
        return Err(Refusal::invalid("send `advance` or `to_next_due`, not both"));
    }
    let next = if to_next_due { Some(next_due(&sandbox)?) } else { None };
    match frozen {
        Some(true) => sandbox.clock().freeze(),
        Some(false) => sandbox.clock().resume(),
        None => {}
    }
    if let Some(seconds) = advance {
        sandbox.clock().advance(Duration::from_secs(seconds));
    }
    if let Some(next) = next {
        // The clock may run meanwhile; then it is past that time, or closer to it.
        sandbox.clock().advance(next.since(sandbox.clock().instant()));
    }
    Ok(read(State(sandbox)).await)
}

fn next_due(sandbox: &Sandbox) -> Result<Instant, Refusal> {
    sandbox
        .next_due()
        .ok_or_else(|| Refusal::invalid("nothing is due: start a refresh or a subscription first"))
}
