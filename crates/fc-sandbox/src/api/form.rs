//! Parsing of bracketed forms, such as `a[b]=x&c[]=y`.
//!
//! The parser shares no code with the client's encoder, so the same mistake cannot hide in both.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// The maximum depth of nested brackets. It bounds the recursion over a form.
const MAX_DEPTH: usize = 16;

/// The maximum number of parameters. No request of the API needs as many.
const MAX_PAIRS: usize = 1000;

/// Why a form cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    message: String,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FormError {}

/// Parses a form body or a query string into objects, arrays and strings.
///
/// `a[b]` gives an object. `a[]` and `a[0]` give an array, in the order of the indices. `metadata` is always an object,
/// because the caller chooses its names. The last of two equal names wins. Every leaf is a string: the endpoint knows its
/// type.
///
/// ```
/// let form = fc_sandbox::form::parse("features[0]=balance&features[1]=ownership&limits[accounts]=2&note=a+b%21")?;
/// assert_eq!(form, serde_json::json!({
///     "features": ["balance", "ownership"],
///     "limits": { "accounts": "2" },
///     "note": "a b!",
/// }));
/// # Ok::<(), fc_sandbox::form::FormError>(())
/// ```
///
/// # Errors
///
/// If a name is both a value and an object or array, brackets are nested deeper than 16, a percent escape does not decode to
/// UTF-8, or there are more than 1,000 parameters.
pub fn parse(form: &str) -> Result<Value, FormError> {
    if form.split('&').filter(|pair| !pair.is_empty()).nth(MAX_PAIRS).is_some() {
        return Err(FormError { message: format!("The request has more than {MAX_PAIRS} parameters.") });
    }
    let mut root = Map::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        if name.is_empty() {
            continue;
        }
        let path = segments(&name);
        if path.len() > MAX_DEPTH {
            return Err(FormError {
                message: format!(
                    "The brackets of the parameter {} are nested too deep: 16 levels are the maximum.",
                    excerpt(&name)
                ),
            });
        }
        let leaf = Value::String(decode(value)?);
        let (head, rest) = (path[0], &path[1..]);
        let slot = root.entry(head).or_insert(Value::Null);
        insert(slot, rest, leaf).map_err(|Conflict| FormError {
            message: format!("The parameter {} is given in two shapes.", excerpt(&name)),
        })?;
    }
    for (_, value) in root.iter_mut().filter(|(name, _)| *name != "metadata") {
        index_arrays(value);
    }
    Ok(Value::Object(root))
}

fn decode(text: &str) -> Result<String, FormError> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(FormError { message: format!("The text {} is not valid UTF-8.", excerpt(text)) }),
    }
}

/// The start of a name, long enough to find it by.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => format!("`{text}`"),
        Some((end, _)) => format!("`{}…`", &text[..end]),
    }
}

/// `a[b][]` as `a`, `b`, ``. A name with unmatched brackets is one segment, and so an unknown parameter.
fn segments(name: &str) -> Vec<&str> {
    let whole = vec![name];
    let Some(open) = name.find('[').filter(|&open| open > 0) else { return whole };
    let Some(inner) = name[open + 1..].strip_suffix(']') else { return whole };
    let mut path = vec![&name[..open]];
    for segment in inner.split("][") {
        if segment.contains(['[', ']']) {
            return whole;
        }
        path.push(segment);
    }
    path
}

struct Conflict;

/// Inserts `leaf` at `path` below `slot`. An empty slot is null.
fn insert(slot: &mut Value, path: &[&str], leaf: Value) -> Result<(), Conflict> {
    let Some((&segment, rest)) = path.split_first() else {
        return match slot {
            Value::Null | Value::String(_) => {
                *slot = leaf;
                Ok(())
            }
            _ => Err(Conflict),
        };
    };
    if slot.is_null() {
        *slot = if segment.is_empty() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    }
    match slot {
        Value::Array(items) if segment.is_empty() => {
            // `a[][b]=1&a[][c]=2` is one element with two members. A repeated member starts the next element.
            let continues = match (items.last(), rest.first()) {
                (Some(Value::Object(last)), Some(&member)) => !last.contains_key(member),
                _ => false,
            };
            if !continues {
                items.push(Value::Null);
            }
            items.last_mut().map_or(Err(Conflict), |last| insert(last, rest, leaf))
        }
        Value::Object(members) if !segment.is_empty() => {
            insert(members.entry(segment).or_insert(Value::Null), rest, leaf)
        }
        _ => Err(Conflict),
    }
}

/// Turns objects whose names are all indices into arrays, in the order of the indices.
fn index_arrays(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(index_arrays),
        Value::Object(members) => {
            members.values_mut().for_each(index_arrays);
            let indices: Option<Vec<u32>> = members.keys().map(|name| index(name)).collect();
            if let Some(indices) = indices.filter(|indices| !indices.is_empty()) {
                let mut items: Vec<(u32, Value)> = indices
                    .into_iter()
                    .zip(std::mem::take(members).into_iter().map(|(_, item)| item))
                    .collect();
                items.sort_by_key(|(index, _)| *index);
                *value = items.into_iter().map(|(_, item)| item).collect();
            }
        }
        _ => {}
    }
}

fn index(name: &str) -> Option<u32> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) { name.parse().ok() } else { None }
}
