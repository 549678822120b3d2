//! The `object` member, by which every object of the API names its type.

use std::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, Visitor};

/// Compares an `object` member with what it should be, and gives it back when it is something else.
pub(crate) struct Tag(pub(crate) &'static str);

impl<'de> DeserializeSeed<'de> for Tag {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Tag {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of an object, such as `{}`", self.0)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok((value != self.0).then(|| value.to_owned()))
    }
}

/// The `object` member of a JSON object, if it has one. Nothing after it is read: Stripe sends it second.
pub(crate) fn peek(json: &str) -> Option<String> {
    let mut tag = None;
    // Leaving an object in its middle is an error, and of no interest once the tag is known.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(Peek(&mut tag));
    tag
}

struct Peek<'a>(&'a mut Option<String>);

impl<'de> Visitor<'de> for Peek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_tag) = map.next_key_seed(IsTag)? {
            if is_tag {
                *self.0 = map.next_value()?;
                break;
            }
            map.next_value::<de::IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Whether a key is `object`, found out without keeping the key.
struct IsTag;

impl<'de> DeserializeSeed<'de> for IsTag {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for IsTag {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == "object")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_found_wherever_it_stands() {
        assert_eq!(
            peek(r#"{"id": "x", "nested": {"object": "no"}, "object": "yes"}"#).as_deref(),
            Some("yes")
        );
        assert_eq!(peek(r#"{"id": "x"}"#), None);
        assert_eq!(peek("[1]"), None);
        assert_eq!(peek(r#"{"object": null, "id": "x"}"#), None);
    }
}
