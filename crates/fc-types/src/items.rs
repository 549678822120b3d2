//! The items of a page, read into one allocation.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::read::Read;

/// The default page size and the largest one.
const USUAL_PAGE: usize = 10;
const LONGEST_PAGE: usize = 100;

/// Reads the items of a page into an allocation of a page's usual sizes.
///
/// Objects are large: doubling the capacity would copy them and leave a quarter of it empty.
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

/// Reads one item to the end of the vector.
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
