//! A crate that uses every public item of one version, to be compiled against another: what the compiler says of a change.
//!
//! Every use is one line, so that an error leads back to the item. Arguments are given in each form that callers use: by value,
//! an id or an enum also by reference, a string also as `&str`.

use std::fmt::Write as _;

use crate::diff::{Change, Class};
use crate::model::{Field, Kind, Model, Operation, Presence, Struct, Variant, with_name};

/// The crate's text, with the item that each line uses.
#[derive(Clone, Debug)]
pub struct Consumer {
    uses: Vec<Use>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Use {
    /// `fc_types::Session::client_secret`.
    item: String,
    code: String,
}

/// What stands before the uses.
const PRELUDE: &str = "#![allow(warnings)]
use std::fmt::{Debug, Display};
use fc_types::*;
fn object<T: Clone + Debug + PartialEq + serde::Serialize + serde::de::DeserializeOwned>() {}
fn open_enum<T: Clone + Debug + Display + Eq + Ord + std::hash::Hash + std::str::FromStr + for<'a> From<&'a str>>() {}
fn identified<T: Object<Id = I>, I>() {}
fn paged<L: fc_client::ListRequest<Item = T>, T: Object>() {}
";

impl Consumer {
    /// A consumer of every public item that is generated from the model.
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
        for name in &model.event_objects {
            writer.add(
                &format!("fc_types::EventObject::{name}"),
                &format!("fn u(v: &EventObject) -> Option<&Box<{name}>> {{ match v {{ EventObject::{name}(o) => Some(o), _ => None }} }}"),
            );
        }
        for operation in &model.operations {
            writer.operation(operation);
        }
        Self { uses: writer.uses }
    }

    /// How many uses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.uses.len()
    }

    /// Whether nothing is used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty()
    }

    /// The text of `lib.rs`, each use in a module of its own.
    #[must_use]
    pub fn source(&self) -> String {
        let mut text = PRELUDE.to_owned();
        for (index, Use { code, .. }) in self.uses.iter().enumerate() {
            let _ = writeln!(text, "mod u{index} {{ use super::*; {code} }}");
        }
        text
    }

    /// The item that a line of the text uses, counted from 1.
    #[must_use]
    pub fn item_at(&self, line: usize) -> Option<&str> {
        let index = line.checked_sub(PRELUDE.lines().count() + 1)?;
        self.uses.get(index).map(|found| found.item.as_str())
    }

    /// The consumer without the uses of these items.
    #[must_use]
    pub fn without(&self, items: &[String]) -> Self {
        Self { uses: self.uses.iter().filter(|used| !items.contains(&used.item)).cloned().collect() }
    }
}

struct Writer<'a> {
    model: &'a Model,
    uses: Vec<Use>,
}

impl Writer<'_> {
    fn add(&mut self, item: &str, code: &str) {
        self.uses.push(Use { item: item.to_owned(), code: code.to_owned() });
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
        let required = |wire: &str, ty: &str| {
            structure.fields.iter().any(|f| f.wire == wire && f.ty == ty && f.presence == Presence::Required)
        };
        if required("amount", "i64") && required("currency", "Currency") {
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
            let types: Vec<&str> = required.iter().map(|field| field.ty.as_str()).collect();
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
        let types: Vec<&str> = arguments.iter().map(|input| input.ty.as_str()).collect();
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
        if operation.method == "post" {
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
    fn call(&mut self, item: &str, receiver: Option<&str>, callee: &str, types: &[&str], returns: &str) {
        let by_value: Vec<String> = types.iter().map(|ty| (*ty).to_owned()).collect();
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

    /// Another type that an argument can be given as: what converts into it, or a list of what converts into its items.
    fn other_form(&self, ty: &str) -> Option<String> {
        match ty.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>')) {
            Some(item) => self.converting(item).map(|form| format!("Vec<{form}>")),
            None => self.converting(ty),
        }
    }

    fn converting(&self, ty: &str) -> Option<String> {
        let is_enum = self.model.types.get(ty).is_some_and(|def| matches!(def.kind, Kind::Enum(_)));
        let is_id = ty.ends_with("Id") && !self.model.types.contains_key(ty);
        match ty {
            "String" => Some("&'static str".to_owned()),
            _ if is_enum || is_id => Some(format!("&'static {ty}")),
            _ => None,
        }
    }
}

fn whole_type(field: &Field) -> String {
    match field.presence {
        Presence::Required => field.ty.clone(),
        Presence::Nullable | Presence::Optional => format!("Option<{}>", field.ty),
    }
}

/// What the compiler said of a consumer of the old version against the new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// How many uses were compiled.
    pub uses: usize,
    /// Items whose use no longer compiles, with the compiler's first message.
    pub broken: Vec<(String, String)>,
}

impl Compiled {
    /// Whether the compiler says of this change what its class says.
    #[must_use]
    pub fn agrees(&self, change: &Change) -> bool {
        let broken = self.broken.iter().any(|(item, _)| change.rust.iter().any(|named| is_of(item, named)));
        broken || change.class != Class::BreaksCallers
    }

    /// Items that no longer compile although no change says so.
    pub fn unexplained<'a>(&'a self, changes: &'a [Change]) -> impl Iterator<Item = &'a (String, String)> {
        self.broken.iter().filter(|(item, _)| {
            let mut breaking = changes.iter().filter(|change| change.class == Class::BreaksCallers);
            !breaking.any(|change| change.rust.iter().any(|named| is_of(item, named)))
        })
    }

    /// What the classes and the compiler do not agree on, a line each; empty when the verdict holds.
    #[must_use]
    pub fn disagreements(&self, changes: &[Change]) -> Vec<String> {
        let unconfirmed = changes.iter().filter(|change| !self.agrees(change)).map(|change| {
            let item = change.rust.first().map_or("", String::as_str);
            format!("{item}: {} is said to break callers, but every use of it compiles", change.kind)
        });
        let unexplained = self
            .unexplained(changes)
            .map(|(item, message)| format!("{item}: no longer compiles, but no change says so: {message}"));
        unconfirmed.chain(unexplained).collect()
    }
}

/// Whether an item is the named one or belongs to it.
fn is_of(item: &str, named: &str) -> bool {
    !named.is_empty()
        && item
            .strip_prefix(named)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with(' '))
}
