//! Arguments, setters and names of operations, as callers of fc-client see them.

use heck::ToUpperCamelCase as _;

use super::api::{Field, Kind, Model, Operation, Presence, Struct};
use super::ty::Ty;
use crate::generator::hand_written::{REQUEST_METHODS, is_ident};
use crate::generator::wire;

/// Argument of an operation or of one of its setters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its Rust name: that of the argument or the setter.
    pub ident: String,
    /// Its type.
    pub ty: Ty,
    /// Its [wire path](crate::generator::wire).
    pub wire: String,
}

impl Operation {
    /// The name of the request's type: `RefreshAccount` of `refresh_account`.
    #[must_use]
    pub fn request(&self) -> String {
        self.id.to_upper_camel_case()
    }

    /// Its [wire path](crate::generator::wire).
    #[must_use]
    pub fn wire(&self) -> String {
        wire::operation(self.method.as_str(), &self.path)
    }
}

impl Model {
    /// Arguments of the method that begins the request, in order.
    #[must_use]
    pub fn arguments(&self, operation: &Operation) -> Vec<Input> {
        let required = operation.query.iter().filter(|parameter| parameter.required);
        let parameters = operation.path_parameters.iter().chain(required).map(|parameter| Input {
            ident: parameter.ident.clone(),
            ty: parameter.ty.clone(),
            wire: wire::parameter(&operation.wire(), &parameter.wire),
        });
        let body = self.body(operation).iter().filter(|field| field.presence == Presence::Required);
        parameters.chain(body.map(|field| of_body(operation, field))).collect()
    }

    /// Optional inputs, each with a setter, in order.
    #[must_use]
    pub fn setters(&self, operation: &Operation) -> Vec<Input> {
        let parameters =
            operation.query.iter().filter(|parameter| !parameter.required).map(|parameter| Input {
                ident: request_name(&parameter.ident),
                ty: parameter.ty.clone(),
                wire: wire::parameter(&operation.wire(), &parameter.wire),
            });
        let body = self.body(operation).iter().filter(|field| field.presence != Presence::Required);
        parameters.chain(body.map(|field| of_body(operation, field))).collect()
    }

    /// Item type of the list that the operation returns, if its pagination uses ids of the items as cursors.
    #[must_use]
    pub fn paged_item<'a>(&'a self, operation: &'a Operation) -> Option<&'a str> {
        let item = operation.returns.argument_of("List")?;
        let Kind::Struct(structure) = &self.types.get(&item.to_string())?.kind else { return None };
        let id = &structure.id()?.ty;
        let takes = |wire: &str, fits: &dyn Fn(&Ty) -> bool| {
            operation.query.iter().any(|query| query.wire == wire && fits(&query.ty) && !query.required)
        };
        let cursors = takes("starting_after", &|ty| ty == id) && takes("ending_before", &|ty| ty == id);
        (cursors && takes("limit", &|ty| ty.is("i64"))).then_some(item.name.as_str())
    }

    fn body(&self, operation: &Operation) -> &[Field] {
        match operation.body.as_ref().and_then(|name| self.types.get(name)).map(|def| &def.kind) {
            Some(Kind::Struct(structure)) => &structure.fields,
            _ => &[],
        }
    }
}

impl Struct {
    /// The field that identifies an object of the API.
    #[must_use]
    pub fn id(&self) -> Option<&Field> {
        self.object.as_ref()?;
        self.fields.iter().find(|field| field.wire == "id" && field.presence == Presence::Required)
    }

    /// The fields `amount` and `currency`, from which `money()` is made. The only place that decides what is money.
    #[must_use]
    pub fn money(&self) -> Option<[&Field; 2]> {
        let find = |wire: &str, ty: &str| {
            self.fields
                .iter()
                .find(|field| field.wire == wire && field.ty.is(ty) && field.presence == Presence::Required)
        };
        Some([find("amount", "i64")?, find("currency", "Currency")?])
    }
}

/// Name of the setter of a field. An underscore at the end stays only if the bare word is a keyword.
#[must_use]
pub fn setter_name(ident: &str) -> String {
    let bare = ident.trim_end_matches('_');
    if is_ident(bare) { bare.to_owned() } else { ident.to_owned() }
}

/// The end of the name of a parameter, if the bare name is that of a method of each request.
pub const PARAMETER: &str = "_param";

/// Name of the setter of a request, and of an argument for its body: that of the field, unless each request has such a method.
#[must_use]
pub fn request_name(ident: &str) -> String {
    let name = setter_name(ident);
    if REQUEST_METHODS.contains(&name) { format!("{name}{PARAMETER}") } else { name }
}

/// Name of the `with_…` method of a field: `with_type`, without the underscore of `type_`.
#[must_use]
pub fn with_name(ident: &str) -> String {
    format!("with_{}", ident.trim_end_matches('_'))
}

fn of_body(operation: &Operation, field: &Field) -> Input {
    Input {
        ident: request_name(&field.ident),
        ty: field.ty.clone(),
        wire: wire::member(&operation.wire(), &field.wire),
    }
}
