//! Names of the values of enums.
//!
//! progenitor panics when two values have one name, and names neither the schema nor the way out.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::decisions::{DecisionKind, Decisions};
use super::schema::{Schema, component_schemas, enum_values};
use crate::generator::hand_written::is_ident;
use crate::generator::wire;

/// The overlay's names: value → variant.
const NAMES: &str = "x-enum-names";

/// The variant of every value that this version does not know.
const CATCH_ALL: &str = "Unknown";

/// The variant of a value that would be called like the catch-all.
const TAKEN: &str = "UnknownValue";

/// Checks that the values of each enum have names, each its own.
pub(super) fn check(document: &mut Value, decisions: &mut Decisions) -> Result<()> {
    let mut faults = Vec::new();
    for (component, schema) in component_schemas(document).into_iter().flatten() {
        let Some(schema) = schema.as_object() else { continue };
        let place = schema.get("x-wire-paths").and_then(|paths| paths.get(0)).and_then(Value::as_str);
        let place = place.unwrap_or(component);
        match variant_names(schema) {
            Err(error) => faults.push(format!("{place}: {error}")),
            Ok(names) => {
                let named = schema.get(NAMES);
                let taken = names.iter().filter(|(value, variant)| {
                    variant == TAKEN && named.is_none_or(|named| named.get(value).is_none())
                });
                for (value, _) in taken {
                    let outcome = format!("the variant `{TAKEN}`, beside the catch-all `{CATCH_ALL}`");
                    decisions.add(schema, DecisionKind::ValueName, &wire::value(place, value), outcome);
                }
            }
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("values of enums need names from the overlay:\n  {}", faults.join("\n  "))
}

/// Each value of the enum with the name of its variant, in the order of the schema; empty for a schema that is no enum of texts.
///
/// # Errors
///
/// Two values have one name, or the overlay gives a name that cannot be one.
pub(crate) fn variant_names(schema: &Schema) -> Result<Vec<(String, String)>> {
    let Some(values) = enum_values(schema) else { return Ok(Vec::new()) };
    let prefix = schema.get("x-enum-prefix").and_then(Value::as_str).unwrap_or_default();
    let given = schema.get(NAMES).and_then(Value::as_object);
    for (value, name) in given.into_iter().flatten() {
        let is_name = |name: &str| is_ident(name) && name.to_upper_camel_case() == name && name != CATCH_ALL;
        ensure!(
            values.contains(&value.as_str()),
            "`{NAMES}` names the value `{value}`, which it does not have"
        );
        ensure!(
            name.as_str().is_some_and(is_name),
            "`{NAMES}` calls the value `{value}` {name}, which is no name in UpperCamelCase, or is taken"
        );
    }
    let mut names: Vec<(String, String)> = Vec::new();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for value in values {
        if names.iter().any(|(known, _)| known == value) {
            continue;
        }
        let name = match given.and_then(|given| given.get(value)?.as_str()) {
            Some(name) => name.to_owned(),
            None => variant_name(value.strip_prefix(prefix).unwrap_or(value)),
        };
        if let Some(other) = taken.insert(name.clone(), value) {
            bail!(
                "the values `{other}` and `{value}` would both be the variant `{name}`: name one of them in the overlay with \
                 `{NAMES}: {{ {}: … }}`",
                Value::from(value)
            );
        }
        names.push((value.to_owned(), name));
    }
    Ok(names)
}

/// The name of a value: `instant_payment` as `InstantPayment`, `2fa` as `X2fa`, `+1` as `Plus1`, `*` as `Asterisk`.
fn variant_name(value: &str) -> String {
    let signed =
        |sign: char| value.strip_prefix(sign).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let camel = |text: &str| {
        let words: String = text
            .chars()
            .filter(|c| *c != '\'')
            .map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' })
            .collect();
        words.to_upper_camel_case()
    };
    let name = match (signed('+'), signed('-')) {
        (Some(number), _) => format!("Plus{}", camel(number)),
        (_, Some(number)) => format!("Minus{}", camel(number)),
        _ => camel(value),
    };
    let name = match name.chars().next() {
        None if value.is_empty() => "Empty".to_owned(),
        None => value.chars().map(character).collect(),
        Some(c) if c.is_numeric() => format!("X{name}"),
        Some(_) => name,
    };
    let candidates = [name.clone(), format!("{name}_")];
    let name = candidates.into_iter().find(|name| is_ident(name)).unwrap_or_else(|| {
        // A letter that Rust does not take.
        name.chars().map(|c| if c.is_ascii() { c.to_string() } else { character(c) }).collect()
    });
    if name == CATCH_ALL { TAKEN.to_owned() } else { name }
}

/// The name of a character that is no letter.
fn character(c: char) -> String {
    let name = match c {
        ' ' => "Space",
        '!' => "Exclamation",
        '"' => "Quote",
        '#' => "Hash",
        '$' => "Dollar",
        '%' => "Percent",
        '&' => "Ampersand",
        '\'' => "Apostrophe",
        '(' | ')' => "Parenthesis",
        '*' => "Asterisk",
        '+' => "Plus",
        ',' => "Comma",
        '-' => "Hyphen",
        '.' => "Dot",
        '/' => "Slash",
        ':' => "Colon",
        ';' => "Semicolon",
        '<' => "Less",
        '=' => "Equals",
        '>' => "Greater",
        '?' => "Question",
        '@' => "At",
        '[' | ']' => "Bracket",
        '\\' => "Backslash",
        '^' => "Caret",
        '_' => "Underscore",
        '`' => "Backtick",
        '{' | '}' => "Brace",
        '|' => "Bar",
        '~' => "Tilde",
        other => return format!("U{:04X}", u32::from(other)),
    };
    name.to_owned()
}
