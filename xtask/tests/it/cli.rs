//! The command line: exit codes and written files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use xtask::cli::{GenerateArgs, SliceArgs, SpecArgs, TargetArgs};
use xtask::commands::{check, generate, slice};
use xtask::spec::document::Spec;
use xtask::spec::provenance::Provenance;

use crate::{general, general_only, scratch, workspace};

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn slice_args(spec: &Path, out: Option<&Path>, commit: Option<&str>) -> SliceArgs {
    SliceArgs {
        target: TargetArgs::default(),
        spec: SpecArgs {
            spec: spec.to_str().unwrap().to_owned(),
            sha256: None,
            sdk_spec: None,
            sdk_sha256: None,
            source_commit: commit.map(str::to_owned),
        },
        out: out.map(Path::to_owned),
    }
}

/// A workspace whose pin is the checked-in slice.
fn pinned_workspace(test: &str) -> PathBuf {
    let root = scratch(test);
    let spec = root.join("spec.json");
    fs::copy(workspace().join("openapi/slice.json"), &spec).unwrap();
    let sha256 = Provenance::of(&Spec::read(&spec).unwrap(), None).sha256;
    let source = fs::read_to_string(workspace().join("openapi/source.toml")).unwrap();
    let source = general_only(&source);
    let pinned = general().pin.sha256;
    fs::create_dir(root.join("openapi")).unwrap();
    fs::write(root.join("openapi/source.toml"), source.replace(&pinned, &sha256)).unwrap();
    root
}

#[test]
fn usage_errors_exit_with_2_and_help_with_0() {
    assert_eq!(xtask(&["slice"]).status.code(), Some(2));
    assert_eq!(xtask(&["polish"]).status.code(), Some(2));
    assert_eq!(xtask(&[]).status.code(), Some(2));
    let help = xtask(&["help"]);
    assert_eq!(help.status.code(), Some(0));
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    for command in ["slice", "generate", "check", "help"] {
        assert!(text.contains(command), "{text}");
    }
}

