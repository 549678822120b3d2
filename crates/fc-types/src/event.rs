//! How the object of an event is read: what it is, it says itself, in a member that does not come first.

use std::fmt;

use serde::Deserializer;
use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeSeed, Error as _, MapAccess, Visitor};
use serde_json::Value;

/// The object of an event: one variant per type it can have, plus `Unknown` for every other.
macro_rules! event_object {
    ($name:ident { $first:ident $(, $variant:ident)* $(,)? }) => {
        event_object!(@all $name $first { $first $(, $variant)* });
    };

    (@all $name:ident $first:ident { $($variant:ident),+ }) => {
        impl std::fmt::Debug for $name {
            /// Of an unknown object the names of its fields only: a value that nobody has seen yet may be a secret.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(object) => f.debug_tuple(stringify!($variant)).field(object).finish(),)+
                    Self::Unknown(fields) => {
                        f.debug_tuple("Unknown").field(&fields.keys().collect::<Vec<_>>()).finish()
                    }
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(object) => object.serialize(serializer),)+
                    Self::Unknown(fields) => fields.serialize(serializer),
                }
            }
        }

        impl Event {
            /// Reads an event: the same as [`serde_json::from_str`], in less time.
            ///
            /// An object that does not decode is kept as it came, and for that its text has to be kept while it is read.
            /// Here the whole text is at hand, so the object is read at once, and once more only if that fails.
            ///
            /// # Errors
            ///
            /// The text is no JSON, or lacks what every event has.
            pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
                let mut event = <Self as $crate::read::Read<'_>>::blank();
                event.data.object = $name::in_one_pass();
                let mut json = serde_json::Deserializer::from_str(text);
                match $crate::read::Read::read(&mut event, &mut json).and_then(|()| json.end()) {
                    Ok(()) => Ok(event),
                    Err(_) => serde_json::from_str(text),
                }
            }
        }

        impl $name {
            /// A place that is read into in one pass, so that an object that does not decode is an error.
            fn in_one_pass() -> Self {
                Self::$first(Box::new($crate::read::Read::blank()))
            }
        }

        impl<'de> $crate::read::Read<'de> for $name {
            fn blank() -> Self {
                Self::Unknown(serde_json::Map::new())
            }

            fn read<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                if let Self::Unknown(_) = self {
                    *self = serde::Deserialize::deserialize(deserializer)?;
                    Ok(())
                } else {
                    deserializer.deserialize_map($crate::read::Place(self))
                }
            }
        }

        impl<'de> serde::de::Visitor<'de> for $crate::read::Place<'_, $name> {
            type Value = ();

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the object of an event")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                let (tag, map) = $crate::event::Resumed::after_tag(map)?;
                $(
                    if tag.as_deref() == Some($variant::OBJECT) {
                        let mut object: Box<$variant> = Box::new($crate::read::Read::blank());
                        $crate::read::Place(&mut *object).visit_map(map)?;
                        *self.0 = $name::$variant(object);
                        return Ok(());
                    }
                )+
                let fields = serde::de::value::MapAccessDeserializer::new(map);
                *self.0 = $name::Unknown(serde::Deserialize::deserialize(fields)?);
                Ok(())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            /// The object's own `object` member tells its type. The text is kept until it is read as that type, since
            /// what does not decode has to be kept as it came.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
                let tag = $crate::event::peek(raw.get());
                $(
                    if tag.as_deref() == Some($variant::OBJECT)
                        && let Ok(object) = serde_json::from_str(raw.get())
                    {
                        return Ok(Self::$variant(object));
                    }
                )+
                serde_json::from_str(raw.get()).map(Self::Unknown).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// An object of which the first members were read already, to find out what it is: those, then the others.
pub(crate) struct Resumed<A> {
    head: std::vec::IntoIter<(String, Value)>,
    /// Value of the key of the head that was handed out last.
    value: Option<Value>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> Resumed<A> {
    /// Reads up to the `object` member, which Stripe sends second, and gives it with the whole of the members.
    pub(crate) fn after_tag(mut rest: A) -> Result<(Option<String>, Self), A::Error> {
        let mut head: Vec<(String, Value)> = Vec::new();
        let mut tag = None;
        while let Some((name, value)) = rest.next_entry::<String, Value>()? {
            let is_tag = name == "object";
            if is_tag {
                tag = value.as_str().map(str::to_owned);
            }
            head.push((name, value));
            if is_tag {
                break;
            }
        }
        Ok((tag, Self { head: head.into_iter(), value: None, rest }))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Resumed<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some((name, value)) = self.head.next() else { return self.rest.next_key_seed(seed) };
        self.value = Some(value);
        seed.deserialize(StringDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.rest.next_value_seed(seed),
        }
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
    use serde_json::json;

    use super::peek;
    use crate::{Event, EventObject};

    fn event(object: &serde_json::Value) -> String {
        json!({
            "id": "evt_1", "object": "event", "api_version": null, "created": 1, "data": { "object": object },
            "livemode": false, "pending_webhooks": 1, "request": null,
            "type": "financial_connections.authorization.upcoming_deactivation",
        })
        .to_string()
    }

    fn authorization() -> serde_json::Value {
        json!({
            "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "StripeBank",
            "livemode": false, "status": "active", "status_details": {}, "x": [1],
        })
    }

    #[test]
    fn one_pass_gives_what_serde_gives_for_every_object() {
        let mut undecodable = authorization();
        undecodable["livemode"] = "yes".into();
        let mut other = authorization();
        other["object"] = "financial_connections.session".into();
        let untagged = json!({ "id": "x", "object": null });
        for (object, typed) in [
            (authorization(), true),
            (undecodable, false),
            (other, false),
            (untagged, false),
            (json!({}), false),
        ] {
            let text = event(&object);
            let event = Event::from_json(&text).unwrap();
            assert_eq!(event, serde_json::from_str(&text).unwrap());
            assert_eq!(matches!(event.data.object, EventObject::Authorization(_)), typed, "{object}");
            assert_eq!(serde_json::to_value(&event).unwrap()["data"]["object"], object);
        }
    }

    /// JSON leaves open which of two members of one name counts; here it is the first, on both roads.
    #[test]
    fn of_two_object_members_the_first_tells_the_type() {
        for first in ["null", "\"financial_connections.authorization\"", "\"other\""] {
            let tag = r#""object":"financial_connections.authorization""#;
            let text = event(&authorization()).replace(tag, &format!("\"object\":{first},{tag}"));
            assert_eq!(text.matches(r#""object":"#).count(), 4, "{text}");
            assert_eq!(Event::from_json(&text).unwrap(), serde_json::from_str(&text).unwrap(), "{first}");
        }
    }

    #[test]
    fn one_pass_refuses_what_serde_refuses() {
        let whole = event(&authorization());
        for text in ["", "[]", "{}", &format!("{whole} x"), &whole[..whole.len() - 1]] {
            assert_eq!(
                Event::from_json(text).unwrap_err().to_string(),
                serde_json::from_str::<Event>(text).unwrap_err().to_string()
            );
        }
    }

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
