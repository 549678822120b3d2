//! Linking: a user goes through a session and links accounts.

use std::fmt;

use crate::bank::account_spec::AccountSpec;
use crate::bank::institution::{Institution, institution_id};
use crate::bank::owners::invented_owner;
use crate::clock::Instant;
use crate::lifecycle::event::{emit, emit_session};
use crate::lifecycle::{account_number, connection, refresh, session};
use crate::model::account::{Account, AccountStatus, Subscription};
use crate::model::account_number::{NumberPlan, PaymentMethodType};
use crate::model::event::EventType;
use crate::model::feature::Feature;
use crate::model::session::{Session, SessionEnd};
use crate::world::World;

/// Why accounts were not linked. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// No session has this id or client secret.
    UnknownSession,
    /// The session is finished: a user can go through it once.
    SessionFinished,
    /// The session has no `relink_options`.
    NotARelink,
    /// There are more accounts than `limits[accounts]` allows.
    TooManyAccounts {
        /// The limit.
        limit: i64,
        /// How many accounts were given.
        asked: usize,
    },
    /// The session's filters exclude an account.
    NotOffered {
        /// Index of the account among those given, from 0.
        index: usize,
        /// Which filter excludes it, and what the filter allows.
        reason: String,
    },
    /// The account's institution is down.
    InstitutionDown {
        /// Index of the account among those given, from 0.
        index: usize,
        /// The institution.
        institution: String,
    },
    /// The description of an account is invalid.
    InvalidSpec {
        /// Index of the account among those given, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSession => {
                write!(f, "no session has this id or client secret: create one through the API first")
            }
            Self::SessionFinished => write!(f, "the session is finished: create another one"),
            Self::NotARelink => {
                write!(f, "the session links nothing again: create one with relink_options")
            }
            Self::TooManyAccounts { limit, asked } => {
                write!(f, "the session allows at most {limit} accounts, not {asked}")
            }
            Self::NotOffered { index, reason } => {
                write!(f, "the session excludes account {index}: {reason}")
            }
            Self::InstitutionDown { index, institution } => {
                write!(f, "account {index} cannot be linked: {institution} is down")
            }
            Self::InvalidSpec { index, reason } => write!(f, "account {index} is invalid: {reason}"),
        }
    }
}

impl std::error::Error for LinkError {}

/// Links accounts in a session and finishes it. Without accounts, the user has left early.
pub(crate) fn link(
    world: &mut World,
    session: u32,
    mut specs: Vec<AccountSpec>,
    now: Instant,
) -> Result<Vec<String>, LinkError> {
    prepare(world, session, &mut specs)?;
    if specs.is_empty() {
        session::end(world, session, SessionEnd::Cancelled, now);
        return Ok(Vec::new());
    }
    world.sessions[session].finished = true;
    let (mut ids, mut log_ins) = (Vec::new(), Vec::new());
    for spec in specs {
        let authorization = log_in(world, &mut log_ins, &spec.institution);
        let account = open(world, session, authorization, spec, now);
        ids.push(world.accounts[account].id.clone());
    }
    for (_, authorization) in log_ins {
        connection::begin(world, authorization, now);
    }
    emit_session(world, session, now);
    Ok(ids)
}

/// Gives accounts the behavior of their institutions, and refuses those that cannot be linked in the session.
pub(crate) fn prepare(world: &World, session: u32, specs: &mut [AccountSpec]) -> Result<(), LinkError> {
    if world.sessions[session].finished {
        return Err(LinkError::SessionFinished);
    }
    for (index, spec) in specs.iter_mut().enumerate() {
        follow_institution(spec).map_err(|reason| LinkError::InvalidSpec { index, reason })?;
    }
    check(&world.sessions[session], specs)?;
    require_institutions_up(world, specs)
}

/// Links an account with a log-in, and starts the refreshes that the session prefetches. Returns its row.
pub(crate) fn open(
    world: &mut World,
    session: u32,
    authorization: u32,
    spec: AccountSpec,
    now: Instant,
) -> u32 {
    let number = spec.number;
    let account = open_account(world, session, authorization, spec, now);
    emit(world, EventType::AccountCreated, account, None, now);
    prefetch(world, session, account, now);
    account_number::begin(world, account, number, now);
    account
}

/// Starts the refreshes that a session prefetches, as far as the account permits them.
pub(crate) fn prefetch(world: &mut World, session: u32, account: u32, now: Instant) {
    let names = world.sessions[session].prefetch.clone();
    for feature in names.iter().filter_map(|name| Feature::of_prefetch(name)) {
        if world.accounts[account].permits(feature.permission()) {
            refresh::start(world, account, feature, None, now);
        }
    }
}

fn require_institutions_up(world: &World, specs: &[AccountSpec]) -> Result<(), LinkError> {
    for (index, spec) in specs.iter().enumerate() {
        let institution = &spec.institution;
        if is_down(world, institution) {
            return Err(LinkError::InstitutionDown { index, institution: institution.clone() });
        }
    }
    Ok(())
}

/// Whether no user can log in at an institution.
pub(crate) fn is_down(world: &World, institution: &str) -> bool {
    let known = Institution::named(institution);
    known.is_some_and(|known| known.outage().is_some()) || world.faults.is_down(institution)
}

