//! The files of fc-client.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::argument;
use super::docs::doc_comment;
use crate::model::{Field, Kind, Model, Operation, Presence, names_in, setter_name};

/// File names without ending, and their texts.
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
            "//! Operations on `{module}`.\n\nuse fc_types::{{{}}};\n\nuse crate::Client;\n\
             use crate::call::Call;\n\
             use crate::operation::{{Method, Operation}};\n\nimpl Client {{\n{methods}}}\n\n{requests}",
            imports.join(", ")
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
    /// What the list holds, if the request is for one that is paged by cursors.
    paged_item: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn new(operation: &'a Operation, model: &'a Model) -> Self {
        let body = operation.body.as_ref().and_then(|name| model.types.get(name));
        let body = match body.map(|def| &def.kind) {
            Some(Kind::Struct(structure)) => structure.fields.iter().collect(),
            _ => Vec::new(),
        };
        Self { operation, name: operation.request(), body, paged_item: model.paged_item(operation) }
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
        let _ = writeln!(text, "///\n/// `{} {path}`", method.to_uppercase());
        let _ = writeln!(
            text,
            "pub fn {id}(&self, {declared}) -> {name} {{\n{name} {{\n\
             call: Call::new(self, &Operation {{ id: {id:?}, method: Method::{method}, path: {path:?} }}),\n{fields}}}\n}}\n",
            declared = declared.join(", "),
            name = self.name,
            method = if method == "get" { "Get" } else { "Post" },
        );
    }

    /// The request's type, its setters and the call that it becomes.
    fn definition(&self, text: &mut String) {
        let name = &self.name;
        let _ = writeln!(
            text,
            "/// A request begun by [`Client::{}`].\n#[derive(Clone, Debug)]\n\
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
            self.operation.returns, self.operation.method
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
            text.push_str(".form(&self.params)");
        }
        text.push_str("\n}\n");
    }

    /// The types of fc-types that the request names.
    fn types(&self, names: &mut BTreeSet<String>) {
        let operation = self.operation;
        let mut add = |ty: &str| {
            names.extend(names_in(ty).into_iter().filter(|name| name != "String" && name != "Vec"));
        };
        operation.path_parameters.iter().chain(&operation.query).for_each(|parameter| add(&parameter.ty));
        self.body.iter().for_each(|field| add(&field.ty));
        operation.body.iter().for_each(|body| add(body));
        add(&operation.returns);
    }
}

fn setter(doc: &str, ident: &str, place: &str, ty: &str, text: &mut String) {
    let argument = argument(ident, ty);
    text.push_str(&doc_comment(doc));
    let _ = writeln!(
        text,
        "pub fn {}(mut self, {}) -> Self {{ self.{place} = Some({}); self }}\n",
        setter_name(ident),
        argument.declared,
        argument.value
    );
}
