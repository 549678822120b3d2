//! The files of fc-types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::argument;
use super::docs::doc_comment;
use crate::hand_written::SUPPORT_TYPES;
use crate::model::{Field, Kind, Model, Presence, Struct, TypeDef, Variant, names_in, with_name};

/// File names without ending, and their texts.
pub(super) fn files(model: &Model) -> BTreeMap<String, String> {
    let mut modules: BTreeMap<&str, Vec<&TypeDef>> = BTreeMap::new();
    for def in model.types.values() {
        modules.entry(&def.module).or_default().push(def);
    }
    let mut files = BTreeMap::new();
    let mut root = String::from("//! The models, one file per resource.\n\n");
    let mut exports = String::new();
    for (module, mut defs) in modules {
        defs.sort_by_key(|def| (rank(def), def.name.clone()));
        let mut names: Vec<&str> = defs.iter().map(|def| def.name.as_str()).collect();
        let mut text = body(&defs);
        if module == "event" && !model.event_objects.is_empty() {
            text.push_str(&event_object(&model.event_objects));
            names.push("EventObject");
        }
        let imports = imports(&text, &names, model);
        files.insert(module.to_owned(), format!("{}{imports}\n{text}", module_doc(module, &defs)));
        names.sort_unstable();
        let _ = writeln!(root, "mod {module};");
        let _ = writeln!(exports, "pub use {module}::{{{}}};", names.join(", "));
    }
    let version = format!(
        "\n/// The API version that the models were generated from, as sent in `Stripe-Version`.\n\
         pub const API_VERSION: &str = {:?};\n",
        model.api_version
    );
    files.insert("mod".to_owned(), format!("{root}\n{exports}{version}"));
    files
}

/// Objects of the API first, then their parts, then parameters, then enums.
fn rank(def: &TypeDef) -> u8 {
    match &def.kind {
        Kind::Struct(Struct { object: Some(_), .. }) => 0,
        Kind::Struct(Struct { is_params: false, .. }) => 1,
        Kind::Struct(_) => 2,
        Kind::Enum(_) => 3,
    }
}

fn module_doc(module: &str, defs: &[&TypeDef]) -> String {
    let heads: Vec<String> =
        defs.iter().filter(|def| rank(def) == 0).map(|def| format!("[`{}`]", def.name)).collect();
    match heads.as_slice() {
        [] => format!("//! What belongs to `{module}`.\n\n"),
        heads => format!("//! {} and what belongs to them.\n\n", heads.join(", ")),
    }
}

fn body(defs: &[&TypeDef]) -> String {
    let mut text = String::new();
    for def in defs {
        text.push_str(&doc_comment(&def.doc));
        match &def.kind {
            Kind::Struct(structure) => render_struct(def, structure, &mut text),
            Kind::Enum(variants) => render_enum(def, variants, &mut text),
        }
    }
    text
}

/// The types of the crate that a file names, other than its own.
fn imports(text: &str, own: &[&str], model: &Model) -> String {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| line.split('"').step_by(2).collect::<String>() + "\n")
        .collect();
    let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut names: BTreeSet<&str> =
        SUPPORT_TYPES.iter().map(String::as_str).filter(|name| words.contains(name)).collect();
    // Ids are support types too; whatever else a field names is generated.
    let fields = model.types.values().flat_map(|def| match &def.kind {
        Kind::Struct(structure) => structure.fields.as_slice(),
        Kind::Enum(_) => &[],
    });
    let named: BTreeSet<String> = fields.flat_map(|field| names_in(&field.ty)).collect();
    let std = ["String", "Vec", "Option", "Map", "Value"];
    for word in words {
        if (named.contains(word) || model.types.contains_key(word)) && !std.contains(&word) {
            names.insert(word);
        }
    }
    for name in own {
        names.remove(name);
    }
    if names.is_empty() {
        return String::new();
    }
    format!("use crate::{{{}}};\n", names.into_iter().collect::<Vec<_>>().join(", "))
}

fn render_struct(def: &TypeDef, structure: &Struct, text: &mut String) {
    let name = &def.name;
    let without_required = !structure.fields.iter().any(|field| field.presence == Presence::Required);
    let default = if structure.is_params && without_required { ", Default" } else { "" };
    let _ = writeln!(
        text,
        "#[derive(Clone, Debug{default}, PartialEq)]\n#[non_exhaustive]\npub struct {name} {{"
    );
    for field in &structure.fields {
        text.push_str(&doc_comment(&field.doc));
        let _ = writeln!(text, "pub {}: {},", field.ident, field_type(field));
    }
    let extra_doc = match structure.is_params {
        true => "Parameters that this version does not know; sent as they are.",
        false => "Fields that this version does not know.",
    };
    let _ = writeln!(text, "/// {extra_doc}\npub extra: Extra,\n}}\n");

    let tag = structure.object.as_ref().map(|object| format!(" as {object:?}")).unwrap_or_default();
    let _ = writeln!(text, "object!({name}{tag} {{");
    for field in &structure.fields {
        let presence = match field.presence {
            Presence::Required => "required",
            Presence::Nullable => "nullable",
            Presence::Optional => "optional",
        };
        let _ = writeln!(text, "    {}: {presence} {:?},", field.ident, field.wire);
    }
    text.push_str("});\n\n");

    if structure.is_params {
        constructor(name, structure, text);
    }
    if structure.object.is_some() {
        identity(name, structure, text);
    }
    money(name, structure, text);
}

