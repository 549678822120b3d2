//! `fcctl doctor`: whether key, server and settings are as they should be.

use std::time::{Duration, SystemTime};

use clap::Args;
use fc_ext::client::{HeaderMap, Method, Response};
use fc_ext::types::{API_VERSION, Timestamp};
use fc_ext::{CallError, Client, ErrorKind, FinancialConnections};
use hyper_util::client::proxy::matcher::Matcher;
use serde_json::Value;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Printer;
use crate::rows::check::{CHECKS, Check};
use crate::settings::environment::variable;
use crate::settings::{Origin, Target, places};

/// Clock difference from which webhooks are rejected, because their signature seems old or new.
const WEBHOOK_TOLERANCE: Duration = Duration::from_secs(300);

/// Clock difference that is worth a word. The header has whole seconds, and the response takes time.
const NOTABLE_SKEW: Duration = Duration::from_secs(10);

/// Check key, rights, server, clock, API version and webhook endpoints. It only reads.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl doctor
  fcctl doctor --profile live --json")]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context, _: Arguments) -> Result<(), Failure> {
    let target = context.target()?;
    let printer = Printer::new(&context.output, &CHECKS)?;
    let client = context.client()?;
    let mut checks = vec![key(target), settings_file()?, connection(target)];
    let list = client.client().list_accounts().limit(1).send_response().await;
    match &list {
        Ok(response) => {
            checks.push(Check::good("server", format!("{} answers", target.base_url)));
            checks.push(version(response.stripe_version()));
            checks.push(clock(response.headers()));
        }
        Err(error) => checks.push(unreached(target, error)),
    }
    checks.push(right("read accounts", "Financial Connections accounts", list.as_ref().err()));
    if list.as_ref().err().is_none_or(CallError::is_permission) {
        checks.extend(other_rights(client.client()).await);
        checks.extend(endpoints(&client, target).await);
    }
    checks.push(registration(target));
    Failure::or_verdict(printer.all(&checks), verdict(&checks))
}

/// The failure of the first bad check: later ones may follow from it.
fn verdict(checks: &[Check]) -> Result<(), Failure> {
    match checks.iter().find(|check| check.exit != Exit::Succeeded) {
        None => Ok(()),
        Some(check) => {
            let failure = Failure::new(check.exit, format!("{}: {}", check.name, check.detail));
            Err(match &check.remedy {
                Some(remedy) => failure.next(remedy),
                None => failure,
            })
        }
    }
}

fn key(target: &Target) -> Check {
    let key = target.config.api_key();
    let mode = if key.is_live() { "live mode" } else { "test mode" };
    let detail = format!("{key:?}, {mode}, from {}", target.origin);
    if key.is_live() && !key.is_restricted() {
        let remedy = "use a restricted key (rk_live_…), which can do only what it must";
        return Check::warning("key", detail, remedy);
    }
    Check::good("key", detail)
}

#[cfg(unix)]
fn settings_file() -> Result<Check, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = places::settings_file()?;
    let Ok(metadata) = std::fs::metadata(&path) else {
        return Ok(Check::good("settings file", "none"));
    };
    let mode = metadata.permissions().mode() & 0o777;
    let detail = format!("{}, mode {mode:04o}", path.display());
    Ok(if mode & 0o077 == 0 {
        Check::good("settings file", detail)
    } else {
        let remedy = format!("others can read its keys: chmod 600 {}", path.display());
        Check::bad("settings file", Exit::Failed, detail, remedy)
    })
}

#[cfg(not(unix))]
fn settings_file() -> Result<Check, Failure> {
    Ok(Check::good("settings file", places::settings_file()?.display().to_string()))
}

/// TLS and proxy: what lies between here and the server.
fn connection(target: &Target) -> Check {
    let tls = if target.is_encrypted() { "TLS" } else { "plain http to this machine" };
    let proxy = match proxy(target) {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    Check::good("connection", format!("{tls}, {proxy}"))
}

/// Host of the proxy, by the rules of the client. Its URL may hold a password.
fn proxy(target: &Target) -> Option<String> {
    if target.origin == Origin::Environment && variable("STRIPE_PROXY").is_some() {
        return Some("of STRIPE_PROXY".to_owned());
    }
    if !target.is_encrypted() {
        return None;
    }
    let proxy = Matcher::from_env().intercept(&target.base_url.parse().ok()?)?;
    let port = proxy.uri().port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", proxy.uri().host()?))
}

/// A list of accounts that did not come: the server cannot be reached, is broken or is not Stripe, unless it refuses the key.
fn unreached(target: &Target, error: &CallError) -> Check {
    if error.is_authentication() || error.is_permission() {
        return Check::good("server", format!("{} answers", target.base_url));
    }
    if !matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout) {
        let (exit, remedy) = if error.is_retryable() {
            (Exit::NotNow, "run the check again later".to_owned())
        } else {
            (Exit::Failed, format!("check the address: is {} a server of Stripe's API?", target.base_url))
        };
        return Check::bad("server", exit, error.to_string(), remedy);
    }
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let remedy = if !target.is_encrypted() {
        "start the sandbox: fcctl sandbox start"
    } else if error.kind() == ErrorKind::Connection && !error.is_retryable() {
        "set the clock of this machine; behind a proxy that reads TLS, name its root certificate in SSL_CERT_FILE"
    } else {
        "check the network; behind a proxy set HTTPS_PROXY"
    };
    Check::bad("server", Exit::NotNow, format!("{error}{cause}"), remedy)
}

