//! Unknown fields of an object.

use std::fmt;

use serde_json::{Map, Value};

/// The fields of an object that this version of the crate does not know.
///
/// Stripe adds fields without a new API version. They are kept here and are written when the object is serialised. On
/// nested parameters of a request, this type sends a parameter that is in preview; a request itself has `extra_param`.
///
/// An [`Event`](crate::Event) also keeps odd values of its own fields here: one that is not of its field's type leaves the
/// field empty and loses nothing.
///
/// It also remembers which nullable fields were missing and which optional fields were an explicit null, so that an object
/// serialises to the JSON it came from. Comparison ignores that memory.
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
    // Boxed, because most objects have no unknown field.
    fields: Option<Box<Map<String, Value>>>,
    /// One bit for each known field, by its place in the type: it was missing, or null, where the opposite is usual.
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

    /// Keeps the JSON of a known field whose value is odd, or forgets an earlier one.
    pub(crate) fn keep_odd(&mut self, field: &str, json: Option<Value>) {
        match (json, &mut self.fields) {
            (Some(json), _) => self.insert(field, json),
            // An earlier member of the same name.
            (None, Some(fields)) => drop(fields.remove(field)),
            (None, None) => {}
        }
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

    /// Remembers which known fields were missing, or null, where the opposite is usual.
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
    /// Shows names only, because the value of an unknown field may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
