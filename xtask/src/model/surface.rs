//! What callers of fc-client see of an operation.

use super::{Field, Kind, Model, Operation, Presence, Struct};

/// Something that a caller passes: an argument of an operation or of one of its setters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its Rust name: that of the argument or the setter.
    pub ident: String,
    /// Its type.
    pub ty: String,
    /// Its [wire path](crate::wire).
    pub wire: String,
}

impl Operation {
    /// The name of the request's type: `RefreshAccount` of `refresh_account`.
    #[must_use]
    pub fn request(&self) -> String {
        self.id
            .split('_')
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

    /// Its [wire path](crate::wire).
    #[must_use]
    pub fn wire(&self) -> String {
        crate::wire::operation(&self.method, &self.path)
    }
}

impl Model {
    /// What must be given to begin the request, in order.
    #[must_use]
    pub fn arguments(&self, operation: &Operation) -> Vec<Input> {
        let required = operation.query.iter().filter(|parameter| parameter.required);
        let parameters = operation.path_parameters.iter().chain(required).map(|parameter| Input {
            ident: parameter.ident.clone(),
            ty: parameter.ty.clone(),
            wire: crate::wire::parameter(&operation.wire(), &parameter.wire),
        });
        let body = self.body(operation).iter().filter(|field| field.presence == Presence::Required);
        parameters.chain(body.map(|field| of_body(operation, field))).collect()
    }

    /// What may be given, in order.
    #[must_use]
    pub fn setters(&self, operation: &Operation) -> Vec<Input> {
        let parameters =
            operation.query.iter().filter(|parameter| !parameter.required).map(|parameter| Input {
                ident: setter_name(&parameter.ident),
                ty: parameter.ty.clone(),
                wire: crate::wire::parameter(&operation.wire(), &parameter.wire),
            });
        let body = self.body(operation).iter().filter(|field| field.presence != Presence::Required);
        parameters.chain(body.map(|field| of_body(operation, field))).collect()
    }

    /// What a list holds whose request is paged by cursors, which are ids of that.
    #[must_use]
    pub fn paged_item<'a>(&'a self, operation: &'a Operation) -> Option<&'a str> {
        let item = operation.returns.strip_prefix("List<")?.strip_suffix('>')?;
        let Kind::Struct(structure) = &self.types.get(item)?.kind else { return None };
        let id = structure.id()?;
        let takes = |wire: &str, ty: &str| {
            operation.query.iter().any(|query| query.wire == wire && query.ty == ty && !query.required)
        };
        let cursors = takes("starting_after", &id.ty) && takes("ending_before", &id.ty);
        (cursors && takes("limit", "i64")).then_some(item)
    }

    fn body(&self, operation: &Operation) -> &[Field] {
        match operation.body.as_ref().and_then(|name| self.types.get(name)).map(|def| &def.kind) {
            Some(Kind::Struct(structure)) => &structure.fields,
            _ => &[],
        }
    }
}

impl Struct {
    /// The field that identifies it: only an object of the API has one.
    #[must_use]
    pub fn id(&self) -> Option<&Field> {
        self.object.as_ref()?;
        self.fields.iter().find(|field| field.wire == "id" && field.presence == Presence::Required)
    }
}

/// The name of the setter of a field. The underscore that a keyword got stays only where the bare word is one.
#[must_use]
pub fn setter_name(ident: &str) -> String {
    let bare = ident.trim_end_matches('_');
    if syn::parse_str::<syn::Ident>(bare).is_ok() { bare.to_owned() } else { ident.to_owned() }
}

/// The name of the method that gives a field to a constructed value: `type` needs no underscore there.
#[must_use]
pub fn with_name(ident: &str) -> String {
    format!("with_{}", ident.trim_end_matches('_'))
}

fn of_body(operation: &Operation, field: &Field) -> Input {
    Input {
        ident: setter_name(&field.ident),
        ty: field.ty.clone(),
        wire: crate::wire::member(&operation.wire(), &field.wire),
    }
}
