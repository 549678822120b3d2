//! The query of a control that reads.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::Value;

use crate::api::form;
use crate::control::reply::Refusal;
use crate::paging::{Cursor, PageRequest};

/// The length of a page without `limit`.
const DEFAULT_LIMIT: i64 = 50;

/// The parameters of a query. An unknown one is ignored.
pub(crate) struct Query(Result<Value, String>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let parsed = form::parse(parts.uri.query().unwrap_or_default());
        Ok(Self(parsed.map_err(|error| error.to_string())))
    }
}

impl Query {
    /// A parameter with a text, unless it is missing or empty.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let values = self.0.as_ref().map_err(Refusal::invalid)?;
        match values.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Refusal::invalid(format!("`{name}` is one text: send it once, without brackets"))),
        }
    }

    /// A parameter with a whole number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let wrong = |_| Refusal::invalid(format!("`{name}` is a whole number"));
        self.text(name)?.map(|text| text.parse().map_err(wrong)).transpose()
    }

    /// A text to search for, in lower case.
    pub(crate) fn search(&self) -> Result<Option<String>, Refusal> {
        Ok(self.text("search")?.map(str::to_lowercase))
    }

    /// The page that `limit` and `starting_after` ask for. `find` gives the place of an id.
    pub(crate) fn page<K>(&self, find: impl FnOnce(&str) -> Option<K>) -> Result<PageRequest<K>, Refusal>
    where
        K: Copy,
    {
        let limit = self.number("limit")?.unwrap_or(DEFAULT_LIMIT);
        let cursor = match self.text("starting_after")? {
            None => Cursor::Newest,
            Some(id) => {
                let gone = || Refusal::invalid(format!("`starting_after`: {id} is not in this list"));
                Cursor::OlderThan(find(id).ok_or_else(gone)?)
            }
        };
        Ok(PageRequest::new(limit, cursor))
    }

    /// The number of entries of a page of the request log.
    pub(crate) fn limit(&self) -> Result<usize, Refusal> {
        let limit = self.number("limit")?.unwrap_or(DEFAULT_LIMIT);
        Ok(usize::try_from(limit.clamp(1, 200)).unwrap_or(1))
    }
}
