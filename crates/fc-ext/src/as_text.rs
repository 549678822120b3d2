//! serde of values that have one text, for configuration files and databases.

/// `Serialize` and `Deserialize` by `as_str` and `FromStr`.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            /// As its name in requests.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                name.parse().map_err(<D::Error as serde::de::Error>::custom)
            }
        }
    };
}

/// `TryFrom` the open enum of fc-types, by value and by reference.
macro_rules! from_open_enum {
    ($name:ident: $open:ty, or $error:ty) => {
        impl TryFrom<&$open> for $name {
            type Error = $error;

            /// # Errors
            ///
            /// For a value that this version does not know.
            fn try_from(open: &$open) -> Result<Self, $error> {
                open.as_str().parse()
            }
        }

        impl TryFrom<$open> for $name {
            type Error = $error;

            /// # Errors
            ///
            /// For a value that this version does not know.
            fn try_from(open: $open) -> Result<Self, $error> {
                open.as_str().parse()
            }
        }
    };
}
