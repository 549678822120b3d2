//! Files of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

/// The normalised document, from which models and client are generated.
pub(crate) static NORMALIZED: LazyLock<Value> = LazyLock::new(|| json("openapi/normalized.json"));

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// The text of a file, by its path from the root.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// A JSON file, by its path from the root.
pub(crate) fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// Folders without hand-written files.
const NOT_OURS: [&str; 4] = ["generated", "node_modules", "target", "venv"];

/// Endings of files with prose or comments.
const PROSE: [&str; 12] =
    [".css", ".html", ".js", ".md", ".mjs", ".py", ".rs", ".sh", ".toml", ".yaml", ".yml", "/run"];

/// Hand-written text files, by their paths from the root.
pub(crate) fn hand_written() -> Vec<String> {
    let mut paths = Vec::new();
    collect(root(), "", &mut paths);
    paths.retain(|path| PROSE.iter().any(|ending| path.ends_with(ending)));
    paths.sort_unstable();
    paths
}

fn collect(folder: &Path, below: &str, paths: &mut Vec<String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{below}{name}");
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && name != ".git" && !NOT_OURS.contains(&name.as_str()) {
            collect(&entry.path(), &format!("{path}/"), paths);
        } else if kind.is_file() {
            paths.push(path);
        }
    }
}

/// An empty directory for one test.
pub(crate) fn scratch(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if path.exists() {
        fs::remove_dir_all(&path).expect("the last run's directory can be removed");
    }
    fs::create_dir_all(&path).expect("the target directory is writable");
    path
}

/// Operations of the spec: id, method in upper case, path and description.
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, String, &'static str, &'static Value)> {
    NORMALIZED["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            (operation["operationId"].as_str().unwrap(), method.to_uppercase(), path.as_str(), operation)
        })
    })
}
