//! How the generated types travel: one line each, so that the generated files read as plain structs and enums.
//!
//! Macros by example rather than derives: nothing to build before the crate, and the decoding of every type is written
//! once, here.

/// A newtype that travels as the value inside it.
macro_rules! transparent {
    ($name:ident($inner:ty)) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$inner>::deserialize(deserializer).map(Self)
            }
        }
    };
}

/// An open enum: the variants with their wire values, plus `Unknown(Box<str>)` for every other value.
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $wire:literal),+ $(,)? }) => {
        impl $name {
            /// The values that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The value as sent and received.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Unknown(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($wire => Self::$variant,)+
                    other => Self::Unknown(other.into()),
                }
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(value.into())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct OpenEnumVisitor;

                impl serde::de::Visitor<'_> for OpenEnumVisitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<$name, E> {
                        Ok(value.into())
                    }
                }

                deserializer.deserialize_str(OpenEnumVisitor)
            }
        }
    };
}

/// An object: its fields with their wire names and how each may be absent. The struct also has a field `extra: Extra`.
///
/// - `required`: always there, never null.
/// - `nullable`: always there, may be null. A missing key decodes as null and is remembered.
/// - `optional`: not there when there is nothing. An explicit null decodes as nothing and is remembered.
///
/// `as "…"` is the value of the `object` member, which is written and checked but is no field.
macro_rules! object {
    ($name:ident as $tag:literal { $($fields:tt)* }) => {
        impl $name {
            /// The `object` that values of this type carry on the wire.
            pub const OBJECT: &'static str = $tag;
        }

        object!(@serde $name as $tag { $($fields)* });
    };

    ($name:ident { $($fields:tt)* }) => {
        object!(@serde $name { $($fields)* });
    };

    (@serde $name:ident $(<$item:ident>)? $(as $tag:literal)? {
        $($field:ident: $presence:ident $wire:literal),* $(,)?
    }) => {
        const _: () = {
            use serde::ser::SerializeMap as _;

            #[allow(dead_code, reason = "objects without an `object` member never write it")]
            const TAG: Option<&str> = object!(@tag $($tag)?);

            #[allow(non_camel_case_types, reason = "keys carry the names of their fields")]
            enum Key {
                $($field,)*
                Tag,
                Unknown(String),
            }

            struct KeyVisitor;

            impl serde::de::Visitor<'_> for KeyVisitor {
                type Value = Key;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("the name of a field")
                }

                fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Key, E> {
                    Ok(match name {
                        $($wire => Key::$field,)*
                        name if TAG.is_some() && name == "object" => Key::Tag,
                        other => Key::Unknown(other.to_owned()),
                    })
                }
            }

            impl<'de> serde::Deserialize<'de> for Key {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_identifier(KeyVisitor)
                }
            }

            struct ObjectVisitor<T>(std::marker::PhantomData<T>);

            impl<'de $(, $item: serde::Deserialize<'de>)?> serde::de::Visitor<'de>
                for ObjectVisitor<$name $(<$item>)?>
            {
                type Value = $name $(<$item>)?;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!("an object (", stringify!($name), ")"))
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut extra = $crate::extra::Extra::default();
                    let mut tagged = TAG.is_none();
                    $(let mut $field = None;)*
                    while let Some(key) = map.next_key::<Key>()? {
                        match key {
                            $(Key::$field => $field = Some(map.next_value()?),)*
                            Key::Tag => {
                                tagged = true;
                                let tag = $crate::object_tag::Tag(TAG.unwrap_or_default());
                                if let Some(other) = map.next_value_seed(tag)? {
                                    extra.insert("object", other);
                                }
                            }
                            Key::Unknown(name) => extra.insert(name, map.next_value::<serde_json::Value>()?),
                        }
                    }
                    if !tagged {
                        extra.mark("object");
                    }
                    $(let $field = object!(@take $presence $field $wire extra A);)*
                    Ok($name { $($field,)* extra })
                }
            }

            impl<'de $(, $item: serde::Deserialize<'de>)?> serde::Deserialize<'de> for $name $(<$item>)? {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_map(ObjectVisitor(std::marker::PhantomData))
                }
            }

            impl $(<$item: serde::Serialize>)? serde::Serialize for $name $(<$item>)? {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let mut map = serializer.serialize_map(None)?;
                    if let Some(tag) = TAG
                        && self.extra.get("object").is_none()
                        && !self.extra.is_marked("object")
                    {
                        map.serialize_entry("object", tag)?;
                    }
                    $(object!(@put $presence self.$field $wire, self.extra, map);)*
                    for (name, value) in self.extra.iter() {
                        map.serialize_entry(name, value)?;
                    }
                    map.end()
                }
            }
        };
    };

    (@tag) => { None };
    (@tag $tag:literal) => { Some($tag) };

    (@take required $field:ident $wire:literal $extra:ident $access:ident) => {
        $field.ok_or_else(|| <$access::Error as serde::de::Error>::missing_field($wire))?
    };
    (@take nullable $field:ident $wire:literal $extra:ident $access:ident) => {
        $field.unwrap_or_else(|| {
            $extra.mark($wire);
            None
        })
    };
    (@take optional $field:ident $wire:literal $extra:ident $access:ident) => {
        match $field {
            Some(None) => {
                $extra.mark($wire);
                None
            }
            value => value.flatten(),
        }
    };

    (@put required $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        $map.serialize_entry($wire, &$this.$field)?;
    };
    (@put nullable $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        if $this.$field.is_some() || !$extra.is_marked($wire) {
            $map.serialize_entry($wire, &$this.$field)?;
        }
    };
    (@put optional $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        if $this.$field.is_some() || $extra.is_marked($wire) {
            $map.serialize_entry($wire, &$this.$field)?;
        }
    };
}

/// The object of an event: one variant per type it can have, plus `Unknown` for every other.
macro_rules! event_object {
    ($name:ident { $($variant:ident),+ $(,)? }) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(object) => object.serialize(serializer),)+
                    Self::Unknown(fields) => fields.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            /// The object's own `object` member tells its type. It is read twice, which costs less than keeping it
            /// as a tree: once to find that member and once, if the type is known, as that type.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
                let tag = $crate::object_tag::peek(raw.get());
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
