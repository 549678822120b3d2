//! Relinking: a user logs in again with a log-in whose access has ended, and the same accounts are active again.

use crate::bank::account_spec::AccountSpec;
use crate::bank::institution::{Institution, institution_id};
use crate::clock::Instant;
use crate::lifecycle::event::emit_session;
use crate::lifecycle::link::{self, LinkError};
use crate::lifecycle::{connection, session};
use crate::model::account::InactiveCause;
use crate::model::session::{Relink, SessionEnd};
use crate::world::World;

/// An account that a user finds after a log-in.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// Row of an account that was linked with the log-in before.
    Known(u32),
    New(Box<AccountSpec>),
}

/// A user goes through a session, of either kind, and chooses accounts. Without accounts, the user has left early.
///
/// In a session that relinks, an account of the log-in is recognized by its name and its last four digits. Every other one is
/// another account.
pub(crate) fn complete(
    world: &mut World,
    session: u32,
    specs: Vec<AccountSpec>,
    now: Instant,
) -> Result<Vec<String>, LinkError> {
    let Some(relink) = world.sessions[session].relink else { return link::link(world, session, specs, now) };
    let chosen = specs.into_iter().map(|spec| recognize(world, relink, spec)).collect();
    relink_chosen(world, session, chosen, now)
}

/// The user logs in again and chooses what the session asks for: its account, or all accounts of the log-in. The session fails
/// if none of them is there.
pub(crate) fn relink(world: &mut World, session: u32, now: Instant) -> Result<Vec<String>, LinkError> {
    let Some(Relink { authorization, account }) = world.sessions[session].relink else {
        return Err(LinkError::NotARelink);
    };
    if world.sessions[session].finished {
        return Err(LinkError::SessionFinished);
    }
    let mut there = relinkable(world, authorization);
    if let Some(account) = account {
        there.retain(|known| *known == account);
    }
    if there.is_empty() {
        require_up(world, authorization)?;
        session::end(world, session, SessionEnd::NoAccount, now);
        return Ok(Vec::new());
    }
    relink_chosen(world, session, there.into_iter().map(Found::Known).collect(), now)
}

/// What a user finds after the log-in: the accounts that were linked before, and those that the institution has besides.
pub(crate) fn found(world: &World, relink: Relink) -> Vec<Found> {
    let mut found: Vec<Found> =
        relinkable(world, relink.authorization).into_iter().map(Found::Known).collect();
    let institution = Institution::named(&world.authorizations[relink.authorization].institution_name);
    for spec in institution.map(Institution::accounts).unwrap_or_default() {
        let connected = &world.authorizations[relink.authorization].accounts;
        if !connected.iter().any(|account| is_same(world, *account, &spec)) {
            found.push(Found::New(Box::new(spec)));
        }
    }
    found
}

/// Links the chosen accounts of a session that relinks, and finishes it.
pub(crate) fn relink_chosen(
    world: &mut World,
    session: u32,
    chosen: Vec<Found>,
    now: Instant,
) -> Result<Vec<String>, LinkError> {
    let Some(Relink { authorization, .. }) = world.sessions[session].relink else {
        return Err(LinkError::NotARelink);
    };
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for (index, found) in chosen.into_iter().enumerate() {
        match found {
            Found::Known(account) if known.contains(&account) => {}
            Found::Known(account) if relinkable(world, authorization).contains(&account) => {
                known.push(account);
            }
            Found::Known(_) => {
                let reason = "the account is closed or disconnected".to_owned();
                return Err(LinkError::NotOffered { index, reason });
            }
            Found::New(spec) => {
                let institution = &world.authorizations[authorization].institution_name;
                if institution_id(&spec.institution) != institution_id(institution) {
                    let reason = format!("the log-in is at {institution}");
                    return Err(LinkError::NotOffered { index, reason });
                }
                others.push(*spec);
            }
        }
    }
    link::prepare(world, session, &mut others)?;
    require_up(world, authorization)?;
    if known.is_empty() && others.is_empty() {
        session::end(world, session, SessionEnd::Cancelled, now);
        return Ok(Vec::new());
    }
    world.sessions[session].finished = true;
    if !known.is_empty() {
        connection::log_in_again(world, authorization, &known, now);
        for account in &known {
            link::prefetch(world, session, *account, now);
        }
        // In ascending order, as in every session.
        known.sort_unstable();
        world.sessions[session].accounts.extend(&known);
    }
    if !others.is_empty() {
        // Another account has a log-in of its own, because that of the session stays as it is.
        let institution = world.authorizations[authorization].institution_name.clone();
        let other = connection::authorize(world, &institution);
        for spec in others {
            link::open(world, session, other, spec, now);
        }
        connection::begin(world, other, now);
    }
    emit_session(world, session, now);
    let linked = world.sessions[session].accounts.iter();
    Ok(linked.map(|account| world.accounts[*account].id.clone()).collect())
}

/// Rows of the accounts of a log-in that a new log-in finds.
fn relinkable(world: &World, authorization: u32) -> Vec<u32> {
    let mut accounts = world.connected_accounts(authorization);
    accounts
        .retain(|account| world.accounts[*account].why_inactive().is_none_or(InactiveCause::can_be_relinked));
    accounts
}

fn recognize(world: &World, relink: Relink, spec: AccountSpec) -> Found {
    let accounts = &world.authorizations[relink.authorization].accounts;
    match accounts.iter().find(|account| is_same(world, **account, &spec)) {
        Some(account) => Found::Known(*account),
        None => Found::New(Box::new(spec)),
    }
}

/// Whether an account has the name and the digits of `spec`.
fn is_same(world: &World, account: u32, spec: &AccountSpec) -> bool {
    let account = &world.accounts[account];
    account.display_name == spec.display_name
        && spec.last4.as_ref() == Some(&account.last4)
        && institution_id(&account.institution_name) == institution_id(&spec.institution)
}

fn require_up(world: &World, authorization: u32) -> Result<(), LinkError> {
    let institution = &world.authorizations[authorization].institution_name;
    if link::is_down(world, institution) {
        return Err(LinkError::InstitutionDown { index: 0, institution: institution.clone() });
    }
    Ok(())
}
