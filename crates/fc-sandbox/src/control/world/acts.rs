//! What the console does in a world: creating sessions, linking accounts, and filling worlds.

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use super::sessions;
use super::visited::{aside, missing, named};
use crate::bank::account_spec::AccountSpec;
use crate::caller::{Caller, KeyError};
use crate::clock::Instant;
use crate::control::link::Account;
use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::lifecycle::customer::CustomerValues;
use crate::lifecycle::session::NewSession;
use crate::lifecycle::{customer, link, population, session};
use crate::model::feature::Feature;
use crate::model::holder::Holder;
use crate::model::settings::Population;
use crate::sandbox::Sandbox;
use crate::world::World;

/// The largest number of accounts of one call.
const MOST_ACCOUNTS: u32 = 100_000;

const PERMISSIONS: [&str; 4] = ["balances", "ownership", "payment_method", "transactions"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    key: String,
    /// A connected account.
    account: Option<String>,
    #[serde(default)]
    accounts: u32,
    #[serde(default)]
    transactions: u32,
}

/// Makes the world of a key, or adds to it.
pub(super) async fn start(
    State(sandbox): State<Sandbox>,
    JsonBody(Start { key, account, accounts, transactions }): JsonBody<Start>,
) -> Result<Reply, Refusal> {
    let new = checked(accounts, transactions)?;
    Caller::from_key(&key).map_err(|error| Refusal::invalid(key_problem(&error)))?;
    let caller =
        Caller::new(&key, account).ok_or_else(|| Refusal::invalid("`account` is written as acct_…"))?;
    aside(move || {
        let visit = sandbox.state.visit(&caller);
        let (mut world, now) = visit.lock_now();
        // A world needs something to keep.
        if new.accounts == 0 {
            customer::create(&mut world, named_customer("Customer 1"), now);
        } else {
            population::add(&mut world, new, now);
        }
        drop(world);
        json!({ "world": caller.world_name() }).into()
    })
    .await
}

fn key_problem(error: &KeyError) -> &'static str {
    match error {
        KeyError::Publishable => "a publishable key has no world: use a secret key, such as sk_test_console",
        KeyError::Malformed { .. } => "`key` is written as sk_test_… with letters, digits and underscores",
    }
}

fn named_customer(name: impl Into<String>) -> CustomerValues {
    CustomerValues { name: Some(name.into()), ..CustomerValues::default() }
}

fn checked(accounts: u32, transactions: u32) -> Result<Population, Refusal> {
    if accounts > MOST_ACCOUNTS {
        return Err(Refusal::invalid(format!(
            "`accounts` is at most {MOST_ACCOUNTS}: make several calls for more"
        )));
    }
    let most = u64::from(AccountSpec::MAX_TRANSACTIONS) * u64::from(accounts);
    if u64::from(transactions) > most {
        return Err(Refusal::invalid(format!("{accounts} accounts can have at most {most} transactions")));
    }
    Ok(Population { accounts, transactions })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Populate {
    accounts: u32,
    #[serde(default)]
    transactions: u32,
}

pub(super) async fn populate(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    JsonBody(Populate { accounts, transactions }): JsonBody<Populate>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let new = checked(accounts, transactions)?;
    if accounts == 0 {
        return Err(Refusal::invalid("`accounts` is 1 or more"));
    }
    aside(move || {
        let (mut world, now) = shared.lock_now();
        population::add(&mut world, new, now);
        json!({ "accounts": accounts }).into()
    })
    .await
}

/// Whose session is created, and what it allows. All members can be left out.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CreateSession {
    /// The id of a customer; without it, a new customer is created.
    customer: Option<String>,
    /// The name of the new customer.
    name: Option<String>,
    permissions: Option<Vec<String>>,
    prefetch: Vec<String>,
    account_limit: Option<u32>,
}

pub(super) async fn create_session(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    JsonBody(asked): JsonBody<CreateSession>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let (mut world, now) = shared.lock_now();
    let row = new_session(&mut world, asked, now)?;
    Ok(sessions::render(&world, row).into())
}

fn new_session(world: &mut World, asked: CreateSession, now: Instant) -> Result<u32, Refusal> {
    let CreateSession { customer, name, permissions, prefetch, account_limit } = asked;
    let permissions = permissions.unwrap_or_else(|| PERMISSIONS.map(str::to_owned).to_vec());
    if permissions.is_empty() || permissions.iter().any(|given| !PERMISSIONS.contains(&given.as_str())) {
        return Err(Refusal::invalid(format!("`permissions` has one or more of {}", PERMISSIONS.join(", "))));
    }
    let allowed = |wanted: &String| {
        let feature = Feature::of_prefetch(wanted);
        feature.is_some_and(|feature| permissions.iter().any(|given| given == feature.permission()))
    };
    if let Some(wrong) = prefetch.iter().find(|wanted| !allowed(wanted)) {
        return Err(Refusal::invalid(format!(
            "`prefetch`: {wrong} is none of the permissions that can be refreshed"
        )));
    }
    if account_limit == Some(0) {
        return Err(Refusal::invalid("`account_limit` is 1 or more"));
    }
    let customer = match customer {
        Some(id) => world.customer(&id).ok_or_else(|| missing("no customer of this world has this id"))?,
        None => customer::create(world, named_customer(name.unwrap_or_else(|| "Jane Diaz".to_owned())), now),
    };
    let holder = Holder::Customer(world.customers[customer].id.clone());
    let new = NewSession {
        prefetch,
        account_limit: account_limit.map(i64::from),
        ..NewSession::of(holder, permissions)
    };
    Ok(session::create(world, new))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    #[serde(default)]
    session: CreateSession,
    accounts: Vec<Account>,
}

/// A new session, and the accounts that its user links at once.
pub(super) async fn link(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    JsonBody(Link { session, accounts }): JsonBody<Link>,
) -> Result<Reply, Refusal> {
    let shared = named(&sandbox, &name)?;
    let specs: Vec<AccountSpec> = accounts.into_iter().map(AccountSpec::from).collect();
    let (mut world, now) = shared.lock_now();
    let session = new_session(&mut world, session, now)?;
    let ids = link::link(&mut world, session, specs, now).map_err(Refusal::invalid)?;
    Ok(json!({ "accounts": ids, "session": world.sessions[session].id }).into())
}
