//! Parameters: a table for each operation, and the check of a request against it.

use serde_json::{Map, Value};

use crate::api::error::{ApiError, excerpt};
use crate::api_version::Surface;

/// The maximum length of a text, in characters.
const MAX_TEXT: usize = 5000;
/// The maximum number of entries in metadata, of characters in a name, and of characters in a value.
const MAX_METADATA: (usize, usize, usize) = (50, 40, 500);

/// A parameter with its name.
#[derive(Debug)]
pub(crate) struct Field {
    name: &'static str,
    /// The surfaces in which a request must have it.
    required: Required,
    /// The first surface that has it.
    surface: Surface,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Required {
    Never,
    InGa,
    Always,
}

/// The type of a parameter.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A text that is not empty.
    Text,
    /// A text, or `""` to unset the value.
    TextOrUnset,
    /// An ISO 3166-1 country code of two letters.
    Country,
    /// A whole number.
    Integer,
    /// A whole number, or `""` for none.
    IntegerOrUnset,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, or in the preview one of the others.
    OneOfMore(&'static [&'static str], &'static [&'static str]),
    /// A list of values of one kind.
    List(&'static Kind),
    /// An object with these members.
    Object(&'static [Field]),
    /// A whole number, or an object of bounds.
    Range,
    /// Texts under names that the caller chooses.
    Metadata,
}

/// The bounds of a [`Kind::Range`].
const BOUNDS: &[Field] = &[
    optional("gt", Kind::Integer),
    optional("gte", Kind::Integer),
    optional("lt", Kind::Integer),
    optional("lte", Kind::Integer),
];

/// The parameter of every operation.
const EXPAND: Field = optional("expand", Kind::List(&Kind::Text));

pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, required: Required::Always, surface: Surface::Ga, kind }
}

/// A parameter that the preview does not require.
pub(crate) const fn required_in_ga(name: &'static str, kind: Kind) -> Field {
    Field { name, required: Required::InGa, surface: Surface::Ga, kind }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, required: Required::Never, surface: Surface::Ga, kind }
}

/// A parameter that only the preview has.
pub(crate) const fn preview(name: &'static str, kind: Kind) -> Field {
    Field { name, required: Required::Never, surface: Surface::Preview, kind }
}

impl Field {
    fn is_required(&self, surface: Surface) -> bool {
        match self.required {
            Required::Never => false,
            Required::InGa => surface == Surface::Ga,
            Required::Always => true,
        }
    }
}

/// The parameters of a request. After [`Params::check`], every value has the type that the table gives.
///
/// A place is a JSON pointer, such as `/account_holder/customer`.
#[derive(Debug)]
pub(crate) struct Params(Value);

impl Params {
    /// The parameters of a parsed form ([`crate::api::form::parse`]).
    pub(crate) fn unchecked(form: Value) -> Self {
        Self(form)
    }

    pub(crate) fn as_value(&self) -> &Value {
        &self.0
    }