fn version(answered: Option<&str>) -> Check {
    match answered {
        Some(answered) if answered == API_VERSION => Check::good("API version", answered),
        Some(answered) => Check::warning(
            "API version",
            format!("the server answers {answered}, this program knows {API_VERSION}"),
            "use the version of fcctl for that API version",
        ),
        None => Check::unknown(
            "API version",
            "the server does not say",
            format!("this program knows {API_VERSION}"),
        ),
    }
}

fn clock(headers: &HeaderMap) -> Check {
    let date = headers.get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let Some(date) = date else {
        return Check::unknown(
            "clock",
            "the server does not say what time it is",
            "compare the clocks by hand",
        );
    };
    let here = Timestamp::from(SystemTime::now()).as_secs();
    let there = date.timestamp().as_second();
    let skew = Duration::from_secs(here.abs_diff(there));
    let side = if here < there { "behind" } else { "ahead" };
    let detail = format!("{} s {side} of the server", skew.as_secs());
    let remedy = "set the clock of this machine, by NTP";
    match skew {
        skew if skew <= NOTABLE_SKEW => Check::good("clock", detail),
        skew if skew < WEBHOOK_TOLERANCE => Check::warning("clock", detail, remedy),
        _ => Check::bad("clock", Exit::Failed, format!("{detail}: webhooks are rejected"), remedy),
    }
}

/// Whether the key may do something that commands need.
fn right(name: &'static str, resource: &str, error: Option<&CallError>) -> Check {
    match error {
        None => Check::good(name, "allowed"),
        Some(error) if error.is_authentication() => {
            Check::bad(name, Exit::Denied, error.to_string(), "use another key")
        }
        Some(error) if error.is_permission() => {
            let remedy = format!("grant the key `Read` for {resource}, in Stripe's dashboard");
            Check::bad(name, Exit::Denied, error.to_string(), remedy)
        }
        Some(error) => Check::unknown(name, error.to_string(), "run the check again when the server answers"),
    }
}

async fn other_rights(client: &Client) -> [Check; 1] {
    let events = client.raw_call(Method::Get, "/v1/events").query("limit", 1);
    let events: Result<Response<Value>, CallError> = events.send_response_as().await;
    [right("read events", "events", events.as_ref().err())]
}

async fn endpoints(client: &FinancialConnections, target: &Target) -> Vec<Check> {
    let endpoints = match client.webhook_endpoints().list().send().await {
        Ok(endpoints) => endpoints,
        Err(error) => return vec![right("read webhook endpoints", "webhook endpoints", Some(&error))],
    };
    if endpoints.is_empty() {
        let remedy = "create one in Stripe's dashboard, or forward events with fcctl listen";
        let none = Check::good("webhook endpoint", "none");
        return vec![if target.is_live() { Check { remedy: Some(remedy.to_owned()), ..none } } else { none }];
    }
    endpoints.iter().map(endpoint).collect()
}

fn endpoint(endpoint: &fc_ext::WebhookEndpoint) -> Check {
    const NAME: &str = "webhook endpoint";
    if endpoint.status != "enabled" {
        let detail = format!("{} is {}", endpoint.id, endpoint.status);
        return Check::warning(NAME, detail, "enable it in Stripe's dashboard");
    }
    let is_ours = |event: &String| event == "*" || event.starts_with("financial_connections.");
    if !endpoint.enabled_events.iter().any(is_ours) {
        let detail = format!("{} gets no event of Financial Connections", endpoint.id);
        return Check::warning(NAME, detail, "add events of the type financial_connections.account.*");
    }
    match endpoint.api_version.as_deref() {
        Some(version) if version == API_VERSION => Check::good(NAME, format!("{}, {version}", endpoint.id)),
        version => Check::warning(
            NAME,
            format!("{} gets objects of {}", endpoint.id, version.unwrap_or("the account's default version")),
            format!("create it anew with the API version {API_VERSION}"),
        ),
    }
}

/// The API does not say whether an account may link live data.
fn registration(target: &Target) -> Check {
    if !target.is_live() {
        return Check::good("registration", "not needed in test mode");
    }
    Check::unknown(
        "registration",
        "the API does not say whether live data is permitted",
        "see https://dashboard.stripe.com/financial-connections",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::check::CheckResult;

    fn skew(seconds: i64) -> CheckResult {
        let date = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        let date =
            jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).expect("a date");
        let mut headers = HeaderMap::new();
        headers.insert("date", date.parse().expect("a header"));
        clock(&headers).result
    }

    #[test]
    fn a_clock_that_breaks_webhooks_is_bad() {
        assert_eq!(skew(0), CheckResult::Good);
        assert_eq!(skew(60), CheckResult::Warning);
        assert_eq!(skew(-60), CheckResult::Warning);
        assert_eq!(skew(400), CheckResult::Bad);
        assert_eq!(skew(-400), CheckResult::Bad);
        assert_eq!(clock(&HeaderMap::new()).result, CheckResult::Unknown);
    }

    #[test]
    fn another_api_version_is_a_warning() {
        assert_eq!(version(Some(API_VERSION)).result, CheckResult::Good);
        assert_eq!(version(Some("2019-01-01")).result, CheckResult::Warning);
        assert_eq!(version(None).result, CheckResult::Unknown);
    }
}
