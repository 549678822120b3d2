//! Structure of the workspace: which package, folder and file may use which other, as ARCHITECTURE.md says.

mod arrows;
mod circles;
pub(crate) mod document;
mod fixtures;
mod layers;
mod libraries;
mod manifests;
mod paths;

mod source;
mod tokens;
mod walks;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use layers::Layers;
pub(crate) use paths::joined;
use source::{Files, Source};

use crate::workspace::{hand_written, read, root};

/// The document with the lists that the tests read.
const MAP: &str = "ARCHITECTURE.md";

/// Documents whose paths have to exist, beside the chapters of the guide.
const DOCUMENTS: [&str; 6] = [
    MAP,
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "openapi/README.md",
    "crates/fc-sandbox/peers/README.md",
];

#[test]
fn packages_use_only_what_the_list_allows() {
    let text = read(MAP);
    let blocks = document::blocks(&text);
    let block = blocks.iter().find(|block| block.info == "packages").expect("the document has the list");
    assert_none("packages", &manifests::problems(MAP, block, &manifests()));
}

#[test]
fn files_use_only_what_stands_below_them() {
    let text = read(MAP);
    let lists: Vec<Layers> =
        document::blocks(&text).iter().filter_map(|block| Layers::read(MAP, block)).collect();
    let mut problems = Vec::new();
    for (folder, source) in sources() {
        match lists.iter().find(|list| list.folder() == folder) {
            Some(list) => problems.extend(list.problems(&arrows::files(&source), &arrows::arrows(&source))),
            None => problems.push(format!("{MAP} has no list of the layers of {folder}")),
        }
    }
    assert_none("arrows between files", &problems);
}

#[test]
fn libraries_are_used_only_where_the_list_allows() {
    let uses: Vec<(String, usize, String)> = sources()
        .iter()
        .flat_map(|(folder, source)| {
            let uses = arrows::outside(source).into_iter();
            uses.map(move |(file, line, name)| (format!("{folder}/{file}"), line, name))
        })
        .collect();
    let text = read(MAP);
    let blocks = document::blocks(&text);
    let block = blocks.iter().find(|block| block.info == "libraries").expect("the document has the list");
    assert_none("libraries", &libraries::problems(MAP, block, &uses));
}

#[test]
fn no_file_is_in_a_circle_of_imports() {
    let problems: Vec<String> = sources()
        .iter()
        .flat_map(|(folder, source)| circles::problems(folder, &arrows::arrows(source)))
        .collect();
    assert_none("circles of imports", &problems);
}

#[test]
fn walks_follow_the_imports() {
    let sources = sources();
    let text = read(MAP);
    let mut problems = Vec::new();
    let mut count = 0;
    for block in document::blocks(&text) {
        let Some(folder) = block.info.strip_prefix("walk ") else { continue };
        let (_, source) =
            sources.iter().find(|(known, _)| known == folder).expect("a crate of the workspace");
        problems.extend(walks::problems(MAP, &block, &arrows::files(source), &arrows::arrows(source)));
        count += 1;
    }
    assert_eq!(count, 3, "walks in {MAP}");
    assert_none("walks", &problems);
}

#[test]
fn paths_that_documents_name_exist() {
    let chapters = hand_written().into_iter().filter(|path| path.starts_with("docs/guide/src/"));
    let mut problems = Vec::new();
    for document in DOCUMENTS.into_iter().map(str::to_owned).chain(chapters) {
        problems.extend(paths::missing(&document, &read(&document), &exists, &|path| read(path)));
    }
    let text = read(MAP);
    for block in document::blocks(&text).iter().filter(|block| block.info == "map") {
        let missing = paths::mapped(block).into_iter().filter(|(_, path)| !exists(path));
        problems
            .extend(missing.map(|(line, path)| format!("{MAP}:{line} maps `{path}`, which does not exist")));
    }
    assert_none("paths", &problems);
}

fn assert_none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}

/// Manifests of the workspace's packages, by their paths.
fn manifests() -> BTreeMap<String, String> {
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let members =
        workspace["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    let folders = members.flat_map(|member| match member.strip_suffix("/*") {
        Some(folder) => folders(folder),
        None => vec![member.to_owned()],
    });
    let paths = folders.map(|folder| format!("{folder}/Cargo.toml"));
    paths.map(|path| (path.clone(), read(path))).collect()
}

/// Folders in a folder of the workspace.
fn folders(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    folders.map(|entry| format!("{folder}/{}", entry.file_name().to_str().unwrap())).collect()
}

/// Source folders of the packages that have one, and their modules.
fn sources() -> Vec<(String, Source)> {
    let mut sources = Vec::new();
    for (path, manifest) in manifests() {
        let manifest: toml::Table = manifest.parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap();
        let folder = path.replace("Cargo.toml", "src");
        if root().join(&folder).is_dir() {
            let source = Source::read(name, &files(&folder));
            sources.push((folder.clone(), source.unwrap_or_else(|error| panic!("{folder}: {error}"))));
        }
    }
    assert!(sources.len() >= 6, "packages have sources: {sources:?}");
    sources
}

/// Files below a folder of the workspace, by their path below it.
pub(crate) fn files(folder: &str) -> Files {
    fn collect(folder: &Path, below: &str, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{name}/"), files);
            } else if name.ends_with(".rs") {
                files.insert(name, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut files = Files::new();
    collect(&root().join(folder), "", &mut files);
    files
}

/// Whether a path from the root exists. `*` stands for a part of one name, `**` for all below.
fn exists(path: &str) -> bool {
    fn below(folder: &Path, parts: &[&str]) -> bool {
        match parts {
            [] | ["" | "**"] => folder.exists(),
            [part, rest @ ..] => match part.split_once('*') {
                None => below(&folder.join(part), rest),
                Some((start, end)) => fs::read_dir(folder).is_ok_and(|entries| {
                    entries.map(Result::unwrap).any(|entry| {
                        let name = entry.file_name().into_string().unwrap();
                        name.len() >= start.len() + end.len()
                            && name.starts_with(start)
                            && name.ends_with(end)
                            && below(&entry.path(), rest)
                    })
                }),
            },
        }
    }
    below(root(), &path.split('/').collect::<Vec<_>>())
}
