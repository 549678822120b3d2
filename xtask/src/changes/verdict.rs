//! The next version of the crates, by semantic versioning.

use std::fmt;

use anyhow::{Context, Result};

use super::change::{Change, Class};

/// Part of the version that changes, the first number first.
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
    /// Its name in reports.
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
    /// Part of the version that changes.
    pub bump: Bump,
    /// The version of the crates now.
    pub from: Version,
    /// Next version of the crates.
    pub to: Version,
    /// Most severe class, if anything changed.
    pub class: Option<Class>,
}

/// Three numbers of a version.
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
    /// The text is not three numbers separated by dots.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers: Vec<u64> = text.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default();
        let [major, minor, patch] = numbers[..] else {
            return Err(anyhow::anyhow!("`{text}` is not a version such as 0.1.0"));
        };
        Ok(Self(major, minor, patch))
    }

    /// The version of all crates, from the root manifest of the workspace.
    ///
    /// # Errors
    ///
    /// It has none.
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
    /// Decides by Cargo's rules. Before 1.0 a breaking change moves the second number and any other change the third; before
    /// 0.1 every release is breaking. A break on the wire counts as breaking, because the compiler does not find it.
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

    /// Whether the next version is breaking, so that users have to opt in.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        matches!(self.class, Some(Class::BreaksCallers | Class::BreaksWire))
    }
}