    /// Checks the parameters against their table, as a version of `surface` has it.
    pub(crate) fn check(self, fields: &[Field], surface: Surface) -> Result<Self, ApiError> {
        if let Value::Object(members) = &self.0 {
            check_members(members, fields, &[EXPAND], "", surface)?;
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

    /// Applies a [`Kind::TextOrUnset`] to a text.
    pub(crate) fn replace(&self, place: &str, text: &mut Option<String>) {
        if let Some(new) = self.text(place) {
            *text = (!new.is_empty()).then(|| new.to_owned());
        }
    }

    /// The metadata after a [`Kind::Metadata`] was applied to it. An entry with `""` is removed; `""` for the whole removes all
    /// entries.
    ///
    /// # Errors
    ///
    /// If there are more than 50 entries.
    pub(crate) fn updated(
        &self,
        place: &str,
        mut metadata: Map<String, Value>,
    ) -> Result<Map<String, Value>, ApiError> {
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
        let (most, ..) = MAX_METADATA;
        if metadata.len() > most {
            let message = format!("Metadata can have {most} entries; these would be {}.", metadata.len());
            return Err(ApiError::invalid(message).param(place.trim_start_matches('/')));
        }
        Ok(metadata)
    }

    /// The lowest and the highest value of a [`Kind::Range`], both included.
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
    surface: Surface,
) -> Result<(), ApiError> {
    let known = || fields.iter().chain(common).filter(|field| field.surface <= surface);
    let unknown_names: Vec<String> = members
        .keys()
        .filter(|name| !known().any(|field| field.name == *name))
        .map(|name| nested(within, name))
        .collect();
    if !unknown_names.is_empty() {
        return Err(unknown(&unknown_names));
    }
    for field in known() {
        let name = nested(within, field.name);
        match members.get(field.name) {
            Some(value) => check_value(value, &field.kind, &name, surface)?,
            None if field.is_required(surface) => return Err(missing(&name)),
            None => {}
        }
    }
    Ok(())
}

fn nested(within: &str, name: &str) -> String {
    if within.is_empty() { name.to_owned() } else { format!("{within}[{name}]") }
}

/// The error of a request with parameters that the operation does not have.
pub(crate) fn unknown(names: &[String]) -> ApiError {
    let plural = if names.len() > 1 { "s" } else { "" };
    let shown: Vec<&str> = names.iter().take(SHOWN_NAMES).map(|name| excerpt(name)).collect();
    let more = if names.len() > SHOWN_NAMES { ", …" } else { "" };
    let error = ApiError::invalid(format!("Received unknown parameter{plural}: {}{more}", shown.join(", ")));
    error.code("parameter_unknown").param(shown.first().copied().unwrap_or_default())
}

/// The error of a request without the parameter `name`.
pub(crate) fn missing(name: &str) -> ApiError {
    ApiError::invalid(format!("Missing required param: {name}.")).code("parameter_missing").param(name)
}

fn check_value(value: &Value, kind: &Kind, name: &str, surface: Surface) -> Result<(), ApiError> {
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
        Kind::OneOf(words) => one_of(value, words, name),
        Kind::OneOfMore(words, _) if surface == Surface::Ga => one_of(value, words, name),
        Kind::OneOfMore(words, more) => one_of(value, &[*words, *more].concat(), name),
        Kind::List(element) => match value {
            Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                check_value(item, element, &format!("{name}[{index}]"), surface)
            }),
            Value::String(text) if text.is_empty() => Err(empty(name)),
            _ => Err(ApiError::invalid(format!("Invalid array: {}", shown(value))).param(name)),
        },
        Kind::Object(fields) => match value {
            Value::Object(members) => check_members(members, fields, &[], name, surface),
            Value::String(text) if text.is_empty() => Err(empty(name)),
            _ => Err(ApiError::invalid(format!("Invalid object: {}", shown(value))).param(name)),
        },
        Kind::Range => match value {
            Value::Object(members) => check_members(members, BOUNDS, &[], name, surface),
            _ => integer(value, name),
        },
        Kind::Metadata => match value {
            Value::Object(members) => {
                members.iter().try_for_each(|(member, value)| check_entry(member, value, name))
            }
            Value::String(text) if text.is_empty() => Ok(()),
            _ => Err(ApiError::invalid(format!("Invalid object: {}", shown(value))).param(name)),
        },
    }
}

fn one_of(value: &Value, words: &[&str], name: &str) -> Result<(), ApiError> {
    match text(value, name)? {
        "" => Err(empty(name)),
        word if words.contains(&word) => Ok(()),
        _ => {
            Err(ApiError::invalid(format!("Invalid {name}: must be one of {}", alternatives(words)))
                .param(name))
        }
    }
}

/// Checks one entry of metadata.
fn check_entry(member: &str, value: &Value, within: &str) -> Result<(), ApiError> {
    let (_, longest_name, longest_value) = MAX_METADATA;
    let is_longer = |text: &str, longest: usize| text.chars().nth(longest).is_some();
    if is_longer(member, longest_name) {
        let message = format!(
            "Invalid {within}: the name {}… is longer than {longest_name} characters.",
            excerpt(member)
        );
        return Err(ApiError::invalid(message).param(within));
    }
    let name = nested(within, member);
    if is_longer(text(value, &name)?, longest_value) {
        let message = format!("Invalid {name}: the value is longer than {longest_value} characters.");
        return Err(ApiError::invalid(message).param(name));
    }
    Ok(())
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
    // Rust parses `+5`, but a plus sign in a form means a space.
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

/// The start of a value, short enough for a message.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match excerpt(&text) {
        whole if whole.len() == text.len() => text,
        cut => format!("{cut}…"),
    }
}

/// The maximum number of names in one message.
const SHOWN_NAMES: usize = 10;

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
        let range = |form: &str| Params(crate::api::form::parse(form).expect("a form")).range("/at");
        assert_eq!(range("at=5"), Some((5, 5)));
        assert_eq!(range("at[gt]=5&at[lte]=9"), Some((6, 9)));
        assert_eq!(range("at[gt]=5&at[gte]=7&at[lt]=9&at[lte]=20"), Some((7, 8)));
        assert_eq!(range("x=1"), None);
    }
}
