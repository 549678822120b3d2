//! Objects.

/// An object: its fields with their names in the JSON and how each may be absent.
///
/// The struct also has a field `extra: Extra`. One word says how a field may be absent:
///
/// - `required`: always there, never null.
/// - `nullable`: always there, may be null. A missing key decodes as null, and `extra` remembers that it was missing.
/// - `optional`: absent when there is nothing. An explicit null decodes as nothing, and `extra` remembers the null.
/// - `lenient`: as `optional`, and a value of another type is kept in `extra`.
/// - `items`: required, and the items of a page.
///
/// `as "…"` is the value of the `object` member, which is written and checked but is no field.
///
/// Types that the expansion defines begin with `__`: no generated type has such a name.
///
/// The tests below have one call of this macro beside its expansion, written by hand.
macro_rules! object {
    ($name:ident as $tag:literal { $($fields:tt)* }) => {
        impl $name {
            /// The `object` that values of this type carry in JSON.
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
            enum __Key {
                $($field,)*
                Tag,
                Unknown,
            }

            impl __Key {
                const fn bit(self) -> $crate::extra::Fields {
                    1 << self as u32
                }
            }

            /// Fields that are always sent: `extra` remembers when one was missing.
            const NULLABLE: $crate::extra::Fields =
                $(object!(@nullable $presence $field) |)* if TAG.is_some() { __Key::Tag.bit() } else { 0 };

            const _: () = assert!(
                (__Key::Unknown as u32) < $crate::extra::Fields::BITS,
                concat!(stringify!($name), " has more fields than `Extra` has bits: make `Fields` wider")
            );

            /// Reads a key. The name of an unknown one is kept.
            struct __KeyVisitor<'a>(&'a mut String);

            impl serde::de::Visitor<'_> for __KeyVisitor<'_> {
                type Value = __Key;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("the name of a field")
                }

                fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<__Key, E> {
                    Ok(match name {
                        $($wire => __Key::$field,)*
                        name if TAG.is_some() && name == "object" => __Key::Tag,
                        other => {
                            other.clone_into(self.0);
                            __Key::Unknown
                        }
                    })
                }
            }

            impl<'de> serde::de::DeserializeSeed<'de> for __KeyVisitor<'_> {
                type Value = __Key;

                fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<__Key, D::Error> {
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

                #[allow(bindings_with_variant_name, reason = "a field may be called `key`")]
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
                    let object = self.0;
                    let mut seen = 0;
                    let mut unknown = String::new();
                    while let Some(key) = map.next_key_seed(__KeyVisitor(&mut unknown))? {
                        match key {
                            $(__Key::$field => {
                                // A repeated field replaces the earlier one.
                                if seen & key.bit() != 0 {
                                    object.$field = object!(@blank $presence);
                                }
                                object!(@read $presence object.$field $wire map);
                            })*
                            __Key::Tag => {
                                let tag = $crate::object_tag::Tag(TAG.unwrap_or_default());
                                if let Some(other) = map.next_value_seed(tag)? {
                                    object.extra.insert("object", other);
                                }
                            }
                            __Key::Unknown => {
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
                const READS_EVERY_OBJECT: bool = true $(&& object!(@is_lenient $presence))*;

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
                    if let Some(tag) = TAG {
                        if self.extra.get("object").is_none() && !self.extra.is_marked(__Key::Tag.bit()) {
                            map.serialize_entry("object", tag)?;
                        }
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

    (@nullable nullable $field:ident) => { __Key::$field.bit() };
    (@nullable $presence:ident $field:ident) => { 0 };

    (@is_lenient lenient) => { true };
    (@is_lenient $presence:ident) => { false };

    (@blank items) => { Vec::new() };
    (@blank $presence:ident) => { $crate::read::Read::blank() };

    (@read lenient $object:ident.$field:ident $wire:literal $map:ident) => {{
        let read: $crate::or_json::OrJson<_> = $map.next_value()?;
        $object.$field = read.value;
        $object.extra.keep_odd($wire, read.json);
    }};
    (@read items $object:ident.$field:ident $wire:literal $map:ident) => {
        $map.next_value_seed($crate::items::Items(&mut $object.$field))?
    };
    (@read $presence:ident $object:ident.$field:ident $wire:literal $map:ident) => {
        $map.next_value_seed($crate::read::Place(&mut $object.$field))?
    };

    (@check nullable $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {};
    (@check lenient $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {
        object!(@check optional $object.$field $wire $seen $access)
    };
    (@check optional $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {
        if $object.$field.is_none() {
            $object.extra.mark($seen & __Key::$field.bit());
        }
    };
    (@check $required:ident $object:ident.$field:ident $wire:literal $seen:ident $access:ident) => {
        if $seen & __Key::$field.bit() == 0 {
            return Err(serde::de::Error::missing_field($wire));
        }
    };

    (@put nullable $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        if $this.$field.is_some() || !$extra.is_marked(__Key::$field.bit()) {
            $map.serialize_entry($wire, &$this.$field)?;
        }
    };
    (@put lenient $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        // An odd value is written with the unknown fields.
        if $extra.get($wire).is_none() {
            object!(@put optional $this.$field $wire, $extra, $map);
        }
    };
    (@put optional $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        if $this.$field.is_some() || $extra.is_marked(__Key::$field.bit()) {
            $map.serialize_entry($wire, &$this.$field)?;
        }
    };
    (@put $required:ident $this:ident.$field:ident $wire:literal, $extra:expr, $map:ident) => {
        $map.serialize_entry($wire, &$this.$field)?;
    };
}

/// A call of `object!` and its expansion.
#[cfg(test)]
#[expect(unreachable_pub, reason = "`object!` writes the constant of a public type")]
mod tests {
    use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
    use serde::ser::{Serialize, SerializeMap, Serializer};

    use crate::Extra;
    use crate::read::{Place, Read};

    #[derive(Debug, PartialEq)]
    struct Short {
        id: u64,
        note: Option<String>,
        at: Option<i64>,
        extra: Extra,
    }

    object!(Short as "short" { id: required "id", note: optional "note", at: nullable "at" });

    #[derive(Debug, PartialEq)]
    struct Expanded {
        id: u64,
        note: Option<String>,
        at: Option<i64>,
        extra: Extra,
    }

    /// The known keys. The place of each is its bit in `seen` and in `extra`.
    enum Key {
        Id,
        Note,
        At,
        Tag,
        Unknown,
    }

    /// Reads a key. The name of an unknown one is kept.
    struct KeyVisitor<'a>(&'a mut String);

    impl Visitor<'_> for KeyVisitor<'_> {
        type Value = Key;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the name of a field")
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
            Ok(match name {
                "id" => Key::Id,
                "note" => Key::Note,
                "at" => Key::At,
                "object" => Key::Tag,
                other => {
                    other.clone_into(self.0);
                    Key::Unknown
                }
            })
        }
    }

    impl<'de> DeserializeSeed<'de> for KeyVisitor<'_> {
        type Value = Key;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
            deserializer.deserialize_identifier(self)
        }
    }

    impl<'de> Read<'de> for Expanded {
        fn blank() -> Self {
            Self { id: Read::blank(), note: Read::blank(), at: Read::blank(), extra: Extra::default() }
        }

        fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_map(Place(self))
        }
    }

    impl<'de> Visitor<'de> for Place<'_, Expanded> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object (Expanded)")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            let object = self.0;
            let mut seen = 0;
            let mut unknown = String::new();
            while let Some(key) = map.next_key_seed(KeyVisitor(&mut unknown))? {
                match key {
                    // A repeated field replaces the earlier one.
                    Key::Id => object.id = map.next_value()?,
                    Key::Note => object.note = map.next_value()?,
                    Key::At => object.at = map.next_value()?,
                    Key::Tag => {
                        // Another `object` than the expected one is kept as an unknown field.
                        if let Some(other) = map.next_value_seed(crate::object_tag::Tag(Expanded::OBJECT))? {
                            object.extra.insert("object", other);
                        }
                    }
                    Key::Unknown => {
                        let value: serde_json::Value = map.next_value()?;
                        object.extra.insert(std::mem::take(&mut unknown), value);
                    }
                }
                seen |= 1 << key as u32;
            }
            // `required`: it must be there.
            if seen & (1 << Key::Id as u32) == 0 {
                return Err(Error::missing_field("id"));
            }
            // `optional`: remember a null.
            if object.note.is_none() {
                object.extra.mark(seen & (1 << Key::Note as u32));
            }
            // `nullable`, and `object`: remember that it was missing.
            object.extra.mark(!seen & (1 << Key::At as u32 | 1 << Key::Tag as u32));
            Ok(())
        }
    }

    impl Serialize for Expanded {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            if self.extra.get("object").is_none() && !self.extra.is_marked(1 << Key::Tag as u32) {
                map.serialize_entry("object", Self::OBJECT)?;
            }
            map.serialize_entry("id", &self.id)?;
            if self.note.is_some() || self.extra.is_marked(1 << Key::Note as u32) {
                map.serialize_entry("note", &self.note)?;
            }
            if self.at.is_some() || !self.extra.is_marked(1 << Key::At as u32) {
                map.serialize_entry("at", &self.at)?;
            }
            for (name, value) in self.extra.iter() {
                map.serialize_entry(name, value)?;
            }
            map.end()
        }
    }

    impl Expanded {
        const OBJECT: &'static str = "short";
    }

    #[test]
    fn the_expansion_above_does_what_the_macro_does() {
        assert_eq!(Short::OBJECT, Expanded::OBJECT);
        for json in [
            r#"{"object":"short","id":1,"note":"x","at":2}"#,
            r#"{"id":1}"#,
            r#"{"object":"other","id":1,"note":null,"at":null,"new":[1]}"#,
            r#"{"id":1,"id":2,"at":3,"object":"short"}"#,
            r#"{"note":"x"}"#,
            r#"{"id":"1"}"#,
            "[]",
        ] {
            let mut expanded = Expanded::blank();
            let result = expanded.read(&mut serde_json::Deserializer::from_str(json));
            match serde_json::from_str::<Short>(json) {
                Ok(short) => {
                    result.unwrap();
                    assert_eq!((short.id, &short.note, short.at), (expanded.id, &expanded.note, expanded.at));
                    assert_eq!(
                        serde_json::to_string(&short).unwrap(),
                        serde_json::to_string(&expanded).unwrap()
                    );
                }
                Err(error) => assert_eq!(
                    error.to_string().replace("Short", "Expanded"),
                    result.unwrap_err().to_string(),
                    "{json}"
                ),
            }
        }
    }
}
