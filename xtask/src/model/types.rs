//! Reads the `types` module of progenitor's output.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use quote::ToTokens;
use serde_json::Value;
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct};

use super::{Field, Kind, Presence, Struct, TypeDef, Variant};

/// Every struct and enum, each held against its component.
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
            "progenitor made no type of `{name}`: is it a bare string or an alias?"
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
        let ty = type_text(&field.ty);
        let (ty, optional) = match ty.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')) {
            Some(inner) => (inner.to_owned(), true),
            None => (ty, false),
        };
        // An optional array comes as a plain vector that is skipped when empty, which would lose an empty one.
        let skipped = has_serde(&field.attrs, "skip_serializing_if");
        let presence = match (optional, skipped) {
            (_, true) => Presence::Optional,
            (true, false) => Presence::Nullable,
            (false, false) => Presence::Required,
        };
        let doc = property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        read.push(Field { ident, wire, doc, ty, presence });
    }
    // The id is what a reader looks for first.
    read.sort_by_key(|field| (field.wire != "id", field.wire.clone()));
    let object = schema.get("x-object").and_then(Value::as_str).map(str::to_owned);
    Ok(Kind::Struct(Struct { fields: read, object, is_params: false }))
}

fn enumeration(item: &ItemEnum, schema: &Value) -> Result<Kind> {
    let values =
        schema.get("enum").and_then(Value::as_array).context("an enum that the document does not have")?;
    ensure!(
        item.variants.len() == values.len(),
        "{} variants of {} values",
        item.variants.len(),
        values.len()
    );
    let prefix = schema.get("x-enum-prefix").and_then(Value::as_str).unwrap_or_default();
    let mut variants = Vec::new();
    for variant in &item.variants {
        ensure!(matches!(variant.fields, Fields::Unit), "the variant `{}` carries a value", variant.ident);
        let wire = serde_value(&variant.attrs, "rename").unwrap_or_else(|| variant.ident.to_string());
        let doc = schema
            .get("x-enum-descriptions")
            .and_then(|docs| docs.get(&wire))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let ident = match wire.strip_prefix(prefix) {
            Some(short) if !prefix.is_empty() => pascal_case(short),
            _ => variant.ident.to_string(),
        };
        variants.push(Variant { ident, wire, doc });
    }
    variants.sort_by(|a, b| a.wire.cmp(&b.wire));
    Ok(Kind::Enum(variants))
}

/// `account.refreshed_balance` as `AccountRefreshedBalance`.
fn pascal_case(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect::<String>()
        })
        .collect()
}

/// A type as a reader would write it: short names for what the prelude and the crate root have.
pub(super) fn type_text(ty: &syn::Type) -> String {
    let mut text: String = ty.to_token_stream().to_string();
    text.retain(|c| !c.is_whitespace());
    for (long, short) in [
        ("::std::option::", ""),
        ("::std::vec::", ""),
        ("::std::string::", ""),
        ("::fc_types::", ""),
        ("types::", ""),
        ("::serde_json::", "serde_json::"),
    ] {
        text = text.replace(long, short);
    }
    text.replace(',', ", ").replace(", >", ">")
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
        // Attributes that progenitor writes parse; one that does not would only hide a key that nobody asks for.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_as_a_person_writes_them() {
        let ty = |text: &str| type_text(&syn::parse_str(text).unwrap());
        assert_eq!(ty("::std::option::Option<::std::string::String>"), "Option<String>");
        assert_eq!(
            ty("::fc_types::Expandable<::fc_types::AccountOwnershipId, AccountOwnership,>"),
            "Expandable<AccountOwnershipId, AccountOwnership>"
        );
        assert_eq!(ty("types::Account"), "Account");
    }
}
