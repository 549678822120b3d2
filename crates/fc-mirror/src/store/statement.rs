//! SQL statements, with one text per engine.

/// SQL statement under `sql/`, with one text per engine.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Name of its files.
    pub(crate) name: &'static str,
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "the text of the other engine"))]
    pub(crate) sqlite: &'static str,
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "the text of the other engine"))]
    pub(crate) postgres: &'static str,
    /// Type of each parameter. Of a batch it is the type in one row; Postgres takes arrays of it.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "SQLite has no types of parameters"))]
    pub(crate) kinds: &'static [Kind],
    /// Whether the statement takes many rows: repeated on SQLite, by `unnest` on Postgres.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "SQLite repeats the statement"))]
    pub(crate) is_batch: bool,
}

/// Type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Flag,
    Ints,
    Texts,
}

/// Declares statements by the name of their files, and the list of all of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $file:literal $mode:ident($($kind:ident),* $(,)?);)*) => {
        $(
            $(#[$doc])*
            pub(crate) static $name: $crate::store::Statement = $crate::store::Statement {
                name: $file,
                sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/sqlite/", $file, ".sql")),
                postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/postgres/", $file, ".sql")),
                kinds: &[$($crate::store::Kind::$kind),*],
                is_batch: statements!(@$mode),
            };
        )*

        /// Every statement, for the test that prepares them against both engines.
        #[cfg(test)]
        pub(crate) static ALL: &[&$crate::store::Statement] = &[$(&$name),*];
    };
    (@one) => { false };
    (@batch) => { true };
}
