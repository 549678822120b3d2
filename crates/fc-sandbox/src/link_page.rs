//! The linking page: where a user links accounts in a browser, in the place of Stripe's window.
//!
//! `/_sandbox/link` is the page, and `/_sandbox/fc.js` opens it from a front end as Stripe.js would. What the page asks of the
//! sandbox is below `/_sandbox/link/` and authorised by the session's client secret alone, in the `Authorization` header: a
//! secret is in no address, so in no log. The controls answer this machine only; this answers any browser that has the
//! secret, since a telephone on a desk may be the user's.

mod assets;
mod log_in;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account_spec::AccountSpec;
use crate::control::{answer, refuse};
use crate::institution::{Institution, LogIn};
use crate::link::{LinkError, refusal};
use crate::model::Session;
use crate::sandbox::Sandbox;
use crate::world::World;

use self::log_in::{Entered, Next, Step};

/// The one institution that Stripe's testing guide tells to search for; a list of all does not show it.
const SEARCHED: &str = "Tokenized Account Number";

/// The pages and what they ask, below `/_sandbox`.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    assets::router()
        .route("/link/session", get(describe))
        .route("/link/log_in", post(log_in))
        .route("/link/complete", post(complete))
        .with_state(sandbox)
}

/// What the page has to know to begin.
async fn describe(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let described = Access::from(&sandbox, &headers).and_then(|access| {
        access.open(|world, session| {
            let Session { id, permissions, account_limit, filters, .. } = &world.sessions[session];
            let support = filters.as_ref().and_then(|filters| filters.payment_method_support.as_deref());
            json!({
                "id": id,
                "livemode": world.livemode,
                "permissions": permissions,
                "account_limit": account_limit,
                "payment_method_support": support.unwrap_or("none"),
                "institutions": Institution::all().iter().map(summary).collect::<Vec<_>>(),
            })
        })
    });
    settle(described)
}

fn summary(institution: &Institution) -> Value {
    json!({
        "name": institution.name(),
        "older_name": institution.older_name(),
        "log_in": match institution.log_in() {
            LogIn::Simple => "simple",
            LogIn::Credentials => "credentials",
            LogIn::OAuth => "oauth",
        },
        "featured": institution.name() != SEARCHED,
    })
}

/// An account that the user may choose, or sees that they may not.
#[derive(Serialize)]
struct Offer {
    display_name: Option<String>,
    last4: Option<String>,
    kind: &'static str,
    payable: bool,
    /// Why the session does not let it through.
    refusal: Option<String>,
}

/// One step of a log-in: what to ask next, or the accounts.
async fn log_in(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    settle(Access::from(&sandbox, &headers).and_then(|access| {
        let entered: Entered = read(&body)?;
        let institution = named(&entered.institution)?;
        // An outage that was asked for meets the user who chooses the institution.
        if entered.is_nothing() && access.open(|world, _| world.faults.is_down(institution.name()))? {
            return Ok(json!(Step::DOWN));
        }
        let next = log_in::next(institution, &entered).map_err(Refusal::invalid)?;
        match next {
            Next::Ask(step) => access.open(|_, _| json!(step)),
            Next::End { message } => {
                access.link(Vec::new())?;
                Ok(json!({ "step": "ended", "message": message }))
            }
            Next::Accounts => {
                let offers = access.open(|world, session| {
                    let session = &world.sessions[session];
                    let specs = offered(institution, session);
                    specs.into_iter().map(|spec| offer(session, spec)).collect::<Vec<_>>()
                })?;
                Ok(json!({ "step": "accounts", "accounts": offers }))
            }
        }
    }))
}

