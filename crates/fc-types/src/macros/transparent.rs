//! Newtypes.

/// A newtype that serialises as the value inside it.
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
