//! Small trees with one violation each, so that a rule that finds nothing is known to work.

use std::collections::{BTreeMap, BTreeSet};

use super::arrows::{self, Arrow};
use super::source::{Files, Source};
use super::{circles, document, layers, libraries, manifests, paths, walks};

fn source(files: &[(&str, &str)]) -> Source {
    let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Source::read("a-crate", &files).unwrap()
}

/// Arrows of a tree, as `from:line → to`.
fn drawn(files: &[(&str, &str)]) -> Vec<String> {
    let arrows = arrows::arrows(&source(files));
    arrows.iter().map(|Arrow { from, to, line, .. }| format!("{from}:{line} → {to}")).collect()
}

#[test]
fn an_import_is_an_arrow_to_the_file_of_its_item() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::{c::{self, Deep}, Item as Other};\nfn f() { c::call() }"),
        ("b.rs", "pub mod c;\npub struct Item;"),
        ("b/c.rs", "pub struct Deep; pub fn call() {}"),
    ];
    assert_eq!(drawn(&files), ["a.rs:1 → b.rs", "a.rs:1 → b/c.rs"]);
}

#[test]
fn paths_in_bodies_types_and_macros_are_arrows() {
    let b = ("b.rs", "pub fn f() {} pub struct T;");
    for text in [
        "fn g() { crate::b::f() }",
        "fn g() { super::b::f() }",
        "struct S(Vec<crate::b::T>);",
        "fn g() { println!(\"{}\", crate::b::f()) }",
        "fn g() { use crate::b; b::f() }",
        "macro_rules! m { () => { $crate::b::f() } }",
        "use crate::b::*;\nfn g() { f() }",
        "use crate::b as c; impl Iterator for c::T {}",
        "fn g() { let x = <crate::b::T as Default>::default(); }",
        "mod inner { fn g() { super::super::b::f() } }",
    ] {
        let drawn = drawn(&[("lib.rs", "mod a; mod b;"), ("a.rs", text), b]);
        assert_eq!(drawn.len(), 1, "{text}: {drawn:?}");
        assert!(drawn[0].starts_with("a.rs:") && drawn[0].ends_with("→ b.rs"), "{text}: {drawn:?}");
    }
}

#[test]
fn what_only_looks_like_an_arrow_is_none() {
    for text in [
        "// use crate::b::T;\n",
        "/* crate::b::f() */",
        "const S: &str = \"crate::b::f()\";",
        "const S: &str = r#\"crate::b::f()\"#;",
        "use std::b::T;",
        "fn g<'b>(x: &'b str) { x.b() }",
        "#[cfg(test)] mod tests { use crate::b::T; }",
        "#[cfg(test)] use crate::b::{T, f};\nfn g() {}",
        "#[test] fn g() { crate::b::f() }",
        "use crate::b;",
        "struct S; mod inner { use super::S; }",
    ] {
        let tree = [("lib.rs", "mod a; mod b;"), ("a.rs", text), ("b.rs", "pub fn f() {} pub struct T;")];
        assert!(drawn(&tree).is_empty(), "{text}: {:?}", drawn(&tree));
    }
}

#[test]
fn code_after_a_test_item_is_no_test() {
    let a = "#[cfg(test)] mod tests { }\n#[cfg(not(test))] fn g() { crate::b::f() }";
    let tree = [("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", "pub fn f() {}")];
    assert_eq!(drawn(&tree), ["a.rs:2 → b.rs"]);
}

#[test]
fn a_re_export_is_no_arrow_but_its_user_has_one_to_both_files() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use crate::b::Item;"),
        ("a.rs", "use crate::b::Item;"),
        ("b/mod.rs", "mod c; pub(crate) use self::c::Item;"),
        ("b/c.rs", "pub struct Item;"),
    ];
    assert_eq!(drawn(&files), ["a.rs:1 → b/c.rs", "a.rs:1 → b/mod.rs"]);
}

#[test]
fn an_item_of_another_crate_is_an_arrow_only_to_a_file_that_re_exports_it() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use other::Item; mod own { pub const OWN: u8 = 0; }"),
        ("a.rs", "use crate::Item; use crate::b::Deep; use crate::own::OWN;"),
        ("b.rs", "pub use other::Deep;"),
    ];
    assert_eq!(drawn(&files), ["a.rs:1 → b.rs", "a.rs:1 → lib.rs"]);
    assert!(drawn(&[files[0], ("a.rs", "use crate::Item;"), files[2]]).is_empty());
}

