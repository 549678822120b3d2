//! Arrows between the files of a crate: which file uses an item of which other file.
//!
//! A `mod` declaration and a re-export are no arrows. An import through a re-export is two: to the file that re-exports,
//! unless that is the root of the crate, and to the file that defines the item. An import of a module is no arrow, but each
//! item that is reached through it is one.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{ABSOLUTE, Module, Name, Path, Source};

/// A use of one file's item in another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) line: usize,
    /// The path, as the user writes it.
    pub(crate) name: String,
}

/// Arrows of a crate, the first of each pair of files. Code that only tests have draws none.
pub(crate) fn arrows(source: &Source) -> Vec<Arrow> {
    let mut found = BTreeMap::new();
    for (id, module) in source.modules.iter().enumerate() {
        for path in module.paths.iter().filter(|path| !path.test) {
            for to in targets(source, id, path).into_iter().filter(|to| *to != module.file) {
                let name = path.segments.join("::");
                let arrow = Arrow { from: module.file.clone(), to, line: path.line, name };
                found.entry((arrow.from.clone(), arrow.to.clone())).or_insert(arrow);
            }
        }
    }
    found.into_values().collect()
}

/// Files that code outside tests has.
pub(crate) fn files(source: &Source) -> BTreeSet<&str> {
    source.modules.iter().filter(|module| !module.test).map(|module| module.file.as_str()).collect()
}

/// The file with the item that a path leads to, and the files that re-export it on the way.
fn targets(source: &Source, id: usize, path: &Path) -> Vec<String> {
    if let [name] = path.segments.as_slice() {
        if let Some(name) = name.strip_suffix('!') {
            return source.macros.get(name).cloned().into_iter().collect();
        }
        // The private `use` of a name has drawn the arrow already.
        if !path.import && is_private_import(&source.modules[id], name) {
            return Vec::new();
        }
    }
    let mut walk = Walk { source, from: id, seen: BTreeSet::new(), re_exports: Vec::new() };
    match walk.resolve(id, &path.segments) {
        Some(Place::Item(file)) => {
            walk.re_exports.push(file);
            walk.re_exports
        }
        Some(Place::Outside) => walk.re_exports,
        Some(Place::Module(_)) | None => Vec::new(),
    }
}

/// Other crates that a crate uses: the user's file and line, and the name of the crate. Code that only tests have counts not.
pub(crate) fn outside(source: &Source) -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    for (id, module) in source.modules.iter().enumerate() {
        for path in module.paths.iter().filter(|path| !path.test) {
            let (first, absolute) = match path.segments.as_slice() {
                [first, second, ..] if first == ABSOLUTE => (second, true),
                [first, _, ..] => (first, false),
                _ => continue,
            };
            let mut walk = Walk { source, from: id, seen: BTreeSet::new(), re_exports: Vec::new() };
            if absolute || matches!(walk.resolve(id, std::slice::from_ref(first)), Some(Place::Outside)) {
                found.push((module.file.clone(), path.line, first.clone()));
            }
        }
    }
    found
}

fn is_private_import(module: &Module, name: &str) -> bool {
    matches!(module.names.get(name), Some(Name::Import { public: false, .. }))
}

/// Where a path leads.
enum Place {
    Module(usize),
    Item(String),
    /// Another crate has it.
    Outside,
}

/// The way from a module to what a path names.
struct Walk<'s> {
    source: &'s Source,
    from: usize,
    /// Paths on the way, so that imports that lead to themselves end.
    seen: BTreeSet<(usize, Vec<String>)>,
    re_exports: Vec<String>,
}

impl Walk<'_> {
    /// Follows a path from a module; none if it leads to itself.
    fn resolve(&mut self, id: usize, path: &[String]) -> Option<Place> {
        if !self.seen.insert((id, path.to_vec())) {
            return None;
        }
        let source = self.source;
        let (first, mut rest) = path.split_first()?;
        let mut place = match first.as_str() {
            "crate" => Place::Module(source.modules[id].root),
            "self" => Place::Module(id),
            "super" => Place::Module(source.modules[id].parent?),
            name => match self.look_up(id, name) {
                Some(place) => place,
                None if *name == source.name => Place::Module(*source.roots.first()?),
                None => return Some(Place::Outside),
            },
        };
        while let Place::Module(module) = place
            && let Some((name, tail)) = rest.split_first()
        {
            place = match name.as_str() {
                "super" => Place::Module(source.modules[module].parent?),
                // A name that the tokens do not show is one that a macro defines.
                name => self
                    .look_up(module, name)
                    .unwrap_or_else(|| Place::Item(source.modules[module].file.clone())),
            };
            rest = tail;
        }
        Some(place)
    }

    /// What a name stands for in a module, through imports and globs; none if the module does not have it.
    fn look_up(&mut self, id: usize, name: &str) -> Option<Place> {
        let module = &self.source.modules[id];
        match module.names.get(name) {
            Some(Name::Module(child)) => Some(Place::Module(*child)),
            Some(Name::Item) => Some(Place::Item(module.file.clone())),
            Some(Name::Import { path, .. }) => {
                let place = self.resolve(id, path);
                if id != self.from && id != module.root && !matches!(place, Some(Place::Module(_))) {
                    self.re_exports.push(module.file.clone());
                }
                place
            }
            None => module.globs.iter().find_map(|glob| {
                let Some(Place::Module(target)) = self.resolve(id, glob) else { return None };
                self.seen.insert((target, vec![name.to_owned()])).then(|| self.look_up(target, name))?
            }),
        }
    }
}
