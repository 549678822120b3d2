//! Profiles: named keys in one TOML file.

use std::fmt;

use clap_complete::CompletionCandidate;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::places;

/// A key and the server that it is for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) key: String,
    pub(crate) base_url: Option<String>,
    pub(crate) publishable_key: Option<String>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// The profile of a name, or an error that lists those that exist.
pub(crate) fn read(name: &str) -> Result<Profile, Failure> {
    find(name)?.ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Failure {
    let names = names().unwrap_or_default();
    let next = if names.is_empty() {
        format!("store one: fcctl login --profile {name}")
    } else {
        format!("the profiles are {}", names.join(", "))
    };
    Failure::new(Exit::Usage, format!("there is no profile `{name}`")).next(next)
}

/// The profile of a name, if there is one.
pub(crate) fn find(name: &str) -> Result<Option<Profile>, Failure> {
    let document = document()?;
    let Some(table) = document.get("profile").and_then(|profiles| profiles.get(name)) else {
        return Ok(None);
    };
    let text = |field: &str| table.get(field).and_then(Item::as_str).map(str::to_owned);
    let Some(key) = text("key") else {
        return Err(Failure::usage(format!("the profile `{name}` has no `key`"))
            .next(format!("store one: fcctl login --profile {name}")));
    };
    Ok(Some(Profile { key, base_url: text("base_url"), publishable_key: text("publishable_key") }))
}

/// Names of all profiles.
fn names() -> Result<Vec<String>, Failure> {
    let document = document()?;
    let profiles = document.get("profile").and_then(Item::as_table_like);
    Ok(profiles.map(|table| table.iter().map(|(name, _)| name.to_owned()).collect()).unwrap_or_default())
}

/// Names of all profiles, for completions.
pub(crate) fn candidates() -> Vec<CompletionCandidate> {
    names().unwrap_or_default().into_iter().map(CompletionCandidate::new).collect()
}

/// Stores a profile, and keeps the rest of the file as it is.
pub(crate) fn store(name: &str, profile: &Profile) -> Result<(), Failure> {
    let mut document = document()?;
    let profiles = document.entry("profile").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let Some(profiles) = profiles.as_table_like_mut() else {
        return Err(Failure::usage("`profile` in the settings file is not a table"));
    };
    let mut table = Table::new();
    table.insert("key", value(&profile.key));
    for (field, text) in [("base_url", &profile.base_url), ("publishable_key", &profile.publishable_key)] {
        if let Some(text) = text {
            table.insert(field, value(text));
        }
    }
    profiles.insert(name, Item::Table(table));
    places::replace(&places::settings_file()?, &document.to_string())
}

fn document() -> Result<DocumentMut, Failure> {
    let path = places::settings_file()?;
    let text = places::read_if_there(&path)?.unwrap_or_default();
    // The error of the parser repeats the line, which may hold a key.
    text.parse().map_err(|_: toml_edit::TomlError| Failure::usage(format!("{} is not TOML", path.display())))
}
