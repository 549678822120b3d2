//! `update`: a transaction from a file or a server, with a report and a strict check for the release.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use xtask::changes::change;
use xtask::changes::verdict::{Bump, Verdict, Version};
use xtask::cli::{CompileArgs, DiffArgs, ReportArgs, TargetArgs};
use xtask::commands::{check, diff, generate, update};
use xtask::files::{json as text, transaction};
use xtask::spec::document::Spec;
use xtask::spec::sdk::add_sdk_spec;
use xtask::spec::source::{Source, repinned};

use crate::guards::tree;
use crate::history::{pinned, update_to};
use crate::{SLICE_PATH, scratch, workspace};

fn slice() -> Value {
    serde_json::from_str(&fs::read_to_string(workspace().join(SLICE_PATH)).unwrap()).unwrap()
}

/// The pinned version with a new field, value, event type and parameter, as text.
fn newer() -> String {
    let mut slice = slice();
    slice.as_object_mut().unwrap().remove("x-provenance");
    slice["info"]["version"] = "2027-01-27.test".into();
    slice["components"]["schemas"]["financial_connections.account"]["properties"]["routing"] =
        json!({ "type": "object", "properties": { "number": { "type": "string", "enum": ["a", "b"] } } });
    slice["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["enum"]
        .as_array_mut()
        .unwrap()
        .push("paused".into());
    slice["x-webhook-event-types"]["financial_connections.account.paused"] =
        json!({ "object": "financial_connections.account" });
    slice["paths"]["/v1/financial_connections/accounts"]["get"]["parameters"].as_array_mut().unwrap().push(json!({
        "in": "query", "name": "created", "required": false, "style": "deepObject", "explode": true,
        "schema": { "anyOf": [{ "type": "object", "properties": { "gt": { "type": "integer" } } }, { "type": "integer" }] },
    }));
    text::to_text(&slice)
}

/// A workspace at the pinned version with everything generated, and the newer spec beside it.
fn ready(test: &str) -> (PathBuf, PathBuf) {
    let root = pinned(test, &slice());
    generate::generate(&root, &xtask::cli::GenerateArgs::default()).unwrap();
    let spec = root.join("spec.json");
    fs::write(&spec, newer()).unwrap();
    (root, spec)
}

#[test]
fn a_dry_run_writes_only_the_report() {
    let (root, spec) = ready("update_dry");
    let before = tree(&root);
    let mut args = update_to(&spec);
    args.dry_run = true;
    let outcome = update::update(&root, &args).unwrap();
    assert!(
        outcome.output.starts_with("# Stripe API 2026-09-30.endive → 2027-01-27.test"),
        "{}",
        outcome.output
    );
    assert_eq!(tree(&root), before);
    // The reports are written to the given files.
    let directory = scratch("update_reports");
    args.report =
        ReportArgs { report: Some(directory.join("report.md")), json: Some(directory.join("report.json")) };
    let printed = update::update(&root, &args).unwrap().output;
    assert_eq!(fs::read_to_string(directory.join("report.md")).unwrap(), outcome.output);
    let report: Value =
        serde_json::from_str(&fs::read_to_string(directory.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["summary"], printed.trim());
    assert_eq!(tree(&root), before);
}

#[test]
fn the_report_reads_well_and_has_everything_for_tools() {
    let (root, spec) = ready("update_report");
    let mut args = update_to(&spec);
    args.dry_run = true;
    let directory = scratch("update_report_json");
    args.report.json = Some(directory.join("report.json"));
    let outcome = update::update(&root, &args).unwrap();
    insta::assert_snapshot!("report_markdown", outcome.output);
    insta::assert_snapshot!("report_json", fs::read_to_string(directory.join("report.json")).unwrap());
}

#[test]
fn undocumented_items_pass_check_and_fail_strict_check_until_the_overlay_describes_them() {
    let (root, spec) = ready("update_undocumented");
    let outcome = update::update(&root, &update_to(&spec)).unwrap();
    assert!(outcome.output.contains("## To describe"), "{}", outcome.output);
    let account = fs::read_to_string(root.join("crates/fc-types/src/generated/account.rs")).unwrap();
    assert!(
        account.contains("    /// New and not described yet.\n    pub routing: Option<AccountRouting>"),
        "{account}"
    );
    assert!(account.contains("    /// New and not described yet.\n    Paused"));
    let check = check::check(&root).unwrap();
    assert_eq!(check.failure, None);
    assert!(
        check.notes.join("\n").contains("financial_connections.account.routing (fc_types::Account::routing)")
    );
    let strict = check::check_strict(&root).unwrap();
    assert!(strict.failure.unwrap().contains("describe each in openapi/overlay.yaml"));

    // The proposed overlay text is sufficient.
    let yaml = outcome.output.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let overlay = root.join("openapi/overlay.yaml");
    let described = fs::read_to_string(&overlay).unwrap() + &yaml.replace("TODO", "Described.");
    fs::write(&overlay, described).unwrap();
    generate::generate(&root, &xtask::cli::GenerateArgs::default()).unwrap();
    assert_eq!(check::check_strict(&root).unwrap().failure, None);
}

#[test]
fn a_spec_is_fetched_and_verified_and_a_broken_response_changes_no_file() {
    let (root, spec) = ready("update_fetched");
    let body = fs::read(&spec).unwrap();
    let whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let sha256 = Spec::read(&spec).unwrap().sha256();
    let before = tree(&root);
    let get = |head: &str, body: &[u8], sha256: Option<String>| {
        let mut args = update_to(Path::new(&serve(head, body)));
        args.spec.sha256 = sha256;
        update::update(&root, &args)
    };
    for (head, sent, expected) in [
        (whole.as_str(), &body[..body.len() / 2], "ended early"),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", &b""[..], "404"),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://example.com/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            &b""[..],
            "302",
        ),
    ] {
        let message = format!("{:#}", get(head, sent, None).unwrap_err());
        assert!(message.contains(expected) && message.contains("http://127.0.0.1"), "{message}");
    }
    let message = format!("{:#}", get(&whole, &body, Some("ab".repeat(32))).unwrap_err());
    assert!(message.contains("has the SHA-256"), "{message}");
    assert_eq!(tree(&root), before);
    get(&whole, &body, Some(sha256.clone())).unwrap();
    assert_eq!(Source::read(&root).unwrap().target("ga").unwrap().pin.sha256, sha256);
}

/// A server for one request; returns the URL.
fn serve(head: &str, body: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/spec.json", listener.local_addr().unwrap());
    let answer = [head.as_bytes(), body].concat();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            request.push(byte[0]);
        }
        // The client may have closed the connection.
        let _ = stream.write_all(&answer);
    });
    url
}

