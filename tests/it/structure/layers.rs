//! Layers of a crate: the list in ARCHITECTURE.md, held against the arrows between files.
//!
//! A list is a fenced block `layers FOLDER`. Each line is a layer, the top one first: names of folders and files, two
//! spaces, and what they are. `api/` stands for `api.rs` and all below `api/`; a longer name takes files out of a shorter
//! one. Code uses its own entry and the lines below, and no other entry of its line.

use std::collections::BTreeSet;

use super::arrows::Arrow;
use super::document::Block;

/// The list of a crate's layers.
#[derive(Debug)]
pub(crate) struct Layers {
    folder: String,
    /// Where the list is, for messages.
    place: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    layer: usize,
    /// Where the entry is, for messages.
    place: String,
}

impl Layers {
    /// Reads a block of a document; none if it is no list of layers.
    pub(crate) fn read(document: &str, block: &Block<'_>) -> Option<Self> {
        let folder = block.info.strip_prefix("layers ")?.to_owned();
        let mut entries = Vec::new();
        for (number, line) in &block.lines {
            let names = line.trim().split("  ").next().unwrap_or_default();
            let place = format!("{document}:{number}");
            entries.extend(names.split_whitespace().map(|name| Entry {
                name: name.to_owned(),
                layer: *number,
                place: place.clone(),
            }));
        }
        Some(Self { folder, place: format!("{document}:{}", block.line), entries })
    }

    /// Folder of the crate's files, from the root of the workspace.
    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    /// What files and arrows have against the list.
    pub(crate) fn problems(&self, files: &BTreeSet<&str>, arrows: &[Arrow]) -> Vec<String> {
        let Self { folder, place, entries } = self;
        let mut problems = Vec::new();
        for file in files.iter().filter(|file| self.entry(file).is_none()) {
            problems.push(format!("{folder}/{file} is in no layer: add it to the list at {place}"));
        }
        for (at, entry) in entries.iter().enumerate() {
            if !files.iter().any(|file| self.entry(file).is_some_and(|found| std::ptr::eq(found, entry))) {
                problems.push(format!("{}: no file belongs to `{}`: remove it", entry.place, entry.name));
            }
            if entries[..at].iter().any(|other| other.name == entry.name) {
                problems.push(format!("{}: `{}` stands in the list twice", entry.place, entry.name));
            }
        }
        for arrow in arrows {
            let (Some(from), Some(to)) = (self.entry(&arrow.from), self.entry(&arrow.to)) else { continue };
            if std::ptr::eq(from, to) || from.layer < to.layer {
                continue;
            }
            let relation = if from.layer == to.layer { "beside" } else { "above" };
            problems.push(format!(
                "{folder}/{}:{} uses `{}` of {folder}/{}, but `{}` stands {relation} `{}` in the list at {place}: \
                 move the code down, or change the list",
                arrow.from, arrow.line, arrow.name, arrow.to, to.name, from.name
            ));
        }
        problems
    }

    /// The longest name that covers a file.
    fn entry(&self, file: &str) -> Option<&Entry> {
        let covering = self.entries.iter().filter(|entry| match entry.name.strip_suffix('/') {
            Some(folder) => {
                file.strip_prefix(folder).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            }
            None => entry.name == file,
        });
        covering.max_by_key(|entry| entry.name.len())
    }
}
