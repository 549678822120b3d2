//! Webhooks: verified and read.

use std::time::{SystemTime, UNIX_EPOCH};

use fc_ext::types::{Authorization, Timestamp};
use fc_ext::webhook::{PayloadKind, ThinEvent, Verifier, WebhookError, WebhookEvent};
use tracing::Span;

use crate::engine::{Notice, Receipt, Shared, accept, event_row};
use crate::error::{Error, ErrorKind};
use crate::row::Tenant;

/// Where these events come from, as `fc_event.source` says.
const SOURCE: &str = "webhook";

/// Event, and where it belongs.
struct Webhook {
    notice: Notice,
    /// Connected account that it comes from.
    stripe_account: Option<String>,
    /// Missing only from events that Stripe does not send.
    livemode: Option<bool>,
}

pub(super) async fn receive(
    shared: &Shared,
    verifier: &Verifier,
    signature: &[u8],
    body: &[u8],
) -> Result<Receipt, Error> {
    // Stripe's time, and so the machine's, whatever the time of day of the mirror is.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_secs(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    if signature.is_empty() {
        return Err(Error::new(ErrorKind::Webhook, "the webhook has no `Stripe-Signature`")
            .with_source(WebhookError::MissingHeader));
    }
    verifier.verify(body, signature, now).map_err(|error| {
        Error::new(
            ErrorKind::Webhook,
            "the signature of the webhook is not right: check the webhook secret and the clock",
        )
        .with_source(error)
    })?;
    let Webhook { notice, stripe_account, livemode } = read(body)?;
    let livemode = livemode.ok_or_else(|| {
        Error::new(ErrorKind::Webhook, "the webhook does not say whether it is of live or of test mode")
    })?;
    let tenant = Tenant::new(stripe_account.as_deref(), livemode);
    let span = Span::current();
    span.record("event", notice.event.id.as_str());
    span.record("type", notice.event.kind.as_str());
    span.record("tenant", tenant.id());
    let receipt = accept(shared, &tenant, notice).await?;
    if receipt == Receipt::Scheduled {
        shared.wake.notify_one();
    }
    span.record("receipt", tracing::field::debug(receipt));
    Ok(receipt)
}

fn read(body: &[u8]) -> Result<Webhook, Error> {
    match WebhookEvent::parse(body) {
        Ok(event) => Ok(Webhook {
            notice: Notice::snapshot(&event, &String::from_utf8_lossy(body), SOURCE),
            stripe_account: event.account.as_ref().map(ToString::to_string),
            livemode: event.livemode,
        }),
        Err(WebhookError::UnexpectedPayload(unexpected)) if unexpected.found() == PayloadKind::Thin => {
            ThinEvent::parse(body).map(|event| thin(event, body)).map_err(unreadable)
        }
        Err(error) => Err(unreadable(error)),
    }
}

fn unreadable(error: WebhookError) -> Error {
    Error::new(ErrorKind::Webhook, "the webhook is genuine, but no event").with_source(error)
}

fn thin(event: ThinEvent, body: &[u8]) -> Webhook {
    let account = event.account_id().map(|account| account.to_string());
    let is_authorization =
        event.related_object.as_ref().is_some_and(|related| related.type_ == Authorization::OBJECT);
    let row = event_row(
        event.id.to_string(),
        event.type_.to_string(),
        account,
        &String::from_utf8_lossy(body),
        SOURCE,
    );
    Webhook {
        notice: Notice { event: row, is_authorization },
        stripe_account: event.context,
        livemode: event.livemode,
    }
}
