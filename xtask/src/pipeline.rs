//! From a slice to every generated file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use crate::overlay::Overlay;

/// What files are generated from.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The slice.
    pub slice: Value,
    /// Its text, for the hash in the headers.
    pub slice_text: String,
    /// The overlay.
    pub overlay: Overlay,
    /// Its text, for the hash in the headers.
    pub overlay_text: String,
}

/// Renders every generated file; paths are relative to the workspace root.
///
/// # Errors
/// The inputs cannot be generated from; the place in the spec is named.
pub fn render(_inputs: &Inputs) -> Result<BTreeMap<PathBuf, String>> {
    Ok(BTreeMap::new())
}
