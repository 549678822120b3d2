//! An older spec generates too, and what comes of it compiles with the hand-written halves of both crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xtask::cli::GenerateArgs;
use xtask::command::{self, OWNED};

use super::{files_below, write};
use crate::workspace;

/// Version 2023-08-16, long before transactions and subscriptions.
const SLICE: &str = "openapi/history/2023-08-16.json";

/// What the older spec has, as its own table of contents says.
const OPERATIONS: [&str; 7] = [
    "create_session",
    "disconnect_account",
    "list_account_owners",
    "list_accounts",
    "refresh_account",
    "retrieve_account",
    "retrieve_session",
];

#[test]
fn an_older_spec_generates_with_notes_and_compiles() {
    // Kept from run to run, so that only what changed is compiled again.
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("older_spec");
    write(&root, &hand_written());
    let args = GenerateArgs { slice: Some(workspace::root().join(SLICE)), out: Some(root.clone()) };
    let outcome = command::generate(workspace::root(), &args).unwrap();

    let notes = outcome.notes.join("\n");
    assert!(notes.contains("things that this older spec (2023-08-16, "), "{notes}");
    assert!(notes.contains("target `$.paths['/v1/financial_connections/transactions'].get`"), "{notes}");

    let normalized: Value =
        serde_json::from_str(&fs::read_to_string(root.join("openapi/normalized.json")).unwrap()).unwrap();
    let mut operations: Vec<&str> = normalized["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    operations.sort_unstable();
    assert_eq!(operations, OPERATIONS);

    let check = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--lib", "-p", "fc-types", "-p", "fc-client"])
        .current_dir(&root)
        .env("CARGO_TARGET_DIR", root.with_file_name("older_spec_target"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

/// Both crates without what is generated, in a workspace of their own.
fn hand_written() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for package in ["crates/fc-types", "crates/fc-client"] {
        files.extend(files_below(&format!("{package}/src")));
        // Not compiled here, but a manifest that names a test must find it.
        if workspace::root().join(package).join("tests").exists() {
            files.extend(files_below(&format!("{package}/tests")));
        }
        files
            .insert(format!("{package}/Cargo.toml").into(), workspace::read(format!("{package}/Cargo.toml")));
    }
    files.retain(|path, _| !OWNED.iter().any(|directory| path.starts_with(directory)));
    for path in ["Cargo.lock", "rust-toolchain.toml"] {
        files.insert(path.into(), workspace::read(path));
    }
    let all = r#"members = ["crates/*", "tests", "xtask"]"#;
    let manifest = workspace::read("Cargo.toml");
    assert!(manifest.contains(all), "Cargo.toml has other members than this test knows");
    let both = r#"members = ["crates/fc-types", "crates/fc-client"]"#;
    files.insert("Cargo.toml".into(), manifest.replace(all, both));
    files
}
