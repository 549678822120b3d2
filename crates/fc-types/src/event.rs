//! Decoding of the object of an event, whose own `object` member names its type and does not come first.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{self, Deserialize as _, DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The object of an event: one variant per type it can have, plus `Unknown` for every other.
///
/// After a bar come older names of a type, under which Stripe still sends its objects.
macro_rules! event_object {
    ($name:ident { $($variant:ident $(| $older:literal)*),* $(,)? }) => {
        impl $name {
            /// Type of the object, as its `object` member names it: `financial_connections.account`. An older name counts
            /// as the present one.
            #[must_use]
            pub fn object_type(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(_) => Some($variant::OBJECT),)*
                    Self::Unknown(fields) => match fields.get("object")?.as_str()? {
                        $($variant::OBJECT $(| $older)* => Some($variant::OBJECT),)*
                        other => Some(other),
                    },
                }
            }

            /// The object, if it is of this type.
            pub(crate) fn downcast<T: 'static>(&self) -> Option<&T> {
                match self {
                    $(Self::$variant(object) => (&**object as &dyn std::any::Any).downcast_ref(),)*
                    Self::Unknown(_) => None,
                }
            }

            /// Why an object of a known type does not decode, and is [`Unknown`](Self::Unknown) therefore. `None` for every
            /// other object.
            ///
            /// It decodes the object again, so call it only to report.
            #[must_use]
            pub fn decode_error(&self) -> Option<$crate::json::Error> {
                let Self::Unknown(fields) = self else { return None };
                let value = || serde_json::Value::Object(fields.clone());
                match self.object_type()? {
                    $($variant::OBJECT => $crate::json::from_value::<$variant>(value()).err(),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Debug for $name {
            /// Shows only the names of the fields of an unknown object, because a value may be a secret.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(object) => f.debug_tuple(stringify!($variant)).field(object).finish(),)*
                    Self::Unknown(fields) => {
                        f.debug_tuple("Unknown").field(&fields.keys().collect::<Vec<_>>()).finish()
                    }
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(object) => object.serialize(serializer),)*
                    Self::Unknown(fields) => fields.serialize(serializer),
                }
            }
        }

        impl $crate::event::TaggedObject for $name {
            fn known<'de, D: serde::Deserializer<'de>>(
                tag: &str,
                deserializer: D,
            ) -> Option<Result<Self, D::Error>> {
                match tag {
                    $($variant::OBJECT $(| $older)* => {
                        Some(serde::Deserialize::deserialize(deserializer).map(Self::$variant))
                    })*
                    _ => None,
                }
            }

            fn unknown(fields: serde_json::Map<String, serde_json::Value>) -> Self {
                Self::Unknown(fields)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::event::deserialize(deserializer)
            }
        }

        impl<'de> $crate::read::Read<'de> for $name {
            fn blank() -> Self {
                Self::Unknown(serde_json::Map::new())
            }

            fn read<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                *self = serde::Deserialize::deserialize(deserializer)?;
                Ok(())
            }
        }

        impl<'de> $crate::read::Read<'de> for $crate::event::InOnePass<$name> {
            fn blank() -> Self {
                Self($crate::read::Read::blank())
            }

            fn read<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_map($crate::read::Place(self))
            }
        }

        impl<'de> serde::de::Visitor<'de> for $crate::read::Place<'_, $crate::event::InOnePass<$name>> {
            type Value = ();

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the object of an event")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                let (tag, map) = $crate::event::Resumed::after_tag(map)?;
                match tag.as_deref() {
                    $(Some($variant::OBJECT $(| $older)*) => {
                        let mut object: Box<$variant> = Box::default();
                        $crate::read::Place(&mut *object).visit_map(map)?;
                        self.0.0 = $name::$variant(object);
                    })*
                    _ => {
                        let fields = serde::de::value::MapAccessDeserializer::new(map);
                        self.0.0 = $name::Unknown(serde::Deserialize::deserialize(fields)?);
                    }
                }
                Ok(())
            }
        }
    };
}

/// An object of an event: a value of a known type, or the fields of another one.
pub(crate) trait TaggedObject: Sized {
    /// Reads an object of the type that `tag` names. `None` if that type is not known.
    fn known<'de, D: Deserializer<'de>>(tag: &str, deserializer: D) -> Option<Result<Self, D::Error>>;

