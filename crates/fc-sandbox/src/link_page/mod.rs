//! The linking page: where a user links accounts in a browser. It replaces Stripe's modal.
//!
//! `/_sandbox/link` is the page, and `/_sandbox/fc.js` opens it from a front end like Stripe.js. The page calls the paths
//! below `/_sandbox/link/`. The client secret of the session authorises them, in the `Authorization` header and never in a
//! URL, so that no log contains it. Unlike the controls, these paths answer other machines too, because the user's browser
//! may run on a phone.

mod assets;
mod log_in;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::auth::credentials;
use crate::api_version::Surface;
use crate::bank::account_spec::AccountSpec;
use crate::bank::institution::Institution;
use crate::control::reply::{Refusal, Reply, read};
use crate::lifecycle::link::{self, LinkError, exclusion};
use crate::lifecycle::relink::{self, Found};
use crate::model::account::Account;
use crate::model::session::{Session, SessionEnd};
use crate::render::account::render_account;
use crate::render::institution::institution_name;
use crate::sandbox::Sandbox;
use crate::world::World;

use self::log_in::{Entered, Next, Step};

/// The largest body of a request of the page, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The pages and the paths that they call, below `/_sandbox`.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    assets::router()
        .route("/link/session", get(describe))
        .route("/link/log_in", post(log_in))
        .route("/link/complete", post(complete))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(sandbox)
}

/// The session and the institutions, which the page reads first.
async fn describe(access: Access) -> Result<Reply, Refusal> {
    let described = access.open(|world, session| {
        let row = &world.sessions[session];
        let Session { id, permissions, account_limit, filters, .. } = row;
        let support = filters.as_ref().and_then(|filters| filters.payment_method_support.as_deref());
        json!({
            "id": id,
            "livemode": world.livemode,
            "permissions": permissions,
            "account_limit": account_limit,
            "payment_method_support": support.unwrap_or("none"),
            "institutions": Institution::all().iter().map(summary).collect::<Vec<_>>(),
            "institution": only_institution(world, row).map(summary_of),
            "relink": row.relink.map(|relink| {
                json!({ "account": relink.account.map(|account| digits(&world.accounts[account])) })
            }),
            "custom_manual_entry": row.manual_entry.as_deref() == Some("custom"),
            "return_url": row.return_url.as_ref().filter(|_| row.hosted.is_some()),
        })
    })?;
    Ok(described.into())
}

fn summary(institution: &Institution) -> Value {
    json!({
        "name": institution.name(),
        "older_name": institution.older_name(),
        "log_in": institution.log_in(),
        "featured": institution.is_featured(),
    })
}

/// The only institution of a session: that of the log-in which it renews, or that of its filter.
fn only_institution<'a>(world: &'a World, session: &Session) -> Option<&'a str> {
    if let Some(relink) = session.relink {
        return Some(&world.authorizations[relink.authorization].institution_name);
    }
    institution_name(world, session.filters.as_ref()?.institution.as_deref()?)
}

/// Any bank. One that is no test institution has a log-in without questions.
fn summary_of(name: &str) -> Value {
    let mut rendered = summary(Institution::named(name).unwrap_or(Institution::ordinary()));
    rendered["name"] = name.into();
    rendered
}

fn digits(account: &Account) -> Value {
    json!({ "display_name": account.display_name, "last4": account.last4 })
}

/// An account of the institution, as the page shows it.
#[derive(Serialize)]
struct Offer {
    display_name: Option<String>,
    last4: Option<String>,
    kind: &'static str,
    payable: bool,
    /// Why the session does not accept the account; none if it does.
    refusal: Option<String>,
    /// Whether the session asks for this account again.
    again: bool,
}

/// One step of a log-in: the next question to the user, or the accounts.
async fn log_in(access: Access, body: Bytes) -> Result<Reply, Refusal> {
    let entered: Entered = read(&body)?;
    let name = entered.institution.as_str();
    let institution = access.institution(name)?;
    // An injected outage applies when the user chooses the institution.
    if entered.is_nothing() && access.open(|world, _| world.faults.is_down(name))? {
        return Ok(json!(Step::DOWN).into());
    }
    let step = match log_in::next(institution, &entered).map_err(Refusal::invalid)? {
        Next::Ask(step) => access.open(|_, _| json!(step))?,
        Next::End { message } => {
            let ended = access.sandbox.end_session(&access.client_secret, SessionEnd::NoAuthorization);
            ended.map_err(|error| link_refusal(&error))?;
            json!({ "step": "ended", "message": message })
        }
        Next::Accounts => {
            let offers = access.open(|world, session| {
                let found = offered(world, session, institution);
                found.into_iter().map(|found| offer(world, session, found)).collect::<Vec<_>>()
            })?;
            json!({ "step": "accounts", "accounts": offers })
        }
    };
    Ok(step.into())
}

