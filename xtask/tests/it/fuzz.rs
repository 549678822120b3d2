//! Fuzz test: for a mutated spec the generator returns an error, or code that compiles.
//!
//! The default run is small. The full one: `FUZZ_CASES=10000 FUZZ_COMPILED=200 cargo test --release -p xtask fuzz`.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use xtask::changes::consumer::Consumer;
use xtask::changes::scratch::Scratch;
use xtask::files::json;
use xtask::generator::model::Model;
use xtask::generator::overlay::Overlay;
use xtask::generator::pipeline::{self, Inputs};
use xtask::generator::render;
use xtask::generator::slice::Slice;
use xtask::spec::document::Spec;
use xtask::spec::source::{Source, Target};

use crate::{history, workspace};

/// Timeout of one spec.
const PATIENCE: Duration = Duration::from_secs(20);

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// Names that are hard to handle: keywords, other alphabets, the empty name, names of other items.
const NAMES: [&str; 24] = [
    "type",
    "self",
    "crate",
    "match",
    "mod",
    "Self",
    "",
    "straße",
    "日本",
    "a b",
    "2fa",
    "fooBar",
    "foo_bar",
    "extra",
    "id",
    "object",
    "call",
    "send",
    "account",
    "x'y",
    "a/b",
    "a~b",
    "financial_connections.account",
    "__proto__",
];

/// Unusual schemas.
fn schema(pick: usize) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    match pick % 20 {
        0 => json!({ "type": "string", "format": "uuid" }),
        1 => json!({ "type": "string", "format": "date-time" }),
        2 => json!({ "type": "integer", "minimum": 1, "maximum": 255 }),
        3 => json!({ "type": "number" }),
        4 => json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 }),
        5 => json!({ "type": "object", "properties": {} }),
        6 => json!({ "type": "object", "additionalProperties": false }),
        7 => json!({ "type": "object", "additionalProperties": reference("financial_connections.account") }),
        8 => reference("financial_connections.account"),
        9 => reference("financial_connections.account_owner"),
        10 => reference("no_such_schema"),
        11 => json!({ "allOf": [reference("financial_connections.session")] }),
        12 => json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
        13 => json!({ "anyOf": [{ "type": "string" }, reference("financial_connections.account")] }),
        14 => json!({ "type": "string", "enum": ["a", "A", "self", "", "Unknown", "2", "日本"] }),
        15 => {
            json!({ "type": "object", "properties": { "type": { "type": "string" }, "self": { "type": "string" } }, "required": ["type"] })
        }
        16 => json!({ "type": "string", "nullable": true, "format": "unix-time" }),
        17 => json!({}),
        18 => {
            json!({ "type": "array", "uniqueItems": true, "items": reference("financial_connections.transaction") })
        }
        _ => json!({ "type": "string", "format": "binary" }),
    }
}

/// Mutation of one place.
#[derive(Clone, Debug)]
enum Mutation {
    Remove,
    Rename(usize),
    Copy(usize),
    Replace(usize),
    Scalar(usize),
    Move(usize),
    Flag(usize),
}

fn mutations() -> impl Strategy<Value = Vec<(usize, Mutation)>> {
    let mutation = prop_oneof![
        2 => Just(Mutation::Remove),
        3 => any::<usize>().prop_map(Mutation::Rename),
        2 => any::<usize>().prop_map(Mutation::Copy),
        3 => any::<usize>().prop_map(Mutation::Replace),
        2 => any::<usize>().prop_map(Mutation::Scalar),
        2 => any::<usize>().prop_map(Mutation::Move),
        2 => any::<usize>().prop_map(Mutation::Flag),
    ];
    proptest::collection::vec((any::<usize>(), mutation), 1..4)
}

/// The pointers of every node, so that a number picks one.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let step = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                found.push(step(key));
                places(value, &step(key), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                found.push(step(&index.to_string()));
                places(value, &step(&index.to_string()), found);
            }
        }
        _ => {}
    }
}

fn mutate(document: &mut Value, pick: usize, mutation: &Mutation) {
    let mut found = Vec::new();
    places(document, "", &mut found);
    found.retain(|place| !place.starts_with("/info") && !place.starts_with("/x-provenance"));
    if found.is_empty() {
        return;
    }
    let place = &found[pick % found.len()];
    let (parent, key) = place.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let other = |pick: usize| document.pointer(&found[pick % found.len()]).cloned().unwrap_or_default();
    let new = match mutation {
        Mutation::Move(pick) => Some(other(*pick)),
        Mutation::Replace(pick) => Some(schema(*pick)),
        Mutation::Scalar(pick) => Some(
            [json!(null), json!(true), json!(-1), json!("text"), json!([]), json!({}), json!([[]])][pick % 7]
                .clone(),
        ),
        _ => None,
    };
    match (document.pointer_mut(parent), mutation) {
        (Some(Value::Object(map)), Mutation::Remove) => drop(map.remove(&key)),
        (Some(Value::Array(items)), Mutation::Remove) => {
            if let Ok(index) = key.parse::<usize>() {
                items.remove(index);
            }
        }
        (Some(Value::Object(map)), Mutation::Rename(pick)) => {
            if let Some(value) = map.remove(&key) {
                map.insert(NAMES[pick % NAMES.len()].to_owned(), value);
            }
        }
        (Some(Value::Object(map)), Mutation::Copy(pick)) => {
            let value = map[&key].clone();
            map.insert(NAMES[pick % NAMES.len()].to_owned(), value);
        }
        (Some(Value::Array(items)), Mutation::Rename(_) | Mutation::Copy(_)) => {
            if let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get(index).cloned()) {
                items.push(item);
            }
        }
        (Some(Value::Object(map)), Mutation::Flag(pick)) => {
            // On the parent, where flags of schemas and parameters stand.
            let flags = [
                ("nullable", json!(true)),
                ("required", json!(["id", "type"])),
                ("required", json!(true)),
                ("title", json!("Account")),
                ("style", json!("deepObject")),
                ("in", json!("header")),
                ("additionalProperties", json!(true)),
                ("enum", json!(["x", "y"])),
            ];
            let (name, value) = flags[pick % flags.len()].clone();
            map.insert(name.to_owned(), value);
        }
        _ => {
            if let (Some(new), Some(node)) = (new, document.pointer_mut(place)) {
                *node = new;
            }
        }
    }
}

