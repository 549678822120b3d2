//! OpenAPI Overlay 1.0.0: a list of changes to a document.

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};
use serde_json_path::{JsonPath, PathElement};

use super::markdown::is_control;
use crate::files::yaml;

/// A parsed overlay.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Where it came from, for messages: `openapi/overlay.yaml`.
    pub name: String,
    /// `info.version`: the API version that it describes, such as `2026-09-30.endive`.
    pub version: String,
    /// Its changes, in order.
    pub actions: Vec<Action>,
    /// Its text, for the hash in the headers.
    pub text: String,
}

/// One change of an [`Overlay`].
#[derive(Clone, Debug)]
pub struct Action {
    /// The JSONPath (RFC 9535) as it was written.
    pub target: String,
    /// Reason of the change.
    pub description: Option<String>,
    path: JsonPath,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Update(Value),
    Remove,
}

/// An action whose target selected nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The name of the overlay.
    pub overlay: String,
    /// Position in `actions`, from 0.
    pub index: usize,
    /// Its JSONPath.
    pub target: String,
}

impl Overlay {
    /// Reads an overlay written in YAML or JSON. `name` is used in messages.
    ///
    /// Extensions (`x-…`) and `extends` are accepted and have no effect: the document is chosen by the caller.
    ///
    /// # Errors
    /// Text that is not YAML, another version than 1.0, an unknown key, a target that is not a JSONPath of RFC 9535, or an
    /// action that does not say exactly one of `update` and `remove`. Each names the action.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let document = yaml::parse(text).with_context(|| format!("{name} is not readable"))?;
        Self::from_value(name, &document, text)
            .with_context(|| format!("{name} is not an OpenAPI Overlay 1.0"))
    }

    fn from_value(name: &str, document: &Value, text: &str) -> Result<Self> {
        let document = document.as_object().ok_or_else(|| anyhow!("the document is not an object"))?;
        known_keys(document, &["overlay", "info", "extends", "actions"])?;
        let format = document.get("overlay").and_then(Value::as_str).unwrap_or_default();
        ensure!(
            format.starts_with("1.0."),
            "`overlay` is {format:?}: write `overlay: 1.0.0`, the version that is understood here"
        );
        let version =
            document.get("info").and_then(|info| info.get("version")).and_then(Value::as_str).ok_or_else(
                || anyhow!("`info.version` is missing: write the API version that it describes"),
            )?;
        let actions = document
            .get("actions")
            .and_then(Value::as_array)
            .ok_or_else(|| anyhow!("`actions` is missing or not a list"))?
            .iter()
            .enumerate()
            .map(|(index, action)| Action::from_value(action).with_context(|| format!("in actions[{index}]")))
            .collect::<Result<_>>()?;
        Ok(Self { name: name.to_owned(), version: version.to_owned(), actions, text: text.to_owned() })
    }
}

impl Action {
    fn from_value(action: &Value) -> Result<Self> {
        let action = action.as_object().ok_or_else(|| anyhow!("an action is an object with a `target`"))?;
        // First, because every other error prints the target.
        action.iter().try_for_each(|(key, value)| readable(key, value))?;
        let target = action
            .get("target")
            .and_then(Value::as_str)
            .ok_or_else(|| anyhow!("`target` is missing or not a string"))?;
        let context = || format!("target `{target}`");
        known_keys(action, &["target", "description", "update", "remove"]).with_context(context)?;
        let path = JsonPath::parse(target)
            .map_err(|error| anyhow!("not a JSONPath of RFC 9535, {error}"))
            .with_context(context)?;
        let description = match action.get("description") {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => bail!("target `{target}`: `description` is not a string"),
        };
        let remove = match action.get("remove") {
            None => false,
            Some(Value::Bool(remove)) => *remove,
            Some(_) => bail!("target `{target}`: `remove` is not a boolean"),
        };
        let change = match (action.get("update"), remove) {
            (Some(update), false) => Change::Update(update.clone()),
            (None, true) => Change::Remove,
            (Some(_), true) => bail!("target `{target}`: has both `update` and `remove: true`; keep one"),
            (None, false) => {
                bail!("target `{target}`: has neither `update` nor `remove: true`, so it does nothing")
            }
        };
        Ok(Self { target: target.to_owned(), description, path, change })
    }

    /// Applies the change to every node that the target selects, and returns their number.
    fn apply(&self, document: &mut Value) -> Result<usize> {
        let mut places: Vec<Vec<Step>> = self
            .path
            .query_located(document)
            .dedup()
            .locations()
            .map(|location| location.iter().map(Step::from).collect())
            .collect();
        let count = places.len();
        match &self.change {
            Change::Update(update) => {
                for place in &places {
                    let node = find(document, place)
                        .ok_or_else(|| anyhow!("an earlier match of the same action replaced another one"))?;
                    update_node(node, update)?;
                }
            }
            Change::Remove => {
                // From the end to the start, because a removal moves the places after it.
                places.sort_unstable_by(|a, b| b.cmp(a));
                for place in &places {
                    let (last, parent) =
                        place.split_last().ok_or_else(|| anyhow!("the whole document cannot be removed"))?;
                    match (find(document, parent), last) {
                        (Some(Value::Object(map)), Step::Name(name)) => drop(map.remove(name)),
                        (Some(Value::Array(items)), Step::Index(index)) => drop(items.remove(*index)),
                        _ => unreachable!("a located node has a parent of its kind"),
                    }
                }
            }
        }
        Ok(count)
    }
}

