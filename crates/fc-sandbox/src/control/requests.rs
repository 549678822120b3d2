//! `/_sandbox/requests`: the request log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::control::query::Query;
use crate::control::reply::{Refusal, Reply};
use crate::request_log::{LoggedBody, LoggedRequest, LoggedSend, Part, SendKind};
use crate::sandbox::Sandbox;
use crate::secrets::{masked_each, masked_form};

pub(super) async fn list(State(sandbox): State<Sandbox>, query: Query) -> Result<Reply, Refusal> {
    let filter = Filter {
        world: query.text("world")?,
        method: query.text("method")?,
        status: query.text("status")?,
        search: query.text("search")?,
    };
    let before = query.number("before")?.and_then(|before| u64::try_from(before).ok());
    let limit = query.limit()?;
    let log = sandbox.state.log.requests();
    let found = log
        .newest_first()
        .filter(|(number, request)| before.is_none_or(|before| *number < before) && filter.fits(request));
    let mut found: Vec<Value> =
        found.take(limit + 1).map(|(number, request)| render(number, request)).collect();
    let has_more = found.len() > limit;
    found.truncate(limit);
    let total = log.newest_first().count();
    Ok(json!({ "requests": found, "has_more": has_more, "total": total, "on": sandbox.state.log.is_on() })
        .into())
}

/// What a caller looks for.
struct Filter<'a> {
    world: Option<&'a str>,
    method: Option<&'a str>,
    /// A status, a class of them such as `4xx`, or `none` for a closed connection.
    status: Option<&'a str>,
    search: Option<&'a str>,
}

impl Filter<'_> {
    fn fits(&self, request: &LoggedRequest) -> bool {
        let is_world = |world| request.caller().is_some_and(|caller| caller.world_name() == world);
        self.method.is_none_or(|method| request.text(Part::Method).is_some_and(|used| used == method))
            && self.status.is_none_or(|status| has_status(request.status, status))
            && self.search.is_none_or(|search| is_found(request, search))
            && self.world.is_none_or(is_world)
    }
}

fn has_status(status: Option<u16>, wanted: &str) -> bool {
    match (status, wanted.strip_suffix("xx")) {
        (None, _) => wanted == "none",
        (Some(status), Some(class)) => (status / 100).to_string() == class,
        (Some(status), None) => status.to_string() == wanted,
    }
}

/// Whether the path, the id, the key of idempotency or a body contains a text. A secret is not searched for.
fn is_found(request: &LoggedRequest, search: &str) -> bool {
    let shown = |part: Part| request.text(part).map(|text| masked(part, &text));
    [Part::Target, Part::RequestId, Part::IdempotencyKey, Part::RequestBody, Part::ResponseBody]
        .into_iter()
        .any(|part| shown(part).is_some_and(|text| text.contains(search)))
}

/// A text without secrets.
fn masked(part: Part, text: &str) -> String {
    match part {
        Part::Target | Part::RequestBody => masked_form(text),
        _ => masked_each(text).into_owned(),
    }
}

pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
) -> Result<Reply, Refusal> {
    let log = sandbox.state.log.requests();
    let has_id = |request: &LoggedRequest| request.text(Part::RequestId).is_some_and(|id| id == number);
    let found = match number.parse() {
        Ok(number) => log.get(number).map(|request| (number, request)),
        Err(_) => log.newest_first().find(|(_, request)| has_id(request)),
    };
    let (number, request) = found.ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "the log no longer has this request: --request-log sets how many it keeps",
        )
    })?;
    let mut rendered = render(number, request);
    let body = |part, length| {
        let text = request.text(part).map(|text| masked(part, &text)).unwrap_or_default();
        json!({ "text": text, "bytes": length, "cut": request.is_cut(part, length) })
    };
    rendered["request_body"] = body(Part::RequestBody, request.request_length);
    rendered["response_body"] = body(Part::ResponseBody, request.response_length);
    Ok(rendered.into())
}

/// Forgets all requests.
pub(super) async fn clear(State(sandbox): State<Sandbox>) -> Reply {
    sandbox.state.log.clear();
    json!({}).into()
}

fn render(number: u64, request: &LoggedRequest) -> Value {
    let caller = request.caller();
    let shown = |part: Part| request.text(part).map(|text| masked(part, &text));
    json!({
        "number": number,
        "at": request.at,
        "world": caller.as_ref().map(Caller::world_name),
        "key": caller.as_ref().map(Caller::masked_key),
        "account": caller.as_ref().and_then(|caller| caller.account.as_deref()),
        "method": request.text(Part::Method),
        "path": shown(Part::Target),
        "status": request.status,
        "request_id": request.text(Part::RequestId),
        "idempotency_key": shown(Part::IdempotencyKey),
        "replayed": request.is_replay,
        "version": request.text(Part::Version),
        "micros": request.micros,
    })
}

fn render_body(body: &LoggedBody) -> Value {
    json!({ "text": masked_each(&body.text()), "bytes": body.length, "cut": body.is_cut() })
}

/// A request to a webhook endpoint.
pub(super) fn render_send((number, send): (u64, &LoggedSend)) -> Value {
    json!({
        "number": number,
        "at": send.at,
        "kind": match send.kind {
            SendKind::Scheduled => "scheduled",
            SendKind::Resent => "resent",
            SendKind::Edited => "edited",
        },
        "status": send.status,
        "error": send.error,
        "micros": send.micros,
        "body": render_body(&send.body),
        "answer": render_body(&send.answer),
    })
}
