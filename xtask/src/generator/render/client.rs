//! Generated files of fc-client.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use heck::ToUpperCamelCase as _;

use super::argument::argument;
use super::docs::doc_comment;
use crate::generator::model::{Field, Kind, Method, Model, Operation, Presence, Ty, request_name};

/// File names without extension, and their texts.
pub(super) fn files(model: &Model) -> BTreeMap<String, String> {
    let mut modules: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &model.operations {
        modules.entry(&operation.module).or_default().push(operation);
    }
    let mut files = BTreeMap::new();
    let mut root = String::from("//! The operations, one file per resource.\n\n");
    let mut exports = String::new();
    for (module, operations) in modules {
        let mut methods = String::new();
        let mut requests = String::new();
        let mut names = BTreeSet::new();
        for operation in &operations {
            let request = Request::new(operation, model);
            request.method(&mut methods);
            request.definition(&mut requests);
            request.types(&mut names);
        }
        let imports: Vec<String> = names.into_iter().collect();
        let text = format!(
            "//! Operations on `{module}`.\n\nuse {};\n\n{}\
             use crate::operation::{{Method, Operation}};\n\nimpl Client {{\n{methods}}}\n\n{requests}",
            model.output.path(&format!("fc_types::{{{}}}", imports.join(", "))),
            // In the order of rustfmt.
            match model.output.module {
                None => "use crate::Client;\nuse crate::call::Call;\n".to_owned(),
                Some(_) => format!("use crate::call::Call;\nuse {};\n", model.output.path("crate::Client")),
            },
        );
        files.insert(module.to_owned(), text);
        let _ = writeln!(root, "mod {module};");
        let requests: Vec<String> = operations.iter().map(|operation| operation.request()).collect();
        let _ = writeln!(exports, "pub use {module}::{{{}}};", requests.join(", "));
    }
    files.insert("mod".to_owned(), format!("{root}\n{exports}"));
    files
}

/// An operation with the fields of its body at hand.
struct Request<'a> {
    operation: &'a Operation,
    name: String,
    body: Vec<&'a Field>,
    /// Item type of a list with pagination.
    paged_item: Option<&'a str>,
    /// The client that sends, in terms of `self`.
    client: &'static str,
}

impl<'a> Request<'a> {
    fn new(operation: &'a Operation, model: &'a Model) -> Self {
        let body = operation.body.as_ref().and_then(|name| model.types.get(name));
        let body = match body.map(|def| &def.kind) {
            Some(Kind::Struct(structure)) => structure.fields.iter().collect(),
            _ => Vec::new(),
        };
        // The client of a module holds one of the crate.
        let client = if model.output.module.is_some() { "&self.0" } else { "self" };
        Self { operation, name: operation.request(), body, paged_item: model.paged_item(operation), client }
    }

    /// The method of `Client` that begins the request.
    fn method(&self, text: &mut String) {
        let Operation { id, doc, method, path, .. } = self.operation;
        let mut arguments = Vec::new();
        let mut fields = String::new();
        for parameter in &self.operation.path_parameters {
            let argument = argument(&parameter.ident, &parameter.ty);
            let _ = writeln!(fields, "{}: {},", parameter.ident, argument.value);
            arguments.push(argument);
        }
        for parameter in &self.operation.query {
            if parameter.required {
                let argument = argument(&parameter.ident, &parameter.ty);
                let _ = writeln!(fields, "{}: {},", parameter.ident, argument.value);
                arguments.push(argument);
            } else {
                let _ = writeln!(fields, "{}: None,", parameter.ident);
            }
        }
        if let Some(body) = &self.operation.body {
            let required: Vec<&&Field> =
                self.body.iter().filter(|field| field.presence == Presence::Required).collect();
            let passed: Vec<&str> = required.iter().map(|field| field.ident.as_str()).collect();
            arguments.extend(required.iter().map(|field| argument(&field.ident, &field.ty)));
            let _ = match passed.as_slice() {
                [] => writeln!(fields, "params: {body}::default(),"),
                passed => writeln!(fields, "params: {body}::new({}),", passed.join(", ")),
            };
        }
        let declared: Vec<&str> = arguments.iter().map(|argument| argument.declared.as_str()).collect();
        text.push_str(&doc_comment(doc));
        let _ = writeln!(text, "///\n/// `{} {path}`", method.as_str().to_uppercase());
        let _ = writeln!(
            text,
            "pub fn {id}(&self, {declared}) -> {name} {{\n{name} {{\n\
             call: Call::new({client}, &Operation {{ id: {id:?}, method: Method::{method}, path: {path:?} }}),\n{fields}}}\n}}\n",
            declared = declared.join(", "),
            name = self.name,
            client = self.client,
            method = method.as_str().to_upper_camel_case(),
        );
    }

