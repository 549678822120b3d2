//! Open enums.

/// An open enum: its variants with their values in JSON, plus `Unknown(Box<str>)` for every other value.
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $wire:literal),* $(,)? }) => {
        impl $name {
            /// The values that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The value as sent and received.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($wire => Self::$variant,)*
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

            // Not `Self::Err`, which may be a variant.
            fn from_str(value: &str) -> Result<Self, std::convert::Infallible> {
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
