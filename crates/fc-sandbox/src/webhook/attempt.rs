//! One attempt of a delivery, with its entry in the request log.

use std::time::Instant;

use crate::model::webhook::Outcome;
use crate::request_log::{LoggedBody, LoggedSend, SendKind};
use crate::state::State;
use crate::webhook::client::send;
use crate::webhook::signature::SignedRequest;

/// A request that is about to be sent, with what the request log shows of it.
#[derive(Debug)]
pub(crate) struct Sending {
    /// The id of the delivery.
    pub(crate) delivery: String,
    pub(crate) kind: SendKind,
    pub(crate) signed: SignedRequest,
}

/// Sends a request and logs it. None if this process has no file for a connection: then no attempt was made.
pub(crate) async fn send_logged(state: &State, sending: Sending) -> Option<Outcome> {
    let Sending { delivery, kind, signed } = sending;
    let sent_body = state.log.is_on().then(|| LoggedBody::of(signed.body.as_bytes()));
    let (at, began) = (state.clock.now(), Instant::now());
    let sent = send(signed, state.settings()).await?;
    if let Some(body) = sent_body {
        let (status, error) = match &sent.outcome {
            Outcome::Answered(status) => (Some(*status), None),
            Outcome::Failed(error) => (None, Some(error.as_str().into())),
        };
        let micros = began.elapsed().as_micros().try_into().unwrap_or(u64::MAX);
        let (delivery, answer) = (delivery.into(), LoggedBody::of(&sent.answer));
        state.log.add_send(LoggedSend { at, delivery, kind, status, error, micros, body, answer });
    }
    Some(sent.outcome)
}