#[test]
fn other_errors_exit_with_1_and_name_the_file() {
    let output = xtask(&["slice", "--spec", "no/such/file.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: cannot read no/such/file.json: "), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_spec_that_is_not_pinned_does_not_become_the_slice() {
    let slice = workspace().join("openapi/slice.json");
    let before = fs::read(&slice).unwrap();
    // The slice itself has another checksum than the spec it was cut from.
    let output = xtask(&["slice", "--spec", slice.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("sha256: pinned is"), "{}", stderr(&output));
    assert_eq!(fs::read(&slice).unwrap(), before);
}

#[test]
fn another_spec_is_sliced_with_out_and_its_cuts_only_noted() {
    let root = pinned_workspace("cli_other");
    let source = root.join("openapi/source.toml");
    let text = fs::read_to_string(&source).unwrap().replace("    \"token\",\n", "    \"coupon\",\n");
    fs::write(&source, text).unwrap();
    let spec = root.join("spec.json");
    let out = root.join("out/slice.json");
    let outcome = slice::slice(&root, &slice_args(&spec, Some(&out), Some("beef"))).unwrap();
    assert!(outcome.output.contains("11 operations"), "{}", outcome.output);
    let notes = outcome.notes.join("\n");
    assert!(notes.contains("add    \"token\",") && notes.contains("remove \"coupon\","), "{notes}");
    let written: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(written["x-provenance"]["commit"], "beef");
    // Without --out the same difference stops the run.
    let message = format!("{:#}", slice::slice(&root, &slice_args(&spec, None, None)).unwrap_err());
    assert!(message.contains("add    \"token\","), "{message}");
    assert!(!root.join("openapi/slice.json").exists());
}

#[test]
fn the_pinned_spec_becomes_the_slice_and_a_second_run_changes_nothing() {
    let root = pinned_workspace("cli_pinned");
    let spec = root.join("spec.json");
    let first = slice::slice(&root, &slice_args(&spec, None, None)).unwrap();
    assert!(first.output.ends_with("openapi/slice.json written\n"), "{}", first.output);
    assert_eq!(first.notes, [""; 0]);
    let text = fs::read_to_string(root.join("openapi/slice.json")).unwrap();
    assert_eq!(text, xtask::files::json::to_text(&serde_json::from_str(&text).unwrap()));
    let second = slice::slice(&root, &slice_args(&spec, None, None)).unwrap();
    assert!(second.output.ends_with("openapi/slice.json unchanged\n"), "{}", second.output);
    let wrong_commit = slice::slice(&root, &slice_args(&spec, None, Some("beef"))).unwrap_err();
    assert!(format!("{wrong_commit:#}").contains("\"beef\""));
}

#[test]
fn keys_are_written_sorted() {
    let value: Value =
        serde_json::from_str(r#"{"b": {"d": 1, "c": [{"z": 1, "y": 2}]}, "a": null}"#).unwrap();
    let text = xtask::files::json::to_text(&value);
    let order: Vec<_> = "abcyzd".chars().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(order.is_sorted(), "{text}");
    assert!(text.ends_with("}\n"));
}

/// A workspace with the inputs of `generate` and nothing generated.
fn bare_workspace(test: &str) -> PathBuf {
    let root = scratch(test);
    fs::create_dir(root.join("openapi")).unwrap();
    for file in ["slice.json", "overlay.yaml"] {
        fs::copy(workspace().join("openapi").join(file), root.join("openapi").join(file)).unwrap();
    }
    let source = fs::read_to_string(workspace().join("openapi/source.toml")).unwrap();
    fs::write(root.join("openapi/source.toml"), general_only(&source)).unwrap();
    root
}

const HERE: GenerateArgs = GenerateArgs { target: None, slice: None, out: None };

#[test]
fn check_accepts_what_generate_wrote_and_a_second_generate_writes_nothing() {
    let root = bare_workspace("cli_generate");
    let stray = root.join("crates/fc-types/src/generated/stray.rs");
    fs::create_dir_all(stray.parent().unwrap()).unwrap();
    fs::write(&stray, "").unwrap();
    generate::generate(&root, &HERE).unwrap();
    assert!(!stray.exists());
    assert!(root.join("openapi/normalized.json").exists());
    assert_eq!(check::check(&root).unwrap().failure, None);
    let again = generate::generate(&root, &HERE).unwrap().output;
    assert!(again.starts_with("0 written, 0 removed, "), "{again}");
}

#[test]
fn check_shows_a_change_of_one_character_and_names_the_command_that_fixes_it() {
    let root = bare_workspace("cli_check");
    generate::generate(&root, &HERE).unwrap();
    let name = "crates/fc-client/src/generated/mod.rs";
    let text = fs::read_to_string(root.join(name)).unwrap();
    fs::write(root.join(name), text.replacen("//", "///", 1)).unwrap();
    let outcome = check::check(&root).unwrap();
    assert!(outcome.output.contains(&format!("--- a/{name}\n+++ b/{name}\n")), "{}", outcome.output);
    assert!(outcome.failure.unwrap().contains("`cargo xtask generate`"));
}

#[test]
fn generate_into_another_directory_does_not_change_the_workspace() {
    let root = bare_workspace("cli_scratch");
    let out = root.join("elsewhere");
    generate::generate(&root, &GenerateArgs { out: Some(out.clone()), ..GenerateArgs::default() }).unwrap();
    assert!(out.join("crates/fc-types/src/generated/mod.rs").exists());
    assert!(!root.join("crates").exists() && !root.join("openapi/normalized.json").exists());
}

#[test]
fn a_spec_that_is_no_slice_is_rejected_with_the_remedy() {
    let root = bare_workspace("cli_unsliced");
    fs::write(root.join("openapi/slice.json"), "{}").unwrap();
    let message = format!("{:#}", generate::generate(&root, &HERE).unwrap_err());
    assert!(message.contains("slice.json") && message.contains("`cargo xtask slice`"), "{message}");
}
