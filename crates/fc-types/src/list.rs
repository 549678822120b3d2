//! One page of a list.

use crate::Extra;

/// One page of a list, newest first.
///
/// It iterates over its items:
///
/// ```
/// use fc_types::{AccountOwner, List};
///
/// # let body = r#"{"object": "list", "data": [], "has_more": false, "url": "/v1/x"}"#;
/// let page: List<AccountOwner> = serde_json::from_str(body)?;
/// for owner in &page {
///     println!("{}", owner.name);
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct List<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Whether more items follow in the direction of travel.
    pub has_more: bool,
    /// Path of the list. It may hold a query of its own: the owners of an ownership snapshot do.
    pub url: String,
    /// Fields that this version does not know.
    pub extra: Extra,
}

object!(@serde List<T> as "list" { data: required "data", has_more: required "has_more", url: required "url" });

impl<T> List<T> {
    /// The `object` that lists carry on the wire.
    pub const OBJECT: &'static str = "list";
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.iter()
    }
}