fn field_type(field: &Field) -> String {
    match field.presence {
        Presence::Required => field.ty.clone(),
        Presence::Nullable | Presence::Optional => format!("Option<{}>", field.ty),
    }
}

/// `new` with what must be given, and one `with_…` for each thing that may.
fn constructor(name: &str, structure: &Struct, text: &mut String) {
    let (required, other): (Vec<&Field>, Vec<&Field>) =
        structure.fields.iter().partition(|field| field.presence == Presence::Required);
    let _ = writeln!(text, "impl {name} {{");
    if !required.is_empty() {
        let arguments: Vec<_> = required.iter().map(|field| argument(&field.ident, &field.ty)).collect();
        let declared: Vec<&str> = arguments.iter().map(|argument| argument.declared.as_str()).collect();
        let _ = writeln!(
            text,
            "/// Parameters with what must be given.\npub fn new({}) -> Self {{ Self {{",
            declared.join(", ")
        );
        for (field, argument) in required.iter().zip(&arguments) {
            let _ = writeln!(text, "{}: {},", field.ident, argument.value);
        }
        for field in &other {
            let _ = writeln!(text, "{}: None,", field.ident);
        }
        text.push_str("extra: Extra::default(),\n}\n}\n\n");
    }
    for field in other {
        let argument = argument(&field.ident, &field.ty);
        text.push_str(&doc_comment(&field.doc));
        let _ = writeln!(
            text,
            "#[must_use]\npub fn {}(mut self, {}) -> Self {{ self.{} = Some({}); self }}\n",
            with_name(&field.ident),
            argument.declared,
            field.ident,
            argument.value
        );
    }
    text.push_str("}\n\n");
}

fn identity(name: &str, structure: &Struct, text: &mut String) {
    let id = structure.fields.iter().find(|field| field.wire == "id" && field.presence == Presence::Required);
    if let Some(Field { ty, .. }) = id {
        let _ = writeln!(
            text,
            "impl Object for {name} {{\ntype Id = {ty};\n\nfn id(&self) -> &{ty} {{ &self.id }}\n}}\n"
        );
    }
}

/// An amount with its currency beside it is money.
fn money(name: &str, structure: &Struct, text: &mut String) {
    let has = |wire: &str, ty: &str| {
        structure.fields.iter().any(|f| f.wire == wire && f.ty == ty && f.presence == Presence::Required)
    };
    if has("amount", "i64") && has("currency", "Currency") {
        let _ = writeln!(
            text,
            "impl {name} {{\n/// The amount together with its currency.\n#[must_use]\npub fn money(&self) -> Money {{ \
             Money::new(self.amount, self.currency.clone()) }}\n}}\n"
        );
    }
}

fn render_enum(def: &TypeDef, variants: &[Variant], text: &mut String) {
    let name = &def.name;
    let _ = writeln!(
        text,
        "#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[non_exhaustive]\npub enum {name} {{"
    );
    for variant in variants {
        text.push_str(&doc_comment(&variant.doc));
        let _ = writeln!(text, "{},", variant.ident);
    }
    text.push_str("/// A value that this version does not know, as received.\nUnknown(Box<str>),\n}\n\n");
    let _ = writeln!(text, "open_enum!({name} {{");
    for variant in variants {
        let _ = writeln!(text, "    {} = {:?},", variant.ident, variant.wire);
    }
    text.push_str("});\n\n");
}

fn event_object(objects: &[String]) -> String {
    let mut text = String::from(
        "/// The object of an event, typed by its own `object` member.\n\
         #[derive(Clone, PartialEq)]\n#[non_exhaustive]\npub enum EventObject {\n",
    );
    for object in objects {
        let _ = writeln!(text, "/// A `{object}`.\n{object}(Box<{object}>),");
    }
    text.push_str(
        "/// An object of another type, or one that does not decode as its type, as received.\n\
         Unknown(serde_json::Map<String, serde_json::Value>),\n}\n\n",
    );
    let _ = writeln!(text, "event_object!(EventObject {{ {} }});", objects.join(", "));
    text
}
