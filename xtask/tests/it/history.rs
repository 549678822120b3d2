//! Replay of history: `update` from each version in `openapi/history` to the next one.

mod known_changes;
mod payloads;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use xtask::changes::change::{Change, ChangeKind, Class};
use xtask::changes::compiled::Compiled;
use xtask::changes::consumer::Consumer;
use xtask::changes::report::Report;
use xtask::changes::scratch::Scratch;
use xtask::changes::verdict;
use xtask::changes::version::Version;
use xtask::cli::{CompileArgs, ReportArgs, SpecArgs, TargetArgs, UpdateArgs};
use xtask::commands::{check, update};
use xtask::files::json;
use xtask::generator::overlay::{self, Overlay};
use xtask::generator::pipeline;
use xtask::generator::slice::Slice;
use xtask::spec::document::Spec;
use xtask::spec::provenance::Provenance;
use xtask::spec::source::Source;

use crate::{SLICE_PATH, general, general_only, scratch, workspace};

/// Build directory of everything that tests compile.
pub(crate) fn builds() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer")
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// The slice of every version, the oldest first: real ones, then made-up ones that follow the newest.
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
    let provenance = Provenance::of(&spec, None);
    let mut slice = spec.document;
    slices.push((slice["info"]["version"].as_str().unwrap().to_owned(), slice.clone()));
    for name in names.iter().filter(|name| name.ends_with(".yaml")) {
        let step = Overlay::parse(name, &read(&format!("openapi/history/{name}"))).unwrap();
        let unmatched = overlay::apply(&mut slice, &step).unwrap();
        assert_eq!(unmatched, [], "{name}");
        slice["info"]["version"] = step.version.clone().into();
        // A made-up spec is sliced like one from Stripe.
        let cut = Slice::cut(&slice, &general()).unwrap();
        slices.push((step.version, cut.with_provenance(&provenance)));
    }
    slices
}

fn version(name: &str, slice: &Value) -> Version {
    let overlay = |path: &Path| Ok(read(path.to_str().unwrap()));
    Version::of(name, &general(), json::to_text(slice), &overlay).unwrap()
}

/// Every pair of a version and the next one.
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
    for path in ["openapi/overlay.yaml", "Cargo.toml"] {
        fs::copy(workspace().join(path), root.join(path)).unwrap();
    }
    fs::write(root.join("openapi/source.toml"), general_only(&read("openapi/source.toml"))).unwrap();
    fs::write(root.join(SLICE_PATH), json::to_text(slice)).unwrap();
    root
}

