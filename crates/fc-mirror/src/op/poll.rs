//! How far the events of a tenant were read.

use super::sql::{BEGIN_EVENTS, SET_EVENTS};
use super::tenant::{TenantLease, held, key};
use crate::error::Error;
use crate::store::{Operation, Tx};

/// Begins to read events, or begins anew after a gap. A listing from the beginning finds what happened before.
#[derive(Clone)]
pub(crate) struct BeginEvents {
    pub(crate) lease: TenantLease,
    /// Time of the newest event, in Unix seconds.
    pub(crate) created: i64,
    /// When they are read next.
    pub(crate) due_ms: i64,
    /// Time from which on events could not be read, in Unix seconds.
    pub(crate) gap_since: Option<i64>,
    pub(crate) now_ms: i64,
}

impl Operation for BeginEvents {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut parameters = key(&self.lease);
        parameters.extend([
            self.created.into(),
            self.due_ms.into(),
            self.gap_since.into(),
            self.now_ms.into(),
        ]);
        held(tx.execute(&BEGIN_EVENTS, parameters).await?, &self.lease)
    }
}

/// Notes that every event up to a time is in the inbox.
#[derive(Clone)]
pub(crate) struct SetEvents {
    pub(crate) lease: TenantLease,
    pub(crate) created: i64,
    pub(crate) due_ms: i64,
}

impl Operation for SetEvents {
    type Output = ();

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<(), Error> {
        let mut parameters = key(&self.lease);
        parameters.extend([self.created.into(), self.due_ms.into()]);
        held(tx.execute(&SET_EVENTS, parameters).await?, &self.lease)
    }
}
