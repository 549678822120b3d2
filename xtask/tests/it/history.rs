//! Time travel: from each version in `openapi/history` to its neighbour, by the command that takes a new version.

mod known_changes;
mod payloads;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use xtask::cli::{CompileArgs, ReportArgs, SpecArgs, UpdateArgs};
use xtask::command::SLICE_PATH;
use xtask::consumer::{Compiled, Consumer};
use xtask::diff::{Change, Class, KINDS};
use xtask::overlay::{self, Overlay};
use xtask::report::Report;
use xtask::scratch::Scratch;
use xtask::slice::{Provenance, Slice, Spec};
use xtask::source::Source;
use xtask::version::Version;
use xtask::{command, json, pipeline, update, verdict};

use crate::{scratch, workspace};

/// Where everything that tests compile is built.
pub(crate) fn builds() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer")
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// The slice of every version, the oldest first: real ones, and then those that were made from the newest by hand.
fn slices() -> Vec<(String, Value)> {
    let mut names: Vec<String> = fs::read_dir(workspace().join("openapi/history"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json") || name.ends_with(".yaml"))
        .collect();
    names.sort();
    let mut slices: Vec<(String, Value)> = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".json")) {
        let slice = serde_json::from_str(&read(&format!("openapi/history/{name}"))).unwrap();
        slices.push((name.trim_end_matches(".json").to_owned(), slice));
    }
    let spec = Spec::parse(read(SLICE_PATH).into_bytes()).unwrap();
    let (source, provenance) = (Source::read(workspace()).unwrap(), Provenance::of(&spec, None));
    let mut slice = spec.document;
    slices.push((slice["info"]["version"].as_str().unwrap().to_owned(), slice.clone()));
    for name in names.iter().filter(|name| name.ends_with(".yaml")) {
        let step = Overlay::parse(name, &read(&format!("openapi/history/{name}"))).unwrap();
        let unmatched = overlay::apply(&mut slice, &step).unwrap();
        assert_eq!(unmatched, [], "{name}");
        slice["info"]["version"] = step.version.clone().into();
        // What was made by hand is sliced like what comes from Stripe.
        let cut = Slice::cut(&slice, &source).unwrap();
        slices.push((step.version, cut.with_provenance(&provenance)));
    }
    slices
}

fn version(name: &str, slice: &Value) -> Version {
    Version::of(name, json::to_text(slice), read("openapi/overlay.yaml")).unwrap()
}

