//! Calls of the API, grouped as the API reference groups them.

mod accounts;
mod client;
mod holder;
mod sessions;
mod transactions;

pub use self::accounts::Accounts;
pub use self::client::FinancialConnections;
pub use self::holder::{ByHolder, NewAccountHolder, UnknownHolder};
pub use self::sessions::Sessions;
pub use self::transactions::Transactions;
