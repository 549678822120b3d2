//! Values that `Debug` hides.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// A value whose `Debug` says only whether it is there.
pub(crate) struct Hidden<'a, T>(pub(crate) &'a T);

impl<T: MaybeAbsent> fmt::Debug for Hidden<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_absent() { "None" } else { "…" })
    }
}

/// A type of a hidden field.
pub(crate) trait MaybeAbsent {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> MaybeAbsent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl MaybeAbsent for String {}
impl MaybeAbsent for Value {}
impl<T> MaybeAbsent for Vec<T> {}
impl<T> MaybeAbsent for Box<T> {}
impl<K, V> MaybeAbsent for BTreeMap<K, V> {}
impl MaybeAbsent for Map<String, Value> {}