#[test]
fn the_next_command_rolls_back_an_update_that_was_killed() {
    let (root, spec) = ready("update_killed");
    let before = tree(&root);
    update::update(&root, &update_to(&spec)).unwrap();
    let after = tree(&root);
    // Every state that a kill between two steps can leave, made by stopping after each step.
    let files: Vec<PathBuf> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(bytes))
        .map(|(path, _)| path.clone())
        .collect();
    assert!(files.len() > 10, "{files:?}");
    for moved in 0..=2 * files.len() {
        reset(&root, &before);
        let stage = root.join(".xtask-update");
        let mut journal = String::new();
        for path in &files {
            let new = stage.join("new").join(path);
            fs::create_dir_all(new.parent().unwrap()).unwrap();
            fs::write(&new, &after[path]).unwrap();
            let state = if before.contains_key(path) { "changes" } else { "appears" };
            journal.push_str(&format!("{state} {}\n", path.display()));
        }
        fs::write(stage.join("journal"), journal).unwrap();
        for step in 0..moved {
            let path = &files[step / 2];
            let (from, to) = match step % 2 {
                0 => (root.join(path), stage.join("old").join(path)),
                _ => (stage.join("new").join(path), root.join(path)),
            };
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            if from.exists() {
                fs::rename(from, to).unwrap();
            }
        }
        assert!(transaction::recover(&root).unwrap());
        assert_eq!(tree(&root), before, "after {moved} steps");
        assert!(!transaction::recover(&root).unwrap());
    }
}

