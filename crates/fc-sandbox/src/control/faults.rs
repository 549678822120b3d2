//! `/_sandbox/faults`: injecting faults.

use axum::extract::State;
use serde_json::json;

use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::fault::Fault;
use crate::fault::kind::Kind;
use crate::sandbox::Sandbox;

/// The entry of the list of controls.
pub(crate) fn help() -> String {
    let [calls, others] = Kind::forms().map(|forms| forms.join(", "));
    format!(
        "injects a fault: {{fault, times?, from?: number of the first call that it meets}} with the members of the fault; a \
         fault of calls also takes {{on?: operation, \
         should_retry?: true or false}}. Faults of calls: {calls}. Others: {others}. Without outcome, a refresh fails"
    )
}

pub(crate) async fn list(State(sandbox): State<Sandbox>) -> Reply {
    let pending: Vec<String> = sandbox.faults().pending().iter().map(ToString::to_string).collect();
    json!({ "faults": pending }).into()
}

pub(crate) async fn inject(
    State(sandbox): State<Sandbox>,
    JsonBody(fault): JsonBody<Fault>,
) -> Result<Reply, Refusal> {
    sandbox.faults().inject(fault).map_err(Refusal::invalid)?;
    Ok(list(State(sandbox)).await)
}

pub(crate) async fn clear(State(sandbox): State<Sandbox>) -> Reply {
    sandbox.faults().clear();
    list(State(sandbox)).await
}
