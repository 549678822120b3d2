//! The writer: it touches only files that differ, and removes files only from its directories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::files::sync::{Mode, Report, sync};

use crate::scratch;

fn files(entries: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
    entries.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

fn run(root: &Path, entries: &[(&str, &str)], owned: &[&str], mode: Mode) -> Report {
    let owned: Vec<_> = owned.iter().map(PathBuf::from).collect();
    sync(root, &files(entries), &owned, mode).unwrap()
}

#[test]
fn missing_files_are_written_with_their_directories() {
    let root = scratch("sync_missing");
    let report = run(&root, &[("a/b/c.rs", "x\n"), ("d.json", "{}\n")], &["a"], Mode::Write);
    assert_eq!(fs::read_to_string(root.join("a/b/c.rs")).unwrap(), "x\n");
    assert_eq!(report.written, [PathBuf::from("a/b/c.rs"), PathBuf::from("d.json")]);
    // No temporary file stays behind.
    assert_eq!(fs::read_dir(root.join("a/b")).unwrap().count(), 1);
}

#[test]
fn files_without_a_difference_are_not_touched() {
    let root = scratch("sync_untouched");
    run(&root, &[("a.rs", "x\n"), ("b.rs", "y\n")], &[], Mode::Write);
    let written_at = |name: &str| fs::metadata(root.join(name)).unwrap().modified().unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    for name in ["a.rs", "b.rs"] {
        fs::File::options().write(true).open(root.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
    let report = run(&root, &[("a.rs", "x\n"), ("b.rs", "z\n")], &[], Mode::Write);
    assert_eq!((report.written, report.unchanged), (vec![PathBuf::from("b.rs")], 1));
    assert_eq!(written_at("a.rs"), long_ago);
    assert_ne!(written_at("b.rs"), long_ago);
}

#[test]
fn strays_are_removed_only_in_owned_directories() {
    let root = scratch("sync_strays");
    let old = [
        ("own/keep.rs", ""),
        ("own/old.rs", ""),
        ("own/deep/old.rs", ""),
        ("other/mine.rs", ""),
        ("top.rs", ""),
    ];
    run(&root, &old, &[], Mode::Write);
    let report = run(&root, &[("own/keep.rs", "")], &["own", "not/there"], Mode::Write);
    assert_eq!(report.removed, [PathBuf::from("own/deep/old.rs"), PathBuf::from("own/old.rs")]);
    assert!(root.join("own/keep.rs").exists());
    assert!(!root.join("own/deep").exists(), "an emptied directory goes too");
    assert!(root.join("other/mine.rs").exists() && root.join("top.rs").exists());
}

#[test]
fn a_check_changes_nothing_and_shows_every_kind_of_difference() {
    let root = scratch("sync_check");
    run(
        &root,
        &[("own/same.rs", "s\n"), ("own/edited.rs", "one\ntwo\n"), ("own/stray.rs", "old\n")],
        &[],
        Mode::Write,
    );
    let rendered = [("own/same.rs", "s\n"), ("own/edited.rs", "one\nthree\n"), ("own/new.rs", "new\n")];
    let report = run(&root, &rendered, &["own"], Mode::Check);
    assert!(!report.is_clean());
    assert_eq!(report.unchanged, 1);
    let expected = "\
--- a/own/edited.rs
+++ b/own/edited.rs
@@ -1,2 +1,2 @@
 one
-two
+three
missing: own/new.rs
--- /dev/null
+++ b/own/new.rs
@@ -0,0 +1 @@
+new
stray, nothing renders it: own/stray.rs
--- a/own/stray.rs
+++ /dev/null
@@ -1 +0,0 @@
-old
";
    assert_eq!(report.diff, expected);
    assert_eq!(fs::read_to_string(root.join("own/edited.rs")).unwrap(), "one\ntwo\n");
    assert!(root.join("own/stray.rs").exists() && !root.join("own/new.rs").exists());
}

#[test]
fn a_check_after_a_write_is_clean() {
    let root = scratch("sync_clean");
    let entries = [("own/a.rs", "x\n"), ("b.json", "{}\n")];
    run(&root, &entries, &["own"], Mode::Write);
    let report = run(&root, &entries, &["own"], Mode::Check);
    assert!(report.is_clean());
    assert_eq!((report.unchanged, report.diff.as_str()), (2, ""));
}

#[test]
fn a_checkout_with_crlf_counts_as_equal() {
    let root = scratch("sync_crlf");
    run(&root, &[("a.rs", "x\r\ny\r\n")], &[], Mode::Write);
    assert!(run(&root, &[("a.rs", "x\ny\n")], &[], Mode::Check).is_clean());
    assert!(run(&root, &[("a.rs", "x\ny\n")], &[], Mode::Write).is_clean());
}

#[test]
fn a_file_that_is_not_text_is_replaced() {
    let root = scratch("sync_bytes");
    fs::write(root.join("a.rs"), b"\xff\xfe").unwrap();
    run(&root, &[("a.rs", "x\n")], &[], Mode::Write);
    assert_eq!(fs::read_to_string(root.join("a.rs")).unwrap(), "x\n");
}

#[test]
fn paths_that_leave_the_root_are_rejected() {
    let root = scratch("sync_outside");
    for path in ["../a.rs", "/a.rs", "own/../../a.rs"] {
        let message = sync(&root, &files(&[(path, "")]), &[], Mode::Write).unwrap_err().to_string();
        assert!(message.contains(path), "{message}");
        assert!(sync(&root, &files(&[]), &[PathBuf::from(path)], Mode::Write).is_err(), "{path}");
    }
}

#[test]
fn a_file_system_error_names_the_path() {
    let root = scratch("sync_refusal");
    fs::create_dir(root.join("a.rs")).unwrap();
    let message = sync(&root, &files(&[("a.rs", "")]), &[], Mode::Write).unwrap_err().to_string();
    assert!(message.contains("a.rs"), "{message}");
}
