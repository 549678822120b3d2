//! Sending a delivery again, on request and any number of times, with its own body or an edited one.

use std::sync::Arc;

use crate::lifecycle::delivery::record_resend;
use crate::model::webhook::Outcome;
use crate::request_log::SendKind;
use crate::state::State;
use crate::state::shared_world::SharedWorld;
use crate::webhook::attempt::{Sending, send_logged};
use crate::webhook::signature::{body, signed_body};

/// Why a delivery was not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResendError {
    Unknown,
    Deleted,
    Disabled,
    /// The process has no file for a connection.
    NoFile,
    /// The data file can no longer be written.
    NotWritten,
}

impl ResendError {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Unknown => "no delivery has this id: GET /_sandbox/worlds/{world}/deliveries lists them",
            Self::Deleted => "the webhook endpoint was deleted: create another one",
            Self::Disabled => "the webhook endpoint is disabled: enable it first",
            Self::NoFile => "the process has no file for the connection: try again later",
            Self::NotWritten => "the data file can no longer be written: start the sandbox again",
        }
    }
}

/// Sends a delivery once. An edited body is sent and logged, and the delivery stays as it is, because its event was not sent.
pub(crate) async fn resend(
    state: &Arc<State>,
    shared: &SharedWorld,
    id: &str,
    edited: Option<String>,
) -> Result<Outcome, ResendError> {
    let _turn = state.sends.acquire().await;
    state.written().await.map_err(|_| ResendError::NotWritten)?;
    let kind = if edited.is_some() { SendKind::Edited } else { SendKind::Resent };
    let (delivery, sending) = {
        let (world, now) = shared.lock_now();
        let delivery = world.deliveries.find(id).ok_or(ResendError::Unknown)?;
        let endpoint = &world.webhook_endpoints[world.deliveries[delivery].endpoint];
        if endpoint.deleted {
            return Err(ResendError::Deleted);
        }
        if endpoint.disabled {
            return Err(ResendError::Disabled);
        }
        let body = edited.unwrap_or_else(|| body(&world, delivery));
        let signed = signed_body(&world, delivery, body, now, state.clock.machine());
        (delivery, Sending { delivery: id.to_owned(), kind, signed })
    };
    let outcome = send_logged(state, sending).await.ok_or(ResendError::NoFile)?;
    if kind == SendKind::Resent {
        let (mut world, now) = shared.lock_now();
        record_resend(&mut world, delivery, now, outcome.clone());
    }
    Ok(outcome)
}
