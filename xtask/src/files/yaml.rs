//! YAML input, read as JSON values by the rules of YAML 1.2.

use anyhow::{Context, Result};
use serde_json::Value;

/// Limit of nesting, the same as that of serde_json. Because of it, code that walks a document may recurse.
const MAX_DEPTH: usize = 128;

/// Limit of nodes, ten times those of a whole Stripe spec.
const MAX_NODES: usize = 8_000_000;

/// Parses one YAML document.
///
/// ```
/// let value = xtask::files::yaml::parse("country: no\nversion: 2023-08-16\n").unwrap();
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
