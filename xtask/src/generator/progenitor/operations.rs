//! Operations, read from progenitor's `Client`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use syn::{FnArg, ImplItem, ImplItemFn, Item, Pat, ReturnType};

use super::{rust_type, wire_names};
use crate::generator::hand_written::REQUEST_METHODS;
use crate::generator::model::{Method, Operation, PARAMETER, Parameter, Ty};
use crate::generator::wire;

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
                .with_context(|| format!("progenitor generated no method for `{id}` ({method} {path})"))?;
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
    let wire_names = wire_names::read(function, path)?;
    let (mut path_parameters, mut query, mut body) = (Vec::new(), Vec::new(), None);
    for argument in &function.sig.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        let Pat::Ident(pattern) = &*argument.pat else { bail!("an argument that is not a name") };
        let ident = pattern.ident.to_string();
        let (ty, optional) = rust_type::read(&argument.ty).with_context(|| format!("argument `{ident}`"))?;
        let Some(wire) = wire_names.get(&ident) else {
            ensure!(ident == "body" && body.is_none(), "progenitor does not send the argument `{ident}`");
            body = Some(ty.to_string());
            continue;
        };
        let spec = parameters
            .iter()
            .find(|parameter| parameter.get("name").and_then(Value::as_str) == Some(wire))
            .with_context(|| format!("no parameter of the document is `{wire}`"))?;
        let ident = if REQUEST_METHODS.contains(&ident) { format!("{ident}{PARAMETER}") } else { ident };
        let parameter =
            Parameter { ident, wire: wire.clone(), doc: text(spec, "description"), ty, required: !optional };
        match text(spec, "in").as_str() {
            "path" => path_parameters.push(parameter),
            "query" => query.push(parameter),
            other => bail!("the parameter `{wire}` is in `{other}`: only path and query are supported"),
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
        method: Method::named(method)
            .with_context(|| format!("{} was not left out", wire::operation(method, path)))?,
        path: path.to_owned(),
        path_parameters,
        query,
        body,
        returns: success(&function.sig.output)?,
    })
}

/// `T` of `Result<ResponseValue<T>, …>`.
fn success(output: &ReturnType) -> Result<Ty> {
    let ReturnType::Type(_, result) = output else { bail!("it returns nothing") };
    let value = rust_type::first_argument(result)
        .and_then(rust_type::first_argument)
        .context("it does not return a typed response")?;
    Ok(rust_type::read(value)?.0)
}
