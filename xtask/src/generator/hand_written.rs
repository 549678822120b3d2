//! Names that generated items cannot have: those of hand-written items, of the code around generated items, and of Rust's prelude.
//!
//! All but the prelude are read from the sources at build time. A test compares the files here with the folders that they are in.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Attribute, Expr, ImplItem, Item, LitStr, Macro, Token, Type, UseTree};

const TYPES_ROOT: &str = include_str!("../../../crates/fc-types/src/lib.rs");
const TYPES_MODULES: [&str; 1] = [include_str!("../../../crates/fc-types/src/preview.rs")];
const CLIENT_ROOT: &str = include_str!("../../../crates/fc-client/src/lib.rs");
const CLIENT: &str = include_str!("../../../crates/fc-client/src/client.rs");
const CLIENT_MODULES: [&str; 1] = [include_str!("../../../crates/fc-client/src/preview.rs")];
const RAW_CALL: &str = include_str!("../../../crates/fc-client/src/raw_call.rs");
const REQUEST: &str = include_str!("../../../crates/fc-client/src/request.rs");

/// Files whose macros the generated files call.
const MACROS: [&str; 8] = [
    include_str!("../../../crates/fc-types/src/macros/debug.rs"),
    include_str!("../../../crates/fc-types/src/macros/default.rs"),
    include_str!("../../../crates/fc-types/src/macros/object.rs"),
    include_str!("../../../crates/fc-types/src/macros/open_enum.rs"),
    include_str!("../../../crates/fc-types/src/macros/transparent.rs"),
    include_str!("../../../crates/fc-types/src/event.rs"),
    include_str!("../../../crates/fc-client/src/list.rs"),
    REQUEST,
];

/// Files whose string literals become generated code.
const RENDERER: [&str; 8] = [
    include_str!("render/argument.rs"),
    include_str!("render/client.rs"),
    include_str!("render/docs.rs"),
    include_str!("render/event_kind.rs"),
    include_str!("render/events.rs"),
    include_str!("render/format.rs"),
    include_str!("render/object.rs"),
    include_str!("render/types.rs"),
];

/// Types of the spec that the renderer names, because it writes code for them.
const ENVELOPE: [&str; 4] = ["Event", "EventData", "EventRequest", "EventType"];

/// Names of Rust's prelude, which the generated files and their users use without a path.
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

/// Hand-written types of fc-types.
pub static SUPPORT_TYPES: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| exports(&[&[TYPES_ROOT][..], &TYPES_MODULES[..]].concat()));

/// Names that generated types cannot have.
pub static TYPE_NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut names = SUPPORT_TYPES.clone();
    names.extend(PRELUDE.map(str::to_owned));
    names.extend(MACROS.iter().flat_map(|source| bare_names(source)));
    names.extend(RENDERER.iter().flat_map(|source| rendered_names(source)));
    names.retain(|name| !ENVELOPE.contains(&name.as_str()));
    names
});

/// Names that requests cannot have, besides those of types.
pub static REQUEST_NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut names = exports(&[&[CLIENT_ROOT][..], &CLIENT_MODULES[..]].concat());
    names.extend(["Call", "Client", "Method", "Operation"].map(str::to_owned));
    names
});

/// Hand-written methods of `Client`.
pub static CLIENT_METHODS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let files = [CLIENT, RAW_CALL].into_iter().chain(CLIENT_MODULES);
    let files: Vec<syn::File> =
        files.map(|file| syn::parse_file(file).expect("the client is Rust: it was compiled")).collect();
    let items = files.iter().flat_map(|file| &file.items);
    let methods = items.filter_map(|item| match item {
        Item::Impl(item) if is_client(&item.self_ty) => Some(item.items.iter()),
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

fn is_client(of: &Type) -> bool {
    matches!(of, Type::Path(of) if of.path.is_ident("Client"))
}

/// Methods and fields that every request has.
pub static REQUEST_METHODS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    // The body of a macro does not parse as items, so functions are found by their keyword.
    let words: Vec<&str> =
        REQUEST.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let mut names: BTreeSet<String> =
        words.windows(2).filter(|pair| pair[0] == "fn").map(|pair| pair[1].to_owned()).collect();
    names.extend(["call", "params", "into_call", "clone"].map(str::to_owned));
    names
});

/// Whether Rust takes it as a name.
#[must_use]
pub fn is_ident(name: &str) -> bool {
    // A keyword since the edition of 2024, which syn takes for a name.
    name != "gen" && syn::parse_str::<syn::Ident>(name).is_ok()
}