    fn unknown(fields: Map<String, Value>) -> Self;
}

/// Reads an object from any deserializer that describes itself. One that does not decode as its type is kept as received.
pub(crate) fn deserialize<'de, T: TaggedObject, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(RAW_VALUE, ObjectVisitor(PhantomData))
}

/// The name of `serde_json::value::RawValue` in serde's data model.
///
/// serde_json answers a newtype of this name with a map whose only key is the name, and whose value is the text of the
/// JSON. From the text, a known object is decoded in half the time. Every other deserializer ignores the name and gives the
/// object itself. So would a later serde_json with another name: objects would still be read.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: TaggedObject> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the object of an event")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let first = map.next_key::<String>()?;
        if first.as_deref() == Some(RAW_VALUE) {
            return map.next_value_seed(TextVisitor(PhantomData));
        }
        let (tag, map) = Resumed::after_tag_from(first, map)?;
        // The object may turn out not to be of its type when most of it is read. So it is read twice.
        let fields = Map::deserialize(MapAccessDeserializer::new(map))?;
        Ok(match tag.and_then(|tag| T::known(&tag, &fields)) {
            Some(Ok(object)) => object,
            Some(Err(_)) | None => T::unknown(fields),
        })
    }
}

/// Reads an object from its text.
struct TextVisitor<T>(PhantomData<T>);

impl<'de, T: TaggedObject> DeserializeSeed<'de> for TextVisitor<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T: TaggedObject> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        let known = |tag: String| T::known(&tag, &mut serde_json::Deserializer::from_str(text));
        match peek(text).and_then(known) {
            Some(Ok(object)) => Ok(object),
            Some(Err(_)) | None => serde_json::from_str(text).map(T::unknown).map_err(E::custom),
        }
    }
}

/// An object that is read in one pass: one that does not decode as its type is an error.
pub(crate) struct InOnePass<T>(pub(crate) T);

