//! Names that are taken: what the generated crates have by hand, and what Rust brings into every file.
//!
//! They are read from the crates' own sources, as they were when the generator was built, so that no list here can be wrong.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use syn::{ImplItem, Item, UseTree};

const TYPES_ROOT: &str = include_str!("../../crates/fc-types/src/lib.rs");
const CLIENT_ROOT: &str = include_str!("../../crates/fc-client/src/lib.rs");
const CLIENT: &str = include_str!("../../crates/fc-client/src/client.rs");
const REQUEST: &str = include_str!("../../crates/fc-client/src/request.rs");

/// What the prelude, the derives and the macros of the generated files name without a path.
const PRELUDE: [&str; 35] = [
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// Types that fc-types has by hand.
pub static SUPPORT_TYPES: LazyLock<BTreeSet<String>> = LazyLock::new(|| exports(TYPES_ROOT));

/// Names that no generated type may have.
pub static TYPE_NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut names = SUPPORT_TYPES.clone();
    names.extend(PRELUDE.map(str::to_owned));
    // Written by the renderer, a variant of `EventObject`, and the names of the files' own `use`.
    names.extend(["EventObject", "Unknown", "Self", "API_VERSION"].map(str::to_owned));
    names
});

/// Names that no request may have, besides those of types.
pub static REQUEST_NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut names = exports(CLIENT_ROOT);
    names.extend(["Call", "Client", "Method", "Operation"].map(str::to_owned));
    names
});

/// Methods that `Client` has by hand.
pub static CLIENT_METHODS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let file = syn::parse_file(CLIENT).expect("the client is Rust: it was compiled");
    let methods = file.items.iter().filter_map(|item| match item {
        Item::Impl(item) => Some(item.items.iter()),
        _ => None,
    });
    methods
        .flatten()
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
            _ => None,
        })
        .collect()
});

/// Methods and fields that every request has.
pub static REQUEST_METHODS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    // A macro's body does not parse as items; its functions are found by their keyword.
    let words: Vec<&str> =
        REQUEST.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let mut names: BTreeSet<String> =
        words.windows(2).filter(|pair| pair[0] == "fn").map(|pair| pair[1].to_owned()).collect();
    names.extend(["call", "params", "into_call", "clone"].map(str::to_owned));
    names
});

/// The names that a crate's root re-exports one by one.
fn exports(root: &str) -> BTreeSet<String> {
    fn names(tree: &UseTree, found: &mut BTreeSet<String>) {
        match tree {
            UseTree::Path(path) => names(&path.tree, found),
            UseTree::Name(name) => drop(found.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(found.insert(rename.rename.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, found)),
            UseTree::Glob(_) => {}
        }
    }
    let file = syn::parse_file(root).expect("the crate's root is Rust: it was compiled");
    let mut found = BTreeSet::new();
    for item in &file.items {
        if let Item::Use(item) = item {
            names(&item.tree, &mut found);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_crates() {
        for (names, examples) in [
            (&SUPPORT_TYPES, ["AccountId", "Money"]),
            (&REQUEST_NAMES, ["Client", "ErrorKind"]),
            (&CLIENT_METHODS, ["new", "from_env"]),
            (&REQUEST_METHODS, ["send", "idempotency_key"]),
        ] {
            assert!(examples.iter().all(|name| names.contains(*name)), "{names:?}");
        }
    }
}
