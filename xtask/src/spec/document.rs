//! Reads a spec file: JSON or YAML, told apart by content.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::files::yaml;

/// A spec file.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The document.
    pub document: Value,
    /// The file's bytes, for its checksum.
    pub bytes: Vec<u8>,
}

impl Spec {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or its text cannot be parsed; the line and the column are named.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(bytes).with_context(|| format!("{} is not a readable spec", path.display()))
    }

    /// SHA-256 of the file, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Parses a file's bytes: JSON when the first character is `{`, YAML otherwise.
    ///
    /// # Errors
    /// As [`Spec::read`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self> {
        let text = std::str::from_utf8(&bytes).context("not UTF-8")?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).context("not valid JSON")?
        } else {
            yaml::parse(text)?
        };
        Ok(Self { document, bytes })
    }
}
