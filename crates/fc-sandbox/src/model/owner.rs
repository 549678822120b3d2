//! Owners of an account, as their bank knows them.

use serde::{Deserialize, Serialize};

/// An owner of an account, as the bank knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOwner {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) phone: Option<String>,
    #[serde(default)]
    pub(crate) raw_address: Option<String>,
}

impl AccountOwner {
    /// An owner of whom only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), email: None, phone: None, raw_address: None }
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// The address, in one line.
    #[must_use]
    pub fn raw_address(mut self, address: impl Into<String>) -> Self {
        self.raw_address = Some(address.into());
        self
    }
}
