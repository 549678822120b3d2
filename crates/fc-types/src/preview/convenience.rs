//! Methods of models of the preview that answer common questions.
//!
//! Values of enums are compared as text, because a crate from another version of the spec may lack a variant and must compile.

use super::generated::{Account, Event, EventObject};
use crate::id::AccountId;

impl Account {
    /// Whether Stripe can refresh the account: its status is `active`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status.as_str() == "active"
    }

    /// Whether Stripe has lost access to the account: its status is `inactive`. The account holder has to relink it.
    #[must_use]
    pub fn is_inactive(&self) -> bool {
        self.status.as_str() == "inactive"
    }

    /// Whether the account was disconnected: its status is `disconnected`, which is final.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.status.as_str() == "disconnected"
    }
}

impl Event {
    /// Id of the linked account that the event is about; `None` if it is about another object.
    ///
    /// It also works for an event of unknown type, and for an account that does not decode.
    #[must_use]
    pub fn linked_account_id(&self) -> Option<AccountId> {
        let object = &self.data.object;
        if let Some(account) = object.downcast::<Account>() {
            return Some(account.id.clone());
        }
        match object {
            EventObject::Unknown(fields) if object.object_type() == Some(Account::OBJECT) => {
                fields.get("id")?.as_str().map(AccountId::unchecked)
            }
            _ => None,
        }
    }
}
