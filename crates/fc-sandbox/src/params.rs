//! Parameters: what an endpoint takes, as a table, and the check of a request against it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ApiError;

/// The longest text that any parameter takes.
const MAX_TEXT: usize = 5000;

/// One named parameter.
#[derive(Debug)]
pub(crate) struct Field {
    name: &'static str,
    required: bool,
    kind: Kind,
}

/// What a parameter may be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A text, not empty.
    Text,
    /// A text, or `""` to take away the one that there is.
    TextOrUnset,
    /// A country by its two letters, as ISO 3166-1 has them.
    Country,
    /// A whole number.
    Integer,
    /// A whole number, or `""` to say that there is none.
    IntegerOrUnset,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Several of the same.
    List(&'static Kind),
    /// Named members.
    Object(&'static [Field]),
    /// A whole number, or an object of bounds.
    Range,
    /// Texts by any name.
    Metadata,
}

/// The bounds that [`Kind::Range`] takes.
const BOUNDS: &[Field] = &[
    optional("gt", Kind::Integer),
    optional("gte", Kind::Integer),
    optional("lt", Kind::Integer),
    optional("lte", Kind::Integer),
];

/// What every operation takes beside its own parameters.
const EXPAND: Field = optional("expand", Kind::List(&Kind::Text));

pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, required: true, kind }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, required: false, kind }
}

/// A request's parameters. After [`Params::check`], what is read from them has the type that their table says.
///
/// Places are JSON pointers, such as `/account_holder/customer`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Params(Value);

impl Params {
    /// A form as [`crate::form::parse`] read it.
    pub(crate) fn unchecked(form: Value) -> Self {
        Self(form)
    }

    /// Holds the parameters against their table.
    pub(crate) fn check(self, fields: &[Field]) -> Result<Self, ApiError> {
        if let Value::Object(members) = &self.0 {
            check_members(members, fields, &[EXPAND], "")?;
        }
        Ok(self)
    }

    pub(crate) fn text(&self, place: &str) -> Option<&str> {
        self.0.pointer(place)?.as_str()
    }

    pub(crate) fn integer(&self, place: &str) -> Option<i64> {
        self.text(place)?.parse().ok()
    }

