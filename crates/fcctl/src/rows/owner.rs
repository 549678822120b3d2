//! Rows of owners.

use fc_ext::types::AccountOwner;

use crate::output::{Cell, Column, Kind, Schema};

/// Owners of an account, as the institution names them.
pub(crate) static OWNERS: Schema<AccountOwner> = Schema {
    name: "owners",
    version: 1,
    columns: &[
        Column::more("id", Kind::Text, "Id of the owner", |owner| Cell::text(owner.id.as_str())),
        Column::shown("name", Kind::Text, "Name", |owner| Cell::text(&owner.name)),
        Column::shown("email", Kind::Text, "Email address", |owner| {
            Cell::maybe(owner.email.as_deref(), Cell::text)
        }),
        Column::shown("phone", Kind::Text, "Telephone number", |owner| {
            Cell::maybe(owner.phone.as_deref(), Cell::text)
        }),
        Column::shown("raw_address", Kind::Text, "Postal address, as the institution gave it", |owner| {
            Cell::maybe(owner.raw_address.as_deref(), Cell::text)
        }),
        Column::more("ownership", Kind::Text, "Snapshot that it belongs to", |owner| {
            Cell::text(owner.ownership.as_str())
        }),
        Column::shown("refreshed_at", Kind::Time, "When it was read, in Unix seconds", |owner| {
            Cell::time(owner.refreshed_at)
        }),
    ],
};