pub(crate) fn update_to(spec: &Path) -> UpdateArgs {
    UpdateArgs {
        target: TargetArgs::default(),
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
fn update_takes_every_next_version_and_check_then_passes() {
    let slices = slices();
    assert!(slices.len() >= 6, "{}", slices.len());
    for pair in slices.windows(2) {
        let [(_, old), (name, new)] = pair else { unreachable!("windows of two") };
        let root = pinned("history_update", old);
        let spec = root.join("spec.json");
        // A made-up version has no provenance.
        let mut bare = new.clone();
        bare.as_object_mut().unwrap().remove("x-provenance");
        fs::write(&spec, json::to_text(&bare)).unwrap();
        let outcome = update::update(&root, &update_to(&spec)).unwrap();
        assert_eq!(outcome.failure, None, "{name}");
        let source = Source::read(&root).unwrap().target("ga").unwrap().clone();
        assert_eq!(
            (source.pin.api_version.as_str(), source.pin.commit.as_deref()),
            (name.as_str(), Some("c0ffee"))
        );
        assert_eq!(source.pin.sha256, Spec::read(&spec).unwrap().sha256());
        // The same command again finds nothing to do.
        assert!(update::update(&root, &update_to(&spec)).unwrap().output.contains("nothing to update"));
        // Actions without a target are listed, and `check` fails until they are removed.
        let unmatched = version(name, new).reading.unmatched;
        if overlay::release_date(name) > overlay::release_date("2026-09-30.endive") && !unmatched.is_empty() {
            assert!(outcome.output.contains(&format!("## Overlay actions to remove ({})", unmatched.len())));
            let message = format!("{:#}", check::check(&root).unwrap_err());
            assert!(unmatched.iter().all(|action| message.contains(&action.target)), "{message}");
        } else {
            assert_eq!(check::check(&root).unwrap().failure, None, "{name}");
        }
    }
}

#[test]
fn from_2023_to_now_the_report_has_exactly_the_known_changes() {
    let (old, new) = pairs().remove(0);
    assert_eq!((old.api_version(), new.api_version()), ("2023-08-16", "2026-09-30.endive"));
    let report = report(&old, &new);
    known_changes::assert_exactly(&report.changes);
    assert_eq!(report.from.counts, [("operations", 7), ("types", 35), ("event types", 5)]);
    assert_eq!(report.to.counts, [("operations", 11), ("types", 63), ("event types", 14)]);
    assert_eq!(report.verdict.to, verdict::Version(0, 2, 0));
    // The old filter is recognised under its new name, but only as a candidate.
    let renamed: Vec<_> =
        report.changes.iter().filter_map(|change| change.rename_candidate.as_deref()).collect();
    assert!(renamed.contains(&"fc_types::SessionFiltersParams::country"), "{renamed:?}");
}

/// One line for each change, for review.
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
fn the_compiler_agrees_with_the_class_of_every_change() {
    let builds = Scratch::open(&builds()).unwrap();
    for (old, new) in pairs() {
        let report = report(&old, &new);
        let compiled = builds.check(workspace(), &files(&new), &Consumer::of(&old.reading.model)).unwrap();
        assert_eq!(compiled.disagreements(&report.changes), [""; 0], "{} → {}", old.name, new.name);
        insta::assert_snapshot!(format!("{}_to_{}", old.name, new.name), digest(&report, &compiled));
    }
}

#[test]
fn older_payloads_decode_with_newer_types_unless_the_report_warns() {
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

/// The general overlay does not know what is in preview, as it would not know a new version.
#[test]
fn the_real_preview_is_taken_as_an_update_and_the_compiler_agrees() {
    let parse = |path: &str| serde_json::from_str(&read(path)).unwrap();
    let (old, new) = (parse(SLICE_PATH), parse("openapi/preview/slice.json"));
    let root = pinned("history_preview", &old);
    let spec = root.join("spec.json");
    fs::write(&spec, json::to_text(&new)).unwrap();
    let outcome = update::update(&root, &update_to(&spec)).unwrap();
    assert!(outcome.output.contains("## Needs a decision (2)"), "{}", outcome.output);

    let (old, new) = (version("the general version", &old), version("the preview", &new));
    let places: Vec<&str> = new.reading.decisions.iter().map(|decision| decision.wire.as_str()).collect();
    assert_eq!(
        places,
        ["account", "authorization"].map(|of| format!("financial_connections.{of}.institution"))
    );
    let report = report(&old, &new);
    assert_eq!(report.to.counts, [("operations", 15), ("types", 92), ("event types", 16)]);
    // The holder of a session became optional.
    let breaking: BTreeSet<&str> =
        report.of_class(Class::BreaksCallers).flat_map(|change| &change.rust).map(String::as_str).collect();
    assert_eq!(
        breaking,
        BTreeSet::from([
            "fc_client::Client::create_session",
            "fc_client::CreateSession::account_holder",
            "fc_types::CreateSessionParams::account_holder",
            "fc_types::CreateSessionParams::new",
            "fc_types::CreateSessionParams::with_account_holder",
        ])
    );
    let builds = Scratch::open(&builds()).unwrap();
    let compiled = builds.check(workspace(), &files(&new), &Consumer::of(&old.reading.model)).unwrap();
    assert_eq!(compiled.disagreements(&report.changes), [""; 0]);
}

/// Every public item of the preview's module can be used, with the feature.
#[test]
fn the_module_of_the_preview_compiles_and_its_paths_are_those_of_the_module() {
    let target = Source::read(workspace()).unwrap().target("preview").unwrap().clone();
    let slice = read(target.slice.to_str().unwrap());
    let overlay = |path: &Path| Ok(read(path.to_str().unwrap()));
    let version = Version::of("the preview", &target, slice, &overlay).unwrap();
    let builds = Scratch::open(&builds()).unwrap();
    let consumer = Consumer::of(&version.reading.model);
    let compiled = builds.check(workspace(), &files(&version), &consumer).unwrap();
    assert_eq!((compiled.broken, compiled.uses > 500), (Vec::new(), true));
    // A report names items by the module.
    let mut older = version.inputs.slice.clone();
    older["components"]["schemas"]["financial_connections.session"]["properties"]
        .as_object_mut()
        .unwrap()
        .remove("url");
    let older = Version::of("older", &target, json::to_text(&older), &overlay).unwrap();
    let items: Vec<String> =
        report(&older, &version).changes.into_iter().flat_map(|change| change.rust).collect();
    assert_eq!(items, ["fc_types::preview::Session::url"]);
}

/// A kind that does not occur would be tested neither for its class nor by the compiler.
#[test]
fn the_history_has_every_kind_of_change() {
    let mut seen: BTreeMap<ChangeKind, Vec<Class>> = BTreeMap::new();
    for (old, new) in pairs() {
        for Change { kind, class, .. } in report(&old, &new).changes {
            let classes = seen.entry(kind).or_default();
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), ChangeKind::ALL);
    let table: String = seen.iter().map(|(kind, classes)| format!("{kind}: {classes:?}\n")).collect();
    insta::assert_snapshot!("kinds_of_change", table);
}
