//! Incremental sync of transactions: what changed since the last time.

mod error;
mod into;
mod position;
mod store;
mod stream;

pub use self::error::SyncError;
pub use self::into::{SyncInto, SyncIntoError, Synced};
pub use self::position::{InvalidPosition, SyncPosition};
pub use self::store::{MemoryStore, TransactionStore};
pub use self::stream::TransactionSync;
