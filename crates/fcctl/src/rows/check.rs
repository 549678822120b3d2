//! Rows of a check-up.

use crate::exit::Exit;
use crate::output::{Cell, Column, Kind, Schema};

/// Result of one check.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) result: CheckResult,
    pub(crate) detail: String,
    pub(crate) remedy: Option<String>,
    /// Exit code that a failure asks for.
    pub(crate) exit: Exit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckResult {
    Good,
    Warning,
    Bad,
    /// It cannot be told from here.
    Unknown,
}

impl CheckResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }
}

impl Check {
    fn new(name: &'static str, result: CheckResult, detail: impl Into<String>) -> Self {
        Self { name, result, detail: detail.into(), remedy: None, exit: Exit::Succeeded }
    }

    pub(crate) fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, CheckResult::Good, detail)
    }

    pub(crate) fn warning(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(name, CheckResult::Warning, detail) }
    }

    pub(crate) fn unknown(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(name, CheckResult::Unknown, detail) }
    }

    pub(crate) fn bad(
        name: &'static str,
        exit: Exit,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { remedy: Some(remedy.into()), exit, ..Self::new(name, CheckResult::Bad, detail) }
    }
}

/// Checks of key, server and settings.
pub(crate) static CHECKS: Schema<Check> = Schema {
    name: "checks",
    version: 1,
    columns: &[
        Column::shown("check", Kind::Text, "What was checked", |row| Cell::text(row.name)),
        Column::shown("result", Kind::Text, "good, warning, bad or unknown", |row| {
            Cell::text(row.result.as_str())
        }),
        Column::shown("detail", Kind::Text, "What was found", |row| Cell::text(&row.detail)),
        Column::shown("remedy", Kind::Text, "What to do about it", |row| {
            Cell::maybe(row.remedy.as_deref(), Cell::text)
        }),
    ],
};