    /// The type of the request, its setters, and its conversion to a call.
    fn definition(&self, text: &mut String) {
        let name = &self.name;
        let _ = writeln!(
            text,
            "/// Request of [`Client::{}`].\n#[derive(Clone, Debug)]\n\
             #[must_use = \"a request does nothing until it is sent\"]\npub struct {name} {{\ncall: Call,",
            self.operation.id
        );
        for parameter in &self.operation.path_parameters {
            let _ = writeln!(text, "{}: {},", parameter.ident, parameter.ty);
        }
        for parameter in &self.operation.query {
            let _ = match parameter.required {
                true => writeln!(text, "{}: {},", parameter.ident, parameter.ty),
                false => writeln!(text, "{}: Option<{}>,", parameter.ident, parameter.ty),
            };
        }
        if let Some(body) = &self.operation.body {
            let _ = writeln!(text, "params: {body},");
        }
        let _ = writeln!(text, "}}\n\nimpl {name} {{");
        for parameter in self.operation.query.iter().filter(|parameter| !parameter.required) {
            setter(&parameter.doc, &parameter.ident, &parameter.ident, &parameter.ty, text);
        }
        for field in self.body.iter().filter(|field| field.presence != Presence::Required) {
            setter(&field.doc, &field.ident, &format!("params.{}", field.ident), &field.ty, text);
        }
        self.call(text);
        let _ = writeln!(
            text,
            "}}\n\nrequest!({name} -> {}, {});\n",
            self.operation.returns,
            self.operation.method.as_str()
        );
        if let Some(item) = self.paged_item {
            let _ = writeln!(text, "list_request!({name} -> {item});\n");
        }
    }

    fn call(&self, text: &mut String) {
        text.push_str("fn into_call(self) -> Call {\nself.call");
        if !self.operation.path_parameters.is_empty() {
            let values: Vec<String> =
                self.operation.path_parameters.iter().map(|p| format!("self.{}.as_str()", p.ident)).collect();
            let _ = write!(text, ".path(&[{}])", values.join(", "));
        }
        for parameter in &self.operation.query {
            let _ = write!(text, ".query({:?}, &self.{})", parameter.wire, parameter.ident);
        }
        if self.operation.body.is_some() {
            let encode = if self.operation.method == Method::Post { "form" } else { "params" };
            let _ = write!(text, ".{encode}(&self.params)");
        }
        text.push_str("\n}\n");
    }

    /// The types of fc-types that the request names.
    fn types(&self, names: &mut BTreeSet<String>) {
        let operation = self.operation;
        let mut add = |ty: &Ty| names.extend(ty.own_names().map(str::to_owned));
        operation.path_parameters.iter().chain(&operation.query).for_each(|parameter| add(&parameter.ty));
        self.body.iter().for_each(|field| add(&field.ty));
        add(&operation.returns);
        names.extend(operation.body.clone());
    }
}

fn setter(doc: &str, ident: &str, place: &str, ty: &Ty, text: &mut String) {
    let argument = argument(ident, ty);
    text.push_str(&doc_comment(doc));
    let _ = writeln!(
        text,
        "pub fn {}(mut self, {}) -> Self {{ self.{place} = Some({}); self }}\n",
        request_name(ident),
        argument.declared,
        argument.value
    );
}
