//! Rows of refreshes, one per feature.

use fc_ext::types::{Account, AccountStatus, RefreshStatus, Timestamp};
use fc_ext::{Outcome, RefreshFeature, RefreshWatch, Refreshed};

use crate::exit::Exit;
use crate::output::{Cell, Column, Kind, Schema};

/// How the refresh of one feature stands.
pub(crate) struct OutcomeRow {
    feature: RefreshFeature,
    outcome: String,
    last_attempted_at: Option<Timestamp>,
    next_refresh_available_at: Option<Timestamp>,
    /// Exit code that it asks for.
    pub(crate) exit: Exit,
}

impl OutcomeRow {
    /// A refresh that has begun and is not waited for.
    fn pending(feature: RefreshFeature, account: &Account) -> Self {
        let state = feature.state(account);
        Self {
            feature,
            outcome: "pending".to_owned(),
            last_attempted_at: state.as_ref().map(|state| state.last_attempted_at),
            next_refresh_available_at: state.and_then(|state| state.next_refresh_available_at),
            exit: Exit::Succeeded,
        }
    }

    fn ended<T>(feature: RefreshFeature, outcome: &Outcome<T>, refreshed: &Refreshed) -> Self {
        let (name, exit) = match outcome {
            Outcome::Succeeded(_) => ("succeeded", Exit::Succeeded),
            Outcome::NoData => ("no_data", Exit::Succeeded),
            Outcome::Failed { .. } => ("failed", Exit::NotNow),
            Outcome::Inactive => ("inactive", Exit::Relink),
            Outcome::Disconnected => ("disconnected", Exit::Relink),
            Outcome::NoPermission => ("no_permission", Exit::Denied),
            Outcome::TooEarly { .. } => ("too_early", Exit::NotNow),
            _ => ("unknown", Exit::Failed),
        };
        let state = feature.state(&refreshed.account);
        let next = match outcome {
            Outcome::Failed { next_refresh_available_at }
            | Outcome::TooEarly { next_refresh_available_at, .. } => *next_refresh_available_at,
            _ => state.as_ref().and_then(|state| state.next_refresh_available_at),
        };
        let last = state.filter(|state| state.status != RefreshStatus::Pending);
        Self {
            feature,
            outcome: name.to_owned(),
            last_attempted_at: last.map(|state| state.last_attempted_at),
            next_refresh_available_at: next,
            exit,
        }
    }
}

/// The rows of a refresh that ended, one for each feature that was asked for.
pub(crate) fn rows(refreshed: &Refreshed) -> Vec<OutcomeRow> {
    let balance = refreshed.balance.as_ref();
    let ownership = refreshed.ownership.as_ref();
    let transactions = refreshed.transactions.as_ref();
    [
        balance.map(|outcome| OutcomeRow::ended(RefreshFeature::Balance, outcome, refreshed)),
        ownership.map(|outcome| OutcomeRow::ended(RefreshFeature::Ownership, outcome, refreshed)),
        transactions.map(|outcome| OutcomeRow::ended(RefreshFeature::Transactions, outcome, refreshed)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The rows of a refresh that is not waited for. A feature that is not pending has its outcome already.
pub(crate) fn begun(watch: &RefreshWatch) -> Vec<OutcomeRow> {
    let Some(account) = watch.account() else { return Vec::new() };
    let pending: Vec<RefreshFeature> = watch.pending().collect();
    // A watch gives its outcomes once all features have one. A disconnected account ends the pending ones, and changes no
    // outcome that is there.
    let mut ended = watch.clone();
    if !pending.is_empty() {
        let mut account = account.clone();
        account.status = AccountStatus::Disconnected;
        ended.observe(&account);
    }
    let row = |row: OutcomeRow| match pending.contains(&row.feature) {
        true => OutcomeRow::pending(row.feature, account),
        false => row,
    };
    ended.refreshed().iter().flat_map(rows).map(row).collect()
}

/// Refreshes, by feature.
pub(crate) static OUTCOMES: Schema<OutcomeRow> = Schema {
    name: "refreshes",
    version: 1,
    columns: &[
        Column::shown("feature", Kind::Text, "balance, ownership or transactions", |row| {
            Cell::text(row.feature.as_str())
        }),
        Column::shown(
            "outcome",
            Kind::Text,
            "pending (without --wait only), succeeded, no_data, failed, inactive, disconnected, no_permission or too_early",
            |row| Cell::text(&row.outcome),
        ),
        Column::shown("last_attempted_at", Kind::Time, "When it began, in Unix seconds", |row| {
            Cell::time(row.last_attempted_at)
        }),
        Column::shown(
            "next_refresh_available_at",
            Kind::Time,
            "When the next one can start, in Unix seconds",
            |row| Cell::time(row.next_refresh_available_at),
        ),
    ],
};
