//! Paths of the generator's inputs and outputs, relative to the workspace root.

use std::path::PathBuf;

/// The targets: what each pins, keeps and cuts, its inputs and outputs; by hand.
pub const SOURCE_PATH: &str = "openapi/source.toml";

/// Outputs of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The document that progenitor reads.
    pub normalized: PathBuf,
    /// The module of each crate, and the Cargo feature that compiles it. Without one the code is at the root of each crate.
    pub module: Option<String>,
}

impl Output {
    /// The folder of a crate in which every file is generated.
    #[must_use]
    pub fn generated(&self, package: &str) -> PathBuf {
        let source = PathBuf::from("crates").join(package).join("src");
        match &self.module {
            None => source.join("generated"),
            Some(module) => source.join(module).join("generated"),
        }
    }

    /// The folders in which every file is generated.
    #[must_use]
    pub fn owned(&self) -> [PathBuf; 3] {
        ["fc-types", "fc-client", "fc-ext"].map(|package| self.generated(package))
    }

    /// The path of an item of a crate: `fc_types::preview::Account` of `fc_types::Account`.
    #[must_use]
    pub fn path(&self, item: &str) -> String {
        match (&self.module, item.split_once("::")) {
            (Some(module), Some((package, rest))) => format!("{package}::{module}::{rest}"),
            _ => item.to_owned(),
        }
    }
}
