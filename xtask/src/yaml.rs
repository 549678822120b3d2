//! Reads YAML as JSON values, by the rules of YAML 1.2.

use anyhow::{Context, Result};
use serde_json::Value;

/// Deepest nesting that is read; serde_json stops at the same depth. What walks a document may therefore recurse.
const MAX_DEPTH: usize = 128;

/// A whole Stripe spec has several hundred thousand nodes; this leaves room for ten times that.
const MAX_NODES: usize = 8_000_000;

/// Parses one YAML document.
///
/// ```
/// let value = xtask::yaml::parse("country: no\nversion: 2023-08-16\n").unwrap();
/// assert_eq!(value, serde_json::json!({"country": "no", "version": "2023-08-16"}));
/// ```
///
/// # Errors
/// The text is not one YAML document; the message has the line and the column.
pub fn parse(text: &str) -> Result<Value> {
    // YAML 1.1 reads `no` as false and `1_000` as a number; both occur as enum values and names.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_NODES, max_events: 2 * MAX_NODES },
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        leading_zero_numbers_as_strings: true,
    };
    serde_saphyr::from_str_with_options(text, options).context("not valid YAML")
}