/// Applies every action in order, and returns those that selected nothing. See [`settle`] for what to do with them.
///
/// An object target is merged with its update: objects merge, arrays are concatenated, everything else is replaced. An array
/// target gets its update appended as one entry.
///
/// # Errors
/// An update that does not fit its target, or the removal of the whole document; the action is named.
pub fn apply(document: &mut Value, overlay: &Overlay) -> Result<Vec<Unmatched>> {
    let mut unmatched = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let matches = action
            .apply(document)
            .with_context(|| format!("{}: actions[{index}], target `{}`", overlay.name, action.target))?;
        if matches == 0 {
            unmatched.push(Unmatched { overlay: overlay.name.clone(), index, target: action.target.clone() });
        }
    }
    Ok(unmatched)
}

/// Handles the actions that selected nothing: an error, unless the document is older than the overlay. An older document cannot
/// have everything that the overlay describes, so the result is a note that lists what is missing.
///
/// # Errors
/// There are unmatched actions, and `api_version` (the document's `info.version`) is not a date before the overlay's.
pub fn settle(overlay: &Overlay, api_version: &str, unmatched: &[Unmatched]) -> Result<Option<String>> {
    let unmatched: Vec<&Unmatched> =
        unmatched.iter().filter(|action| action.overlay == overlay.name).collect();
    if unmatched.is_empty() {
        return Ok(None);
    }
    let list: String = unmatched
        .iter()
        .map(|action| format!("\n  actions[{}] target `{}`", action.index, action.target))
        .collect();
    let count = unmatched.len();
    let actions = if count == 1 {
        "1 overlay action describes".to_owned()
    } else {
        format!("{count} overlay actions describe")
    };
    match (release_date(api_version), release_date(&overlay.version)) {
        (Some(document), Some(described)) if document < described => Ok(Some(format!(
            "{actions} things that this older spec ({api_version}, the overlay is for {}) does not have:{list}",
            overlay.version
        ))),
        _ => bail!(
            "{}: {actions} things that the spec {api_version} does not have; correct the target or delete the action:{list}",
            overlay.name
        ),
    }
}

/// Requires that `info.version` of a document has the form of an API version: it is sent as a header, and is printed.
///
/// # Errors
/// It has another form.
pub fn require_version(version: &str) -> Result<()> {
    let name = release_date(version).map(|date| &version[date.len()..]);
    let is_word = |name: &str| {
        name.len() <= 40
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let is_version = match name.map(|name| name.strip_prefix('.')) {
        None => false,
        Some(None) => true,
        Some(Some(name)) => !name.is_empty() && is_word(name),
    };
    let start: String = version.chars().take(40).collect();
    ensure!(is_version, "`info.version` is {start:?}, which is no API version such as 2026-09-30.endive");
    Ok(())
}

/// The date that an API version begins with: `2026-09-30` of `2026-09-30.endive`.
#[must_use]
pub fn release_date(version: &str) -> Option<&str> {
    let (date, rest) = version.split_at_checked(10)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_date && (rest.is_empty() || rest.starts_with('.'))).then_some(date)
}

fn known_keys(object: &Map<String, Value>, known: &[&str]) -> Result<()> {
    match object.keys().find(|key| !known.contains(&key.as_str()) && !key.starts_with("x-")) {
        Some(key) => bail!("unknown key `{key}`; known are {}", known.join(", ")),
        None => Ok(()),
    }
}

/// Refuses characters that make a text look like another one: they would be in the documentation, and in errors.
fn readable(place: &str, value: &Value) -> Result<()> {
    let hidden = |text: &str| text.chars().find(|c| is_control(*c) && !matches!(c, '\n' | '\t'));
    let refused = |c: char| {
        format!(
            "the character U+{:04X}, which changes lines or the direction of the text: remove it, or write what is meant",
            u32::from(c)
        )
    };
    match value {
        Value::String(text) => match hidden(text) {
            Some(c) => bail!("{place} has {}", refused(c)),
            None => Ok(()),
        },
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| readable(&format!("{place}[{index}]"), item)),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| match hidden(key) {
            Some(c) => bail!("a key of {place} has {}", refused(c)),
            None => readable(&format!("{place}.{key}"), value),
        }),
        _ => Ok(()),
    }
}

/// One step from a node to a child. Its order is that of the document.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Index(usize),
    Name(String),
}

impl From<&PathElement<'_>> for Step {
    fn from(element: &PathElement<'_>) -> Self {
        match element {
            PathElement::Name(name) => Self::Name((*name).to_owned()),
            PathElement::Index(index) => Self::Index(*index),
        }
    }
}

fn find<'a>(document: &'a mut Value, place: &[Step]) -> Option<&'a mut Value> {
    place.iter().try_fold(document, |node, step| match step {
        Step::Name(name) => node.get_mut(name),
        Step::Index(index) => node.get_mut(index),
    })
}

fn update_node(node: &mut Value, update: &Value) -> Result<()> {
    match node {
        Value::Array(items) => items.push(update.clone()),
        Value::Object(_) => {
            ensure!(update.is_object(), "the target is an object, so `update` must be one too");
            merge(node, update);
        }
        _ => bail!(
            "the target is neither an object nor an array: select the object that holds it and update that"
        ),
    }
    Ok(())
}

fn merge(node: &mut Value, update: &Value) {
    match (node, update) {
        (Value::Object(map), Value::Object(update)) => {
            for (key, value) in update {
                match map.get_mut(key) {
                    Some(existing) => merge(existing, value),
                    None => drop(map.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(update)) => items.extend(update.iter().cloned()),
        (node, update) => *node = update.clone(),
    }
}