    pub(crate) fn texts(&self, place: &str) -> Vec<&str> {
        match self.0.pointer(place) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn has(&self, place: &str) -> bool {
        self.0.pointer(place).is_some()
    }

    /// What a [`Kind::TextOrUnset`] makes of the text that there was.
    pub(crate) fn replace(&self, place: &str, text: &mut Option<String>) {
        if let Some(new) = self.text(place) {
            *text = (!new.is_empty()).then(|| new.to_owned());
        }
    }

    /// What a [`Kind::Metadata`] makes of the metadata that there was: `""` takes an entry away, or for the whole all of them.
    pub(crate) fn update(&self, place: &str, metadata: &mut Map<String, Value>) {
        match self.0.pointer(place) {
            Some(Value::Object(members)) => {
                for (name, value) in members {
                    if value == "" {
                        metadata.remove(name);
                    } else {
                        metadata.insert(name.clone(), value.clone());
                    }
                }
            }
            Some(_) => metadata.clear(),
            None => {}
        }
    }

    /// The lowest and the highest value that a [`Kind::Range`] lets through, both included.
    pub(crate) fn range(&self, place: &str) -> Option<(i64, i64)> {
        if let Some(exact) = self.integer(place) {
            return Some((exact, exact));
        }
        let bound = |name: &str| self.integer(&format!("{place}/{name}"));
        if !self.has(place) {
            return None;
        }
        let low =
            bound("gte").unwrap_or(i64::MIN).max(bound("gt").map_or(i64::MIN, |gt| gt.saturating_add(1)));
        let high =
            bound("lte").unwrap_or(i64::MAX).min(bound("lt").map_or(i64::MAX, |lt| lt.saturating_sub(1)));
        Some((low, high))
    }
}

fn check_members(
    members: &Map<String, Value>,
    fields: &[Field],
    common: &[Field],
    within: &str,
) -> Result<(), ApiError> {
    let known = || fields.iter().chain(common);
    let unknown: Vec<String> = members
        .keys()
        .filter(|name| !known().any(|field| field.name == *name))
        .map(|name| nested(within, name))
        .collect();
    if let Some(first) = unknown.first() {
        let plural = if unknown.len() > 1 { "s" } else { "" };
        let names: Vec<&str> = unknown.iter().take(SHOWN_NAMES).map(|name| excerpt(name)).collect();
        let more = if unknown.len() > SHOWN_NAMES { ", …" } else { "" };
        return Err(ApiError::invalid(format!(
            "Received unknown parameter{plural}: {}{more}",
            names.join(", ")
        ))
        .code("parameter_unknown")
        .param(excerpt(first)));
    }
    for field in known() {
        let name = nested(within, field.name);
        match members.get(field.name) {
            Some(value) => check_value(value, &field.kind, &name)?,
            None if field.required => return Err(missing(&name)),
            None => {}
        }
    }
    Ok(())
}

fn nested(within: &str, name: &str) -> String {
    if within.is_empty() { name.to_owned() } else { format!("{within}[{name}]") }
}

/// The refusal of a request that lacks `name`.
pub(crate) fn missing(name: &str) -> ApiError {
    ApiError::invalid(format!("Missing required param: {name}.")).code("parameter_missing").param(name)
}

fn check_value(value: &Value, kind: &Kind, name: &str) -> Result<(), ApiError> {
    match kind {
        Kind::Text => match text(value, name)? {
            "" => Err(empty(name)),
            _ => Ok(()),
        },
        Kind::TextOrUnset => text(value, name).map(|_| ()),
        Kind::Country => match text(value, name)?.as_bytes() {
            b"" => Err(empty(name)),
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => Ok(()),
            _ => Err(ApiError::invalid(format!(
                "Invalid {name}: {}. Send the two letters of a country, such as US.",
                shown(value)
            ))
            .param(name)),
        },
        Kind::Integer => integer(value, name),
        Kind::IntegerOrUnset if value == "" => Ok(()),
        Kind::IntegerOrUnset => integer(value, name),
        Kind::OneOf(words) => match text(value, name)? {
            "" => Err(empty(name)),
            word if words.contains(&word) => Ok(()),
            _ => Err(ApiError::invalid(format!("Invalid {name}: must be one of {}", alternatives(words)))
                .param(name)),
        },
        Kind::List(element) => match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| check_value(item, element, &format!("{name}[{index}]"))),
            Value::String(text) if text.is_empty() => Err(empty(name)),
            _ => Err(ApiError::invalid(format!("Invalid array: {}", shown(value))).param(name)),
        },
        Kind::Object(fields) => match value {
            Value::Object(members) => check_members(members, fields, &[], name),
            Value::String(text) if text.is_empty() => Err(empty(name)),
            _ => Err(ApiError::invalid(format!("Invalid object: {}", shown(value))).param(name)),
        },
        Kind::Range => match value {
            Value::Object(members) => check_members(members, BOUNDS, &[], name),
            _ => integer(value, name),
        },
        Kind::Metadata => match value {
            Value::Object(members) => {
                members.iter().try_for_each(|(member, value)| text(value, &nested(name, member)).map(|_| ()))
            }
            Value::String(text) if text.is_empty() => Ok(()),
            _ => Err(ApiError::invalid(format!("Invalid object: {}", shown(value))).param(name)),
        },
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, ApiError> {
    let Value::String(text) = value else {
        return Err(ApiError::invalid(format!("Invalid string: {}", shown(value))).param(name));
    };
    if text.chars().nth(MAX_TEXT).is_some() {
        let message = format!("Invalid string: {}; must be at most {MAX_TEXT} characters", shown(value));
        return Err(ApiError::invalid(message).param(name));
    }
    Ok(text)
}

fn integer(value: &Value, name: &str) -> Result<(), ApiError> {
    let text = text(value, name)?;
    if text.is_empty() {
        return Err(empty(name));
    }
    // `+5` parses in Rust, but a plus sign in a form is a space.
    match text.parse::<i64>() {
        Ok(_) if !text.starts_with('+') => Ok(()),
        _ => Err(ApiError::invalid(format!("Invalid integer: {}", shown(value)))
            .code("parameter_invalid_integer")
            .param(name)),
    }
}

fn empty(name: &str) -> ApiError {
    ApiError::invalid(format!(
        "You passed an empty string for '{name}', which cannot be unset. Leave it out or give it a value."
    ))
    .code("parameter_invalid_empty")
    .param(name)
}

/// `a`, `a or b`, `a, b, or c`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} or {two}"),
        [most @ .., last] => format!("{}, or {last}", most.join(", ")),
    }
}

/// A value as the message shows it, cut where it gets long.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match excerpt(&text) {
        whole if whole.len() == text.len() => text,
        cut => format!("{cut}…"),
    }
}

/// How many names one message shows.
const SHOWN_NAMES: usize = 10;

/// What an error says again of a text that a caller sent, however long that was.
pub(crate) fn excerpt(text: &str) -> &str {
    text.char_indices().nth(100).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(alternatives(&["a"]), "a");
        assert_eq!(alternatives(&["a", "b"]), "a or b");
        assert_eq!(alternatives(&["a", "b", "c"]), "a, b, or c");
    }

    #[test]
    fn a_range_is_closed_at_both_ends() {
        let range = |form: &str| Params(crate::form::parse(form).expect("a form")).range("/at");
        assert_eq!(range("at=5"), Some((5, 5)));
        assert_eq!(range("at[gt]=5&at[lte]=9"), Some((6, 9)));
        assert_eq!(range("at[gt]=5&at[gte]=7&at[lt]=9&at[lte]=20"), Some((7, 8)));
        assert_eq!(range("x=1"), None);
    }
}
