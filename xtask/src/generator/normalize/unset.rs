//! Parameters that take a value or the empty string, which removes what is stored.
//!
//! Without this rule each of them becomes a choice of types, which does not decode, or an enum with a variant for nothing.

use serde_json::{Value, json};

use super::schema::{OR_UNSET, Schema, enum_values, for_each};
use super::support::{rust_type, wire_type};

/// Reduces `anyOf [T, ""]`, and a request's `enum ["", …]`, to the value, and marks the place.
/// The rules between this and [`wrap`] see the value alone.
pub(super) fn mark(document: &mut Value) {
    for_each(document, &mut |schema, path| {
        if let Some(Value::Array(branches)) = schema.get("anyOf").cloned() {
            let (unset, mut values): (Vec<_>, Vec<_>) = branches.into_iter().partition(is_unset);
            // A hand-written type may read the choice: `AccountLimit`.
            let is_read = schema
                .get("x-rust-type")
                .and_then(Value::as_str)
                .is_some_and(|name| wire_type(name).is_none());
            if unset.is_empty() || values.is_empty() || is_read {
                return;
            }
            schema.remove("anyOf");
            match (values.len(), values.pop()) {
                (1, Some(Value::Object(value))) => {
                    for (key, value) in value {
                        schema.entry(key).or_insert(value);
                    }
                }
                (_, last) => {
                    values.extend(last);
                    schema.insert("anyOf".to_owned(), values.into());
                }
            }
            schema.insert(OR_UNSET.to_owned(), true.into());
            return;
        }
        // In a response an empty value is a value.
        let is_sent = path.starts_with("#/paths/") && !path.contains("/responses/");
        let has_both = enum_values(schema).is_some_and(|values| values.len() > 1 && values.contains(&""));
        if is_sent
            && has_both
            && let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut)
        {
            values.retain(|value| value != "");
            schema.insert(OR_UNSET.to_owned(), true.into());
        }
    });
}

/// Gives each marked place the type `OrUnset<T>`.
pub(super) fn wrap(document: &mut Value) {
    for_each(document, &mut |schema, _| {
        if schema.remove(OR_UNSET).is_none() {
            return;
        }
        let mut place = Schema::new();
        for key in ["description", "nullable"] {
            if let Some(value) = schema.remove(key) {
                place.insert(key.to_owned(), value);
            }
        }
        let mut value = Value::Object(std::mem::take(schema));
        if let Some([only]) = value.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            value = only.clone();
        }
        place.insert("allOf".to_owned(), json!([rust_type("OrUnset", vec![value])]));
        *schema = place;
    });
}

fn is_unset(schema: &Value) -> bool {
    schema.as_object().and_then(enum_values).is_some_and(|values| values == [""])
}