/// Names of types that the expansions of a file's macros use or define without a path: they hide the generated type of that name.
fn bare_names(source: &str) -> BTreeSet<String> {
    let file = syn::parse_file(source).expect("the file of the macro is Rust: it was compiled");
    let macros = file.items.iter().filter_map(|item| match item {
        Item::Macro(item) if item.ident.is_some() => Some(item.mac.tokens.to_string()),
        _ => None,
    });
    let mut names = BTreeSet::new();
    for body in macros {
        // Documentation and messages are strings here.
        body.split('"').step_by(2).for_each(|code| capitalised(code, &mut names));
    }
    names
}

/// Names of types in the string literals of a file of the renderer.
fn rendered_names(source: &str) -> BTreeSet<String> {
    struct Literals(BTreeSet<String>);

    impl Visit<'_> for Literals {
        fn visit_attribute(&mut self, _: &Attribute) {}

        fn visit_macro(&mut self, mac: &Macro) {
            // The arguments of `format!` and of its kind. What is no list of expressions writes no text.
            let arguments = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
            arguments.iter().flatten().for_each(|argument| self.visit_expr(argument));
        }

        fn visit_lit_str(&mut self, literal: &LitStr) {
            let text = literal.value();
            // Prose that becomes documentation.
            if text.ends_with('.') {
                return;
            }
            for line in text.lines() {
                capitalised(line.split("//").next().unwrap_or_default(), &mut self.0);
            }
        }
    }

    let mut literals = Literals(BTreeSet::new());
    literals.visit_file(&syn::parse_file(source).expect("the renderer is Rust: it was compiled"));
    literals.0
}

/// Adds the names in some code that begin with a capital letter, and are neither behind a path nor a parameter of a macro.
fn capitalised(code: &str, names: &mut BTreeSet<String>) {
    let mut rest = code;
    while let Some(start) = rest.find(is_letter) {
        let from = &rest[start..];
        let end = from.find(|c| !is_letter(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        let before = code[..code.len() - from.len()].trim_end();
        let is_member = before.ends_with("::") || before.ends_with('$') || is_last(before, "type");
        if word.starts_with(|c: char| c.is_ascii_uppercase()) && !is_member {
            names.insert(word.to_owned());
        }
        rest = after;
    }
}

/// Whether the last word of some code is this one.
fn is_last(code: &str, word: &str) -> bool {
    code.strip_suffix(word).is_some_and(|before| !before.ends_with(is_letter))
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names that the root of a crate and its modules for other targets re-export one by one.
fn exports(files: &[&str]) -> BTreeSet<String> {
    fn names(tree: &UseTree, found: &mut BTreeSet<String>) {
        match tree {
            UseTree::Path(path) => names(&path.tree, found),
            UseTree::Name(name) => drop(found.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(found.insert(rename.rename.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, found)),
            UseTree::Glob(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    for file in files {
        let file = syn::parse_file(file).expect("the crate's root is Rust: it was compiled");
        for item in &file.items {
            if let Item::Use(item) = item {
                names(&item.tree, &mut found);
            }
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
            (&CLIENT_METHODS, ["new", "raw_call"]),
            (&REQUEST_METHODS, ["send", "idempotency_key"]),
        ] {
            assert!(examples.iter().all(|name| names.contains(*name)), "{names:?}");
        }
    }

    #[test]
    fn every_file_of_macros_and_of_the_renderer_is_read() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        for (folder, read) in
            [("crates/fc-types/src/macros", &MACROS[..]), ("xtask/src/generator/render", &RENDERER)]
        {
            for file in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
                let path = file.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(read.contains(&text.as_str()), "{} is in no list above", path.display());
            }
        }
    }

    #[test]
    fn names_in_the_text_that_the_renderer_writes_are_found() {
        for name in
            ["Call", "Client", "Method", "Operation", "EventKind", "EventObject", "WebhookEvent", "Self"]
        {
            assert!(TYPE_NAMES.contains(name), "{name}");
        }
        let source = r#"
            /// Not This.
            fn f(name: &str) -> Nor {
                let doc = "Neither Prose.";
                format!("/// {name} NotThat\nlet x: Taken = Path::Member; {doc}", name = g("Inner"))
            }
        "#;
        assert_eq!(rendered_names(source), ["Inner", "Path", "Taken"].map(str::to_owned).into());
    }

    #[test]
    fn names_that_a_macro_uses_without_a_path_are_found() {
        let source = r#"macro_rules! m {
            ($name:ident) => {
                /// Not This.
                impl<D: serde::Deserializer<'de>> Visitor for $name {
                    type Value = Key;
                    const TEXT: &str = "Nor That";
                    fn f() -> Result<Self::Value, D::Error> { Local::Path(Call { a: Inner }) }
                }
            };
        }"#;
        let found = bare_names(source);
        for name in ["D", "Visitor", "Key", "Result", "Local", "Call"] {
            assert!(found.contains(name), "{name}: {found:?}");
        }
        for name in ["This", "That", "Deserializer", "Value", "Error", "Path"] {
            assert!(!found.contains(name), "{name}: {found:?}");
        }
    }
}
