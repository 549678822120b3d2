//! Where the workspace's files are.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

/// What the models and the client are generated from.
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

/// An empty directory for one test.
pub(crate) fn scratch(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if path.exists() {
        fs::remove_dir_all(&path).expect("the last run's directory can be removed");
    }
    fs::create_dir_all(&path).expect("the target directory is writable");
    path
}

/// Every operation of the spec: its id, its method in upper case, its path and what the spec says of it.
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, String, &'static str, &'static Value)> {
    NORMALIZED["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            (operation["operationId"].as_str().unwrap(), method.to_uppercase(), path.as_str(), operation)
        })
    })
}
