//! Payloads of one version, made from its schemas or recorded by hand, decoded with the types of another version.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use xtask::changes::change::Change;
use xtask::changes::scratch::Scratch;
use xtask::changes::version::Version;
use xtask::generator::model::{Kind, Model};

use crate::workspace;

/// A payload and the type that it is decoded to.
pub(super) struct Sample {
    pub(super) type_name: String,
    pub(super) json: Value,
    /// Whether every member is there, so that every change of one shows.
    pub(super) is_full: bool,
}

impl Sample {
    /// Whether a change says that payloads of this type, or of a type in it, may fail to decode.
    pub(super) fn is_warned_of(&self, changes: &[Change], model: &Model) -> bool {
        let mut reached = BTreeSet::new();
        let mut pending = vec![self.type_name.clone()];
        while let Some(name) = pending.pop() {
            let Some(def) = model.types.get(&name) else { continue };
            if let (Kind::Struct(structure), true) = (&def.kind, reached.insert(name)) {
                // An expandable field has the id here, and the object of an event may be untyped.
                let plain = structure
                    .fields
                    .iter()
                    .filter(|field| field.ty.own_names().all(|name| name != "Expandable"));
                pending.extend(plain.flat_map(|field| field.ty.own_names().map(str::to_owned)));
            }
        }
        let refusing = changes.iter().filter(|change| change.refuses_older_payloads);
        refusing.flat_map(|change| change.rust.first()).any(|item| {
            item.strip_prefix("fc_types::")
                .and_then(|item| item.split("::").next())
                .is_some_and(|name| reached.contains(name))
        })
    }
}

/// Two payloads for every object of both versions, one with every field and one with only the required ones, and the recorded
/// payloads.
pub(super) fn of(old: &Version, new: &Version) -> Vec<Sample> {
    let slice = &old.inputs.slice;
    let schemas = slice["components"]["schemas"].as_object().unwrap();
    let type_of = |component: &str| {
        let found =
            new.reading.model.types.values().find(|def| def.wire.iter().any(|wire| wire == component));
        found.map(|def| def.name.clone())
    };
    let mut samples = Vec::new();
    for (name, schema) in schemas.iter().filter(|(_, schema)| schema.get("properties").is_some()) {
        let Some(type_name) = type_of(name) else { continue };
        for is_full in [true, false] {
            samples.push(Sample {
                type_name: type_name.clone(),
                json: sample(schema, schemas, is_full),
                is_full,
            });
        }
    }
    let recorded = workspace().join(format!("openapi/history/payloads/{}.json", old.name));
    let recorded =
        fs::read_to_string(recorded).map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    for json in recorded.as_array().into_iter().flatten() {
        let type_name = type_of(json["object"].as_str().unwrap()).unwrap();
        samples.push(Sample { type_name, json: json.clone(), is_full: false });
    }
    samples
}

fn sample(schema: &Value, schemas: &Map<String, Value>, is_full: bool) -> Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = &schemas[name.trim_start_matches("#/components/schemas/")];
        // A resource of the rest of Stripe, and one that the slice has whole.
        if target.get("x-cut").is_some() {
            return json!({ "id": "xx_1", "object": "foreign" });
        }
        return sample(target, schemas, is_full);
    }
    if !is_full && schema["nullable"] == true {
        return Value::Null;
    }
    if let Some(branches) = schema.get("anyOf").and_then(Value::as_array) {
        return sample(&branches[0], schemas, is_full);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values[0].clone();
    }
    match schema["type"].as_str() {
        Some("string") => "text".into(),
        Some("integer") => 1_692_144_000.into(),
        Some("number") => 1.5.into(),
        Some("boolean") => true.into(),
        Some("array") => json!([sample(&schema["items"], schemas, is_full)]),
        _ => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().into_iter().flatten();
            let kept = properties.filter(|(name, _)| is_full || required.contains(&name.as_str()));
            let mut object: Map<String, Value> =
                kept.map(|(name, schema)| (name.clone(), sample(schema, schemas, is_full))).collect();
            if let Some(values @ Value::Object(_)) = schema.get("additionalProperties") {
                object.insert("usd".to_owned(), sample(values, schemas, is_full));
            }
            Value::Object(object)
        }
    }
}

/// Decodes each with the types of a version, encodes it, and compares the result with the input.
pub(super) fn decode(
    builds: &Scratch,
    version: &Version,
    files: &BTreeMap<PathBuf, String>,
    samples: &[Sample],
) -> Vec<Result<(), String>> {
    let input = workspace_file(&version.name);
    let lines: String =
        samples.iter().map(|sample| format!("{}\t{}\n", sample.type_name, sample.json)).collect();
    fs::write(&input, lines).unwrap();
    let structs = version.reading.model.types.values().filter(|def| matches!(def.kind, Kind::Struct(_)));
    let arms: String =
        structs.map(|def| format!("{:?} => again::<fc_types::{}>(json),\n", def.name, def.name)).collect();
    let main = format!(
        "fn again<T: serde::de::DeserializeOwned + serde::Serialize>(json: &str) -> Result<(), String> {{
            let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
            let read: serde_json::Value = serde_json::from_str(json).unwrap();
            let written = serde_json::to_value(&value).map_err(|error| error.to_string())?;
            if read == written {{ Ok(()) }} else {{ Err(format!(\"came back as {{written}}\")) }}
        }}
        fn main() {{
            let path = std::env::args().nth(1).unwrap();
            for line in std::fs::read_to_string(path).unwrap().lines() {{
                let (name, json) = line.split_once('\\t').unwrap();
                let result = match name {{ {arms} other => Err(format!(\"no type {{other}}\")) }};
                println!(\"{{}}\", result.err().unwrap_or_default());
            }}
        }}"
    );
    let output = builds.run(workspace(), files, &main, &input).unwrap();
    let results: Vec<Result<(), String>> =
        output.lines().map(|line| if line.is_empty() { Ok(()) } else { Err(line.to_owned()) }).collect();
    assert_eq!(results.len(), samples.len());
    results
}

fn workspace_file(name: &str) -> PathBuf {
    crate::scratch(&format!("payloads_{name}")).join("payloads.tsv")
}
