//! Copies of parts of a spec, without prose, and the references in them.
//!
//! The meaning of a key depends on its place: `description` is prose on a schema, and the name of a field below `properties`.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

/// Keys whose value is prose.
const PROSE: [&str; 5] = ["description", "summary", "externalDocs", "example", "examples"];

/// Keys whose value is data of the API, copied unchanged.
const LITERAL: [&str; 3] = ["enum", "default", "security"];

/// Keys whose value maps names of the API to objects of the format.
const NAMED: [&str; 8] =
    ["properties", "content", "headers", "encoding", "links", "callbacks", "variables", "mapping"];

/// A `$ref` into the components of the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    /// Kind of component: `schemas`, `parameters`, `responses`, …
    pub(super) kind: String,
    /// Name of the component.
    pub(super) name: String,
    /// JSON pointer of the object that has the `$ref`.
    pub(super) place: String,
}

/// Copies parts of a spec.
#[derive(Debug)]
pub(super) struct Cleaner<'a> {
    extensions: &'a BTreeSet<String>,
    /// Where the copy is, as a JSON pointer of the original.
    place: String,
    /// References met so far.
    pub(super) references: Vec<Reference>,
}

impl<'a> Cleaner<'a> {
    /// `extensions` are the keys `x-…` that stay.
    pub(super) fn new(extensions: &'a BTreeSet<String>) -> Self {
        Self { extensions, place: String::new(), references: Vec::new() }
    }

    /// Copies an object of the format, such as a schema or a path item.
    pub(super) fn clean(&mut self, value: &Value, place: &str) -> Result<Value> {
        place.clone_into(&mut self.place);
        self.node(value)
    }

    /// Copies a map from names to such objects.
    pub(super) fn clean_map(&mut self, value: &Value, place: &str) -> Result<Value> {
        place.clone_into(&mut self.place);
        self.named(value, false)
    }

    /// Copies a response object. It keeps an empty description because the format requires one.
    pub(super) fn clean_response(&mut self, value: &Value, place: &str) -> Result<Value> {
        place.clone_into(&mut self.place);
        self.response(value)
    }

    fn node(&mut self, value: &Value) -> Result<Value> {
        match value {
            Value::Object(map) => {
                let mut copy = Map::new();
                for (key, value) in map {
                    if PROSE.contains(&key.as_str())
                        || (key.starts_with("x-") && !self.extensions.contains(key))
                    {
                        continue;
                    }
                    let value = self.within(key, |cleaner| cleaner.keyword(key, value))?;
                    copy.insert(key.clone(), value);
                }
                Ok(Value::Object(copy))
            }
            Value::Array(items) => {
                let each = |(index, item): (usize, &Value)| {
                    self.within(&index.to_string(), |cleaner| cleaner.node(item))
                };
                items.iter().enumerate().map(each).collect::<Result<_>>().map(Value::Array)
            }
            scalar => Ok(scalar.clone()),
        }
    }

    fn keyword(&mut self, key: &str, value: &Value) -> Result<Value> {
        match key {
            "$ref" => self.reference(value),
            "responses" => self.named(value, true),
            _ if LITERAL.contains(&key) => Ok(value.clone()),
            _ if NAMED.contains(&key) => self.named(value, false),
            _ => self.node(value),
        }
    }

    fn named(&mut self, value: &Value, responses: bool) -> Result<Value> {
        let Value::Object(map) = value else { bail!("{} is not an object", self.place) };
        let mut copy = Map::new();
        for (name, value) in map {
            let value = self.within(name, |cleaner| match responses {
                true => cleaner.response(value),
                false => cleaner.node(value),
            })?;
            copy.insert(name.clone(), value);
        }
        Ok(Value::Object(copy))
    }

    fn response(&mut self, value: &Value) -> Result<Value> {
        let mut copy = self.node(value)?;
        if let Value::Object(map) = &mut copy
            && !map.contains_key("$ref")
        {
            map.insert("description".to_owned(), "".into());
        }
        Ok(copy)
    }

    /// Rewrites `#/x-sdk-spec/schemas/…` to the place of that schema in the slice.
    fn reference(&mut self, value: &Value) -> Result<Value> {
        let place = self.place.strip_suffix("/$ref").unwrap_or(&self.place).to_owned();
        let Some(target) = value.as_str() else { bail!("{place} has a `$ref` that is not a string") };
        let component = match target.strip_prefix("#/x-sdk-spec/schemas/") {
            Some(name) => Some(("schemas", name)),
            None => target.strip_prefix("#/components/").and_then(|rest| rest.split_once('/')),
        };
        let Some((kind, name)) = component.filter(|(_, name)| !name.is_empty() && !name.contains('/')) else {
            bail!("{place} refers to `{target}`; only references to #/components/… can be followed");
        };
        let plain_name = name.replace("~1", "/").replace("~0", "~");
        self.references.push(Reference { kind: kind.to_owned(), name: plain_name, place });
        Ok(format!("#/components/{kind}/{name}").into())
    }

    fn within<T>(&mut self, key: &str, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let length = self.place.len();
        self.place.push('/');
        self.place.push_str(&key.replace('~', "~0").replace('/', "~1"));
        let result = inner(self)?;
        self.place.truncate(length);
        Ok(result)
    }
}