impl<T: Serialize> Serialize for InOnePass<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The members of an object whose first ones were already read to learn its type: those, then the rest.
pub(crate) struct Resumed<A> {
    head: std::vec::IntoIter<(String, Value)>,
    /// Value of the key of `head` that was returned last.
    value: Option<Value>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> Resumed<A> {
    /// Reads up to the `object` member, which Stripe sends second. Returns its value, and all members.
    pub(crate) fn after_tag(mut map: A) -> Result<(Option<String>, Self), A::Error> {
        let first = map.next_key()?;
        Self::after_tag_from(first, map)
    }

    /// As [`after_tag`](Self::after_tag), when the first key was read already.
    fn after_tag_from(first: Option<String>, mut rest: A) -> Result<(Option<String>, Self), A::Error> {
        let mut head: Vec<(String, Value)> = Vec::new();
        let mut tag = None;
        let mut key = first;
        while let Some(name) = key {
            let value: Value = rest.next_value()?;
            let is_tag = name == "object";
            if is_tag {
                tag = value.as_str().map(str::to_owned);
            }
            head.push((name, value));
            if is_tag {
                break;
            }
            key = rest.next_key()?;
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

/// The `object` member of a JSON object, if it has one. Stripe sends it second; nothing after it is read.
pub(crate) fn peek(json: &str) -> Option<String> {
    let mut tag = None;
    // Stopping in the middle of an object is an error, which does not matter once the tag is known.
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

/// Whether a key is `object`. The key is not copied.
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
    use serde::Deserializer;
    use serde::de::{Deserialize as _, Error as _, Visitor};
    use serde_json::json;

    use super::{RAW_VALUE, peek};
    use crate::{Event, EventObject, EventType};

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
            // From a value too, which serde_json turns into text again.
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(event, serde_json::from_value(value).unwrap(), "{object}");
            assert_eq!(matches!(event.data.object, EventObject::Authorization(_)), typed, "{object}");
            assert_eq!(serde_json::to_value(&event).unwrap()["data"]["object"], object);
        }
    }

    /// serde buffers the variants of an untagged enum, and its buffer has no text.
    #[test]
    fn an_object_that_does_not_decode_loses_no_event_in_a_buffer_of_serde() {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Buffered {
            Event(Event),
        }

        let mut undecodable = authorization();
        undecodable["livemode"] = "yes".into();
        for object in [authorization(), undecodable, json!({ "object": "other" })] {
            let text = event(&object);
            let Buffered::Event(event) = serde_json::from_str(&text).unwrap();
            assert_eq!(event, Event::from_json(&text).unwrap());
        }
    }

    #[test]
    fn an_event_type_names_the_object_that_its_events_carry() {
        let authorization_type = "financial_connections.authorization";
        for (type_, object) in [
            ("financial_connections.account.created", Some("financial_connections.account")),
            ("financial_connections.authorization.upcoming_deactivation", Some(authorization_type)),
            ("financial_connections.account.polished", None),
        ] {
            assert_eq!(EventType::from(type_).object_type(), object, "{type_}");
        }
        let known = Event::from_json(&event(&authorization())).unwrap().data.object;
        assert_eq!(known.object_type(), Some(authorization_type));
        let other = Event::from_json(&event(&json!({ "object": "other" }))).unwrap().data.object;
        assert_eq!(other.object_type(), Some("other"));
    }

    #[test]
    fn an_object_that_does_not_decode_has_a_reason_and_no_other_has_one() {
        let reason = |object: serde_json::Value| {
            let event = Event::from_json(&event(&object)).unwrap();
            event.data.object.decode_error().map(|error| error.to_string())
        };
        let mut undecodable = authorization();
        undecodable["livemode"] = "SECRET".into();
        assert_eq!(reason(undecodable).as_deref(), Some("found string, expected a boolean at `livemode`"));
        assert_eq!(reason(authorization()), None);
        assert_eq!(reason(json!({ "object": "other", "livemode": "yes" })), None);
        assert_eq!(reason(json!({})), None);
        let older = reason(json!({ "object": "linked_account", "id": "fca_1" }));
        assert_eq!(older.as_deref(), Some("missing field `category`"));
    }

    /// serde_json's documentation of `RawValue` does not name it, so that an update may change it.
    #[test]
    fn serde_json_s_raw_value_has_the_name_that_is_used_here() {
        struct Name;

        impl<'de> Deserializer<'de> for Name {
            type Error = serde::de::value::Error;

            fn deserialize_newtype_struct<V: Visitor<'de>>(
                self,
                name: &'static str,
                _: V,
            ) -> Result<V::Value, Self::Error> {
                Err(Self::Error::custom(name))
            }

            fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
                Err(Self::Error::custom("no newtype"))
            }

            serde::forward_to_deserialize_any! {
                bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
                unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
            }
        }

        let error = Box::<serde_json::value::RawValue>::deserialize(Name).unwrap_err();
        assert_eq!(error.to_string(), RAW_VALUE);
    }

    /// JSON does not define which of two members of one name counts. Here it is the first, in both ways of reading.
    #[test]
    fn the_first_of_two_object_members_names_the_type() {
        for first in ["null", "\"financial_connections.authorization\"", "\"other\""] {
            let tag = r#""object":"financial_connections.authorization""#;
            let text = event(&authorization()).replace(tag, &format!("\"object\":{first},{tag}"));
            assert_eq!(text.matches(r#""object":"#).count(), 4, "{text}");
            assert_eq!(Event::from_json(&text).unwrap(), serde_json::from_str(&text).unwrap(), "{first}");
        }
    }

    #[test]
    fn one_pass_rejects_what_serde_rejects() {
        let whole = event(&authorization());
        for text in ["", "[]", "{}", &format!("{whole} x"), &whole[..whole.len() - 1]] {
            assert_eq!(
                Event::from_json(text).unwrap_err(),
                crate::json::from_str::<Event>(text).unwrap_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_tag_is_found_at_any_position() {
        assert_eq!(
            peek(r#"{"id": "x", "nested": {"object": "no"}, "object": "yes"}"#).as_deref(),
            Some("yes")
        );
        assert_eq!(peek(r#"{"id": "x"}"#), None);
        assert_eq!(peek("[1]"), None);
        assert_eq!(peek(r#"{"object": null, "id": "x"}"#), None);
    }
}
