//! Stored rows, as pure functions of the objects of the API.

mod account;
mod balance;
mod digest;
mod owner;
mod shard;
mod tenant;
mod text;
mod transaction;

pub(crate) use self::account::AccountRow;
pub(crate) use self::balance::BalanceRow;
pub(crate) use self::digest::digest;
pub(crate) use self::owner::OwnerRow;
pub(crate) use self::shard::shard_of;
pub(crate) use self::tenant::Tenant;
pub(crate) use self::transaction::TransactionRow;
