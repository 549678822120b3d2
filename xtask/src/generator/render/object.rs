//! Fields of a struct, and the macro call that describes its JSON.

use std::fmt::Write as _;

use crate::generator::model::{Field, Presence, Struct};

/// The call of `object!`, which describes the JSON of the struct. With `is_lenient`, optional fields take any value.
pub(super) fn object_macro(name: &str, structure: &Struct, is_lenient: bool, text: &mut String) {
    let tag = structure.object.as_ref().map(|object| format!(" as {object:?}")).unwrap_or_default();
    let _ = writeln!(text, "object!({name}{tag} {{");
    for field in &structure.fields {
        let presence = match field.presence {
            Presence::Required => "required",
            Presence::Nullable | Presence::Optional if is_lenient => "lenient",
            Presence::Nullable => "nullable",
            Presence::Optional => "optional",
        };
        let _ = writeln!(text, "    {}: {presence} {:?},", field.ident, field.wire);
    }
    text.push_str("});\n\n");
}

/// The call of `debug!`, which shows the fields that hold no free text.
pub(super) fn debug_macro(name: &str, structure: &Struct, text: &mut String) {
    let _ = writeln!(text, "debug!({name} {{");
    for field in &structure.fields {
        // In capitals, because rustfmt shortens `hidden: hidden`.
        let how = if field.is_hidden() { "Hidden" } else { "Shown" };
        let _ = writeln!(text, "    {}: {how},", field.ident);
    }
    text.push_str("});\n\n");
}

pub(super) fn field_type(field: &Field) -> String {
    match field.presence {
        Presence::Required => field.ty.to_string(),
        Presence::Nullable | Presence::Optional => format!("Option<{}>", field.ty),
    }
}