fn offer(session: &Session, spec: AccountSpec) -> Offer {
    Offer {
        refusal: refusal(session, &spec),
        kind: match (spec.category, spec.subcategory) {
            (_, "checking") => "Checking",
            (_, "savings") => "Savings",
            (_, "credit_card") => "Credit card",
            (_, "line_of_credit") => "Line of credit",
            (_, "mortgage") => "Mortgage",
            ("investment", _) => "Investment",
            _ => "Account",
        },
        payable: spec.payable,
        display_name: spec.display_name,
        last4: spec.last4,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Complete {
    #[serde(default)]
    institution: String,
    /// Places in the list of accounts that the institution offers; none when the user leaves.
    accounts: Vec<usize>,
}

/// The user links accounts, or leaves. Either way the session is over.
async fn complete(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    settle(Access::from(&sandbox, &headers).and_then(|access| {
        let Complete { institution, accounts } = read(&body)?;
        let mut specs = Vec::new();
        if !accounts.is_empty() {
            let institution = named(&institution)?;
            let offered = access.open(|world, session| offered(institution, &world.sessions[session]))?;
            for (index, place) in accounts.iter().enumerate() {
                let spec = offered.get(*place).filter(|_| !accounts[..index].contains(place));
                specs.extend(spec.cloned());
            }
            if specs.len() != accounts.len() {
                let message = format!(
                    "accounts are different places from 0 to {} in what log_in answers",
                    offered.len().saturating_sub(1)
                );
                return Err(Refusal::invalid(message));
            }
        }
        access.link(specs)
    }))
}

/// The test institution of this name.
fn named(name: &str) -> Result<&'static Institution, Refusal> {
    Institution::named(name).ok_or_else(|| {
        let message =
            format!("no test institution is called `{name}`; GET /_sandbox/link/session lists them");
        Refusal::invalid(message)
    })
}

/// The accounts of an institution, which is wherever the session wants institutions to be.
fn offered(institution: &Institution, session: &Session) -> Vec<AccountSpec> {
    let country = session.filters.as_ref().and_then(|filters| filters.country.as_ref());
    let specs = institution.accounts().into_iter();
    specs
        .map(|spec| match country {
            Some(country) => spec.country(country),
            None => spec,
        })
        .collect()
}

/// A request with the client secret of a session.
struct Access<'a> {
    sandbox: &'a Sandbox,
    client_secret: &'a str,
}

impl<'a> Access<'a> {
    /// Before anything else of the request is looked at. The id of a session is no secret, and does not do.
    fn from(sandbox: &'a Sandbox, headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let presented = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let client_secret = presented.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
            Refusal::unauthorized(
                "the session's client secret is needed: send it as `Authorization: Bearer <client secret>`",
            )
        })?;
        let access = Self { sandbox, client_secret };
        access.within(|_, _| ())?;
        Ok(access)
    }

    /// Looks at the session, which must not be over yet.
    fn open<T>(&self, look: impl FnOnce(&World, u32) -> T) -> Result<T, Refusal> {
        self.within(|world, session| (!world.sessions[session].finished).then(|| look(world, session)))?
            .ok_or(Refusal::from(LinkError::SessionFinished))
    }

    /// Links, and gives the session's id and accounts as a front end gets them.
    fn link(&self, specs: Vec<AccountSpec>) -> Result<Value, Refusal> {
        self.sandbox.link(self.client_secret, specs)?;
        self.within(|world, session| {
            let session = &world.sessions[session];
            let accounts: Vec<Value> =
                session.accounts.iter().map(|account| world.render_account(*account)).collect();
            json!({ "id": session.id, "accounts": accounts })
        })
    }

    fn within<T>(&self, action: impl FnOnce(&World, u32) -> T) -> Result<T, Refusal> {
        let found = self.sandbox.state.within(
            |world| world.session_by_secret.get(self.client_secret).copied(),
            |world, session, _| action(world, session),
        );
        found.ok_or_else(|| {
            Refusal::unauthorized("no session has this client secret: create one through the API first")
        })
    }
}

/// Why the page is not answered as it asked.
struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    fn invalid(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    fn unauthorized(message: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, message: message.to_owned() }
    }
}

impl From<LinkError> for Refusal {
    fn from(error: LinkError) -> Self {
        let status = match error {
            LinkError::SessionFinished => StatusCode::CONFLICT,
            LinkError::InstitutionDown { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, message: error.to_string() }
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("the body is not the JSON that is needed: {error}")))
}

fn settle(result: Result<Value, Refusal>) -> Response {
    match result {
        Ok(body) => answer(&body),
        Err(Refusal { status, message }) => refuse(status, &message),
    }
}
