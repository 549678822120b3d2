//! `/_sandbox/relink` and `/_sandbox/sessions/{id}/end`: how a user goes through a session without the page.

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::model::session::SessionEnd;
use crate::sandbox::Sandbox;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relink {
    session: String,
}

/// The user logs in again and shares what the session asks for.
pub(crate) async fn relink(
    State(sandbox): State<Sandbox>,
    JsonBody(Relink { session }): JsonBody<Relink>,
) -> Result<Reply, Refusal> {
    let ids = sandbox.relink(session).map_err(Refusal::invalid)?;
    Ok(json!({ "accounts": ids.iter().map(AsRef::as_ref).collect::<Vec<&str>>() }).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    outcome: SessionEnd,
}

/// A session ends without accounts.
pub(crate) async fn end(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    JsonBody(End { outcome }): JsonBody<End>,
) -> Result<Reply, Refusal> {
    sandbox.end_session(id, outcome).map_err(Refusal::invalid)?;
    Ok(json!({}).into())
}
