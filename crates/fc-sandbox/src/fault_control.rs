//! `/_sandbox/faults`: faults on demand, for programs in other languages.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::control::{answer, read, refuse};
use crate::fault::{Fault, RateLimit};
use crate::model::{Feature, RefreshOutcome};
use crate::sandbox::Sandbox;

/// What the list of controls says about it.
pub(crate) const HELP: &str = "something goes wrong next: {fault, times?}, where a fault of calls takes {on?: operation, \
    should_retry?: true or false} as well. Faults of calls: rate_limited {reason}, lock_timeout, api_key_expired, \
    permission_denied, internal_error, internal_error_kept, unavailable, bad_gateway, connection_closed, reply_lost, \
    slow_head {milliseconds}, slow_body {milliseconds}, truncated_json, broken_body. Others: refresh_fails {feature, \
    outcome?}, institution_down {institution}, webhook_duplicated, webhook_delayed {seconds}, webhooks_reversed {count}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    fault: String,
    on: Option<String>,
    times: Option<u32>,
    should_retry: Option<bool>,
    reason: Option<String>,
    milliseconds: Option<u64>,
    seconds: Option<u64>,
    feature: Option<Feature>,
    outcome: Option<RefreshOutcome>,
    institution: Option<String>,
    count: Option<u32>,
}

pub(crate) async fn list(State(sandbox): State<Sandbox>) -> Response {
    let pending: Vec<String> = sandbox.faults().pending().iter().map(ToString::to_string).collect();
    answer(&json!({ "faults": pending }))
}

pub(crate) async fn inject(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let request: Request = match read(&body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let injected = request
        .into_fault()
        .and_then(|fault| sandbox.faults().inject(fault).map_err(|error| error.to_string()));
    match injected {
        Ok(()) => list(State(sandbox)).await,
        Err(problem) => refuse(StatusCode::BAD_REQUEST, &problem),
    }
}

pub(crate) async fn clear(State(sandbox): State<Sandbox>) -> Response {
    sandbox.faults().clear();
    list(State(sandbox)).await
}

impl Request {
    fn into_fault(mut self) -> Result<Fault, String> {
        let mut fault = self.kind()?;
        // What the fault had no use for was meant for another.
        let unused = [
            ("reason", self.reason.is_some()),
            ("milliseconds", self.milliseconds.is_some()),
            ("seconds", self.seconds.is_some()),
            ("feature", self.feature.is_some()),
            ("outcome", self.outcome.is_some()),
            ("institution", self.institution.is_some()),
            ("count", self.count.is_some()),
        ];
        if let Some((name, _)) = unused.into_iter().find(|(_, given)| *given) {
            return Err(format!("the fault `{}` takes no `{name}`", self.fault));
        }
        if let Some(on) = self.on {
            fault = fault.on(on);
        }
        if let Some(times) = self.times {
            fault = fault.times(times);
        }
        if let Some(advice) = self.should_retry {
            fault = fault.should_retry(advice);
        }
        Ok(fault)
    }

    fn kind(&mut self) -> Result<Fault, String> {
        let needs = |name: &str| format!("the fault `{}` needs `{name}`", self.fault);
        Ok(match self.fault.as_str() {
            "rate_limited" => {
                let reasons = RateLimit::ALL.map(RateLimit::as_str).join(", ");
                let reason = self.reason.take();
                let known =
                    RateLimit::ALL.into_iter().find(|known| Some(known.as_str()) == reason.as_deref());
                Fault::rate_limited(known.ok_or_else(|| format!("{}, one of {reasons}", needs("reason")))?)
            }
            "lock_timeout" => Fault::lock_timeout(),
            "api_key_expired" => Fault::api_key_expired(),
            "permission_denied" => Fault::permission_denied(),
            "internal_error" => Fault::internal_error(),
            "internal_error_kept" => Fault::internal_error_kept(),
            "unavailable" => Fault::unavailable(),
            "bad_gateway" => Fault::bad_gateway(),
            "connection_closed" => Fault::connection_closed(),
            "reply_lost" => Fault::reply_lost(),
            "slow_head" | "slow_body" => {
                let delay = self.milliseconds.take().ok_or_else(|| needs("milliseconds"))?;
                let delay = Duration::from_millis(delay);
                if self.fault == "slow_head" { Fault::slow_head(delay) } else { Fault::slow_body(delay) }
            }
            "truncated_json" => Fault::truncated_json(),
            "broken_body" => Fault::broken_body(),
            "refresh_fails" => {
                let feature = self.feature.take().ok_or_else(|| needs("feature"))?;
                Fault::refresh_ends(feature, self.outcome.take().unwrap_or(RefreshOutcome::Failed))
            }
            "institution_down" => {
                Fault::institution_down(self.institution.take().ok_or_else(|| needs("institution"))?)
            }
            "webhook_duplicated" => Fault::webhook_duplicated(),
            "webhook_delayed" => {
                let by = self.seconds.take().ok_or_else(|| needs("seconds"))?;
                Fault::webhook_delayed(Duration::from_secs(by))
            }
            "webhooks_reversed" => Fault::webhooks_reversed(self.count.take().ok_or_else(|| needs("count"))?),
            other => return Err(format!("no fault is called `{other}`; GET /_sandbox lists them")),
        })
    }
}
