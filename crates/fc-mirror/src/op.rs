//! Operations: what happens in one database transaction.
//!
//! Each can run twice with the same result. All rows that one writes lie in one shard. Operations lock in one order: the sync
//! row of the account, its data, and the change counter of the shard last.

mod account;
mod changes;
mod claim;
mod erase;
mod event;
mod feed;
mod finish;
mod listing;
mod owners;
mod page;
mod poll;
mod refresh;
mod sql;
mod status;
mod stored;
mod tenant;
mod vanish;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use self::account::WriteAccount;
pub(crate) use self::claim::{Claim, ExtendLease, Lane, Lease};
pub(crate) use self::erase::{AccountsOfHolder, EraseAccount};
pub(crate) use self::event::{EventRow, ReceiveEvent, Received};
pub(crate) use self::feed::{ChangeRow, ChangesAfter};
pub(crate) use self::finish::{Finish, RepairDue};
pub(crate) use self::listing::{InsertListed, KnownAccounts, RaiseWanted};
pub(crate) use self::owners::WriteOwners;
pub(crate) use self::page::WritePage;
pub(crate) use self::poll::{BeginEvents, SetEvents};
pub(crate) use self::refresh::{AskBalance, OldBalances, TakeRefresh};
pub(crate) use self::status::{Backlog, BacklogOf};
pub(crate) use self::stored::{Reread, StoredOf, TenantOf};
pub(crate) use self::tenant::{
    ClaimTenant, ExtendTenant, FailTenant, FinishListing, Listing, OpenTenant, RaiseListing, ReleaseTenant,
    SetListing, TenantLease, TenantState,
};
pub(crate) use self::vanish::{UnseenAccounts, VanishAccount};
pub(crate) use self::worker::{ForgetWorker, SeeWorker};
