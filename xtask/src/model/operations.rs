//! Reads the operations from progenitor's `Client`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use syn::{FnArg, GenericArgument, ImplItem, ImplItemFn, Item, Pat, PathArguments, ReturnType, Type};

use super::types::type_text;
use super::{Operation, Parameter};

/// Every operation of the document with the signature that progenitor gave it.
pub(super) fn read(file: &syn::File, document: &Value) -> Result<Vec<Operation>> {
    let methods = client_methods(file);
    let mut operations = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object).context("the document has no paths")?;
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            let function = methods
                .get(id)
                .with_context(|| format!("progenitor made no method of `{id}` ({method} {path})"))?;
            let read =
                one(id, path, method, operation, function).with_context(|| format!("operation `{id}`"))?;
            operations.push(read);
        }
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    for pair in operations.windows(2) {
        ensure!(
            pair[0].id != pair[1].id,
            "two operations are named `{}`: rename one in the overlay",
            pair[0].id
        );
    }
    Ok(operations)
}

fn client_methods(file: &syn::File) -> BTreeMap<String, &ImplItemFn> {
    let mut methods = BTreeMap::new();
    for item in &file.items {
        let Item::Impl(item) = item else { continue };
        for item in &item.items {
            if let ImplItem::Fn(function) = item
                && function.sig.asyncness.is_some()
            {
                methods.insert(function.sig.ident.to_string(), function);
            }
        }
    }
    methods
}

fn one(id: &str, path: &str, method: &str, operation: &Value, function: &ImplItemFn) -> Result<Operation> {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parameters =
        operation.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (mut path_parameters, mut query, mut body) = (Vec::new(), Vec::new(), None);
    for argument in &function.sig.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        let Pat::Ident(pattern) = &*argument.pat else { bail!("an argument that is not a name") };
        let ident = pattern.ident.to_string();
        let (ty, optional) = argument_type(&argument.ty);
        if ident == "body" {
            body = Some(ty);
            continue;
        }
        let spec = parameters
            .iter()
            .find(|parameter| same_name(&text(parameter, "name"), &ident))
            .with_context(|| format!("no parameter of the document is `{ident}`"))?;
        let parameter = Parameter {
            ident,
            wire: text(spec, "name"),
            doc: text(spec, "description"),
            ty,
            required: !optional,
        };
        match text(spec, "in").as_str() {
            "path" => path_parameters.push(parameter),
            "query" => query.push(parameter),
            other => {
                bail!("the parameter `{}` is in `{other}`: only path and query are supported", parameter.wire)
            }
        }
    }
    let read = path_parameters.len() + query.len();
    ensure!(read == parameters.len(), "{read} arguments of {} parameters", parameters.len());
    path_parameters.sort_by_key(|parameter| path.find(&format!("{{{}}}", parameter.wire)));
    query.sort_by_key(|parameter| !parameter.required);
    Ok(Operation {
        id: id.to_owned(),
        module: text(operation, "x-rust-module"),
        doc: text(operation, "description"),
        method: method.to_owned(),
        path: path.to_owned(),
        path_parameters,
        query,
        body,
        returns: success(&function.sig.output)?,
    })
}

/// The type of an argument without `Option` and without the reference: what the request keeps.
fn argument_type(ty: &Type) -> (String, bool) {
    let text = type_text(ty).replace("&'a", "");
    let owned = |ty: &str| if ty == "str" { "String".to_owned() } else { ty.to_owned() };
    match text.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')) {
        Some(inner) => (owned(inner), true),
        None => (owned(&text), false),
    }
}

/// Whether a wire name such as `transacted_at[gte]` is written `transacted_at_gte` in Rust.
fn same_name(wire: &str, ident: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    words(wire) == words(ident)
}

/// `T` of `Result<ResponseValue<T>, …>`.
fn success(output: &ReturnType) -> Result<String> {
    let ReturnType::Type(_, result) = output else { bail!("it returns nothing") };
    let value =
        first_generic(result).and_then(first_generic).context("it does not return a typed response")?;
    Ok(type_text(value))
}

fn first_generic(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
