//! Types of fields, parameters and responses.

use std::fmt;

/// A Rust type as callers write it, without an `Option` around it: a name and its arguments, `List<Account>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ty {
    /// The bare name where the prelude or fc-types has it (`String`, `AccountId`), otherwise its path
    /// (`serde_json::Value`).
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<Self>,
}

impl Ty {
    /// Whether it is this type, which has no arguments.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name == name && self.arguments.is_empty()
    }

    /// `T` of `Name<T>`.
    #[must_use]
    pub fn argument_of(&self, name: &str) -> Option<&Self> {
        match self.arguments.as_slice() {
            [only] if self.name == name => Some(only),
            _ => None,
        }
    }

    /// `T` of `Vec<T>`.
    #[must_use]
    pub fn item(&self) -> Option<&Self> {
        self.argument_of("Vec")
    }

    /// `T` of `Box<T>`, otherwise the type itself.
    #[must_use]
    pub fn unboxed(&self) -> &Self {
        self.argument_of("::std::boxed::Box").unwrap_or(self)
    }

    /// Whether values are copied rather than converted: a number or a `bool`.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        self.arguments.is_empty()
            && matches!(self.name.as_str(), "bool" | "i64" | "i32" | "u64" | "u32" | "f64")
    }

    /// Whether values hold text of any contents, or JSON. Ids, enums and codes are no such text.
    #[must_use]
    pub fn is_free_text(&self) -> bool {
        self.parts().iter().any(|part| {
            matches!(part.name.as_str(), "String" | "Text" | "serde_json::Value" | "serde_json::Map")
        })
    }

    /// The type and everything in it, the outer ones first.
    pub fn parts(&self) -> Vec<&Self> {
        let mut parts = vec![self];
        parts.extend(self.arguments.iter().flat_map(Self::parts));
        parts
    }

    /// The names in it that a crate of ours defines: `Expandable`, `AccountOwnershipId` and `AccountOwnership` of
    /// `Vec<Expandable<AccountOwnershipId, AccountOwnership>>`.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        let names = self.parts().into_iter().map(|part| part.name.as_str());
        names.filter(|name| {
            let is_bare = !name.contains("::") && name.starts_with(|c: char| c.is_ascii_uppercase());
            is_bare && !matches!(*name, "String" | "Vec")
        })
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (index, argument) in self.arguments.iter().enumerate() {
            write!(f, "{}{argument}", if index == 0 { "<" } else { ", " })?;
        }
        if self.arguments.is_empty() { Ok(()) } else { f.write_str(">") }
    }
}
