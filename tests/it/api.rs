//! The public API of the hand-written code as text, so that a review shows each change of it.
//!
//! The texts are `tests/api/*.snap`. Generated models and requests are not in them, because `cargo xtask diff` reports their
//! changes. The pinned toolchain's rustdoc describes the crates, with all features.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use insta::{Settings, assert_snapshot};
use public_api::{PublicApi, PublicItem};
use serde_json::Value;

use crate::structure::document;
use crate::workspace::{read, root};

/// Crates whose API is kept.
const CRATES: [&str; 5] = ["fc-client", "fc-ext", "fc-mirror", "fc-sandbox", "fc-types"];

/// The API of each crate, one item per line.
static APIS: LazyLock<BTreeMap<&str, Vec<String>>> = LazyLock::new(|| {
    let target = describe();
    CRATES
        .map(|name| {
            let path = format!("{target}/doc/{}.json", name.replace('-', "_"));
            let api = public_api::Builder::from_rustdoc_json(&path)
                .omit_blanket_impls(true)
                .omit_auto_trait_impls(true)
                .omit_auto_derived_impls(true)
                .build()
                .unwrap_or_else(|error| {
                    panic!("{path}: {error}; the version of public-api belongs to that of Rust")
                });
            let json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            (name, hand_written(&api, &json))
        })
        .into()
});

/// Describes all crates in one run, with the features and dependencies that the other steps of the gate build. Gives the build
/// folder.
fn describe() -> String {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(root()).args(arguments);
        // cargo describes this test in its environment, which would make build scripts run anew.
        let described = [
            "CARGO_BIN_",
            "CARGO_CRATE_",
            "CARGO_MANIFEST_",
            "CARGO_PKG_",
            "CARGO_PRIMARY_",
            "CARGO_TARGET_TMP",
        ];
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| described.iter().any(|start| name.starts_with(start))) {
                command.env_remove(&name);
            }
        }
        command.env("RUSTDOC", root().join("tests/api/rustdoc"));
        command.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow");
        command
    };
    let packages: Vec<String> = CRATES.iter().map(|name| format!("--package={name}")).collect();
    let mut arguments = vec!["doc", "--quiet", "--locked", "--no-deps", "--lib", "--all-features"];
    arguments.extend(packages.iter().map(String::as_str));
    let output = cargo(&arguments).output().expect("cargo runs the test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata =
        cargo(&["metadata", "--no-deps", "--format-version=1"]).output().expect("cargo runs the test");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    metadata["target_directory"].as_str().unwrap().to_owned()
}

/// The items that no generated file has. An item of a macro has the place of the call.
fn hand_written(api: &PublicApi, json: &Value) -> Vec<String> {
    let is_generated = |item: &PublicItem| {
        let file = json["index"][item.id().0.to_string()]["span"]["filename"].as_str();
        file.is_some_and(|file| file.contains("/generated/"))
    };
    let items = api.items().filter(|item| !is_generated(item)).map(ToString::to_string);
    let mut items: Vec<String> = items.filter(|item| !is_below_prelude(item)).collect();
    // The prelude repeats items of the root, which come after it.
    let mut seen = BTreeSet::new();
    items.reverse();
    items.retain(|item| seen.insert(item.clone()));
    items.reverse();
    items
}

/// Whether a line is about a part of an item that the prelude repeats. The item itself is a line.
fn is_below_prelude(item: &str) -> bool {
    let name = item.split_once("fc_ext::prelude::").map(|(_, name)| name);
    name.is_some_and(|name| {
        name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').starts_with("::")
    })
}

#[test]
fn the_public_api_is_the_accepted_one() {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/api"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description("accept with: INSTA_UPDATE=always cargo test -p fc-tests --test it api");
    settings.bind(|| {
        for (name, items) in APIS.iter() {
            assert_snapshot!(*name, items.join("\n"));
        }
    });
}

/// Types of other crates are part of our API: their breaking version is a breaking version of ours.
#[test]
fn types_of_other_crates_in_the_api_are_argued() {
    let map = read("ARCHITECTURE.md");
    let blocks = document::blocks(&map);
    let block = blocks.iter().find(|block| block.info == "foreign").expect("ARCHITECTURE.md has the list");
    let mut argued = BTreeSet::new();
    for (line, text) in &block.lines {
        let (name, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        assert!(!reason.trim().is_empty(), "ARCHITECTURE.md:{line} gives no reason for {name}");
        argued.insert(name.to_owned());
    }
    let found: BTreeSet<String> = APIS.values().flatten().flat_map(|item| foreign(item)).collect();
    let missing: Vec<_> = found.difference(&argued).collect();
    let gone: Vec<_> = argued.difference(&found).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "ARCHITECTURE.md, list of foreign types: {missing:?} are in the API and not argued, {gone:?} are argued and not there"
    );
}

/// Types of other crates that a line names. The standard library and our own crates are not foreign.
fn foreign(item: &str) -> Vec<String> {
    let words = item.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let paths = words.filter(|word| word.contains("::"));
    let foreign = paths.filter(|path| {
        let root = path.split("::").next().unwrap_or_default();
        let is_ours =
            root.is_empty() || root.starts_with("fc_") || !root.starts_with(|c: char| c.is_ascii_lowercase());
        !is_ours && !matches!(root, "core" | "alloc" | "std")
    });
    foreign.map(str::to_owned).collect()
}

#[test]
fn a_foreign_type_is_found_in_any_place_of_a_line() {
    let of = |line: &str| foreign(line).join(" ");
    assert_eq!(
        of("pub fn fc_client::Config::with_http_client(self, reqwest::Client) -> Self"),
        "reqwest::Client"
    );
    assert_eq!(
        of(
            "impl<S> axum_core::extract::FromRequest<S> for fc_ext::webhook::WebhookEvent where S: core::marker::Send"
        ),
        "axum_core::extract::FromRequest"
    );
    assert_eq!(of("pub type fc_ext::Iter<'_, S>::Item = core::result::Result<T, E>"), "");
    assert_eq!(of("pub fn fc_ext::F::f(&self) -> <Self as alloc::borrow::ToOwned>::Owned"), "");
}