fn offer(world: &World, session: u32, found: Found) -> Offer {
    let session = &world.sessions[session];
    match found {
        Found::New(spec) => Offer {
            refusal: exclusion(session, &spec),
            kind: spec.label,
            payable: spec.payable,
            display_name: spec.display_name,
            last4: spec.last4,
            again: false,
        },
        Found::Known(row) => {
            let account = &world.accounts[row];
            Offer {
                refusal: None,
                kind: AccountSpec::of_kind(&account.subcategory).map_or("Investment", |like| like.label),
                payable: !account.payment_methods.is_empty(),
                display_name: account.display_name.clone(),
                last4: Some(account.last4.clone()),
                again: session.relink.is_some_and(|relink| relink.account.is_none_or(|asked| asked == row)),
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Complete {
    #[serde(default)]
    institution: String,
    /// Indices into the accounts that the institution offers; none when the user leaves.
    accounts: Vec<usize>,
    /// Whether the user leaves to enter an account by hand.
    #[serde(default)]
    by_hand: bool,
}

/// The user links accounts, or leaves. Either way the session is finished.
async fn complete(access: Access, body: Bytes) -> Result<Reply, Refusal> {
    let Complete { institution, accounts, by_hand } = read(&body)?;
    if by_hand {
        let is_offered = |world: &World, session: u32| {
            world.sessions[session].manual_entry.as_deref() == Some("custom") && accounts.is_empty()
        };
        if !access.open(is_offered)? {
            return Err(Refusal::invalid("`by_hand` needs manual_entry[mode]=custom, and no accounts"));
        }
        let ended = access.sandbox.end_session(&access.client_secret, SessionEnd::CustomManualEntry);
        ended.map_err(|error| link_refusal(&error))?;
        return access.result().map(Reply::from);
    }
    let mut chosen = Vec::new();
    if !accounts.is_empty() {
        let institution = access.institution(&institution)?;
        let offered = access.open(|world, session| offered(world, session, institution))?;
        for (index, place) in accounts.iter().enumerate() {
            let found = offered.get(*place).filter(|_| !accounts[..index].contains(place));
            chosen.extend(found.cloned());
        }
        if chosen.len() != accounts.len() {
            return Err(Refusal::invalid(format!(
                "`accounts` holds different numbers from 0 to {}, which count the accounts that log_in returned",
                offered.len().saturating_sub(1)
            )));
        }
    }
    access.choose(chosen).map(Reply::from)
}

/// The test institution of this name.
fn named(name: &str) -> Result<&'static Institution, Refusal> {
    Institution::named(name).ok_or_else(|| {
        let message =
            format!("no test institution is called `{name}`; GET /_sandbox/link/session lists them");
        Refusal::invalid(message)
    })
}

/// The accounts that a user finds after the log-in. The country of the institution is the one in the session's filter, if there
/// is one.
fn offered(world: &World, session: u32, institution: &Institution) -> Vec<Found> {
    let session = &world.sessions[session];
    let country = session.filters.as_ref().and_then(|filters| filters.country.as_ref());
    let found = match session.relink {
        Some(relink) => relink::found(world, relink),
        None => institution.accounts().into_iter().map(Box::new).map(Found::New).collect(),
    };
    found
        .into_iter()
        .map(|found| match (found, country) {
            (Found::New(spec), Some(country)) => Found::New(Box::new(spec.country(country))),
            (found, _) => found,
        })
        .collect()
}

/// Access to one session by its client secret. As an extractor, it refuses a request before its body is read.
struct Access {
    sandbox: Sandbox,
    client_secret: String,
}

impl FromRequestParts<Sandbox> for Access {
    type Rejection = Refusal;

    /// Checks the client secret. The id of a session is not secret, so it gives no access.
    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Refusal> {
        let presented = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let client_secret = presented.and_then(|value| credentials(value, "Bearer")).ok_or_else(|| {
            unauthorized("the client secret is missing: send it as `Authorization: Bearer <client secret>`")
        })?;
        let access = Self { sandbox: sandbox.clone(), client_secret: client_secret.to_owned() };
        access.within(|_, _| ())?;
        Ok(access)
    }
}

impl Access {
    /// Reads the session, which must not be finished.
    fn open<T>(&self, look: impl FnOnce(&World, u32) -> T) -> Result<T, Refusal> {
        self.within(|world, session| (!world.sessions[session].finished).then(|| look(world, session)))?
            .ok_or_else(|| link_refusal(&LinkError::SessionFinished))
    }

    /// The institution of this name, which the session must offer.
    fn institution(&self, name: &str) -> Result<&'static Institution, Refusal> {
        let only =
            self.open(|world, session| only_institution(world, &world.sessions[session]).map(str::to_owned))?;
        match only {
            None => named(name),
            Some(only) if only == name => Ok(Institution::named(name).unwrap_or(Institution::ordinary())),
            Some(only) => Err(Refusal::invalid(format!("the session is for `{only}` only"))),
        }
    }

    /// The user chooses accounts, or none. Returns what [`Access::result`] returns.
    fn choose(&self, chosen: Vec<Found>) -> Result<Value, Refusal> {
        let done = self.sandbox.state.within(
            |world| world.session_by_secret(&self.client_secret),
            |world, session, now| {
                if world.sessions[session].relink.is_some() {
                    return relink::relink_chosen(world, session, chosen, now);
                }
                let specs = chosen.into_iter().filter_map(|found| match found {
                    Found::New(spec) => Some(*spec),
                    Found::Known(_) => None,
                });
                link::link(world, session, specs.collect(), now)
            },
        );
        done.unwrap_or(Err(LinkError::UnknownSession)).map_err(|error| link_refusal(&error))?;
        self.result()
    }

    /// The id and the accounts of the session as a front end gets them.
    fn result(&self) -> Result<Value, Refusal> {
        self.within(|world, session| {
            let session = &world.sessions[session];
            let accounts: Vec<Value> =
                session.accounts.iter().map(|account| render_account(world, *account, Surface::Ga)).collect();
            json!({ "id": session.id, "accounts": accounts })
        })
    }

    fn within<T>(&self, action: impl FnOnce(&World, u32) -> T) -> Result<T, Refusal> {
        let found = self.sandbox.state.within(
            |world| world.session_by_secret(&self.client_secret),
            |world, session, _| action(world, session),
        );
        found.ok_or_else(|| {
            unauthorized("no session has this client secret: create one through the API first")
        })
    }
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, message)
}

fn link_refusal(error: &LinkError) -> Refusal {
    let status = match error {
        LinkError::SessionFinished => StatusCode::CONFLICT,
        LinkError::InstitutionDown { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    Refusal::new(status, error.to_string())
}
