//! Rust names of components.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::schema::{component_schemas, reference};
use super::type_names::component_name;
use crate::spec::source::Keep;

/// Renames every component and every reference to it.
pub(super) fn rename(document: &mut Value, keep: &Keep) -> Result<()> {
    let mut names = BTreeMap::new();
    if let Some(schemas) = component_schemas(document) {
        let mut renamed = Map::new();
        for (wire, mut schema) in std::mem::take(schemas) {
            let rust = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("x-rust-name"))
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_else(|| component_name(&wire, keep));
            if let Some(map) = schema.as_object_mut() {
                map.insert("x-wire-name".to_owned(), wire.clone().into());
            }
            if !is_type_name(&rust) {
                bail!(
                    "#/components/schemas/{wire}: `{rust}` cannot name a Rust type: set `x-rust-name` in the overlay"
                );
            }
            if renamed.insert(rust.clone(), schema).is_some() {
                bail!(
                    "#/components/schemas/{wire}: a second type named `{rust}`: set `x-rust-name` in the overlay"
                );
            }
            names.insert(wire, rust);
        }
        *schemas = renamed;
    }
    rewrite(document, &names);
    Ok(())
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && syn::parse_str::<syn::Ident>(name).is_ok()
}

fn rewrite(value: &mut Value, names: &BTreeMap<String, String>) {
    let target = super::schema::ref_target(value).and_then(|target| names.get(target)).cloned();
    if let (Some(target), Some(map)) = (target, value.as_object_mut())
        && let Some(new) = reference(&target).get("$ref")
    {
        map.insert("$ref".to_owned(), new.clone());
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| rewrite(value, names)),
        Value::Array(items) => items.iter_mut().for_each(|value| rewrite(value, names)),
        _ => {}
    }
}
