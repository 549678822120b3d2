//! Arguments of public methods.

use crate::generator::model::Ty;

/// How an argument of a public method is declared, and how it becomes the value of its field.
pub(super) struct Argument {
    pub(super) declared: String,
    pub(super) value: String,
}

/// An argument that takes everything that converts into the type: `"…"`, a reference to an id, an enum of another crate.
pub(super) fn argument(ident: &str, ty: &Ty) -> Argument {
    match ty.item() {
        Some(item) => Argument {
            declared: format!("{ident}: impl IntoIterator<Item = impl Into<{item}>>"),
            value: format!("{ident}.into_iter().map(Into::into).collect()"),
        },
        None if ty.is_scalar() => Argument { declared: format!("{ident}: {ty}"), value: ident.to_owned() },
        None => Argument { declared: format!("{ident}: impl Into<{ty}>"), value: format!("{ident}.into()") },
    }
}
