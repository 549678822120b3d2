//! The components that the kept paths refer to, up to the border of Financial Connections.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::cleaner::{Cleaner, Reference};
use super::events::EventTypes;
use crate::generator::markdown::code_span;
use crate::spec::source::{Keep, Target};

/// Marks a stub: a schema that was cut.
const CUT: &str = "x-cut";

/// What is kept.
#[derive(Debug)]
pub(super) struct Closure {
    pub(super) paths: Map<String, Value>,
    /// Kind of component → name → component.
    pub(super) components: Map<String, Value>,
    /// Schemas that became stubs, each with the first place that refers to it.
    pub(super) cut: BTreeMap<String, String>,
}

/// Copies the paths, and every component that paths, envelopes and events refer to.
pub(super) fn follow(
    spec: &Value,
    source: &Target,
    paths: &BTreeMap<&str, &Value>,
    events: &EventTypes,
    notes: &mut Vec<String>,
) -> Result<Closure> {
    let keep = &source.keep;
    let sdk_view = SdkView::of(spec);
    let mut cleaner = Cleaner::new(&keep.extensions);
    let mut kept_paths = Map::new();
    for (path, item) in paths {
        let place = format!("#/paths/{}", path.replace('~', "~0").replace('/', "~1"));
        kept_paths.insert((*path).to_owned(), cleaner.clean(item, &place)?);
    }
    let mut queue: VecDeque<Reference> = cleaner.references.drain(..).collect();
    queue.extend(roots(spec, keep, &sdk_view, events, notes)?);

    let mut components: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut cut = BTreeMap::new();
    while let Some(Reference { kind, name, place }) = queue.pop_front() {
        let section = components.entry(kind.clone()).or_default();
        if section.contains_key(&name) {
            continue;
        }
        let pointer = format!("#/components/{kind}/{}", name.replace('~', "~0").replace('/', "~1"));
        let found = find(spec, &sdk_view, &kind, &name, notes);
        let component = match found {
            Some(component) if kind == "schemas" && is_foreign(&name, component, keep) => None,
            Some(component) => Some(component),
            // A slice lists the foreign schemas that it left out.
            None if kind == "schemas" && is_listed_stub(spec, &pointer) => None,
            None => bail!("{place} refers to `{pointer}`, which the spec does not have"),
        };
        let copy = match component {
            None => {
                cut.insert(name.clone(), place);
                json!({"type": "object", CUT: true})
            }
            Some(component) if kind == "responses" => cleaner.clean_response(component, &pointer)?,
            Some(component) => {
                let mut copy = cleaner.clean(component, &pointer)?;
                if kind == "schemas" {
                    sdk_view.complete_required(&name, &mut copy, notes)?;
                }
                copy
            }
        };
        section.insert(name, copy);
        queue.extend(cleaner.references.drain(..));
    }
    let components = components.into_iter().map(|(kind, section)| (kind, Value::Object(section))).collect();
    Ok(Closure { paths: kept_paths, components, cut })
}

/// Schemas that are kept even if no operation refers to them: envelopes, objects of events, and resources of the SDK spec.
fn roots(
    spec: &Value,
    keep: &Keep,
    sdk_view: &SdkView<'_>,
    events: &EventTypes,
    notes: &mut Vec<String>,
) -> Result<Vec<Reference>> {
    let root =
        |name: &str, place: String| Reference { kind: "schemas".to_owned(), name: name.to_owned(), place };
    let mut roots: Vec<_> = keep
        .schemas
        .iter()
        .map(|name| root(name, "`keep.schemas` in openapi/source.toml".to_owned()))
        .collect();
    let ours = sdk_view.schemas.keys().filter(|name| name.starts_with(&keep.resources));
    roots.extend(ours.map(|name| root(name, "#/x-sdk-spec/schemas".to_owned())));
    let carried: BTreeSet<&String> = events.values().flatten().collect();
    for object in carried {
        // The public spec lacks some of them; the SDK spec has all.
        if find(spec, sdk_view, "schemas", object, &mut Vec::new()).is_some() {
            roots.push(root(object, "#/x-webhook-event-types".to_owned()));
        } else {
            notes.push(format!(
                "webhook events carry {}, for which the spec has no schema",
                code_span(object)
            ));
        }
    }
    Ok(roots)
}

fn find<'a>(
    spec: &'a Value,
    sdk_view: &SdkView<'a>,
    kind: &str,
    name: &str,
    notes: &mut Vec<String>,
) -> Option<&'a Value> {
    let public = spec.get("components").and_then(|components| components.get(kind)?.get(name));
    let sdk = if kind == "schemas" { sdk_view.schemas.get(name).copied() } else { None };
    if public.is_some() && sdk.is_some() && public != sdk {
        notes.push(format!(
            "schema {} is in the public spec and, different, in x-sdk-spec; the public one is kept",
            code_span(name)
        ));
    }
    public.or(sdk)
}

/// Whether a schema belongs to the rest of Stripe.
fn is_foreign(name: &str, schema: &Value, keep: &Keep) -> bool {
    if schema.get(CUT).is_some() {
        return true;
    }
    if name.starts_with(&keep.resources) || keep.schemas.contains(name) {
        return false;
    }
    schema.get("x-resourceId").is_some()
        || name.starts_with("deleted_")
        || schema.pointer("/properties/object/enum").is_some()
        || schema.get("anyOf").is_some()
}

fn is_listed_stub(spec: &Value, pointer: &str) -> bool {
    let stubs = spec.get("x-stubs").and_then(Value::as_array);
    stubs.is_some_and(|stubs| stubs.iter().any(|stub| stub == pointer))
}

/// Additions of the SDK spec.
#[derive(Debug, Default)]
struct SdkView<'a> {
    /// Schemas that the public spec lacks.
    schemas: BTreeMap<&'a str, &'a Value>,
    /// Schema → fields that are always present but may be null.
    required: BTreeMap<&'a str, &'a Value>,
}

impl<'a> SdkView<'a> {
    fn of(spec: &'a Value) -> Self {
        let section = |key: &str| {
            let map = spec.get("x-sdk-spec").and_then(|view| view.get(key)?.as_object());
            map.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
        };
        Self { schemas: section("schemas"), required: section("required") }
    }

    /// Adds the fields that are always present to the schema's `required`, sorted.
    fn complete_required(&self, name: &str, schema: &mut Value, notes: &mut Vec<String>) -> Result<()> {
        let Value::Object(schema) = schema else { bail!("#/components/schemas/{name} is not an object") };
        let mut required = BTreeSet::new();
        if let Some(list) = schema.remove("required") {
            required = field_names(&list, &format!("#/components/schemas/{name}/required"))?;
        }
        if let Some(list) = self.required.get(name) {
            for field in field_names(list, &format!("#/x-sdk-spec/required/{name}"))? {
                if schema.get("properties").is_some_and(|properties| properties.get(&field).is_some()) {
                    required.insert(field);
                } else {
                    notes.push(format!(
                        "x-sdk-spec requires the field {} that schema {} lacks; ignored",
                        code_span(&field),
                        code_span(name)
                    ));
                }
            }
        }
        // OpenAPI 3.0 forbids an empty list.
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into_iter().map(Value::String).collect());
        }
        Ok(())
    }
}

fn field_names(list: &Value, place: &str) -> Result<BTreeSet<String>> {
    let items = list.as_array().with_context(|| format!("{place} is not a list"))?;
    let name = |item: &Value| item.as_str().map(str::to_owned);
    items
        .iter()
        .map(|item| name(item).with_context(|| format!("{place} has an entry that is not a string")))
        .collect()
}
