//! Names of types that hand-written code, generated code or Rust's prelude has. The type gets another, or begins with a letter.
//!
//! Without it, the generated code does not compile, or means the other item.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::decisions::{DecisionKind, Decisions};
use super::schema::{Schema, component_schemas, for_each_operation};
use crate::generator::hand_written::TYPE_NAMES;
use crate::spec::source::Keep;

/// The end of a name that would be taken without it: `CallModel`.
const SUFFIX: &str = "Model";

/// The start of a name that would begin with a digit without it: `X2fa`.
const LETTER: &str = "X";

/// The names of the requests, which are taken besides those of hand-written code.
#[derive(Debug, Default)]
pub(super) struct Requests(BTreeSet<String>);

impl Requests {
    pub(super) fn of(document: &mut Value) -> Self {
        let mut names = BTreeSet::new();
        for_each_operation(document, &mut |operation, _| {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            names.insert(id.to_upper_camel_case());
        });
        Self(names)
    }

    /// The name that a type gets whose name by default is `name`. Reports a name that was taken: `schema` is at `wire`.
    pub(super) fn free(
        &self,
        name: String,
        schema: &Schema,
        wire: &str,
        decisions: &mut Decisions,
    ) -> String {
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return format!("{LETTER}{name}");
        }
        if !TYPE_NAMES.contains(&name) && !self.0.contains(&name) {
            return name;
        }
        let free = format!("{name}{SUFFIX}");
        decisions.add(schema, DecisionKind::TypeName, wire, format!("a type named `{free}`"));
        free
    }
}

/// Names each component whose name by default is taken. Those that the overlay names keep that name, and the guard refuses it.
pub(super) fn give_way(document: &mut Value, keep: &Keep, decisions: &mut Decisions) {
    let requests = Requests::of(document);
    for (component, schema) in component_schemas(document).into_iter().flatten() {
        let Some(schema) = schema.as_object_mut().filter(|schema| !schema.contains_key("x-rust-name")) else {
            continue;
        };
        let name = component_name(component, keep);
        let free = requests.free(name.clone(), schema, component, decisions);
        if free != name {
            schema.insert("x-rust-name".to_owned(), free.into());
        }
    }
}

/// Default name of a component, without the prefixes that many components share.
pub(super) fn component_name(component: &str, keep: &Keep) -> String {
    let short = component
        .strip_prefix(keep.resources.as_str())
        .or_else(|| component.strip_prefix("bank_connections_resource_"))
        .unwrap_or(component);
    short.replace("api_resource_", "").to_upper_camel_case()
}
