//! Rows of a mirror.

use fc_ext::types::Timestamp;
use fc_mirror::{Change, ChangeKind, Difference, DifferenceKind, Entity, TenantStatus};

use crate::output::{Cell, Column, Kind, Schema};

fn entity(entity: Entity) -> Cell<'static> {
    Cell::text(match entity {
        Entity::Account => "account",
        Entity::Balance => "balance",
        Entity::Owner => "owner",
        Entity::Transaction => "transaction",
        _ => "other",
    })
}

fn number(number: u64) -> Cell<'static> {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Changes of mirrored rows, with the position behind each.
pub(crate) static CHANGES: Schema<(Change, String)> = Schema {
    name: "changes",
    version: 1,
    columns: &[
        Column::shown("shard", Kind::Integer, "Shard of the account", |(change, _)| {
            Cell::Integer(change.shard.into())
        }),
        Column::shown("number", Kind::Integer, "Number in the shard, without gaps", |(change, _)| {
            number(change.number)
        }),
        Column::more("tenant", Kind::Text, "Stripe account and mode", |(change, _)| {
            Cell::text(&change.tenant)
        }),
        Column::more("account", Kind::Text, "Account that the row belongs to", |(change, _)| {
            Cell::text(&change.account)
        }),
        Column::shown("entity", Kind::Text, "account, balance, owner or transaction", |(change, _)| {
            entity(change.entity)
        }),
        Column::shown("id", Kind::Text, "Id of the row", |(change, _)| Cell::text(&change.id)),
        Column::shown("kind", Kind::Text, "inserted, updated, erased or vanished", |(change, _)| {
            Cell::text(match change.kind {
                ChangeKind::Inserted => "inserted",
                ChangeKind::Updated => "updated",
                ChangeKind::Erased => "erased",
                ChangeKind::Vanished => "vanished",
                _ => "other",
            })
        }),
        Column::more(
            "version",
            Kind::Integer,
            "Version of a transaction, number of a balance",
            |(change, _)| Cell::maybe(change.version, number),
        ),
        Column::shown(
            "observed_at",
            Kind::Time,
            "When the mirror wrote it, in Unix seconds",
            |(change, _)| Cell::Time(Timestamp::from_secs(change.observed_ms.div_euclid(1000))),
        ),
        Column::more("position", Kind::Text, "Where --after goes on behind this change", |(_, position)| {
            Cell::text(position)
        }),
    ],
};

/// Rows that differ between mirror and Stripe.
pub(crate) static DIFFERENCES: Schema<Difference> = Schema {
    name: "differences",
    version: 1,
    columns: &[
        Column::shown("account", Kind::Text, "Account that the row belongs to", |difference| {
            Cell::text(&difference.account)
        }),
        Column::shown("entity", Kind::Text, "account, owner or transaction", |difference| {
            entity(difference.entity)
        }),
        Column::shown("id", Kind::Text, "Id of the row", |difference| Cell::text(&difference.id)),
        Column::shown("kind", Kind::Text, "missing, differs or surplus", |difference| {
            Cell::text(match difference.kind {
                DifferenceKind::Missing => "missing",
                DifferenceKind::Differs => "differs",
                DifferenceKind::Surplus => "surplus",
                _ => "other",
            })
        }),
    ],
};

/// A mirrored Stripe account, with the counts of the whole mirror.
pub(crate) struct StatusRow {
    pub(crate) tenant: TenantStatus,
    pub(crate) due: u64,
    pub(crate) leased: u64,
    pub(crate) failing: u64,
}

/// State of a mirror.
pub(crate) static STATUS: Schema<StatusRow> = Schema {
    name: "tenants",
    version: 1,
    columns: &[
        Column::shown("tenant", Kind::Text, "Stripe account and mode", |row| Cell::text(&row.tenant.id)),
        Column::shown("accounts", Kind::Integer, "Accounts that the last listing saw", |row| {
            number(row.tenant.accounts)
        }),
        Column::shown("listed", Kind::Boolean, "Whether all accounts were listed at least once", |row| {
            Cell::Boolean(row.tenant.is_listed)
        }),
        Column::shown("due", Kind::Integer, "Accounts of the mirror that are due", |row| number(row.due)),
        Column::shown("leased", Kind::Integer, "Accounts of the mirror that a worker reads", |row| {
            number(row.leased)
        }),
        Column::shown("failing", Kind::Integer, "Accounts of the mirror whose last sync failed", |row| {
            number(row.failing)
        }),
        Column::shown("error", Kind::Text, "Why the last listing failed", |row| {
            Cell::maybe(row.tenant.error.as_deref(), Cell::text)
        }),
    ],
};
