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

        impl<'de> $crate::read::Read<'de> for $name {
            fn blank() -> Self {
                Self(<$inner as $crate::read::Read<'de>>::blank())
            }

            fn read<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                self.0.read(deserializer)
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
                $crate::read::read(deserializer)
            }
        }

        impl<'de> $crate::read::Read<'de> for $name {
            fn blank() -> Self {
                Self::Unknown(Box::default())
            }

            fn read<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_str($crate::read::Place(self))
            }
        }

        impl serde::de::Visitor<'_> for $crate::read::Place<'_, $name> {
            type Value = ();

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
                *self.0 = value.into();
                Ok(())
            }
        }
    };
}

/// An object: its fields with their wire names and how each may be absent. The struct also has a field `extra: Extra`.
///
/// - `required`: always there, never null.
/// - `nullable`: always there, may be null. A missing key decodes as null and is remembered.
/// - `optional`: not there when there is nothing. An explicit null decodes as nothing and is remembered.
/// - `items`: required, and the items of a page.
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

            /// The known keys; their order gives each its bit.
            #[allow(non_camel_case_types, reason = "keys carry the names of their fields")]
            #[derive(Clone, Copy)]
            enum Key {
                $($field,)*
                Tag,
                Unknown,
            }

            impl Key {
                const fn bit(self) -> $crate::extra::Fields {
                    1 << self as u32
                }
            }

            /// Fields that are missing when the JSON lacks them, although they are always sent.
            const NULLABLE: $crate::extra::Fields =
                $(object!(@nullable $presence $field) |)* if TAG.is_some() { Key::Tag.bit() } else { 0 };

            const _: () = assert!(
                (Key::Unknown as u32) < $crate::extra::Fields::BITS,
                concat!(stringify!($name), " has more fields than `Extra` has bits: make `Fields` wider")
            );

            /// Tells the keys apart. The name of an unknown one, and only of such, is kept.
            struct KeyVisitor<'a>(&'a mut String);

            impl serde::de::Visitor<'_> for KeyVisitor<'_> {
                type Value = Key;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("the name of a field")
                }

                fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Key, E> {
                    Ok(match name {
                        $($wire => Key::$field,)*
                        name if TAG.is_some() && name == "object" => Key::Tag,
                        other => {
                            other.clone_into(self.0);
                            Key::Unknown
                        }
                    })
                }
            }

            impl<'de> serde::de::DeserializeSeed<'de> for KeyVisitor<'_> {
                type Value = Key;

                fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
                    deserializer.deserialize_identifier(self)
                }
            }

            impl<'de $(, $item: $crate::read::Read<'de>)?> serde::de::Visitor<'de>
                for $crate::read::Place<'_, $name $(<$item>)?>
            {
                type Value = ();

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!("an object (", stringify!($name), ")"))
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
                    let object = self.0;
                    let mut seen = 0;
                    let mut unknown = String::new();
                    while let Some(key) = map.next_key_seed(KeyVisitor(&mut unknown))? {
                        match key {
                            $(Key::$field => {
                                // Of a field that comes twice the later one counts.
                                if seen & key.bit() != 0 {
                                    object.$field = object!(@blank $presence);
                                }
                                object!(@read $presence object.$field map);
                            })*
                            Key::Tag => {
                                let tag = $crate::object_tag::Tag(TAG.unwrap_or_default());
                                if let Some(other) = map.next_value_seed(tag)? {
                                    object.extra.insert("object", other);
                                }
                            }
                            Key::Unknown => {
                                let value: serde_json::Value = map.next_value()?;
                                object.extra.insert(std::mem::take(&mut unknown), value);
                            }
                        }
                        seen |= key.bit();
                    }
                    $(object!(@check $presence object.$field $wire seen A);)*
                    object.extra.mark(NULLABLE & !seen);
                    Ok(())
                }
            }

            impl<'de $(, $item: $crate::read::Read<'de>)?> $crate::read::Read<'de> for $name $(<$item>)? {
                fn blank() -> Self {
                    Self { $($field: object!(@blank $presence),)* extra: $crate::Extra::default() }
                }

                fn read<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                    deserializer.deserialize_map($crate::read::Place(self))
                }
            }

            impl<'de $(, $item: $crate::read::Read<'de>)?> serde::Deserialize<'de> for $name $(<$item>)? {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    $crate::read::read(deserializer)
                }
            }

            impl $(<$item: serde::Serialize>)? serde::Serialize for $name $(<$item>)? {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let mut map = serializer.serialize_map(None)?;
                    if let Some(tag) = TAG
                        && self.extra.get("object").is_none()
                        && !self.extra.is_marked(Key::Tag.bit())
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

    (@nullable nullable $field:ident) => { Key::$field.bit() };
    (@nullable $presence:ident $field:ident) => { 0 };

    (@blank items) => { Vec::new() };
    (@blank $presence:ident) => { $crate::read::Read::blank() };

    (@read items $object:ident.$field:ident $map:ident) => {
        $map.next_value_seed($crate::list::Items(&mut $object.$field))?
    };
    (@read $presence:ident $object:ident.$field:ident $map:ident) => {
        $map.next_value_seed($crate::read::Place(&mut $object.$field))?
    };

    (@check nullable $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {};
    (@check optional $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {
        if $object.$field.is_none() {
            $object.extra.mark($seen & Key::$field.bit());
        }
    };
    (@check $required:ident $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {
        if $seen & Key::$field.bit() == 0 {
            return Err(serde::de::Error::missing_field($wire));
        }
    };

    (@put nullable $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        if $this.$field.is_some() || !$extra.is_marked(Key::$field.bit()) {
            $map.serialize_entry($wire, &$this.$field)?;
        }
    };
    (@put optional $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        if $this.$field.is_some() || $extra.is_marked(Key::$field.bit()) {
            $map.serialize_entry($wire, &$this.$field)?;
        }
    };
    (@put $required:ident $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        $map.serialize_entry($wire, &$this.$field)?;
    };
}