fn reset(root: &Path, files: &std::collections::BTreeMap<PathBuf, Vec<u8>>) {
    for (path, bytes) in files {
        fs::write(root.join(path), bytes).unwrap();
    }
    let now = tree(root);
    for path in now.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(root.join(path)).unwrap();
    }
}

#[test]
fn a_file_that_cannot_be_replaced_is_found_before_any_file_moves() {
    let root = scratch("replace_fails");
    fs::write(root.join("a.rs"), "old").unwrap();
    // A directory has the path of a new file.
    fs::create_dir_all(root.join("b.rs/inside")).unwrap();
    fs::write(root.join("b.rs/inside/file"), "kept").unwrap();
    let before = tree(&root);
    let files = [("a.rs", "new"), ("b.rs", "new")].map(|(path, text)| (PathBuf::from(path), text.to_owned()));
    assert!(transaction::replace(&root, &files.into_iter().collect(), &[]).is_err());
    assert_eq!(tree(&root), before);
}

#[test]
fn two_git_revisions_are_compared_each_with_its_own_overlay() {
    let (root, spec) = ready("diff_git");
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(&root)
            .args(["-c", "user.name=test", "-c", "user.email=test@localhost"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "openapi"]);
    git(&["commit", "--quiet", "--message", "before"]);
    update::update(&root, &update_to(&spec)).unwrap();
    let overlay = root.join("openapi/overlay.yaml");
    let renamed =
        fs::read_to_string(&overlay).unwrap().replace("x-rust-name: CashBalance", "x-rust-name: Cash");
    fs::write(&overlay, renamed).unwrap();
    git(&["add", "openapi"]);
    git(&["commit", "--quiet", "--message", "after"]);
    let args = |old: &str, new: &str| DiffArgs {
        target: TargetArgs::default(),
        old: old.to_owned(),
        new: new.to_owned(),
        report: ReportArgs::default(),
        compile: CompileArgs::default(),
    };
    let report = diff::diff(&root, &args("HEAD~1", "HEAD")).unwrap().output;
    // A rename by the overlay is found by the wire name of the type, and shown as a candidate.
    assert!(report.contains("- `fc_types::CashBalance` → `fc_types::Cash`"), "{report}");
    assert!(report.contains("`fc_types::Account::routing`"), "{report}");
    for revision in ["no-such-revision", "--output=x"] {
        let message = format!("{:#}", diff::diff(&root, &args(revision, "HEAD")).unwrap_err());
        assert!(message.contains(&format!("`{revision}`")), "{message}");
    }
}

#[test]
fn the_sdk_spec_adds_to_a_public_spec_of_the_same_version() {
    let event = |object: &str| {
        json!({
            "properties": { "object": { "$ref": format!("#/components/schemas/{object}") } },
            "x-stripeEvent": { "type": format!("{object}.done") },
        })
    };
    let thin = json!({ "x-stripeEvent": { "kind": "thin", "type": "v1.only_sdk.done" } });
    let sdk = json!({
        "info": { "version": "v1" },
        "components": { "schemas": {
            "both": { "required": ["a", "b"] },
            "only_sdk": { "type": "object" },
            "only_sdk.done": event("only_sdk"),
            "v1.only_sdk.done": thin,
        } },
    });
    let mut spec = json!({ "info": { "version": "v1" }, "components": { "schemas": { "both": {} } } });
    add_sdk_spec(&mut spec, &sdk).unwrap();
    assert_eq!(
        spec["x-sdk-spec"],
        json!({
            "schemas": { "only_sdk": { "type": "object" } },
            "required": { "both": ["a", "b"] },
            "events": [{ "type": "only_sdk.done", "object": "only_sdk" }],
            "thin_events": ["v1.only_sdk.done"],
        })
    );
    spec["info"]["version"] = "v2".into();
    let message = format!("{:#}", add_sdk_spec(&mut spec, &sdk).unwrap_err());
    assert!(message.contains("v2") && message.contains("v1") && message.contains("one commit"), "{message}");
}

