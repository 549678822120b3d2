//! The consumer: a crate that uses every public item of one version and is compiled against another version.
//!
//! Every use is one line, so that an error leads back to the item. Arguments take every form that callers use: a value, a
//! reference to an id or an enum, a `&str`.

use std::fmt::Write as _;

use crate::files::paths::Output;
use crate::generator::model::{
    Field, Kind, Method, Model, Operation, Presence, Struct, Ty, Variant, with_name,
};

/// The crate's text, with the item that each line uses.
#[derive(Clone, Debug)]
pub struct Consumer {
    uses: Vec<Use>,
    /// The module of the crates that it uses.
    pub output: Output,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Use {
    /// `fc_types::Session::client_secret`.
    item: String,
    code: String,
}

/// Lines before the uses.
const PRELUDE: &str = "#![allow(warnings)]
fn object<T: Clone + std::fmt::Debug + PartialEq + serde::Serialize + serde::de::DeserializeOwned>() {}
fn open_enum<T: Clone + std::fmt::Debug + std::fmt::Display + Eq + Ord + std::hash::Hash + std::str::FromStr + for<'a> From<&'a str>>() {}
fn identified<T: Object<Id = I>, I>() {}
fn paged<L: surface::ListRequest<Item = T>, T: Object>() {}
";

impl Consumer {
    /// The consumer of every public item that is generated from the model.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let mut writer = Writer { model, uses: Vec::new() };
        writer.add("fc_types::API_VERSION", "const USE: &str = API_VERSION;");
        for def in model.types.values() {
            match &def.kind {
                Kind::Struct(structure) => writer.structure(&def.name, structure),
                Kind::Enum(variants) => writer.enumeration(&def.name, variants),
            }
        }
        for name in model.event_objects() {
            writer.add(
                &format!("fc_types::EventObject::{name}"),
                &format!("fn u(v: &EventObject) -> Option<&Box<{name}>> {{ match v {{ EventObject::{name}(o) => Some(o), _ => None }} }}"),
            );
        }
        for operation in &model.operations {
            writer.operation(operation);
        }
        Self { uses: writer.uses, output: model.output.clone() }
    }

    /// Number of uses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.uses.len()
    }

    /// Whether there is no use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty()
    }

    /// The text of `lib.rs`, each use in a block of its own.
    #[must_use]
    pub fn source(&self) -> String {
        let mut text = self.prelude();
        for Use { code, .. } in &self.uses {
            // A block sees the imports. A module would import each name again: gigabytes for thousands of uses.
            let _ = writeln!(text, "const _: () = {{ {code} }};");
        }
        text
    }

    /// The imports: the types and requests of the module, and what all modules share.
    fn prelude(&self) -> String {
        let types = self.output.path("fc_types::*");
        let requests = self.output.path("fc_client::*");
        format!(
            "{PRELUDE}use {types};\nmod surface {{ pub use {requests}; pub use fc_client::{{Error, ListRequest, Response}}; }}\n"
        )
    }

    /// The item that a line of the text uses, counted from 1.
    #[must_use]
    pub fn item_at(&self, line: usize) -> Option<&str> {
        let index = line.checked_sub(self.prelude().lines().count() + 1)?;
        self.uses.get(index).map(|found| found.item.as_str())
    }

    /// The consumer without uses of these items.
    #[must_use]
    pub fn without(&self, items: &[String]) -> Self {
        let uses = self.uses.iter().filter(|used| !items.contains(&used.item)).cloned().collect();
        Self { uses, output: self.output.clone() }
    }
}

struct Writer<'a> {
    model: &'a Model,
    uses: Vec<Use>,
}

