//! `/_sandbox/state`: export and import of the whole state.

use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::control::reply::{Refusal, Reply};
use crate::sandbox::Sandbox;

/// The largest state that is imported, in bytes. Ten thousand accounts with their events take about a tenth of it.
pub(crate) const MAX_BYTES: usize = 512 * 1024 * 1024;

/// A large state takes seconds, so it is read and written outside of the threads that serve requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let failed = |error| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the state was not handled: {error}"))
    };
    spawn_blocking(work).await.map_err(failed)
}

pub(crate) async fn export(State(sandbox): State<Sandbox>) -> Result<Reply, Refusal> {
    aside(move || sandbox.export()).await.map(Reply)
}

/// Removes all worlds. The clock, the seed and the settings stay.
pub(crate) async fn wipe(State(sandbox): State<Sandbox>) -> Result<Reply, Refusal> {
    aside(move || sandbox.wipe()).await?.map_err(Refusal::invalid)?;
    Ok(json!({}).into())
}

pub(crate) async fn import(State(sandbox): State<Sandbox>, state: String) -> Result<Reply, Refusal> {
    aside(move || sandbox.import(&state)).await?.map_err(Refusal::invalid)?;
    Ok(json!({}).into())
}
