//! Rows of sessions.

use fc_ext::types::Session;

use crate::output::{Cell, Column, Kind, Schema};

/// Sessions. The client secret is printed by `--fields client_secret` and in JSON only.
pub(crate) static SESSIONS: Schema<Session> = Schema {
    name: "sessions",
    version: 1,
    columns: &[
        Column::shown("id", Kind::Text, "Id of the session", |session| Cell::text(session.id.as_str())),
        Column::shown("permissions", Kind::Texts, "Permissions that it asks for", |session| {
            Cell::texts(session.permissions.iter().map(|permission| permission.as_str()))
        }),
        Column::shown("prefetch", Kind::Texts, "Data that is fetched when an account is linked", |session| {
            Cell::maybe(session.prefetch.as_deref(), |features| {
                Cell::texts(features.iter().map(|feature| feature.as_str()))
            })
        }),
        Column::shown(
            "accounts",
            Kind::Texts,
            "Accounts that were linked with it, a hundred at most",
            |session| Cell::texts(session.accounts.data.iter().map(|account| account.id.as_str())),
        ),
        Column::more("holder", Kind::Json, "Customer or Stripe account that links", |session| {
            Cell::maybe(session.account_holder.as_ref(), Cell::json)
        }),
        Column::secret("client_secret", "Secret that opens the linking page for this session", |session| {
            Cell::maybe(session.client_secret.as_ref(), |secret| Cell::text(secret.expose()))
        }),
        Column::more("livemode", Kind::Boolean, "Whether it is real", |session| {
            Cell::Boolean(session.livemode)
        }),
    ],
};