#[test]
fn a_re_exported_name_that_is_also_used_is_an_arrow() {
    let files = [
        ("lib.rs", "mod b;"),
        ("b.rs", "mod c;\npub use c::Item;\nfn f() -> Item { todo!() }"),
        ("b/c.rs", "pub struct Item;"),
    ];
    assert_eq!(drawn(&files), ["b.rs:3 → b/c.rs"]);
}

#[test]
fn imports_that_lead_to_each_other_end() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use crate::b::Item; pub use crate::b::*; fn f(i: Item, j: Other) {}"),
        ("b.rs", "pub use crate::a::Item; pub use crate::a::*;"),
    ];
    assert_eq!(drawn(&files), ["a.rs:1 → b.rs"]);
}

#[test]
fn a_member_with_the_name_of_a_re_export_is_no_arrow() {
    let b = "mod c; pub use c::item; fn f(s: S) -> S { s.item(); s.item; S::<u8>::item(); S { item: 1 } }";
    assert!(drawn(&[("lib.rs", "mod b;"), ("b.rs", b), ("b/c.rs", "pub fn item() {}")]).is_empty());
}

#[test]
fn an_item_that_a_macro_defines_is_in_the_file_of_its_module() {
    let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::Made;"), ("b.rs", "make!(Made);")];
    assert_eq!(drawn(&files), ["a.rs:1 → b.rs"]);
}

#[test]
fn a_macro_without_an_import_is_an_arrow() {
    let files = [
        ("lib.rs", "#[macro_use] mod macros; mod a;"),
        ("a.rs", "id!(A);"),
        ("macros.rs", "macro_rules! id { () => {} }"),
    ];
    assert_eq!(drawn(&files), ["a.rs:1 → macros.rs"]);
}

#[test]
fn the_binary_sees_the_library_by_its_name() {
    let files = [
        ("lib.rs", "pub mod a;"),
        ("a.rs", "pub fn f() {}"),
        ("main.rs", "mod b; fn main() { a_crate::a::f() }"),
        ("b.rs", "use crate::main;"),
    ];
    assert_eq!(drawn(&files), ["b.rs:1 → main.rs", "main.rs:1 → a.rs"]);
}

#[test]
fn a_module_without_a_file_is_an_error() {
    let files = Files::from([("lib.rs".to_owned(), "mod gone;".to_owned())]);
    assert_eq!(Source::read("a", &files).unwrap_err(), "lib.rs declares `mod gone`, which has no file");
}

#[test]
fn circles_of_any_length_are_found_with_their_arrows() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod leaf; mod parent; mod free; use crate::a::A;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "\nuse crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; use crate::leaf::L; pub struct C;"),
        ("leaf.rs", "pub struct L;"),
        ("parent.rs", "mod child; pub struct Shared; fn f() { child::g() }"),
        ("parent/child.rs", "use super::Shared; pub fn g() {}"),
        ("free.rs", "use crate::a::A;"),
    ];
    let arrows = arrows::arrows(&source(&files));
    let circles: Vec<Vec<&str>> =
        circles::circles(&arrows).into_iter().map(|circle| circle.into_iter().collect()).collect();
    assert_eq!(circles, [vec!["a.rs", "b.rs", "c.rs"], vec!["parent.rs", "parent/child.rs"]]);
    let problems = circles::problems("src", &arrows);
    assert!(problems[0].contains("src/b.rs:2 uses `crate::c::C` of src/c.rs"), "{problems:?}");
}

const LIST: &str =
    "text\n```layers src\nlib.rs  root\napi/ page.rs  surface\napi/low.rs  below it\nstate.rs\n```\n";

fn layer_problems(files: &[(&str, &str)]) -> Vec<String> {
    let source = source(files);
    let blocks = document::blocks(LIST);
    let list = layers::Layers::read("MAP.md", &blocks[0]).unwrap();
    list.problems(&arrows::files(&source), &arrows::arrows(&source))
}

