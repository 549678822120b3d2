//! Pages of lists.

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
    /// Whether more items follow in the direction of the pagination.
    pub has_more: bool,
    /// Path of the list. It may hold a query of its own: the owners of an ownership snapshot do.
    pub url: String,
    /// Fields that this version does not know.
    pub extra: Extra,
}

object!(@serde List<T> as "list" { data: items "data", has_more: required "has_more", url: required "url" });

impl<T> List<T> {
    /// The `object` that lists carry in JSON.
    pub const OBJECT: &'static str = "list";
}

impl<T> Default for List<T> {
    /// An empty page, the last one: for tests.
    fn default() -> Self {
        Self { data: Vec::new(), has_more: false, url: String::new(), extra: Extra::default() }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_any_length_keeps_its_items_and_no_spare_room() {
        for length in [0, 1, 10, 11, 100, 101, 250] {
            let data: Vec<u64> = (0..length).collect();
            let json = serde_json::json!({ "data": data, "has_more": false, "url": "/v1/x" });
            let page: List<u64> = serde_json::from_str(&json.to_string()).unwrap();
            assert_eq!(page.data, data);
            assert_eq!(page.data.capacity() as u64, length);
        }
    }
}
