//! Customers.

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::store::table::Identified;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) created: i64,
    pub(crate) invoice_prefix: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: serde_json::Map<String, serde_json::Value>,
    /// A deleted customer is still named by its accounts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deleted: bool,
}

impl Identified for Customer {
    fn id(&self) -> &str {
        &self.id
    }
}
