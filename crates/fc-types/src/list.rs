//! One page of a list.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::Extra;
use crate::read::Read;

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

object!(@serde List<T> as "list" { data: items "data", has_more: required "has_more", url: required "url" });

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

/// How many items a page has unless the request says otherwise, and how many it can have.
const USUAL_PAGE: usize = 10;
const LONGEST_PAGE: usize = 100;

/// Reads the items of a page, with room for as many as pages have: objects are large, and doubling the room would copy
/// them and leave a quarter of it empty.
pub(crate) struct Items<'a, T>(pub(crate) &'a mut Vec<T>);

impl<'de, T: Read<'de>> DeserializeSeed<'de> for Items<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Read<'de>> Visitor<'de> for Items<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a page")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Next(&mut *self.0))?.is_some() {}
        self.0.shrink_to_fit();
        Ok(())
    }
}

/// Reads one item to the end of the others.
struct Next<'a, T>(&'a mut Vec<T>);

impl<'de, T: Read<'de>> DeserializeSeed<'de> for Next<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let items = self.0;
        let at = items.len();
        if at == items.capacity() {
            items.reserve_exact(match at {
                0 => USUAL_PAGE,
                USUAL_PAGE => LONGEST_PAGE - USUAL_PAGE,
                more => more,
            });
        }
        items.push(T::blank());
        items[at].read(deserializer)
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