/// The log-in at an institution: one for all accounts that are linked together.
fn log_in(world: &mut World, log_ins: &mut Vec<(String, u32)>, institution: &str) -> u32 {
    if let Some((_, authorization)) = log_ins.iter().find(|(name, _)| name == institution) {
        return *authorization;
    }
    let authorization = connection::authorize(world, institution);
    log_ins.push((institution.to_owned(), authorization));
    authorization
}

fn open_account(world: &mut World, session: u32, authorization: u32, spec: AccountSpec, now: Instant) -> u32 {
    let id = world.random.id("fca_");
    let mut random = world.random_of("account", &id);
    let last4 = spec.last4.unwrap_or_else(|| format!("{:04}", random.below(10_000)));
    let owners = spec.owners.unwrap_or_else(|| vec![invented_owner(&mut random)]);
    let Session { holder, permissions, .. } = &world.sessions[session];
    let account = Account {
        id,
        created: now.unix(),
        holder: holder.clone(),
        institution_name: spec.institution,
        display_name: spec.display_name,
        last4,
        currency: spec.currency,
        category: spec.category.into(),
        subcategory: spec.subcategory.into(),
        permissions: permissions.clone(),
        status: AccountStatus::Active,
        authorization,
        payment_methods: if spec.payable { vec![PaymentMethodType::UsBankAccount] } else { Vec::new() },
        number: spec.payable.then(|| account_number::issue(spec.number, now)),
        balance: None,
        balance_attempt: None,
        ownership: None,
        ownership_attempt: None,
        transactions_attempt: None,
        transaction_refresh: None,
        subscription: Subscription::default(),
        inactive_cause: None,
        inferred_balances_attempt: None,
        inferred_balances_at: None,
        balance_subscription: Subscription::default(),
        inferred_balances_subscription: Subscription::default(),
        owners,
        transactions: spec.transactions,
        moves_dates: world.settings.move_posting_dates,
        failing: spec.failing,
        outcomes: Vec::new(),
    };
    let account = world.add_account(account);
    world.sessions[session].accounts.push(account);
    world.authorizations[authorization].accounts.push(account);
    account
}

/// Gives an account the behavior of the test institution's account with the same name: its number, its failing features,
/// and whether it supports payments.
fn follow_institution(spec: &mut AccountSpec) -> Result<(), String> {
    let Some(institution) = Institution::named(&spec.institution) else { return Ok(()) };
    let offered = institution.accounts();
    let like = offered.iter().find(|account| account.display_name == spec.display_name);
    match like {
        Some(account) => {
            spec.number = account.number;
            spec.payable &= account.payable;
            spec.failing.extend(&account.failing);
            if spec.owners.is_none() {
                spec.owners.clone_from(&account.owners);
            }
        }
        // No account of this institution supports payments, whatever its name is.
        None if offered.iter().all(|account| !account.payable) => spec.payable = false,
        None if spec.number == NumberPlan::Plain
            && offered.iter().all(|account| account.number != NumberPlan::Plain) =>
        {
            let names: Vec<&str> =
                offered.iter().filter_map(|account| account.display_name.as_deref()).collect();
            return Err(format!(
                "its institution identifies accounts by name: set display_name to one of {}",
                names.join(", ")
            ));
        }
        None => {}
    }
    Ok(())
}

/// Checks the accounts against the limits and filters of the session.
fn check(session: &Session, specs: &[AccountSpec]) -> Result<(), LinkError> {
    if let Some(limit) = session.account_limit
        && i64::try_from(specs.len()).is_ok_and(|asked| asked > limit)
    {
        return Err(LinkError::TooManyAccounts { limit, asked: specs.len() });
    }
    let support = session.filters.as_ref().and_then(|filters| filters.payment_method_support.as_deref());
    for (index, spec) in specs.iter().enumerate() {
        if let Some(reason) = spec.problem() {
            return Err(LinkError::InvalidSpec { index, reason });
        }
        if let Some(reason) = exclusion(session, spec) {
            return Err(LinkError::NotOffered { index, reason });
        }
    }
    if support == Some("at_least_one") && !specs.is_empty() && !specs.iter().any(|spec| spec.payable) {
        let reason =
            "filters[require_payment_method_support] is at_least_one, and no account supports payments";
        return Err(LinkError::NotOffered { index: 0, reason: reason.to_owned() });
    }
    Ok(())
}

/// Why the filters of the session exclude an account, regardless of the other accounts.
pub(crate) fn exclusion(session: &Session, spec: &AccountSpec) -> Option<String> {
    let support = session.filters.as_ref().and_then(|filters| filters.payment_method_support.as_deref());
    if support == Some("all") && !spec.payable {
        return Some(
            "filters[require_payment_method_support] is all, and the account does not support payments"
                .to_owned(),
        );
    }
    let filters = session.filters.as_ref()?;
    if let Some(offered) = &filters.account_subcategories
        && !offered.iter().any(|subcategory| subcategory == spec.subcategory)
    {
        return Some(format!("filters[account_subcategories] allows {}", offered.join(", ")));
    }
    if let Some(only) = &filters.institution
        && *only != institution_id(&spec.institution)
    {
        return Some(format!("filters[institution] is {only}"));
    }
    match &filters.country {
        Some(country) if !country.eq_ignore_ascii_case(&spec.country) => {
            Some(format!("filters[country] is {country}"))
        }
        _ => None,
    }
}
