//! Bracketed forms: `a[b]=x&c[]=y` as a tree.
//!
//! This reader is the sandbox's own and shares nothing with the client's writer, so that one mistake cannot hide in both.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// How deep brackets may nest; a longer chain is an attack on the stack, not a parameter.
const MAX_DEPTH: usize = 16;

/// A form that cannot be read as a tree.
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

/// Reads a form body or a query string into objects, arrays and strings.
///
/// `a[b]` makes an object, `a[]` and `a[0]` an array; indexed elements are put in the order of their indices. Only
/// `metadata`, whose names are the caller's, is an object whatever they are. The last of two equal names counts. Every
/// leaf is a string: what it means is for the endpoint to say.
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
/// When a name is used both as a value and as an object or array, when brackets nest deeper than 16, or when an escape
/// does not decode to UTF-8.
pub fn parse(form: &str) -> Result<Value, FormError> {
    let mut root = Map::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        if name.is_empty() {
            continue;
        }
        let path = segments(&name);
        if path.len() > MAX_DEPTH {
            return Err(FormError { message: format!("The parameter {} nests too deep.", excerpt(&name)) });
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

/// Enough of a name to find it by, whatever its length.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => format!("`{text}`"),
        Some((end, _)) => format!("`{}…`", &text[..end]),
    }
}

/// `a[b][]` as `a`, `b`, ``. A name whose brackets do not pair up is one segment, and so an unknown parameter.
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

/// Puts `leaf` at `path` below `slot`. A slot is null until something is put there.
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
            // `a[][b]=1&a[][c]=2` is one element with two members; a member that is there already opens the next.
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
