//! Generated files of fc-types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::argument::argument;
use super::docs::doc_comment;
use super::events;
use super::object::{debug_macro, field_type, object_macro};
use crate::generator::model::{Field, Kind, Model, Presence, Struct, TypeDef, Variant, with_name};

/// The file of events, which has `EventObject` too.
const EVENT_MODULE: &str = "event";

/// File names without extension, and their texts.
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
        let mut used = BTreeSet::new();
        if module == EVENT_MODULE {
            text.push_str(&events::text(model));
            names.push("EventObject");
            used = model.event_objects();
        }
        let imports = imports(&model.output.path("crate::"), &defs, &names, used);
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

/// Order in a file: objects of the API, their parts, parameters, enums.
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
        [] => format!("//! Types of `{module}`.\n\n"),
        [head] => format!("//! {head} and its parts.\n\n"),
        heads => format!("//! {} and their parts.\n\n", heads.join(", ")),
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

/// The `use` line of a file: `names` and the types that its fields need from the root of the crate or module, without its own
/// types.
fn imports<'a>(root: &str, defs: &[&'a TypeDef], own: &[&str], mut names: BTreeSet<&'a str>) -> String {
    for def in defs {
        let Kind::Struct(structure) = &def.kind else { continue };
        names.insert("Extra");
        names.extend(structure.fields.iter().flat_map(|field| field.ty.own_names()));
        names.extend(structure.id().map(|_| "Object"));
        names.extend(structure.money().map(|_| "Money"));
    }
    names.retain(|name| !own.contains(name));
    if names.is_empty() {
        return String::new();
    }
    format!("use {root}{{{}}};\n", names.into_iter().collect::<Vec<_>>().join(", "))
}

fn render_struct(def: &TypeDef, structure: &Struct, text: &mut String) {
    let name = &def.name;
    let without_required = !structure.fields.iter().any(|field| field.presence == Presence::Required);
    let default = if structure.is_params && without_required { ", Default" } else { "" };
    let hides = structure.fields.iter().any(Field::is_hidden);
    let debug = if hides { "" } else { ", Debug" };
    let _ = writeln!(
        text,
        "#[derive(Clone{debug}{default}, PartialEq)]\n#[non_exhaustive]\npub struct {name} {{"
    );
    for field in &structure.fields {
        text.push_str(&doc_comment(&field.doc));
        let _ = writeln!(text, "pub {}: {},", field.ident, field_type(field));
    }
    let extra_doc = match structure.is_params {
        true => "Parameters that this version does not know, sent unchanged.",
        false => "Fields that this version does not know.",
    };
    let _ = writeln!(text, "/// {extra_doc}\npub extra: Extra,\n}}\n");

    object_macro(name, structure, super::events::is_envelope(name), text);
    if hides {
        debug_macro(name, structure, text);
    }
    if !structure.is_params {
        let _ = writeln!(text, "default!({name});\n");
    }

    if structure.is_params {
        constructor(name, structure, text);
    }
    identity(name, structure, text);
    money(name, structure, text);
}

/// `new` with the required fields, and `with_…` for each optional one.
fn constructor(name: &str, structure: &Struct, text: &mut String) {
    let (required, other): (Vec<&Field>, Vec<&Field>) =
        structure.fields.iter().partition(|field| field.presence == Presence::Required);
    let _ = writeln!(text, "impl {name} {{");
    if !required.is_empty() {
        let arguments: Vec<_> = required.iter().map(|field| argument(&field.ident, &field.ty)).collect();
        let declared: Vec<&str> = arguments.iter().map(|argument| argument.declared.as_str()).collect();
        let _ = writeln!(
            text,
            "/// Parameters with the required fields.\npub fn new({}) -> Self {{ Self {{",
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
    if let Some(Field { ty, .. }) = structure.id() {
        let _ = writeln!(
            text,
            "impl Object for {name} {{\ntype Id = {ty};\n\nfn id(&self) -> &{ty} {{ &self.id }}\n}}\n"
        );
    }
}

fn money(name: &str, structure: &Struct, text: &mut String) {
    if let Some([amount, currency]) = structure.money() {
        let _ = writeln!(
            text,
            "impl {name} {{\n/// The amount together with its currency.\n#[must_use]\npub fn money(&self) -> Money {{ \
             Money::new(self.{}, self.{}.clone()) }}\n}}\n",
            amount.ident, currency.ident
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
