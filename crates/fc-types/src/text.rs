//! Short texts, such as the names of accounts and institutions.

use std::fmt;
use std::ops::Deref;

use crate::hidden::MaybeAbsent;
use crate::small_str::SmallStr;

/// A text that is usually short, such as the name of an institution.
///
/// It dereferences to `str`. Up to 23 bytes it needs no allocation; an account has three of them.
///
/// ```
/// use fc_types::Text;
///
/// let name = Text::from("StripeBank");
/// assert!(name == "StripeBank" && name.starts_with("Stripe"));
/// let name: String = name.into();
/// # let _ = name;
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(SmallStr<INLINE>);

const INLINE: usize = 23;

transparent!(Text(SmallStr<INLINE>));

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl MaybeAbsent for Text {}

impl Default for Text {
    fn default() -> Self {
        Self::from("")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_boxed_str().into())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    /// As the `Debug` of a string.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_length_travels_and_shows_as_a_string_does() {
        for name in ["", "StripeBank", "First National Bank of a Very Long Name"] {
            let json = serde_json::to_string(name).unwrap();
            let text: Text = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&text).unwrap(), json);
            assert_eq!((text.to_string(), format!("{text:?}")), (name.to_owned(), format!("{name:?}")));
            assert_eq!(Text::from(name.to_owned()), text);
            assert_eq!(String::from(text), name);
        }
    }
}
