//! What an object carried beyond the fields this version knows.

use std::fmt;

use serde_json::{Map, Value};

/// The fields of an object that this version of the crate does not know.
///
/// Stripe adds fields without a new API version; they are kept here, and go out again when the object is serialised. On
/// nested parameters of a request it is the way to send one that is still in preview; a request itself has `extra_param`.
///
/// It also remembers, unseen, which nullable fields were missing altogether and which optional ones were an explicit
/// null, so that an object serialises to the JSON it came from. That memory does not count when objects are compared.
///
/// ```
/// use fc_types::AccountHolder;
///
/// let holder: AccountHolder = serde_json::from_str(r#"{"type": "customer", "nickname": "Jane"}"#)?;
/// assert_eq!(holder.extra.get("nickname").and_then(|name| name.as_str()), Some("Jane"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Extra {
    // Boxed: nearly every object of nearly every answer has none.
    fields: Option<Box<Map<String, Value>>>,
    /// One bit for each known field, by its place in the type: its presence was not the usual one.
    unusual: Fields,
}

/// A set of the fields of one type.
pub(crate) type Fields = u64;

impl Extra {
    /// The value of an unknown field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.as_ref()?.get(field)
    }

    /// Sets a field, replacing the value it had.
    ///
    /// A name that the object has as a field of its own would be sent twice; set that field instead.
    pub fn insert(&mut self, field: impl Into<String>, value: impl Into<Value>) {
        self.fields.get_or_insert_default().insert(field.into(), value.into());
    }

    /// The unknown fields and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().flat_map(|fields| fields.iter()).map(|(name, value)| (name.as_str(), value))
    }

    /// Whether every field of the object was known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.is_empty())
    }

    /// Remembers which known fields were missing, or null, where the other is usual.
    pub(crate) fn mark(&mut self, fields: Fields) {
        self.unusual |= fields;
    }

    /// Whether a known field was marked.
    pub(crate) fn is_marked(&self, field: Fields) -> bool {
        self.unusual & field != 0
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Extra {
    /// Shows names only: the value of a field nobody has seen yet may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
