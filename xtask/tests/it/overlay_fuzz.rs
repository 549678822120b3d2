//! Fuzz test of the overlay: each text is refused with its place, or generates code.
//!
//! The files of `corpus/overlay` are read first. A case that fails is printed as YAML: add it there.
//! The default run is small. A longer one: `FUZZ_CASES=5000 cargo test --release -p xtask overlay_fuzz`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use xtask::files::paths::Output;
use xtask::generator::overlay::Overlay;
use xtask::generator::pipeline::{self, Inputs};
use xtask::generator::render;

use crate::guards::slice;
use crate::{OVERLAY_PATH, general, workspace};

const TARGETS: [&str; 14] = [
    "$",
    "$.*",
    "$..*",
    "$.info",
    "$.paths",
    "$.components.schemas",
    "$.components.schemas['financial_connections.account']",
    "$.components.schemas['financial_connections.account'].properties.status",
    "$.components.schemas['financial_connections.account'].properties.status.enum",
    "$.components.schemas['financial_connections.account'].required[0]",
    "$.paths['/v1/financial_connections/accounts'].get",
    "$.paths['/v1/financial_connections/accounts'].get.parameters[?(@.name == 'limit')]",
    "$['x-webhook-event-types']",
    "$.nothing",
];

const KEYS: [&str; 14] = [
    "description",
    "x-rust-name",
    "x-rust-module",
    "x-rust-type",
    "x-enum-names",
    "x-enum-descriptions",
    "operationId",
    "type",
    "enum",
    "properties",
    "required",
    "nullable",
    "anyOf",
    "",
];

const TEXTS: [&str; 22] = [
    "",
    "text",
    "Money",
    "Timestamp",
    "AccountId",
    "string",
    "object",
    "active",
    "```\ncode",
    "```\ncode\n```",
    "    code",
    "~~~\ncode\n~~~",
    "- ```\n  code",
    "*/ pub fn injected() {} /*",
    "\"] pub fn injected() {} #[doc = \"",
    "\u{202e}",
    "\u{2028}pub fn injected() {}",
    "a\rb",
    "\u{0}",
    "../../evil",
    "$ref",
    "x-cut",
];

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        6 => proptest::sample::select(&TEXTS[..]).prop_map(str::to_owned),
        1 => ".{0,6}",
        1 => Just("n".repeat(300)),
    ];
    let leaf = prop_oneof![
        5 => text.prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            3 => proptest::collection::vec((proptest::sample::select(&KEYS[..]), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())),
        ]
    })
}

fn action() -> impl Strategy<Value = Value> {
    let target =
        prop_oneof![9 => proptest::sample::select(&TARGETS[..]).prop_map(str::to_owned), 1 => "\\PC{0,8}"];
    (target, proptest::option::weighted(0.9, value()), proptest::option::weighted(0.1, any::<bool>()))
        .prop_map(|(target, update, remove)| {
            let mut action = json!({ "target": target });
            if let Some(update) = update {
                action["update"] = update;
            }
            if let Some(remove) = remove {
                action["remove"] = remove.into();
            }
            action
        })
}

/// Whether the text was accepted. Requires a reason of a refusal, and that accepted text leaves no comment and no string.
fn run(text: &str, base: &Overlay) -> Result<bool, String> {
    let read = || -> anyhow::Result<_> {
        let overlay = Overlay::parse("fuzz.yaml", text)?;
        // Our overlay first, so that it describes nothing again.
        let actions = base.actions.iter().chain(&overlay.actions).cloned().collect();
        let overlay = Overlay { actions, ..overlay };
        let inputs = Inputs {
            slice: slice(),
            slice_name: String::new(),
            slice_text: String::new(),
            overlays: vec![overlay],
            output: Output::default(),
            keep: general().keep,
        };
        Ok(render::unformatted(&pipeline::read(&inputs)?.model, ""))
    };
    match catch_unwind(AssertUnwindSafe(read)).map_err(|_| "a panic".to_owned())? {
        Err(error) => {
            let text = format!("{error:#}");
            if text.contains(['\u{202e}', '\u{2028}', '\u{0}']) {
                return Err(format!("the error has control characters: {text:?}"));
            }
            if text.len() < 20 { Err(format!("the error gives no reason: {text}")) } else { Ok(false) }
        }
        Ok(files) => {
            for (path, text) in files {
                if !path.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
                    return Err(format!("{} leaves the tree", path.display()));
                }
                let file =
                    syn::parse_file(&text).map_err(|error| format!("{}: {error}\n{text}", path.display()))?;
                let injected = |item: &syn::Item| matches!(item, syn::Item::Fn(function) if function.sig.ident == "injected");
                if file.items.iter().any(injected) || text.contains(['\u{202e}', '\u{2028}', '\r', '\u{0}']) {
                    return Err(format!("{}: the text breaks out\n{text}", path.display()));
                }
                if let Some(line) =
                    text.lines().find(|line| matches!(line.trim(), "/// ```rust" | "///     code"))
                {
                    return Err(format!("{}: a doc test, {line}", path.display()));
                }
            }
            Ok(true)
        }
    }
}

fn base() -> Overlay {
    Overlay::parse(OVERLAY_PATH, &fs::read_to_string(workspace().join(OVERLAY_PATH)).unwrap()).unwrap()
}

#[test]
fn each_text_of_the_corpus_is_refused_with_its_place_or_generates_code() {
    let base = base();
    let mut read = 0;
    for entry in fs::read_dir(workspace().join("xtask/tests/corpus/overlay")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let accepted = run(&text, &base).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(accepted, name.starts_with("accepted_"), "{name}");
        read += 1;
    }
    assert!(read >= 6, "{read} files");
}

#[test]
fn each_overlay_is_refused_with_its_place_or_generates_code() {
    let cases: u32 = std::env::var("FUZZ_CASES").ok().map_or(60, |text| text.parse().unwrap());
    let base = base();
    let mut runner = TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]),
    );
    let accepted = std::cell::Cell::new(0_u32);
    let result = runner.run(&proptest::collection::vec(action(), 0..3), |actions| {
        let document = json!({
            "overlay": "1.0.0", "info": { "title": "t", "version": "2026-09-30.endive" }, "actions": actions,
        });
        let text = document.to_string();
        match run(&text, &base) {
            Ok(is_accepted) => accepted.set(accepted.get() + u32::from(is_accepted)),
            Err(fault) => prop_assert!(false, "{text}\n{fault}"),
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(accepted.get() > cases / 20, "only {} of {cases} were accepted", accepted.get());
    eprintln!("{cases} overlays, {} accepted", accepted.get());
}
