//! The Financial Connections part of a Stripe spec.
//!
//! A slice is a valid OpenAPI 3.0 document of facts: no prose, sorted keys, stubs where the rest of Stripe begins.

mod cleaner;
mod closure;
mod events;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::files::paths::SOURCE_PATH;
use crate::spec::provenance::Provenance;
use crate::spec::source::Target;

/// HTTP methods that a path item may have in OpenAPI 3.0.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A slice, its cuts and notes.
#[derive(Clone, Debug)]
pub struct Slice {
    /// The OpenAPI document. Without `x-provenance`; see [`Slice::with_provenance`].
    pub document: Value,
    /// Schemas that became stubs, each with the first place that refers to it.
    pub cut: BTreeMap<String, String>,
    /// Oddities of the spec that are no errors.
    pub notes: Vec<String>,
}

impl Slice {
    /// Cuts `spec` as `source` says.
    ///
    /// # Errors
    /// The document is not an OpenAPI 3.0 spec of Stripe with Financial Connections, or a part that is needed has an
    /// unexpected form. The message names the place.
    pub fn cut(spec: &Value, source: &Target) -> Result<Self> {
        check_format(spec)?;
        let api_version = spec
            .pointer("/info/version")
            .and_then(Value::as_str)
            .context("#/info/version is missing: not a released Stripe spec")?;
        let kept_paths = keep_paths(spec, &source.keep.paths)?;
        let events = events::event_types(spec, &source.keep.events)?;
        let thin_events = events::thin_event_types(spec, &source.keep.thin_events)?;
        let mut notes = Vec::new();
        let closure = closure::follow(spec, source, &kept_paths, &events, &mut notes)?;

        let mut components = closure.components;
        if let Some(schemes) = spec.pointer("/components/securitySchemes") {
            let schemes = cleaner::Cleaner::new(&source.keep.extensions)
                .clean_map(schemes, "#/components/securitySchemes")?;
            components.insert("securitySchemes".to_owned(), schemes);
        }
        let mut document = json!({
            "openapi": spec.get("openapi"),
            "info": {"title": "Stripe Financial Connections slice", "version": api_version},
            "paths": closure.paths,
            "components": components,
            "x-webhook-event-types": events::to_value(&events),
        });
        // Public specs have none.
        if !thin_events.is_empty() {
            document["x-thin-event-types"] = Value::Object(thin_events);
        }
        if let Some(servers) = spec.get("servers") {
            document["servers"] =
                cleaner::Cleaner::new(&source.keep.extensions).clean(servers, "#/servers")?;
        }
        if let Some(security) = spec.get("security") {
            document["security"] = security.clone();
        }
        Ok(Self { document, cut: closure.cut, notes })
    }

    /// The document with the key `x-provenance`.
    pub fn with_provenance(&self, provenance: &Provenance) -> Value {
        let mut document = self.document.clone();
        document["x-provenance"] = provenance.to_value();
        document
    }

    /// Compares what was cut with the list in `openapi/source.toml`.
    ///
    /// # Errors
    /// They differ; the message says which lines to add and remove.
    pub fn check_cut(&self, listed: &BTreeSet<String>) -> Result<()> {
        let added: String = self
            .cut
            .iter()
            .filter(|(name, _)| !listed.contains(*name))
            .map(|(name, place)| format!("\n  add    \"{name}\",  (cut at {place})"))
            .collect();
        let gone: String = listed
            .iter()
            .filter(|name| !self.cut.contains_key(*name))
            .map(|name| format!("\n  remove \"{name}\",  (nothing kept refers to it)"))
            .collect();
        if !(added.is_empty() && gone.is_empty()) {
            bail!("the list `cut` in {SOURCE_PATH} is not what was cut:{added}{gone}");
        }
        Ok(())
    }

    /// One line with the numbers of operations, schemas, cuts and event types.
    pub fn summary(&self) -> String {
        let schemas = count(&self.document, "/components/schemas");
        format!(
            "{}: {} operations, {} schemas, {} cut, {} webhook event types",
            self.document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default(),
            self.operations(),
            schemas - self.cut.len(),
            self.cut.len(),
            count(&self.document, "/x-webhook-event-types"),
        )
    }

    /// How many operations the slice has.
    pub fn operations(&self) -> usize {
        let items = self.document.get("paths").and_then(Value::as_object).into_iter().flat_map(Map::values);
        items.map(|item| METHODS.iter().filter(|method| item.get(method).is_some()).count()).sum()
    }
}

fn count(document: &Value, pointer: &str) -> usize {
    document.pointer(pointer).and_then(Value::as_object).map_or(0, Map::len)
}

fn check_format(spec: &Value) -> Result<()> {
    if let Some(version) = spec.get("swagger") {
        bail!("this is a Swagger {version} document; OpenAPI 3.0 is needed");
    }
    let version = spec
        .get("openapi")
        .and_then(Value::as_str)
        .context("not an OpenAPI document: the key `openapi` is missing at the top")?;
    ensure!(version.starts_with("3.0."), "this is an OpenAPI {version} document; OpenAPI 3.0 is needed");
    Ok(())
}

fn keep_paths<'a>(spec: &'a Value, prefix: &str) -> Result<BTreeMap<&'a str, &'a Value>> {
    let paths =
        spec.get("paths").and_then(Value::as_object).context("#/paths is missing or not an object")?;
    let kept: BTreeMap<_, _> = paths
        .iter()
        .filter(|(path, _)| path.starts_with(prefix))
        .map(|(path, item)| (path.as_str(), item))
        .collect();
    ensure!(
        !kept.is_empty(),
        "not a Stripe spec with Financial Connections: none of its {} paths begins with {prefix}",
        paths.len()
    );
    Ok(kept)
}
