//! Expandable fields: an id, or the object if the request asked for it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Object;
use crate::read::Read;

/// The id of an object, or the object itself if the request named the field in `expand`.
///
/// ```
/// use fc_types::{AccountOwnership, AccountOwnershipId, Expandable};
///
/// let plain: Expandable<AccountOwnershipId, AccountOwnership> = serde_json::from_str(r#""fcaowns_1""#)?;
/// assert_eq!(plain.id(), &"fcaowns_1");
/// assert!(plain.object().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two forms")]
pub enum Expandable<Id, T> {
    /// Only the id: the field was not expanded.
    Id(Id),
    /// The object.
    Object(Box<T>),
}

impl<Id, T: Object<Id = Id>> Expandable<Id, T> {
    /// The id, in either form.
    #[must_use]
    pub fn id(&self) -> &Id {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

impl<Id, T> Expandable<Id, T> {
    /// The object, if the field was expanded.
    #[must_use]
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }

    /// The object by value, if the field was expanded.
    #[must_use]
    pub fn into_object(self) -> Option<T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(*object),
        }
    }
}

impl<Id: Serialize, T: Serialize> Serialize for Expandable<Id, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => id.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

// Written by hand, because an untagged enum of serde buffers the value and names no field in its errors.
impl<'de, Id: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for Expandable<Id, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExpandableVisitor<Id, T>(PhantomData<(Id, T)>);

        impl<'de, Id: Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for ExpandableVisitor<Id, T> {
            type Value = Expandable<Id, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id or an object")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<Self::Value, E> {
                Id::deserialize(de::value::StrDeserializer::new(id)).map(Expandable::Id)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|t| Expandable::Object(Box::new(t)))
            }
        }

        deserializer.deserialize_any(ExpandableVisitor(PhantomData))
    }
}

impl<'de, Id: Read<'de> + Deserialize<'de>, T: Deserialize<'de>> Read<'de> for Expandable<Id, T> {
    fn blank() -> Self {
        Self::Id(Id::blank())
    }

    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::deserialize(deserializer)?;
        Ok(())
    }
}
