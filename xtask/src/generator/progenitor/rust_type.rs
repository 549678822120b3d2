//! Types as progenitor writes them.

use anyhow::{Result, bail};
use syn::{GenericArgument, PathArguments, Type};

use crate::generator::model::Ty;

/// The type without the `Option` around it, and whether there was one.
pub(super) fn read(ty: &Type) -> Result<(Ty, bool)> {
    let ty = read_inner(ty)?;
    match ty.argument_of("Option") {
        Some(inner) => Ok((inner.clone(), true)),
        None => Ok((ty, false)),
    }
}

/// The first argument of a generic type.
pub(super) fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    arguments(&path.path.segments.last()?.arguments).next()
}

fn read_inner(ty: &Type) -> Result<Ty> {
    match ty {
        // progenitor borrows arguments; a request owns them.
        Type::Reference(reference) => read_inner(&reference.elem),
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last();
            let arguments = last.map(|segment| arguments(&segment.arguments)).into_iter().flatten();
            Ok(Ty { name: name(&path.path), arguments: arguments.map(read_inner).collect::<Result<_>>()? })
        }
        _ => bail!(
            "its type would be a tuple, an array or a slice, which no crate here reads: set `x-rust-type`"
        ),
    }
}

fn arguments(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The bare name of a type in the prelude or the root of fc-types, a path for every other.
fn name(path: &syn::Path) -> String {
    let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (path.leading_colon.is_some(), segments.as_slice()) {
        // A request owns its text.
        (false, ["str"]) => "String".to_owned(),
        (true, ["std", "option" | "vec" | "string", name] | ["fc_types", name])
        | (false, ["types", name]) => (*name).to_owned(),
        (true, segments @ ["serde_json", ..]) | (false, segments) => segments.join("::"),
        (true, segments) => format!("::{}", segments.join("::")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_callers_write_them() {
        for (written, expected, optional) in [
            ("::std::option::Option<::std::string::String>", "String", true),
            (
                "::fc_types::Expandable<::fc_types::AccountOwnershipId, AccountOwnership,>",
                "Expandable<AccountOwnershipId, AccountOwnership>",
                false,
            ),
            ("types::Account", "Account", false),
            ("Option<&'a str>", "String", true),
            ("&'a ::std::vec::Vec<types::AccountPermission>", "Vec<AccountPermission>", false),
            (
                "::serde_json::Map<::std::string::String, ::serde_json::Value>",
                "serde_json::Map<String, serde_json::Value>",
                false,
            ),
            ("::std::boxed::Box<Account>", "::std::boxed::Box<Account>", false),
        ] {
            let (ty, is_optional) = read(&syn::parse_str(written).unwrap()).unwrap();
            assert_eq!((ty.to_string().as_str(), is_optional), (expected, optional), "{written}");
        }
        assert!(read(&syn::parse_str("(i64, i64)").unwrap()).is_err());
    }
}
