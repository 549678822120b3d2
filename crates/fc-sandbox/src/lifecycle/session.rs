//! Sessions: how they are created, and how they end without accounts.

use crate::clock::Instant;
use crate::lifecycle::event::emit_session;
use crate::model::holder::Holder;
use crate::model::session::{DeliveryMethod, Filters, Relink, Session, SessionEnd};
use crate::world::World;

/// The parameters of a new session.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) holder: Holder,
    pub(crate) permissions: Vec<String>,
    pub(crate) prefetch: Vec<String>,
    pub(crate) filters: Option<Filters>,
    pub(crate) account_limit: Option<i64>,
    pub(crate) manual_entry: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) relink: Option<Relink>,
    pub(crate) hosted: Option<DeliveryMethod>,
}

impl NewSession {
    /// A session of a holder that asks for these permissions and for nothing else.
    pub(crate) fn of(holder: Holder, permissions: Vec<String>) -> Self {
        Self {
            holder,
            permissions,
            prefetch: Vec::new(),
            filters: None,
            account_limit: None,
            manual_entry: None,
            return_url: None,
            relink: None,
            hosted: None,
        }
    }
}

/// Adds a session and returns its row.
pub(crate) fn create(world: &mut World, new: NewSession) -> u32 {
    let NewSession {
        holder,
        permissions,
        prefetch,
        filters,
        account_limit,
        manual_entry,
        return_url,
        relink,
        hosted,
    } = new;
    let session = Session {
        id: world.random.id("fcsess_"),
        client_secret: world.random.id("fcsess_client_secret_"),
        holder,
        permissions,
        prefetch,
        filters,
        account_limit,
        manual_entry,
        return_url,
        accounts: Vec::new(),
        finished: false,
        end: None,
        relink,
        hosted,
    };
    world.add_session(session)
}

/// Ends an open session without accounts.
pub(crate) fn end(world: &mut World, session: u32, end: SessionEnd, now: Instant) {
    let row = &mut world.sessions[session];
    row.finished = true;
    row.end = Some(end);
    emit_session(world, session, now);
}

/// The holder of the accounts that were linked with a log-in. None if all of them are disconnected.
pub(crate) fn holder_of(world: &World, authorization: u32) -> Option<Holder> {
    let account = world.connected_accounts(authorization).into_iter().next()?;
    Some(world.accounts[account].holder.clone())
}
