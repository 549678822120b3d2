//! `openapi/source.toml`: what is pinned, kept and cut.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::slice::Provenance;

/// Where the file lies, relative to the workspace root.
pub const SOURCE_PATH: &str = "openapi/source.toml";

/// The file's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Schemas that the slice replaces by stubs.
    pub cut: BTreeSet<String>,
    /// The spec that the checked-in slice comes from.
    pub pin: Pin,
    /// What a slice keeps.
    pub keep: Keep,
}

/// Identity of the spec that the checked-in slice comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// `info.version`, such as `2026-09-30.endive`.
    pub api_version: String,
    /// GitHub repository, `owner/name`.
    pub repo: String,
    /// Path of the spec in that repository.
    pub path: String,
    /// Commit of that repository.
    pub commit: String,
    /// SHA-256 of the file given to `--spec`, in lower-case hexadecimal.
    pub sha256: String,
}

/// What a slice keeps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Prefix of kept paths.
    pub paths: String,
    /// Prefix of the names of schemas that are ours and never cut.
    pub resources: String,
    /// Prefix of kept webhook event types.
    pub events: String,
    /// Schemas that are kept though no operation leads to them.
    pub schemas: BTreeSet<String>,
    /// Specification extensions (`x-…`) that are kept; all others are dropped.
    pub extensions: BTreeSet<String>,
}

impl Source {
    /// Reads the file below the workspace root.
    ///
    /// # Errors
    /// The file is missing, is not TOML, or has another shape; the line is named.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join(SOURCE_PATH);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).with_context(|| format!("{SOURCE_PATH} is not readable"))
    }
}

impl Pin {
    /// Checks that a spec is the pinned one, and returns the provenance of its slice.
    ///
    /// # Errors
    /// Version, checksum or commit differ. All differences are named, with the way to change the pin.
    pub fn admit(&self, spec: &Provenance) -> Result<Provenance> {
        // The repository, path and commit are known only where the spec or the caller states them.
        let stated = [
            ("api_version", &self.api_version, Some(&spec.api_version)),
            ("repo", &self.repo, spec.repo.as_ref()),
            ("path", &self.path, spec.path.as_ref()),
            ("commit", &self.commit, spec.commit.as_ref()),
            ("sha256", &self.sha256, Some(&spec.sha256)),
        ];
        let differences: String = stated
            .into_iter()
            .filter_map(|(key, pinned, found)| {
                found.filter(|found| *found != pinned).map(|found| (key, pinned, found))
            })
            .map(|(key, pinned, found)| {
                format!("\n  {key}: pinned is \"{pinned}\", the spec has \"{found}\"")
            })
            .collect();
        if !differences.is_empty() {
            bail!(
                "this is not the spec that {SOURCE_PATH} pins:{differences}\nThe pin is changed on purpose only: edit \
                 [pin] in {SOURCE_PATH} and run again. To slice another spec beside it, pass --out FILE."
            );
        }
        Ok(Provenance {
            repo: Some(self.repo.clone()),
            path: Some(self.path.clone()),
            commit: Some(self.commit.clone()),
            ..spec.clone()
        })
    }
}