/// Every pair of neighbours.
fn pairs() -> Vec<(Version, Version)> {
    let versions: Vec<Version> = slices().iter().map(|(name, slice)| version(name, slice)).collect();
    versions.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

fn report(old: &Version, new: &Version) -> Report {
    Report::of(old, new, verdict::Version(0, 1, 0))
}

fn files(version: &Version) -> BTreeMap<PathBuf, String> {
    pipeline::files(&version.inputs, &version.reading).unwrap()
}

/// A workspace whose pin is this version.
pub(crate) fn pinned(test: &str, slice: &Value) -> PathBuf {
    let root = scratch(test);
    fs::create_dir(root.join("openapi")).unwrap();
    for path in ["openapi/overlay.yaml", "openapi/source.toml", "Cargo.toml"] {
        fs::copy(workspace().join(path), root.join(path)).unwrap();
    }
    fs::write(root.join(SLICE_PATH), json::to_text(slice)).unwrap();
    root
}

pub(crate) fn update_to(spec: &Path) -> UpdateArgs {
    UpdateArgs {
        spec: SpecArgs {
            spec: spec.to_str().unwrap().to_owned(),
            sha256: None,
            sdk_spec: None,
            sdk_sha256: None,
            source_commit: Some("c0ffee".to_owned()),
        },
        dry_run: false,
        report: ReportArgs::default(),
        compile: CompileArgs::default(),
    }
}

#[test]
fn every_neighbour_is_taken_by_update_and_the_tree_is_then_what_generate_would_make() {
    let slices = slices();
    assert!(slices.len() >= 6, "{}", slices.len());
    for pair in slices.windows(2) {
        let [(_, old), (name, new)] = pair else { unreachable!("windows of two") };
        let root = pinned("history_update", old);
        let spec = root.join("spec.json");
        // A slice says where it comes from; this one comes from nowhere.
        let mut bare = new.clone();
        bare.as_object_mut().unwrap().remove("x-provenance");
        fs::write(&spec, json::to_text(&bare)).unwrap();
        let outcome = update::update(&root, &update_to(&spec)).unwrap();
        assert_eq!(outcome.failure, None, "{name}");
        let source = Source::read(&root).unwrap();
        assert_eq!(
            (source.pin.api_version.as_str(), source.pin.commit.as_deref()),
            (name.as_str(), Some("c0ffee"))
        );
        assert_eq!(source.pin.sha256, Spec::read(&spec).unwrap().sha256());
        // The same command again finds nothing to do.
        assert!(update::update(&root, &update_to(&spec)).unwrap().output.contains("nothing to update"));
        // Actions for what is gone are listed, and `check` holds out until they are removed.
        let unmatched = version(name, new).reading.unmatched;
        if overlay::release_date(name) > overlay::release_date("2026-09-30.endive") && !unmatched.is_empty() {
            assert!(outcome.output.contains(&format!("## Overlay actions to remove ({})", unmatched.len())));
            let message = format!("{:#}", command::check(&root).unwrap_err());
            assert!(unmatched.iter().all(|action| message.contains(&action.target)), "{message}");
        } else {
            assert_eq!(command::check(&root).unwrap().failure, None, "{name}");
        }
    }
}

#[test]
fn from_2023_to_now_the_report_holds_every_known_change_and_nothing_that_is_not_so() {
    let (old, new) = pairs().remove(0);
    assert_eq!((old.api_version(), new.api_version()), ("2023-08-16", "2026-09-30.endive"));
    let report = report(&old, &new);
    known_changes::assert_exactly(&report.changes);
    assert_eq!(report.from.counts, [("operations", 7), ("types", 34), ("event types", 5)]);
    assert_eq!(report.to.counts, [("operations", 11), ("types", 62), ("event types", 14)]);
    assert_eq!(report.verdict.to, verdict::Version(0, 2, 0));
    // The old filter is recognised under its new name, but only as a candidate.
    let renamed: Vec<_> =
        report.changes.iter().filter_map(|change| change.rename_candidate.as_deref()).collect();
    assert!(renamed.contains(&"fc_types::SessionFiltersParams::country"), "{renamed:?}");
}

/// One line for each change: what a reviewer has to agree with.
fn digest(report: &Report, compiled: &Compiled) -> String {
    let mut lines = vec![report.summary().replace("; ", "\n"), String::new()];
    for change in &report.changes {
        let item = change.rust.first().map_or("", String::as_str);
        let mark = if change.refuses_older_payloads { " †" } else { "" };
        let candidate = change.rename_candidate.as_ref().map(|name| format!(" ~ {name}")).unwrap_or_default();
        assert!(compiled.agrees(change), "{change:?}");
        lines.push(format!(
            "{} | {}{mark} | {item}{candidate} | {}",
            change.class.as_str(),
            change.kind,
            change.wire.first().map_or("", String::as_str)
        ));
    }
    lines.join("\n")
}

#[test]
fn the_crates_compile_the_report_is_right_and_the_compiler_agrees_with_every_class() {
    let builds = Scratch::open(&builds()).unwrap();
    for (old, new) in pairs() {
        let report = report(&old, &new);
        let compiled = builds.check(workspace(), &files(&new), &Consumer::of(&old.reading.model)).unwrap();
        assert_eq!(compiled.disagreements(&report.changes), [""; 0], "{} → {}", old.name, new.name);
        insta::assert_snapshot!(format!("{}_to_{}", old.name, new.name), digest(&report, &compiled));
    }
}

#[test]
fn older_payloads_decode_with_newer_types_unless_the_report_warns_of_it() {
    let builds = Scratch::open(&builds()).unwrap();
    for (old, new) in pairs() {
        let changes = report(&old, &new).changes;
        let samples = payloads::of(&old, &new);
        assert!(samples.len() > 20, "{}", samples.len());
        let results = payloads::decode(&builds, &new, &files(&new), &samples);
        for (sample, result) in samples.iter().zip(results) {
            let warned = sample.is_warned_of(&changes, &old.reading.model);
            let route = format!("{} → {}: {} {}", old.name, new.name, sample.type_name, sample.json);
            match result {
                Ok(()) => assert!(!warned || !sample.is_full, "said not to decode, but does: {route}"),
                Err(error) => assert!(warned, "{error}: {route}"),
            }
        }
        let refusing = changes.iter().any(|change| change.refuses_older_payloads);
        assert_eq!(
            refusing,
            ["2027-04-28.breaking", "2027-07-28.wire"].contains(&new.name.as_str()),
            "{}",
            new.name
        );
    }
}

/// With a kind that does not occur, neither its class nor the compiler's word on it would be tested.
#[test]
fn the_history_has_every_kind_of_change() {
    let mut seen: BTreeMap<&str, Vec<Class>> = BTreeMap::new();
    for (old, new) in pairs() {
        for Change { kind, class, .. } in report(&old, &new).changes {
            let classes = seen.entry(kind).or_default();
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), KINDS);
    let table: String = seen.iter().map(|(kind, classes)| format!("{kind}: {classes:?}\n")).collect();
    insta::assert_snapshot!("kinds_of_change", table);
}
