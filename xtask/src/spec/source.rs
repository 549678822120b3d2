//! `openapi/source.toml`: the targets, and what is pinned, kept and cut for each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use toml_edit::{Array, DocumentMut};

use super::provenance::Provenance;
use crate::files::paths::{Output, SOURCE_PATH};

/// The file's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The targets by name.
    pub target: BTreeMap<String, Target>,
}

/// A surface of the API that is generated: its inputs and outputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// The checked-in slice.
    pub slice: PathBuf,
    /// The overlays, in the order in which they are applied; by hand.
    pub overlays: Vec<PathBuf>,
    /// The document that progenitor reads.
    normalized: PathBuf,
    /// The module of each crate. Without one the code is at the root of each crate.
    module: Option<String>,
    /// Its outputs.
    #[serde(skip)]
    pub output: Output,
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
    /// Commit of that repository, where known.
    pub commit: Option<String>,
    /// SHA-256 of the file given to `--spec`, in lower-case hexadecimal.
    pub sha256: String,
    /// SHA-256 of the file given to `--sdk-spec`, if there was one.
    pub sdk_sha256: Option<String>,
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
    /// Prefix of kept types of thin events.
    pub thin_events: String,
    /// Schemas that are kept even if no operation refers to them.
    pub schemas: BTreeSet<String>,
    /// Specification extensions (`x-…`) that are kept; all others are dropped.
    pub extensions: BTreeSet<String>,
}

impl Source {
    /// Reads the file below the workspace root.
    ///
    /// # Errors
    /// The file is missing or is not TOML, or a key is unknown or missing. The message names the line.
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
        let mut source: Self =
            toml::from_str(text).with_context(|| format!("{SOURCE_PATH} is not readable"))?;
        let mut modules = BTreeSet::new();
        for (name, target) in &mut source.target {
            target.name.clone_from(name);
            target.output = Output { normalized: target.normalized.clone(), module: target.module.clone() };
            ensure!(
                modules.insert(target.module.clone()),
                "{SOURCE_PATH}: the target `{name}` would overwrite another one; give it a `module`"
            );
        }
        Ok(source)
    }

    /// The target of this name.
    ///
    /// # Errors
    /// The file has none of this name.
    pub fn target(&self, name: &str) -> Result<&Target> {
        self.target.get(name).with_context(|| {
            let known: Vec<&str> = self.target.keys().map(String::as_str).collect();
            format!("{SOURCE_PATH} has no target `{name}`; it has {}", known.join(", "))
        })
    }
}

/// The file's text with a new pin and a new list `cut` of a target. Comments and order stay.
///
/// # Errors
/// The text is not the file's.
pub fn repinned(text: &str, name: &str, pin: &Provenance, cut: &BTreeSet<String>) -> Result<String> {
    let mut document: DocumentMut = text.parse().with_context(|| format!("{SOURCE_PATH} is not TOML"))?;
    let target = document.get_mut("target").and_then(|targets| targets.get_mut(name)?.as_table_mut());
    let target = target.with_context(|| format!("{SOURCE_PATH} has no target `{name}`"))?;
    let table = target.get_mut("pin").and_then(|item| item.as_table_mut());
    let table = table.with_context(|| format!("the target `{name}` of {SOURCE_PATH} has no pin"))?;
    let fields = [
        ("api_version", Some(&pin.api_version)),
        ("repo", pin.repo.as_ref()),
        ("path", pin.path.as_ref()),
        ("commit", pin.commit.as_ref()),
        ("sha256", Some(&pin.sha256)),
        ("sdk_sha256", pin.sdk_sha256.as_ref()),
    ];
    for (key, value) in fields {
        match (table.get_mut(key).and_then(|item| item.as_value_mut()), value) {
            (Some(old), Some(new)) => {
                let decor = old.decor().clone();
                *old = new.as_str().into();
                *old.decor_mut() = decor;
            }
            (None, Some(new)) => drop(table.insert(key, toml_edit::value(new.as_str()))),
            // An unknown value of the new spec is left out.
            (_, None) => drop(table.remove(key)),
        }
    }
    let mut list = Array::new();
    for name in cut {
        let mut value = toml_edit::Value::from(name.as_str());
        value.decor_mut().set_prefix("\n    ");
        list.push_formatted(value);
    }
    list.set_trailing(if cut.is_empty() { "" } else { "\n" });
    list.set_trailing_comma(!cut.is_empty());
    let old = target.get_mut("cut").and_then(|item| item.as_value_mut());
    *old.with_context(|| format!("the target `{name}` of {SOURCE_PATH} has no list `cut`"))? = list.into();
    let decor = target.get_mut("cut").and_then(|item| item.as_value_mut());
    if let Some(value) = decor {
        value.decor_mut().set_prefix(" ");
    }
    Ok(document.to_string())
}

impl Pin {
    /// Checks that a spec is the pinned one, and returns the provenance of its slice.
    ///
    /// # Errors
    /// Version, checksum or commit differ. All differences are named, with the way to change the pin.
    pub fn admit(&self, spec: &Provenance) -> Result<Provenance> {
        // The repository, path and commit are known only where the spec or the caller states them.
        let stated = [
            ("api_version", Some(&self.api_version), Some(&spec.api_version)),
            ("repo", Some(&self.repo), spec.repo.as_ref()),
            ("path", Some(&self.path), spec.path.as_ref()),
            ("commit", self.commit.as_ref(), spec.commit.as_ref()),
            ("sha256", Some(&self.sha256), Some(&spec.sha256)),
        ];
        let mut differences: String = stated
            .into_iter()
            .filter_map(|(key, pinned, found)| Some((key, pinned?, found?)))
            .filter(|(_, pinned, found)| pinned != found)
            .map(|(key, pinned, found)| {
                format!("\n  {key}: pinned is \"{pinned}\", the spec has \"{found}\"")
            })
            .collect();
        if self.sdk_sha256 != spec.sdk_sha256 {
            let said = |sha256: &Option<String>| sha256.clone().unwrap_or_else(|| "none".to_owned());
            let (pinned, found) = (said(&self.sdk_sha256), said(&spec.sdk_sha256));
            differences.push_str(&format!("\n  sdk_sha256: pinned is {pinned}, --sdk-spec has {found}"));
        }
        if !differences.is_empty() {
            bail!(
                "this is not the spec that {SOURCE_PATH} pins:{differences}\nThe pin is changed on purpose only: by \
                 `cargo xtask update`. To slice another spec beside it, pass --out FILE."
            );
        }
        Ok(Provenance {
            repo: Some(self.repo.clone()),
            path: Some(self.path.clone()),
            commit: self.commit.clone(),
            ..spec.clone()
        })
    }
}
