//! JSON output: sorted keys, two spaces, a newline at the end.
//!
//! Keys are sorted explicitly because the order of serde_json's map depends on its feature `preserve_order`, which any
//! crate in the build can turn on.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Renders `value` as pretty JSON with sorted keys and a trailing newline.
///
/// ```
/// let value = serde_json::json!({"b": [1], "a": {}});
/// assert_eq!(xtask::files::json::to_text(&value), "{\n  \"a\": {},\n  \"b\": [\n    1\n  ]\n}\n");
/// ```
pub fn to_text(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(&Sorted(value)).expect("a JSON value has string keys only");
    text.push('\n');
    text
}

struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let sorted: BTreeMap<_, _> = map.iter().map(|(key, value)| (key, Sorted(value))).collect();
                serializer.collect_map(sorted)
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            scalar => scalar.serialize(serializer),
        }
    }
}