/// Generated files of a spec, before rustfmt.
fn outcome(spec: &Value, base: &Base) -> anyhow::Result<(Model, BTreeMap<PathBuf, String>)> {
    let text = json::to_text(spec);
    let spec = Spec::parse(text.into_bytes())?;
    let slice = Slice::cut(&spec.document, &base.target)?.document;
    let inputs = Inputs {
        slice,
        slice_name: String::new(),
        slice_text: String::new(),
        overlays: base.overlays.clone(),
        output: base.target.output.clone(),
        keep: base.target.keep.clone(),
    };
    let reading = pipeline::read(&inputs)?;
    let files = render::unformatted(&reading.model, "");
    Ok((reading.model, files))
}

struct Base {
    slice: Value,
    target: Target,
    overlays: Vec<Overlay>,
}

impl Base {
    /// Every target.
    fn all() -> Vec<Self> {
        let read = |path: &Path| fs::read_to_string(workspace().join(path)).unwrap();
        let targets = Source::read(workspace()).unwrap().target.into_values();
        targets
            .map(|target| Self {
                slice: serde_json::from_str(&read(&target.slice)).unwrap(),
                overlays: target
                    .overlays
                    .iter()
                    .map(|path| Overlay::parse(&path.display().to_string(), &read(path)).unwrap())
                    .collect(),
                target,
            })
            .collect()
    }
}

/// Requires that a generated file is Rust and defines each name once.
fn assert_is_rust(path: &str, text: &str) {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}\n{text}"));
    let mut names = std::collections::BTreeSet::new();
    for item in &file.items {
        let name = match item {
            syn::Item::Struct(item) => item.ident.to_string(),
            syn::Item::Enum(item) => item.ident.to_string(),
            _ => continue,
        };
        assert!(names.insert(name.clone()), "{path} defines {name} twice");
    }
}

#[test]
fn a_mutated_spec_is_rejected_or_generates_code_that_compiles() {
    let (cases, compiled) = (setting("FUZZ_CASES", 150), setting("FUZZ_COMPILED", 1));
    let bases = Base::all();
    assert!(bases.len() > 1);
    let accepted: Mutex<Vec<(Model, BTreeMap<PathBuf, String>)>> = Mutex::default();
    let counts: Mutex<Map<String, Value>> = Mutex::default();
    let mut runner = TestRunner::new_with_rng(
        Config { cases: u32::try_from(cases).unwrap(), failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    let count = |what: &str| {
        let mut counts = counts.lock().unwrap();
        let so_far = counts.get(what).and_then(Value::as_u64).unwrap_or_default();
        counts.insert(what.to_owned(), (so_far + 1).into());
    };
    let result = runner.run(&(any::<usize>(), mutations()), |(pick, mutations)| {
        let base = &bases[pick % bases.len()];
        let mut spec = base.slice.clone();
        for (pick, mutation) in &mutations {
            mutate(&mut spec, *pick, mutation);
        }
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| outcome(&spec, base)))
            .map_err(|_| TestCaseError::fail("a panic"))?;
        prop_assert!(began.elapsed() < PATIENCE, "took {:?}", began.elapsed());
        match outcome {
            Err(error) => {
                let message = format!("{error:#}");
                prop_assert!(!message.is_empty());
                count("refused");
            }
            Ok((model, files)) => {
                for (path, text) in &files {
                    assert_is_rust(&path.display().to_string(), text);
                }
                count("accepted");
                let mut accepted = accepted.lock().unwrap();
                if !accepted.iter().any(|(_, known)| *known == files) {
                    accepted.push((model, files));
                }
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let accepted = accepted.into_inner().unwrap();
    let distinct = accepted.len();
    assert!(distinct > cases / 20, "only {distinct} of {cases} specs were accepted: {counts:?}");
    // Spread over the whole run.
    let chosen = accepted.into_iter().step_by((distinct / compiled.max(1)).max(1)).take(compiled);
    let builds = Scratch::open(&history::builds()).unwrap();
    let mut built = 0;
    let mut unusable = Vec::new();
    for (model, files) in chosen {
        built += 1;
        // The consumer of the output itself: every public item can be used.
        match builds.check(workspace(), &files, &Consumer::of(&model)) {
            Ok(compiled) if compiled.broken.is_empty() => {}
            Ok(compiled) => unusable.push(format!("{:?}", compiled.broken)),
            Err(error) => unusable.push(format!("{error:#}")),
        }
    }
    assert_eq!(unusable, [""; 0], "{} of {built} outputs cannot be used", unusable.len());
    eprintln!(
        "{cases} specs: {}, {distinct} distinct outputs, {built} compiled",
        json!(counts.into_inner().unwrap())
    );
}
