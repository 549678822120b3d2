//! From changes to a version: how the crates have to be numbered.

use std::fmt;

use anyhow::{Context, Result};

use crate::diff::{Change, Class};

/// How far a version number moves, the furthest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// `1.4.2` to `2.0.0`.
    Major,
    /// `1.4.2` to `1.5.0`.
    Minor,
    /// `1.4.2` to `1.4.3`.
    Patch,
    /// Nothing to release.
    None,
}

impl Bump {
    /// As a person reads it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::None => "none",
        }
    }
}

/// The verdict on a set of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How far the number moves.
    pub bump: Bump,
    /// The version of the crates now.
    pub from: Version,
    /// The version that they need.
    pub to: Version,
    /// The gravest class, if anything changed.
    pub class: Option<Class>,
}

/// Three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u64, pub u64, pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// Reads `1.2.3`.
    ///
    /// # Errors
    ///
    /// It is not three numbers with dots between.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers: Vec<u64> = text.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default();
        let [major, minor, patch] = numbers[..] else {
            return Err(anyhow::anyhow!("`{text}` is not a version such as 0.1.0"));
        };
        Ok(Self(major, minor, patch))
    }

    /// The version that the workspace's root manifest gives its crates.
    ///
    /// # Errors
    ///
    /// It gives none.
    pub fn of_workspace(manifest: &str) -> Result<Self> {
        let manifest: toml::Table = toml::from_str(manifest).context("Cargo.toml is not readable")?;
        let version = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("package")?.get("version")?.as_str())
            .context("Cargo.toml has no workspace.package.version")?;
        Self::parse(version)
    }

    fn bumped(self, bump: Bump) -> Self {
        match bump {
            Bump::Major => Self(self.0 + 1, 0, 0),
            Bump::Minor => Self(self.0, self.1 + 1, 0),
            Bump::Patch => Self(self.0, self.1, self.2 + 1),
            Bump::None => self,
        }
    }
}

impl Verdict {
    /// Decides by Cargo's rules: before 1.0 the second number is the breaking one and the third takes everything else; before
    /// 0.1 every release breaks. A break on the wire counts as one: the compiler would not tell of it.
    #[must_use]
    pub fn of(changes: &[Change], from: Version) -> Self {
        let class = changes.iter().map(|change| change.class).min();
        let bump = match (class, from) {
            (None, _) => Bump::None,
            (Some(Class::BreaksCallers | Class::BreaksWire), Version(0, 0, _)) => Bump::Patch,
            (Some(Class::BreaksCallers | Class::BreaksWire), Version(0, ..)) => Bump::Minor,
            (Some(Class::BreaksCallers | Class::BreaksWire), _) => Bump::Major,
            (Some(Class::Additive), Version(0, ..)) => Bump::Patch,
            (Some(Class::Additive), _) => Bump::Minor,
            (Some(Class::DocsOnly), _) => Bump::Patch,
        };
        Self { bump, from, to: from.bumped(bump), class }
    }

    /// Whether the crates' next version must be one that users have to choose.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        matches!(self.class, Some(Class::BreaksCallers | Class::BreaksWire))
    }
}
