//! Checks of the fields that hand-written methods of models read by name. A field that the spec drops would be an error of the
//! compiler, in a file that the spec does not name.

use heck::ToUpperCamelCase as _;
use syn::visit::{self, Visit};
use syn::{Expr, ExprField, ImplItem, Item, Member, Type};

use super::faults::Faults;
use crate::generator::hand_written::SUPPORT_TYPES;
use crate::generator::model::{EXTRA, Kind, Model, Struct};
use crate::generator::wire;

/// The files of fc-types with such methods, and the module that each is for.
const FILES: [(Option<&str>, &str, &str); 2] = [
    (
        None,
        "crates/fc-types/src/convenience.rs",
        include_str!("../../../../crates/fc-types/src/convenience.rs"),
    ),
    (
        Some("preview"),
        "crates/fc-types/src/preview/convenience.rs",
        include_str!("../../../../crates/fc-types/src/preview/convenience.rs"),
    ),
];

/// Methods that give the value that they are called on, or a reference to it.
const SAME: [&str; 5] = ["as_ref", "as_mut", "as_deref", "clone", "iter"];

/// Checks that each field is there.
pub(super) fn check(model: &Model, faults: &mut Faults) {
    for (_, path, source) in FILES.iter().filter(|(module, ..)| *module == model.output.module.as_deref()) {
        check_file(path, source, model, faults);
    }
}

fn check_file(path: &str, source: &str, model: &Model, faults: &mut Faults) {
    let file = syn::parse_file(source).expect("the file is Rust: it was compiled");
    for item in &file.items {
        let Item::Impl(item) = item else { continue };
        let Type::Path(of) = &*item.self_ty else { continue };
        let Some(of) = of.path.get_ident().map(ToString::to_string) else { continue };
        // A spec without the type cannot have its fields. The compiler says so.
        if !model.types.contains_key(&of) {
            continue;
        }
        for function in &item.items {
            let ImplItem::Fn(function) = function else { continue };
            let reader = format!("`{of}::{}` in {path}", function.sig.ident);
            Reads { of: &of, reader, model, faults }.visit_block(&function.block);
        }
    }
}

/// The fields that a method of a type reads.
struct Reads<'a> {
    of: &'a str,
    reader: String,
    model: &'a Model,
    faults: &'a mut Faults,
}

impl Visit<'_> for Reads<'_> {
    fn visit_expr_field(&mut self, read: &ExprField) {
        if let Member::Named(field) = &read.member
            && let Some(name) = self.type_of(&read.base)
            && !self.has(&name, &field.to_string())
        {
            let place = self.model.types.get(&name).and_then(|def| def.wire.first()).unwrap_or(&name);
            let place = wire::member(place, &field.to_string());
            self.faults.add(&place, format!("{} reads this field: change the method first", self.reader));
        }
        visit::visit_expr_field(self, read);
    }
}

impl Reads<'_> {
    /// The model that an expression is, or holds. `None` if that cannot be told without the compiler.
    fn type_of(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::Path(path) if path.path.is_ident("self") => Some(self.of.to_owned()),
            // A variable that is called like its type, or like the field that it was read from.
            Expr::Path(path) => {
                let variable = path.path.get_ident()?.to_string();
                let name = variable.to_upper_camel_case();
                let is_model = self.model.types.contains_key(&name);
                if is_model { Some(name) } else { self.field_type(self.of, &variable) }
            }
            Expr::Field(ExprField { base, member: Member::Named(field), .. }) => {
                self.field_type(&self.type_of(base)?, &field.to_string())
            }
            Expr::Try(inner) => self.type_of(&inner.expr),
            Expr::Paren(inner) => self.type_of(&inner.expr),
            Expr::Reference(inner) => self.type_of(&inner.expr),
            Expr::MethodCall(call) if SAME.iter().any(|same| call.method == same) => {
                self.type_of(&call.receiver)
            }
            _ => None,
        }
    }

    /// Whether a type has a field. One that is no struct of the model and no support type has none.
    fn has(&self, name: &str, field: &str) -> bool {
        match self.structure(name) {
            Some(structure) => field == EXTRA || structure.fields.iter().any(|known| known.ident == field),
            None => SUPPORT_TYPES.contains(name),
        }
    }

    fn field_type(&self, of: &str, field: &str) -> Option<String> {
        let field = self.structure(of)?.fields.iter().find(|known| known.ident == field)?;
        Some(field.ty.unboxed().name.clone())
    }

    fn structure(&self, name: &str) -> Option<&Struct> {
        match &self.model.types.get(name)?.kind {
            Kind::Struct(structure) => Some(structure),
            Kind::Enum(_) => None,
        }
    }
}
