//! A serde serializer that writes form pairs.

use form_urlencoded::byte_serialize;
use serde::Serialize;
use serde::ser;

use crate::form::error::FormError;
use crate::form::key::MapKey;

/// Writes pairs to `out`; `key` is the encoded name of the value being written, empty at the top level.
pub(crate) struct Encoder<'o> {
    out: &'o mut String,
    key: String,
}

impl<'o> Encoder<'o> {
    /// An encoder whose values have no name yet.
    pub(crate) fn new(out: &'o mut String) -> Self {
        Self::named(out, "")
    }

    /// An encoder of one value under `key`, which is taken as it is and may hold brackets.
    pub(crate) fn named(out: &'o mut String, key: &str) -> Self {
        Self { out, key: key.to_owned() }
    }

    /// The encoded name of the value that is written next.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    fn pair(&mut self, value: &str) -> Result<(), FormError> {
        if self.key.is_empty() {
            return Err(FormError::new("a form is a struct or a map; a single value has no name"));
        }
        if !self.out.is_empty() {
            self.out.push('&');
        }
        self.out.push_str(&self.key);
        self.out.push('=');
        self.out.extend(byte_serialize(value.as_bytes()));
        Ok(())
    }

    fn push(&mut self, segment: &str) {
        if self.key.is_empty() {
            self.key.extend(byte_serialize(segment.as_bytes()));
        } else {
            self.key.push('[');
            self.key.extend(byte_serialize(segment.as_bytes()));
            self.key.push(']');
        }
    }

    /// Writes `value` as the member `segment` of the value at hand.
    pub(crate) fn member<T: Serialize + ?Sized>(
        &mut self,
        segment: &str,
        value: &T,
    ) -> Result<(), FormError> {
        let outer = self.key.len();
        self.push(segment);
        let result = value.serialize(&mut *self).map_err(|error| error.at(&self.key));
        self.key.truncate(outer);
        result
    }

    fn float(&mut self, value: f64, text: &str) -> Result<(), FormError> {
        if value.is_finite() { self.pair(text) } else { Err(FormError::new("a number must be finite")) }
    }
}

/// The members of an array, a map or a struct.
pub(crate) struct Members<'e, 'o> {
    encoder: &'e mut Encoder<'o>,
    index: usize,
    map_key: String,
}

impl<'e, 'o> Members<'e, 'o> {
    fn new(encoder: &'e mut Encoder<'o>) -> Self {
        Self { encoder, index: 0, map_key: String::new() }
    }

    fn array(encoder: &'e mut Encoder<'o>) -> Result<Self, FormError> {
        if encoder.key.is_empty() {
            return Err(FormError::new("a form is a struct or a map; a single array has no name"));
        }
        Ok(Self::new(encoder))
    }

    /// The members of a variant, under its name; the `member` that holds the variant restores the key.
    fn variant(encoder: &'e mut Encoder<'o>, name: &str) -> Self {
        encoder.push(name);
        Self::new(encoder)
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        let index = self.index.to_string();
        self.index += 1;
        self.encoder.member(&index, value)
    }
}

macro_rules! by_display {
    ($($method:ident: $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<(), FormError> {
            self.pair(&value.to_string())
        }
    )*};
}

impl<'e, 'o> ser::Serializer for &'e mut Encoder<'o> {
    type Ok = ();
    type Error = FormError;
    type SerializeSeq = Members<'e, 'o>;
    type SerializeTuple = Members<'e, 'o>;
    type SerializeTupleStruct = Members<'e, 'o>;
    type SerializeTupleVariant = Members<'e, 'o>;
    type SerializeMap = Members<'e, 'o>;
    type SerializeStruct = Members<'e, 'o>;
    type SerializeStructVariant = Members<'e, 'o>;

    by_display! {
        serialize_bool: bool
        serialize_i8: i8 serialize_i16: i16 serialize_i32: i32 serialize_i64: i64 serialize_i128: i128
        serialize_u8: u8 serialize_u16: u16 serialize_u32: u32 serialize_u64: u64 serialize_u128: u128
        serialize_char: char
    }

    fn serialize_f32(self, value: f32) -> Result<(), FormError> {
        self.float(value.into(), &value.to_string())
    }

    fn serialize_f64(self, value: f64) -> Result<(), FormError> {
        self.float(value, &value.to_string())
    }

    fn serialize_str(self, value: &str) -> Result<(), FormError> {
        self.pair(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), FormError> {
        Err(FormError::new("bytes have no form encoding; send a string"))
    }

    fn serialize_none(self) -> Result<(), FormError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), FormError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), FormError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), FormError> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), FormError> {
        self.pair(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), FormError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), FormError> {
        self.member(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, FormError> {
        Members::array(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, FormError> {
        Members::array(self)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, FormError> {
        Members::array(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, FormError> {
        Ok(Members::variant(self, variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, FormError> {
        Ok(Members::new(self))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, FormError> {
        Ok(Members::new(self))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, FormError> {
        Ok(Members::variant(self, variant))
    }
}

macro_rules! array {
    ($($trait:ident $method:ident)*) => {$(
        impl ser::$trait for Members<'_, '_> {
            type Ok = ();
            type Error = FormError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
                self.element(value)
            }

            fn end(self) -> Result<(), FormError> {
                Ok(())
            }
        }
    )*};
}

array! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! object {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Members<'_, '_> {
            type Ok = ();
            type Error = FormError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), FormError> {
                self.encoder.member(name, value)
            }

            fn end(self) -> Result<(), FormError> {
                Ok(())
            }
        }
    )*};
}

object! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Members<'_, '_> {
    type Ok = ();
    type Error = FormError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), FormError> {
        self.map_key = key.serialize(MapKey).map_err(|error| error.at(&self.encoder.key))?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        self.encoder.member(&self.map_key, value)
    }

    fn end(self) -> Result<(), FormError> {
        Ok(())
    }
}
