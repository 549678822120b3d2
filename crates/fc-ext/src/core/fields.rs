//! Fields of an object in a response, which are taken out one by one.

use std::collections::BTreeMap;

use fc_client::{Error, ErrorKind};
use fc_types::{Extra, Timestamp};
use serde_json::{Map, Value};

/// Fields of an object in a response.
pub(super) struct Fields {
    object: &'static str,
    fields: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(object: &'static str, value: Value) -> Result<Self, Error> {
        match value {
            Value::Object(fields) => Ok(Self { object, fields }),
            _ => Err(Error::of_kind(ErrorKind::Decode, format!("{object}: expected an object"))),
        }
    }

    /// Takes a field. Null counts as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    fn error(&self, name: &str, expected: &str) -> Error {
        Error::of_kind(ErrorKind::Decode, format!("{}: expected {expected} at `{name}`", self.object))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(name, "a string")),
        }
    }

    pub(super) fn required_text(&mut self, name: &str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| self.error(name, "a string"))
    }

    pub(super) fn time(&mut self, name: &str) -> Result<Timestamp, Error> {
        let seconds = self.take(name).and_then(|value| value.as_i64());
        seconds.map(Timestamp::from_secs).ok_or_else(|| self.error(name, "whole seconds"))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Error> {
        self.take(name).and_then(|value| value.as_bool()).ok_or_else(|| self.error(name, "true or false"))
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, Error> {
        let texts = match self.take(name) {
            Some(Value::Array(items)) => {
                items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        texts.ok_or_else(|| self.error(name, "a list of strings"))
    }

    pub(super) fn metadata(&mut self) -> Result<BTreeMap<String, String>, Error> {
        let Some(value) = self.take("metadata") else { return Ok(BTreeMap::new()) };
        let Value::Object(pairs) = value else { return Err(self.error("metadata", "an object of strings")) };
        let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
        let texts: Option<BTreeMap<_, _>> = pairs.into_iter().map(text).collect();
        texts.ok_or_else(|| self.error("metadata", "an object of strings"))
    }

    pub(super) fn rest(mut self) -> Extra {
        self.fields.remove("object");
        let mut extra = Extra::default();
        for (name, value) in self.fields {
            extra.insert(name, value);
        }
        extra
    }
}