/// A tree that keeps to the list but for the file `api/call.rs`, `state.rs` and `api/low.rs` as given.
fn tree<'a>(call: &'a str, state: &'a str, low: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("lib.rs", "mod api; mod page; mod state;"),
        ("api.rs", "mod call; mod low; pub struct Api;"),
        ("api/call.rs", call),
        ("api/low.rs", low),
        ("page.rs", "pub struct Page;"),
        ("state.rs", state),
    ]
}

#[test]
fn downward_arrows_and_those_within_an_entry_are_allowed() {
    let call = "use super::Api; use crate::state::State; use super::low::Low;";
    assert!(layer_problems(&tree(call, "pub struct State;", "pub struct Low;")).is_empty());
}

#[test]
fn an_arrow_upward_names_both_files_and_the_list() {
    let problems = layer_problems(&tree("pub struct Call;", "\nuse crate::api::call::Call;", ""));
    assert_eq!(
        problems,
        [
            "src/state.rs:2 uses `crate::api::call::Call` of src/api/call.rs, but `api/` stands above `state.rs` in \
          the list at MAP.md:2: move the code down, or change the list"
        ]
    );
    assert_eq!(layer_problems(&tree("", "pub struct State;", "use super::Api;")).len(), 1);
}

#[test]
fn an_arrow_to_the_side_is_refused() {
    let problems = layer_problems(&tree("use crate::page::Page;", "", ""));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("`page.rs` stands beside `api/`"), "{problems:?}");
}

#[test]
fn every_file_has_a_layer_and_every_layer_a_file() {
    let files =
        [("lib.rs", "mod state; mod new; mod api;"), ("state.rs", ""), ("new.rs", ""), ("api.rs", "")];
    assert_eq!(
        layer_problems(&files),
        [
            "src/new.rs is in no layer: add it to the list at MAP.md:2",
            "MAP.md:4: no file belongs to `page.rs`: remove it",
            "MAP.md:5: no file belongs to `api/low.rs`: remove it",
        ]
    );
}

#[test]
fn a_name_stands_in_a_list_once() {
    let text = "```layers src\nlib.rs\nlib.rs\n```";
    let list = layers::Layers::read("MAP.md", &document::blocks(text)[0]).unwrap();
    let problems = list.problems(&BTreeSet::from(["lib.rs"]), &[]);
    assert!(problems.contains(&"MAP.md:3: `lib.rs` stands in the list twice".to_owned()), "{problems:?}");
}

#[test]
fn a_manifest_has_exactly_the_listed_arrows() {
    let manifests = |ours: &str| {
        BTreeMap::from([
            ("a/Cargo.toml".to_owned(), format!("[package]\nname = \"a\"\n{ours}")),
            ("b/Cargo.toml".to_owned(), "[package]\nname = \"b\"".to_owned()),
        ])
    };
    let problems = |list: &str, ours: &str| {
        let text = format!("```packages\n{list}\n```");
        let blocks = document::blocks(&text);
        manifests::problems("MAP.md", &blocks[0], &manifests(ours))
    };
    assert!(problems("a b\nb", "[dependencies]\nb.path = \"b\"\nserde = \"1\"").is_empty());
    assert!(problems("a  tests: b\nb", "[dev-dependencies]\nb.path = \"b\"").is_empty());
    let stray = "a/Cargo.toml: a depends on b, which the list at MAP.md:1 does not allow: remove the dependency, \
                 or change the list";
    assert_eq!(problems("a\nb", "[dependencies]\nb.path = \"b\""), [stray]);
    assert_eq!(problems("a\nb", "[build-dependencies]\nother = { package = \"b\" }"), [stray]);
    assert_eq!(problems("a\nb", "[target.'cfg(unix)'.dependencies]\nb.path = \"b\""), [stray]);
    assert_eq!(problems("a  tests: b\nb", "[dependencies]\nb.path = \"b\"").len(), 2);
    assert_eq!(
        problems("a b\nb", ""),
        ["MAP.md:1: a is said to use b, but a/Cargo.toml has no such dependency"]
    );
    assert_eq!(problems("a", ""), ["b/Cargo.toml: b is not in the list at MAP.md:1"]);
    assert_eq!(problems("a\nb\nc", ""), ["MAP.md:1: there is no package c"]);
}

