//! Storage: operations on one database of either engine.
//!
//! An [`Operation`] is one database transaction. It is written once, against [`Tx`], and runs on both engines. A [`Statement`]
//! has one text per engine.

#[macro_use]
mod statement;

mod database;
mod layout;
mod location;
mod migration;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod tx;
mod value;

pub(crate) use self::database::Database;
pub(crate) use self::layout::Layout;
pub(crate) use self::statement::{Kind, Statement};
pub(crate) use self::tx::{Operation, Tx};
pub(crate) use self::value::{Row, Value};

/// Preparation of every statement, for the test that holds both engines to all of them.
#[cfg(test)]
pub(crate) mod preparation {
    #[cfg(feature = "postgres")]
    pub(crate) use super::postgres::prepare as on_postgres;
    #[cfg(feature = "sqlite")]
    pub(crate) use super::sqlite::prepare as on_sqlite;
}
