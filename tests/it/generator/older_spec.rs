//! Generation from an older spec: its output compiles with the hand-written code of both crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xtask::cli::GenerateArgs;
use xtask::commands::generate;
use xtask::files::sync::{Mode, sync};

use super::files_below;
use crate::workspace;

/// Version 2023-08-16, which has no transactions and no subscriptions.
const SLICE: &str = "openapi/history/2023-08-16.json";

/// Operations of the older spec, from its documentation.
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
    // Kept between runs, so that cargo compiles only changes.
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("older_spec");
    // Files that another branch left there are removed.
    let packages = ["crates/fc-types", "crates/fc-client"].map(PathBuf::from);
    sync(&root, &hand_written(), &packages, Mode::Write).unwrap();
    let args = GenerateArgs {
        slice: Some(workspace::root().join(SLICE)),
        out: Some(root.clone()),
        ..GenerateArgs::default()
    };
    let outcome = generate::generate(workspace::root(), &args).unwrap();

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

/// Both crates without generated files, in a separate workspace.
fn hand_written() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for package in ["crates/fc-types", "crates/fc-client"] {
        files.extend(files_below(&format!("{package}/src")));
        // Not compiled here, but cargo looks for each test that a manifest names.
        if workspace::root().join(package).join("tests").exists() {
            files.extend(files_below(&format!("{package}/tests")));
        }
        files
            .insert(format!("{package}/Cargo.toml").into(), workspace::read(format!("{package}/Cargo.toml")));
    }
    let owned = super::general().output.owned();
    files.retain(|path, _| !owned.iter().any(|directory| path.starts_with(directory)));
    for path in ["Cargo.lock", "rust-toolchain.toml"] {
        files.insert(path.into(), workspace::read(path));
    }
    let all = r#"members = ["crates/*", "examples/bank-app", "tests", "xtask", "benches/driver"]"#;
    let manifest = workspace::read("Cargo.toml");
    assert!(manifest.contains(all), "Cargo.toml has other members than this test knows");
    let both = r#"members = ["crates/fc-types", "crates/fc-client"]"#;
    files.insert("Cargo.toml".into(), manifest.replace(all, both));
    files
}