impl Writer<'_> {
    fn add(&mut self, item: &str, code: &str) {
        let (item, code) = (self.model.output.path(item), code.replace("fc_client::", "surface::"));
        self.uses.push(Use { item, code });
    }

    fn structure(&mut self, name: &str, structure: &Struct) {
        let path = format!("fc_types::{name}");
        self.add(&path, &format!("fn u() {{ object::<{name}>() }}"));
        for field in &structure.fields {
            let (ident, ty) = (&field.ident, whole_type(field));
            self.add(
                &format!("{path}::{ident}"),
                &format!(
                    "fn u(v: &mut {name}, w: {ty}) {{ {{ let r: &{ty} = &v.{ident}; }} v.{ident} = w; }}"
                ),
            );
        }
        self.add(&format!("{path}::extra"), &format!("fn u(v: &{name}) -> &Extra {{ &v.extra }}"));
        if structure.object.is_some() {
            self.add(&format!("{path}::OBJECT"), &format!("const USE: &str = {name}::OBJECT;"));
        }
        if let Some(id) = structure.id() {
            self.add(&format!("{path}::id"), &format!("fn u() {{ identified::<{name}, {}>() }}", id.ty));
        }
        if structure.money().is_some() {
            self.add(&format!("{path}::money"), &format!("fn u(v: &{name}) -> Money {{ v.money() }}"));
        }
        if structure.is_params {
            self.constructors(name, structure);
        }
    }

    fn constructors(&mut self, name: &str, structure: &Struct) {
        let path = format!("fc_types::{name}");
        let (required, other): (Vec<_>, Vec<_>) =
            structure.fields.iter().partition(|field| field.presence == Presence::Required);
        if required.is_empty() {
            self.add(&format!("{path}::default"), &format!("fn u() -> {name} {{ {name}::default() }}"));
        } else {
            let types: Vec<&Ty> = required.iter().map(|field| &field.ty).collect();
            self.call(&format!("{path}::new"), None, &format!("{name}::new"), &types, name);
        }
        for field in other {
            let method = with_name(&field.ident);
            self.call(&format!("{path}::{method}"), Some(name), &method, &[&field.ty], name);
        }
    }

    fn enumeration(&mut self, name: &str, variants: &[Variant]) {
        let path = format!("fc_types::{name}");
        self.add(&path, &format!("fn u() {{ open_enum::<{name}>() }}"));
        self.add(&path, &format!("fn u() -> &'static [{name}] {{ {name}::KNOWN }}"));
        self.add(&path, &format!("fn u(v: &{name}) -> &str {{ v.as_str() }}"));
        for Variant { ident, .. } in variants {
            self.add(
                &format!("{path}::{ident}"),
                &format!("fn u(v: &{name}) -> {name} {{ match v {{ {name}::{ident} => {name}::{ident}, other => other.clone() }} }}"),
            );
        }
        self.add(
            &format!("{path}::Unknown"),
            &format!("fn u(v: &{name}) -> Option<&str> {{ match v {{ {name}::Unknown(text) => Some(text), _ => None }} }}"),
        );
    }

    fn operation(&mut self, operation: &Operation) {
        let request = format!("fc_client::{}", operation.request());
        let arguments = self.model.arguments(operation);
        let types: Vec<&Ty> = arguments.iter().map(|input| &input.ty).collect();
        self.call(
            &format!("fc_client::Client::{}", operation.id),
            Some("&fc_client::Client"),
            &operation.id,
            &types,
            &request,
        );
        for input in self.model.setters(operation) {
            self.call(
                &format!("{request}::{}", input.ident),
                Some(&request),
                &input.ident,
                &[&input.ty],
                &request,
            );
        }
        let returns = &operation.returns;
        self.add(
            &format!("{request}::send"),
            &format!("async fn u(r: {request}) -> Result<{returns}, fc_client::Error> {{ r.send().await }}"),
        );
        self.add(
            &format!("{request}::send"),
            &format!("async fn u(r: {request}) -> Result<fc_client::Response<{returns}>, fc_client::Error> {{ r.send_response().await }}"),
        );
        self.add(
            &format!("{request}::stripe_account"),
            &format!("fn u(r: {request}, a: ConnectedAccountId) -> {request} {{ r.stripe_account(a) }}"),
        );
        if operation.method == Method::Post {
            self.add(
                &format!("{request}::idempotency_key"),
                &format!("fn u(r: {request}, key: &str) -> {request} {{ r.idempotency_key(key) }}"),
            );
        }
        if let Some(item) = self.model.paged_item(operation) {
            self.add(
                &format!("{request} as ListRequest"),
                &format!("fn u() {{ paged::<{request}, {item}>() }}"),
            );
        }
    }

    /// A call with every argument by value, and one for each other form of each argument.
    fn call(&mut self, item: &str, receiver: Option<&str>, callee: &str, types: &[&Ty], returns: &str) {
        let by_value: Vec<String> = types.iter().map(ToString::to_string).collect();
        self.one_call(item, receiver, callee, &by_value, returns);
        for (index, ty) in types.iter().enumerate() {
            if let Some(form) = self.other_form(ty) {
                let mut types = by_value.clone();
                types[index] = form;
                self.one_call(item, receiver, callee, &types, returns);
            }
        }
    }

    fn one_call(
        &mut self,
        item: &str,
        receiver: Option<&str>,
        callee: &str,
        types: &[String],
        returns: &str,
    ) {
        let mut declared: Vec<String> = receiver.map(|ty| format!("v: {ty}")).into_iter().collect();
        declared.extend(types.iter().enumerate().map(|(index, ty)| format!("a{index}: {ty}")));
        let passed: Vec<String> = (0..types.len()).map(|index| format!("a{index}")).collect();
        let dot = if receiver.is_some() { "v." } else { "" };
        self.add(
            item,
            &format!("fn u({}) -> {returns} {{ {dot}{callee}({}) }}", declared.join(", "), passed.join(", ")),
        );
    }

    /// Another type that an argument accepts: one that converts into it, or a list of such items.
    fn other_form(&self, ty: &Ty) -> Option<String> {
        match ty.item() {
            Some(item) => self.converting(item).map(|form| format!("Vec<{form}>")),
            None => self.converting(ty),
        }
    }

    fn converting(&self, ty: &Ty) -> Option<String> {
        let def = self.model.types.get(&ty.name);
        let is_enum = def.is_some_and(|def| matches!(def.kind, Kind::Enum(_)));
        let is_id = ty.name.ends_with("Id") && def.is_none();
        match ty.name.as_str() {
            "String" => Some("&'static str".to_owned()),
            _ if is_enum || is_id => Some(format!("&'static {ty}")),
            _ => None,
        }
    }
}

fn whole_type(field: &Field) -> String {
    match field.presence {
        Presence::Required => field.ty.to_string(),
        Presence::Nullable | Presence::Optional => format!("Option<{}>", field.ty),
    }
}
