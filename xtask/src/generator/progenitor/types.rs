//! Types, read from the `types` module of progenitor's output.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct};

use super::rust_type;
use crate::generator::model::{EXTRA, Field, Kind, Presence, Struct, TypeDef, Variant, renamed_extra};
use crate::generator::normalize::{PUBLIC_TEXT, variant_names};

/// Every struct and enum, each compared with its component.
pub(super) fn read(file: &syn::File, document: &Value) -> Result<BTreeMap<String, TypeDef>> {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .context("the document has no component schemas")?;
    let mut types = BTreeMap::new();
    for item in types_module(file)? {
        let name = match item {
            Item::Struct(item) => item.ident.to_string(),
            Item::Enum(item) => item.ident.to_string(),
            _ => continue,
        };
        let schema = schemas.get(&name).with_context(|| {
            format!("progenitor invented the type `{name}`: an inline schema has no name")
        })?;
        let kind = match item {
            Item::Struct(item) => structure(item, schema),
            Item::Enum(item) => enumeration(item, schema),
            _ => continue,
        };
        let kind = kind.with_context(|| format!("type `{name}`"))?;
        let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let wire = match schema.get("x-wire-paths").and_then(Value::as_array) {
            Some(paths) => paths.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            None => vec![text("x-wire-name")],
        };
        let def = TypeDef {
            name: name.clone(),
            wire,
            module: text("x-rust-module"),
            doc: text("description"),
            kind,
        };
        types.insert(name, def);
    }
    for name in schemas.keys() {
        ensure!(
            types.contains_key(name),
            "progenitor generated no type for `{name}`: it may be a bare string or an alias"
        );
    }
    Ok(types)
}

fn types_module(file: &syn::File) -> Result<impl Iterator<Item = &Item>> {
    let module = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    Ok(module.context("progenitor's output has no module `types`")?.1.iter())
}

fn structure(item: &ItemStruct, schema: &Value) -> Result<Kind> {
    let Fields::Named(fields) = &item.fields else {
        bail!("a newtype, not a struct: give the schema's property `x-rust-type`");
    };
    let docs = schema.get("properties").and_then(Value::as_object);
    let count = docs.map_or(0, serde_json::Map::len);
    ensure!(fields.named.len() == count, "{} fields of {count} properties", fields.named.len());
    let mut read = Vec::new();
    for field in &fields.named {
        let ident = field.ident.as_ref().context("a field without a name")?.to_string();
        let wire = serde_value(&field.attrs, "rename").unwrap_or_else(|| ident.clone());
        let property =
            docs.and_then(|docs| docs.get(&wire)).with_context(|| format!("no property `{wire}`"))?;
        ensure!(!has_serde(&field.attrs, "flatten"), "the field `{wire}` is flattened");
        let (ty, optional) = rust_type::read(&field.ty).with_context(|| format!("the field `{wire}`"))?;
        // progenitor gives an optional array no `Option` and skips it when empty, which would lose an empty array.
        let skipped = has_serde(&field.attrs, "skip_serializing_if");
        let presence = match (optional, skipped) {
            (_, true) => Presence::Optional,
            (true, false) => Presence::Nullable,
            (false, false) => Presence::Required,
        };
        let doc = property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_public_text = property.get(PUBLIC_TEXT).and_then(Value::as_bool) == Some(true);
        // Every object has a field of this name for unknown fields.
        let ident = if ident == EXTRA { renamed_extra() } else { ident };
        read.push(Field { ident, wire, doc, ty, presence, is_public_text });
    }
    // Readers look for the id first.
    read.sort_by_key(|field| (field.wire != "id", field.wire.clone()));
    let object = schema.get("x-object").and_then(Value::as_str).map(str::to_owned);
    let older = schema.get("x-older-objects").and_then(Value::as_array);
    let older_objects = older.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Kind::Struct(Struct { fields: read, object, older_objects, is_params: false }))
}

fn enumeration(item: &ItemEnum, schema: &Value) -> Result<Kind> {
    let schema = schema.as_object().context("an enum that the document does not have")?;
    let names = variant_names(schema)?;
    let (found, expected) = (item.variants.len(), names.len());
    // An enum without values has one for progenitor.
    ensure!(found == expected.max(1), "{found} variants of {expected} values");
    let docs = schema.get("x-enum-descriptions");
    let doc = |value: &str| docs.and_then(|docs| docs.get(value)?.as_str()).unwrap_or_default().to_owned();
    let mut variants: Vec<Variant> =
        names.into_iter().map(|(wire, ident)| Variant { ident, doc: doc(&wire), wire }).collect();
    variants.sort_by(|a, b| a.wire.cmp(&b.wire));
    Ok(Kind::Enum(variants))
}

fn has_serde(attributes: &[Attribute], key: &str) -> bool {
    serde_tokens(attributes).any(|(name, _)| name == key)
}

fn serde_value(attributes: &[Attribute], key: &str) -> Option<String> {
    serde_tokens(attributes).find(|(name, _)| name == key)?.1
}

/// The `key` and `key = "value"` entries of all serde attributes.
fn serde_tokens(attributes: &[Attribute]) -> impl Iterator<Item = (String, Option<String>)> + '_ {
    attributes.iter().filter(|attribute| attribute.path().is_ident("serde")).flat_map(|attribute| {
        let mut entries = Vec::new();
        // The attributes that are read here parse; an error would only hide another key.
        let _ = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let value = match meta.value() {
                Ok(value) => Some(value.parse::<syn::LitStr>()?.value()),
                Err(_) => None,
            };
            entries.push((name, value));
            Ok(())
        });
        entries
    })
}
