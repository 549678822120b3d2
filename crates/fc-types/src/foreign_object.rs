//! Objects of other parts of Stripe's API, with untyped fields.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::Object;
use crate::read::Read;

/// An object that Financial Connections refers to but does not define, such as an expanded customer.
///
/// Its fields are untyped, because their types would pull most of Stripe's API into this crate.
#[derive(Clone, PartialEq)]
pub struct ForeignObject<Id = String> {
    id: Id,
    fields: Map<String, Value>,
}

impl<Id> ForeignObject<Id> {
    /// The value of one field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    /// All fields, the id among them.
    #[must_use]
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }
}

impl<Id: Clone + fmt::Display> Object for ForeignObject<Id> {
    type Id = Id;

    fn id(&self) -> &Id {
        &self.id
    }
}

impl<Id: fmt::Debug> fmt::Debug for ForeignObject<Id> {
    /// Shows the id and the names of the fields; their values may hold personal data or secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignObject")
            .field("id", &self.id)
            .field("fields", &self.fields.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl<Id> Serialize for ForeignObject<Id> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields.serialize(serializer)
    }
}

impl<'de, Id: Deserialize<'de>> Deserialize<'de> for ForeignObject<Id> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor<Id>(std::marker::PhantomData<Id>);

        impl<'de, Id: Deserialize<'de>> Visitor<'de> for FieldsVisitor<Id> {
            type Value = ForeignObject<Id>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an API object with an id")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let fields = Map::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let Some(Value::String(id)) = fields.get("id") else {
                    return Err(de::Error::missing_field("id"));
                };
                let id = Id::deserialize(de::value::StringDeserializer::new(id.clone()))?;
                Ok(ForeignObject { id, fields })
            }
        }

        deserializer.deserialize_map(FieldsVisitor(std::marker::PhantomData))
    }
}

impl<'de, Id: Read<'de> + Deserialize<'de>> Read<'de> for ForeignObject<Id> {
    fn blank() -> Self {
        Self { id: Id::blank(), fields: Map::new() }
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::CustomerId;

    #[test]
    fn every_field_comes_back_and_no_value_is_printed() {
        let customer = json!({"id": "cus_9s6XI9OFIdpjIg", "object": "customer", "email": "jane@example.com"});
        let object: ForeignObject<CustomerId> = serde_json::from_value(customer.clone()).unwrap();
        assert_eq!(object.id(), &"cus_9s6XI9OFIdpjIg");
        assert_eq!(serde_json::to_value(&object).unwrap(), customer);
        assert!(!format!("{object:?}").contains("jane@example.com"));
    }
}
