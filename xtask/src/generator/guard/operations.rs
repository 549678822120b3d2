//! Checks of operations: their methods, requests, routes and parameters.

use std::collections::BTreeSet;

use super::faults::Faults;
use super::types::{check_doc, check_length, check_type, is_enum};
use crate::generator::hand_written::{
    CLIENT_METHODS, REQUEST_METHODS, REQUEST_NAMES, SUPPORT_TYPES, TYPE_NAMES, is_ident,
};
use crate::generator::model::{Model, Operation};
use crate::generator::wire;

/// Checks every operation.
pub(super) fn check(model: &Model, faults: &mut Faults) {
    let mut requests = BTreeSet::new();
    for operation in &model.operations {
        let place = operation.wire();
        check_names(&place, operation, model, faults);
        if !requests.insert(operation.request()) {
            faults.add(&place, format!("a second request named `{}`", operation.request()));
        }
        check_route(&place, operation, model, faults);
        check_parameters(&place, operation, model, faults);
        check_inputs(operation, model, faults);
        check_doc(&place, &operation.doc, faults);
        check_type(&place, &operation.returns, model, faults);
    }
}

/// The method of `Client` and the type of the request.
fn check_names(place: &str, operation: &Operation, model: &Model, faults: &mut Faults) {
    let (id, request) = (&operation.id, operation.request());
    check_length(place, id, faults);
    if !is_ident(id) {
        faults.add(place, format!("`{id}` is no name for a method of Client: set `operationId`"));
    } else if CLIENT_METHODS.contains(id) {
        faults.add(
            place,
            format!("`{id}` is no name for a method of Client, which has one: set `operationId`"),
        );
    }
    let is_taken = TYPE_NAMES.contains(&request)
        || REQUEST_NAMES.contains(&request)
        || model.types.contains_key(&request);
    if !is_ident(&request) || is_taken {
        faults.add(place, format!("its request would be `{request}`, which is taken: set `operationId`"));
    }
}

/// Every placeholder is a parameter that can stand in a URL.
fn check_route(place: &str, operation: &Operation, model: &Model, faults: &mut Faults) {
    // It becomes part of a doc comment and of a URL.
    if !operation.path.bytes().all(|byte| byte.is_ascii_graphic()) {
        faults.add(&format!("{place:?}"), "a route has printable ASCII characters only");
    }
    for parameter in &operation.path_parameters {
        let name = parameter.ty.to_string();
        let is_id = SUPPORT_TYPES.contains(&name) && name.ends_with("Id");
        if name != "String" && !is_id && !is_enum(&parameter.ty, model) {
            faults.add(
                place,
                format!(
                    "the placeholder `{}` is of type `{name}`; only text can be in a route",
                    parameter.wire
                ),
            );
        }
        let placeholder = format!("{{{}}}", parameter.wire);
        if operation.path.matches(&placeholder).count() != 1 {
            faults.add(place, format!("the route does not have `{placeholder}` once"));
        }
    }
    if operation.path.matches('{').count() != operation.path_parameters.len() {
        faults.add(place, "the route has placeholders that are no parameters");
    }
}

/// The fields of the request.
fn check_parameters(place: &str, operation: &Operation, model: &Model, faults: &mut Faults) {
    let mut fields = BTreeSet::new();
    for parameter in operation.path_parameters.iter().chain(&operation.query) {
        let here = wire::parameter(place, &parameter.wire);
        let ident = &parameter.ident;
        check_length(place, ident, faults);
        if !is_ident(ident) {
            faults.add(&here, format!("`{ident}` cannot name a parameter"));
        } else if !fields.insert(ident) || REQUEST_METHODS.contains(ident) {
            faults.add(&here, format!("a parameter named `{ident}`, which is taken"));
        }
        check_doc(&here, &parameter.doc, faults);
        check_type(&here, &parameter.ty, model, faults);
    }
}

/// The arguments of the method and the setters of the request, those of the body included.
fn check_inputs(operation: &Operation, model: &Model, faults: &mut Faults) {
    let mut arguments = BTreeSet::new();
    for input in model.arguments(operation) {
        if !arguments.insert(input.ident.clone()) {
            faults.add(&input.wire, format!("a second argument named `{}`", input.ident));
        }
    }
    let mut setters = BTreeSet::new();
    for input in model.setters(operation) {
        if REQUEST_METHODS.contains(&input.ident) || !setters.insert(input.ident.clone()) {
            faults.add(&input.wire, format!("a setter named `{}`, which is taken", input.ident));
        }
    }
}