#[test]
fn a_path_that_is_gone_is_named_with_its_line() {
    let known = BTreeSet::from(["crates/a.rs", "docs/guide.md", "docs/b.md", "README.md"]);
    let exists = |path: &str| known.contains(path);
    let missing = |text: &str| paths::missing("docs/b.md", text, &exists, &|_| "# A title: `x`\n".to_owned());
    assert!(
        missing("`crates/a.rs`, `guide.md`, [c](../README.md#a-title-x), [d](guide.md), [e](https://f.g/h)")
            .is_empty()
    );
    assert!(
        missing(
            "`/v1/accounts.json`, `Account::id`, `application/json`, `report.*`\n```\n`crates/gone.rs`\n```"
        )
        .is_empty()
    );
    assert_eq!(
        missing("\n`crates/{a,gone}.rs`"),
        ["docs/b.md:2 names `crates/gone.rs`, which does not exist"]
    );
    assert_eq!(missing("`gone.md`").len(), 1);
    assert_eq!(missing("`xtask/src/gone`").len(), 1);
    assert_eq!(missing("[a](gone.md)"), ["docs/b.md:1 links to docs/gone.md, which does not exist"]);
    assert_eq!(
        missing("[a](guide.md#gone)"),
        ["docs/b.md:1 links to #gone, which docs/guide.md does not have"]
    );
}

#[test]
fn a_map_is_read_by_its_indentation() {
    let text = "```map\na/   one\n  b.rs\n  c/ two\n    d.rs\ne.rs\n```";
    let paths: Vec<String> =
        paths::mapped(&document::blocks(text)[0]).into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths, ["a/", "a/b.rs", "a/c/", "a/c/d.rs", "e.rs"]);
}

#[test]
fn a_library_outside_its_files_is_named_with_the_line() {
    let uses = |text: &str| {
        let found =
            arrows::outside(&source(&[("lib.rs", "mod a; mod net;"), ("a.rs", text), ("net.rs", "")]));
        found.into_iter().map(|(file, line, name)| (format!("src/{file}"), line, name)).collect::<Vec<_>>()
    };
    let problems = |allowed: &str, text: &str| {
        let text_of_list = format!("```libraries\naxum {allowed}\n```");
        libraries::problems("MAP.md", &document::blocks(&text_of_list)[0], &uses(text))
    };
    assert!(problems("src/a.rs", "use axum::Router;").is_empty());
    assert!(problems("src/a/", "fn f() { axum::serve() }").is_empty());
    let stray = "src/a.rs:2 uses axum, which the list at MAP.md:2 keeps to src/b.rs";
    for text in [
        "\nuse axum::{Router, http};",
        "\nfn f(x: axum::Router) {}",
        "\nuse ::axum::Router;",
        "\nfn f() { ::axum::serve() }",
    ] {
        assert_eq!(problems("src/b.rs", text)[0], stray, "{text}");
    }
    assert_eq!(problems("src/b.rs", ""), ["MAP.md:2: src/b.rs does not use axum: remove it"]);
    for text in [
        "#[cfg(test)] use axum::Router;",
        "mod axum { pub fn f() {} } fn g() { axum::f() }",
        "fn f() { crate::net::axum::g() }",
    ] {
        assert_eq!(problems("src/b.rs", text).len(), 1, "{text}");
    }
}

#[test]
fn a_walk_follows_the_imports() {
    let source = source(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "pub struct B;"),
        ("c.rs", "pub struct C;"),
    ]);
    let problems = |lines: &str| {
        let text = format!("```walk src\n{lines}\n```");
        let block = &document::blocks(&text)[0];
        walks::problems("MAP.md", block, &arrows::files(&source), &arrows::arrows(&source))
    };
    assert!(problems("a.rs one\n  b.rs two\n  ~ c.rs three").is_empty());
    assert_eq!(problems("a.rs\n  c.rs"), ["MAP.md:3 lists `c.rs` under a.rs, which does not use it"]);
    assert_eq!(problems("a.rs\n  ~ b.rs"), ["MAP.md:3 lists `b.rs` with ~, but a.rs imports it"]);
    assert_eq!(problems("a.rs\n  b.rs\n  b.rs"), ["MAP.md:4 lists `b.rs` twice"]);
    assert_eq!(problems("d.rs"), ["MAP.md:2 lists `d.rs`, which does not exist"]);
}