#[test]
fn a_new_pin_keeps_comments_and_drops_unknown_values() {
    let text = fs::read_to_string(workspace().join("openapi/source.toml")).unwrap();
    let mut spec = Spec::read(&workspace().join(SLICE_PATH)).unwrap();
    spec.document.as_object_mut().unwrap().remove("x-provenance");
    let mut pin = xtask::spec::provenance::Provenance::of(&spec, None);
    pin.repo = Some("stripe/openapi".to_owned());
    pin.path = Some("latest/openapi.spec3.json".to_owned());
    let cut = ["one".to_owned(), "two".to_owned()].into();
    let new = repinned(&text, "ga", &pin, &cut).unwrap();
    let comments =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(comments(&new), comments(&text));
    assert!(new.contains("cut = [\n    \"one\",\n    \"two\",\n]\n"), "{new}");
    let source = Source::parse(&new).unwrap().target("ga").unwrap().clone();
    assert_eq!((source.pin.sha256, source.pin.commit), (spec.sha256(), None));
    // The current pin stays byte for byte.
    let old = Source::parse(&text).unwrap().target("ga").unwrap().clone();
    let same = xtask::spec::provenance::Provenance {
        api_version: old.pin.api_version.clone(),
        repo: Some(old.pin.repo.clone()),
        path: Some(old.pin.path.clone()),
        commit: old.pin.commit.clone(),
        sha256: old.pin.sha256.clone(),
        sdk_sha256: old.pin.sdk_sha256.clone(),
        has_sdk_view: true,
    };
    assert_eq!(repinned(&text, "ga", &same, &old.cut).unwrap(), text);
}

#[test]
fn the_bump_follows_cargos_rules_before_and_after_1_0() {
    use change::Class::{Additive, BreaksCallers, BreaksWire, DocsOnly};
    let change = |class| change::Change {
        class,
        kind: change::ChangeKind::FieldAdded,
        rust: Vec::new(),
        wire: Vec::new(),
        reason: String::new(),
        migration: String::new(),
        rename_candidate: None,
        refuses_older_payloads: false,
    };
    for (class, before, bump, after) in [
        (BreaksCallers, "0.1.4", Bump::Minor, "0.2.0"),
        (BreaksWire, "0.1.4", Bump::Minor, "0.2.0"),
        (Additive, "0.1.4", Bump::Patch, "0.1.5"),
        (DocsOnly, "0.1.4", Bump::Patch, "0.1.5"),
        (BreaksCallers, "0.0.3", Bump::Patch, "0.0.4"),
        (BreaksCallers, "1.2.3", Bump::Major, "2.0.0"),
        (BreaksWire, "1.2.3", Bump::Major, "2.0.0"),
        (Additive, "1.2.3", Bump::Minor, "1.3.0"),
        (DocsOnly, "1.2.3", Bump::Patch, "1.2.4"),
    ] {
        let verdict = Verdict::of(&[change(DocsOnly), change(class)], Version::parse(before).unwrap());
        assert_eq!((verdict.bump, verdict.to.to_string().as_str()), (bump, after), "{class:?} {before}");
    }
    assert_eq!(Verdict::of(&[], Version(1, 2, 3)).bump, Bump::None);
    assert!(Version::parse("1.2").is_err() && Version::parse("1.2.x").is_err());
}
