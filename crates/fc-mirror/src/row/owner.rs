//! Rows of account owners.

use fc_ext::types::{API_VERSION, AccountOwner};

use super::digest::digest;
use super::text::storable;

/// Owner in columns, with its JSON.
#[derive(Clone)]
pub(crate) struct OwnerRow {
    pub(crate) id: String,
    pub(crate) ownership: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) raw_address: Option<String>,
    pub(crate) refreshed_at: Option<i64>,
    pub(crate) raw: String,
    pub(crate) digest: String,
    pub(crate) api_version: String,
}

impl OwnerRow {
    /// Columns of an owner as the API sent it.
    ///
    /// # Errors
    ///
    /// None in practice: an object that was decoded can be encoded.
    pub(crate) fn new(owner: &AccountOwner) -> Result<Self, serde_json::Error> {
        let raw = serde_json::to_value(owner)?.to_string();
        let text = |text: &Option<String>| text.as_deref().map(storable);
        Ok(Self {
            id: owner.id.to_string(),
            ownership: owner.ownership.to_string(),
            name: storable(&owner.name),
            email: text(&owner.email),
            phone: text(&owner.phone),
            raw_address: text(&owner.raw_address),
            refreshed_at: owner.refreshed_at.map(|time| time.as_secs()),
            digest: digest(&raw),
            raw,
            api_version: API_VERSION.to_owned(),
        })
    }
}
