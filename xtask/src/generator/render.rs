//! Text of the generated files.

mod argument;
mod client;
mod docs;
mod event_kind;
mod events;
mod format;
mod object;
mod types;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use super::model::Model;

/// Renders the generated files of all crates, each below the header; paths are relative to the workspace root.
///
/// # Errors
///
/// rustfmt is missing or rejects the rendered code.
pub fn render(model: &Model, header: &str) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = unformatted(model, header);
    for (path, body) in &mut files {
        *body = format::rustfmt(body, path)?;
    }
    Ok(files)
}

/// As [`render`], before rustfmt.
#[must_use]
pub fn unformatted(model: &Model, header: &str) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for (package, texts) in [
        ("fc-types", types::files(model)),
        ("fc-client", client::files(model)),
        ("fc-ext", event_kind::files(model)),
    ] {
        let folder = model.output.generated(package);
        let texts = texts.into_iter();
        files
            .extend(texts.map(|(name, body)| (folder.join(format!("{name}.rs")), format!("{header}{body}"))));
    }
    files
}
