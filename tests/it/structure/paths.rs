//! Paths that documents name: each has to exist.

use std::path::Path;

use super::document::{self, Block, Span};

/// Endings of the files that documents name.
const ENDINGS: [&str; 12] =
    ["rs", "md", "toml", "yaml", "yml", "json", "sh", "py", "mjs", "js", "snap", "png"];

/// Folders and hidden folders at the root, with which a path begins.
const ROOTS: [&str; 10] = [
    "crates/",
    "tests/",
    "xtask/",
    "openapi/",
    "benches/",
    "docs/",
    "examples/",
    ".ci/",
    ".github/",
    ".cargo/",
];

/// Paths and anchors of a document that do not exist. `exists` knows paths from the root of the workspace.
pub(crate) fn missing(
    document: &str,
    text: &str,
    exists: &dyn Fn(&str) -> bool,
    read: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut missing = Vec::new();
    for (line, span) in document::spans(text) {
        match span {
            Span::Code(path) if is_path(path) => {
                for path in expanded(path) {
                    if !exists(&path) && !exists(&joined(folder, &path)) {
                        missing.push(format!("{document}:{line} names `{path}`, which does not exist"));
                    }
                }
            }
            Span::Link(target) if !target.contains(':') => {
                let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
                let path = if path.is_empty() { document.to_owned() } else { joined(folder, path) };
                if !exists(&path) {
                    missing.push(format!("{document}:{line} links to {path}, which does not exist"));
                } else if !anchor.is_empty()
                    && !document::anchors(&read(&path)).iter().any(|known| known == anchor)
                {
                    missing.push(format!("{document}:{line} links to #{anchor}, which {path} does not have"));
                }
            }
            Span::Code(_) | Span::Link(_) => {}
        }
    }
    missing
}

/// Whether a code span is a path of the workspace, and no route, type or command.
fn is_path(span: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/._-{},*@".contains(c);
    let ending = Path::new(span).extension().and_then(|ending| ending.to_str());
    !span.starts_with('/')
        && span.chars().all(allowed)
        && (ROOTS.iter().any(|root| span.starts_with(root))
            || ending.is_some_and(|ending| ENDINGS.contains(&ending)))
}

/// The paths that a path with `{a,b}` stands for.
fn expanded(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (choices, after))) => {
            choices.split(',').flat_map(|choice| expanded(&format!("{before}{choice}{after}"))).collect()
        }
        None => vec![path.to_owned()],
    }
}

/// A path from the root, given one from a folder.
pub(crate) fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Paths of a fenced block `map`: a tree by indentation, the name first on each line.
pub(crate) fn mapped(block: &Block<'_>) -> Vec<(usize, String)> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut paths = Vec::new();
    for (number, line) in &block.lines {
        let Some(name) = line.split_whitespace().next() else { continue };
        let indent = line.len() - line.trim_start().len();
        open.retain(|(outer, _)| *outer < indent);
        let folder: String = open.iter().map(|(_, name)| *name).collect();
        paths.push((*number, format!("{folder}{name}")));
        open.push((indent, name));
    }
    paths
}
