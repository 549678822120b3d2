//! Operations with one success, one error, scalar query parameters and short names.

use anyhow::{Context, Result, bail};
use heck::ToSnakeCase as _;
use serde_json::{Map, Value, json};

use super::leave_out::FORM;
use super::schema::for_each_operation;

/// Rewrites every operation into a form that progenitor accepts.
pub(super) fn simplify(document: &mut Value) -> Result<()> {
    let mut failure = None;
    for_each_operation(document, &mut |operation, path| {
        if let Err(error) = simplify_one(operation, path) {
            failure.get_or_insert(error.context(path.to_owned()));
        }
    });
    failure.map_or(Ok(()), Err)
}

fn simplify_one(operation: &mut Map<String, Value>, path: &str) -> Result<()> {
    name(operation, path);
    responses(operation);
    body(operation, path)?;
    flatten_query(operation)
}

/// An operation that the overlay does not name keeps Stripe's id in snake case: `PostFinancialConnectionsSessions` as
/// `post_sessions`.
fn name(operation: &mut Map<String, Value>, path: &str) {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or(path);
    let snake = id.replace("FinancialConnections", "").to_snake_case();
    operation.insert("operationId".to_owned(), snake.into());
    operation.remove("security");
}

/// Replaces `default` with 4XX and 5XX. progenitor panics when `default` and `200` differ in type.
fn responses(operation: &mut Map<String, Value>) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    if let Some(default) = responses.remove("default") {
        responses.insert("4XX".to_owned(), default.clone());
        responses.insert("5XX".to_owned(), default);
    }
    for (status, response) in responses {
        if let Some(response) = response.as_object_mut() {
            let text = if status.starts_with('2') { "success" } else { "error" };
            response.insert("description".to_owned(), text.into());
        }
    }
}

/// Drops the body of a GET, which would become a required argument; `encoding`, on which progenitor panics and which is the
/// same for every form here; and a body without properties.
fn body(operation: &mut Map<String, Value>, path: &str) -> Result<()> {
    let says_nothing = |body: &Value| {
        let content = body.get("content").and_then(Value::as_object);
        content.into_iter().flatten().all(|(_, media_type)| {
            let schema = media_type.get("schema");
            let properties = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            schema.is_some_and(|schema| schema.get("$ref").is_none()) && properties.is_none_or(Map::is_empty)
        })
    };
    if path.ends_with("/get") || operation.get("requestBody").is_some_and(says_nothing) {
        operation.remove("requestBody");
    }
    let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) else { return Ok(()) };
    let content =
        body.get_mut("content").and_then(Value::as_object_mut).context("a request body without content")?;
    // Of several encodings fc-client writes the form.
    content.retain(|media_type, _| media_type == FORM);
    for value in content.values_mut() {
        if let Some(value) = value.as_object_mut() {
            value.remove("encoding");
        }
    }
    // progenitor would make an optional body an `Option`; an empty form is sent instead.
    body.insert("required".to_owned(), true.into());
    Ok(())
}

/// Replaces a `deepObject` parameter, which progenitor rejects, with one scalar parameter per leaf, named as it is sent.
fn flatten_query(operation: &mut Map<String, Value>) -> Result<()> {
    let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    let mut flat = Vec::new();
    for parameter in std::mem::take(parameters) {
        let name =
            parameter.get("name").and_then(Value::as_str).context("a parameter without a name")?.to_owned();
        if parameter.get("style").and_then(Value::as_str) != Some("deepObject") {
            let mut parameter = parameter;
            if let Some(parameter) = parameter.as_object_mut() {
                parameter.remove("style");
                parameter.remove("explode");
            }
            flat.push(parameter);
            continue;
        }
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        let description = parameter.get("description").cloned();
        let schema = parameter.get("schema").cloned().unwrap_or_default();
        leaves(&name, schema, description, required, &mut flat)
            .with_context(|| format!("query parameter `{name}`"))?;
    }
    *parameters = flat;
    Ok(())
}

fn leaves(
    name: &str,
    schema: Value,
    description: Option<Value>,
    required: bool,
    flat: &mut Vec<Value>,
) -> Result<()> {
    let Value::Object(mut schema) = schema else { bail!("`{name}` has no schema") };
    let description = schema.remove("description").or(description);
    if let Some(branches) = schema.remove("anyOf") {
        let Value::Array(branches) = branches else { bail!("anyOf of `{name}` is not an array") };
        for branch in branches {
            let mut branch = branch;
            // The overlay's type of the parameter is that of its scalar form.
            if let (Some(rust_type), Some(branch)) = (schema.get("x-rust-type"), branch.as_object_mut())
                && !branch.contains_key("properties")
            {
                branch.insert("x-rust-type".to_owned(), rust_type.clone());
            }
            leaves(name, branch, description.clone(), false, flat)?;
        }
        return Ok(());
    }
    if let Some(properties) = schema.remove("properties") {
        let Value::Object(properties) = properties else { bail!("properties of `{name}` are not a map") };
        for (property, schema) in properties {
            leaves(&format!("{name}[{property}]"), schema, None, false, flat)?;
        }
        return Ok(());
    }
    let mut parameter = json!({ "name": name, "in": "query", "required": required, "schema": schema });
    if let (Some(description), Some(parameter)) = (description, parameter.as_object_mut()) {
        parameter.insert("description".to_owned(), description);
    }
    flat.push(parameter);
    Ok(())
}
