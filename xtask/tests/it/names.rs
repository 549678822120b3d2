//! Names: whatever a spec calls its schemas, members, parameters and values, the code compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use xtask::changes::change::Class;
use xtask::changes::report::Report;
use xtask::changes::verdict;
use xtask::generator::model::TypeDef;
use xtask::generator::{pipeline, render};

use crate::guards::{compiles, message, newer, read, slice, with_property, with_schema};
use crate::workspace;

/// Sources whose macros and string literals become a part of generated code, or of a crate that uses it: files and folders.
const SOURCES: [&str; 6] = [
    "crates/fc-types/src/macros",
    "crates/fc-types/src/event.rs",
    "crates/fc-client/src/request.rs",
    "crates/fc-client/src/list.rs",
    "xtask/src/generator/render",
    "xtask/src/changes/consumer.rs",
];

/// Keywords, and names of the prelude that no source above has to use.
const WORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen \
    if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type \
    typeof union unsafe unsized use virtual where while yield Option Some None Result Ok Err Vec String Box Default Clone \
    Copy Debug Display Error From Into Iterator ToString Drop Fn Hash Eq Ord Send Sync Sized std core alloc serde serde_json \
    fc_types fc_client value err key item extra unknown id object call params amount currency limit starting_after a b x \
    D E A S T Key KeyVisitor TAG";

/// The parts of a source that become generated code: the bodies of its macros, or else its string literals.
fn code(text: &str) -> String {
    if text.contains("macro_rules!") {
        let macros = text.split("macro_rules!").skip(1);
        return macros.map(|body| body.split("\n}\n").next().unwrap()).collect();
    }
    let text = text.replace("\\\"", "'").replace("\\n", "\n");
    text.split('"').skip(1).step_by(2).flat_map(|literal| [literal, "\n"]).collect()
}

/// Each name that the code uses, as a spec would write it, one for each Rust spelling.
fn words() -> Vec<String> {
    let files = SOURCES.map(|path| workspace().join(path)).into_iter().flat_map(|path| match path.is_dir() {
        true => fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
        false => vec![path],
    });
    let mut texts: Vec<String> = files.map(|path| code(&fs::read_to_string(path).unwrap())).collect();
    texts.sort();
    texts.push(WORDS.to_owned());
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let mut found = BTreeMap::new();
    for line in texts.iter().flat_map(|text| text.lines().filter(is_code)) {
        for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            if word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.len() < 24 {
                found.entry(spelling(word)).or_insert_with(|| word.to_owned());
            }
        }
    }
    found.into_values().collect()
}

/// What is left of a name when case and underscores are: two names of one spelling cannot stand side by side.
fn spelling(word: &str) -> String {
    word.replace('_', "").to_lowercase()
}

fn properties<'a>(words: impl IntoIterator<Item = &'a String>) -> Map<String, Value> {
    words.into_iter().map(|word| (word.clone(), json!({ "type": "string" }))).collect()
}

/// Gives the spec members, values, parameters and members of bodies with these names.
fn add_parts(slice: &mut Value, words: &[String]) {
    let account = "financial_connections.account";
    for (index, chunk) in words.chunks(60).enumerate() {
        // Members that must be there, that may be null, and that may be absent.
        let required: Vec<&String> = chunk.iter().step_by(2).collect();
        let mut members = properties(chunk);
        for (at, member) in members.values_mut().enumerate().filter(|(at, _)| at % 4 == 0) {
            member["nullable"] = (at % 4 == 0).into();
        }
        members.remove("object");
        let required: Vec<&&String> = required.iter().filter(|name| members.contains_key(**name)).collect();
        let name = format!("financial_connections.members{index}");
        slice["components"]["schemas"][&name] =
            json!({ "type": "object", "properties": members, "required": required });

        let route = format!("/v1/financial_connections/members{index}");
        let answer = json!({ "200": { "description": "", "content": { "application/json": {
            "schema": { "$ref": format!("#/components/schemas/{name}") } } } } });
        let parameters: Vec<Value> = chunk
            .iter()
            .map(|word| json!({ "in": "query", "name": word, "required": word.len() % 5 == 0, "schema": { "type": "string" } }))
            .collect();
        let body = json!({ "type": "object", "properties": properties(chunk), "required": chunk.iter().step_by(3).collect::<Vec<_>>() });
        slice["paths"][&route] = json!({
            "get": { "operationId": format!("ListMembers{index}"), "parameters": parameters, "responses": answer },
            "post": { "operationId": format!("SendMembers{index}"), "responses": answer, "requestBody": {
                "content": { "application/x-www-form-urlencoded": { "schema": body } } } },
        });
    }
    for word in words.iter().filter(|word| word.len() > 1).take(40) {
        let route = format!("/v1/financial_connections/placeholder_{word}/{{{word}}}");
        slice["paths"][&route] = json!({ "get": {
            "operationId": format!("ReadPlaceholder_{word}"),
            "parameters": [{ "in": "path", "name": word, "required": true, "schema": { "type": "string" } }],
            "responses": { "200": { "description": "", "content": { "application/json": {
                "schema": { "$ref": format!("#/components/schemas/{account}") } } } } },
        } });
    }
    slice["components"]["schemas"][account]["properties"]["status"]["enum"] = json!(words);
}

/// Gives the spec schemas with these names, and events that carry them.
fn add_schemas(slice: &mut Value, words: &[String]) {
    for word in words {
        let name = format!("financial_connections.{word}");
        if slice["components"]["schemas"].get(&name).is_some() {
            continue;
        }
        slice["components"]["schemas"][&name] = json!({
            "type": "object",
            "required": ["id", "object", "text"],
            "properties": {
                "id": { "type": "string" },
                "object": { "type": "string", "enum": [name] },
                "text": { "type": "string", "nullable": true },
            },
        });
        slice["x-webhook-event-types"][format!("financial_connections.{word}")] = json!({ "object": name });
    }
}

/// What the generator refuses.
fn faults(slice: &Value) -> Vec<String> {
    match read(slice) {
        Ok(_) => Vec::new(),
        Err(error) => format!("{error:#}").lines().map(str::to_owned).collect(),
    }
}

/// One spec with all of them, because each build takes long.
#[test]
fn every_part_of_a_spec_may_have_every_name_that_the_code_uses() {
    let words = words();
    // A schema with the name of another schema of the spec is another matter.
    let known: BTreeSet<String> =
        read(&slice()).unwrap().reading.model.types.keys().map(|name| spelling(name)).collect();
    let schemas: Vec<String> =
        words.iter().filter(|word| !known.contains(&spelling(word))).cloned().collect();
    assert!(words.len() > 150 && schemas.len() > 150, "{words:?}");
    let slice = newer(|slice| {
        add_parts(slice, &words);
        add_schemas(slice, &schemas);
    });
    assert_eq!(faults(&slice), [""; 0]);
    assert_kinds_are_distinct(&slice);
    compiles(&slice);
}

/// The Rust name of a schema that is called `financial_connections.` and this.
fn name_of(schema: &str) -> String {
    let version = read(&newer(|slice| add_schemas(slice, &[schema.to_owned()]))).unwrap();
    let wire = format!("financial_connections.{schema}");
    let is_it = |def: &&TypeDef| def.wire.first() == Some(&wire);
    version.reading.model.types.values().find(is_it).unwrap().name.clone()
}

#[test]
fn a_schema_whose_name_is_taken_gets_another_and_keeps_its_name_on_the_wire() {
    for (schema, name) in [
        // The renderer, the prelude, support types, macros, requests.
        ("call", "CallModel"),
        ("client", "ClientModel"),
        ("method", "MethodModel"),
        ("event_object", "EventObjectModel"),
        ("unknown", "UnknownModel"),
        ("self", "SelfModel"),
        ("option", "OptionModel"),
        ("vec", "VecModel"),
        ("Some", "SomeModel"),
        ("money", "MoneyModel"),
        ("account_id", "AccountIdModel"),
        ("d", "DModel"),
        ("refresh_account", "RefreshAccountModel"),
        ("2fa", "X2fa"),
        ("key", "Key"),
        ("z", "Z"),
    ] {
        assert_eq!(name_of(schema), name, "{schema}");
    }
    let text = models(&newer(|slice| add_schemas(slice, &["call".to_owned()])));
    assert!(text.contains("object!(CallModel as \"financial_connections.call\" {"));
    assert!(text.contains("CallModel(Box<CallModel>)"));
    // An inline schema too.
    let inline = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let event = newer(|slice| slice["components"]["schemas"]["event"]["properties"]["kind"] = inline);
    assert!(models(&event).contains("pub struct EventKindModel {"));
    // The overlay's choice stays a choice, and is refused.
    let chosen = newer(|slice| {
        add_schemas(slice, &["call".to_owned()]);
        slice["components"]["schemas"]["financial_connections.call"]["x-rust-name"] = "Option".into();
    });
    let text = message(&chosen);
    assert!(text.contains("financial_connections.call: a type named `Option`, which is taken"), "{text}");
}

/// The enum of fc-ext, which the scratch workspace does not compile.
fn assert_kinds_are_distinct(slice: &Value) {
    let version = read(slice).unwrap();
    let files = render::unformatted(&version.reading.model, "");
    let (_, text) = files.iter().find(|(path, _)| path.ends_with("event_kind.rs")).unwrap();
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for item in &file.items {
        let syn::Item::Enum(kinds) = item else { continue };
        let mut seen = BTreeSet::new();
        for variant in &kinds.variants {
            assert!(seen.insert(variant.ident.to_string()), "two variants `{}`", variant.ident);
        }
    }
}

/// Characters that Rust, Markdown, JSONPath or a terminal give a meaning.
const ODD: &[char] = &[
    'a', 'B', '_', '-', '.', ' ', '/', '~', '\'', '"', '`', '\\', '{', '}', '[', ']', '<', '>', '|', '#',
    '*', '+', '1', 'ß', '日', 'é', '\u{301}', '\u{202e}', '\u{2028}', '\u{0}', '\n', '\r', '\t', '😀', 'ſ',
    'K', '·',
];

#[test]
fn odd_names_become_code_or_are_refused_with_a_reason() {
    let words = words();
    let odd = proptest::collection::vec(proptest::sample::select(ODD), 0..6)
        .prop_map(|letters| letters.into_iter().collect::<String>());
    let name = prop_oneof![1 => proptest::sample::select(words), 3 => odd];
    let cases = std::env::var("FUZZ_CASES").ok().map_or(40, |text| text.parse().unwrap());
    let mut runner = TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]),
    );
    let result = runner.run(&(proptest::collection::vec(name, 1..5), 0..5_usize), |(names, role)| {
        let slice = newer(|slice| match role {
            0 => slice["components"]["schemas"]["financial_connections.account"]["properties"]
                .as_object_mut()
                .unwrap()
                .extend(properties(&names)),
            1 => slice["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["enum"] = json!(names),
            2 => add_schemas(slice, &names),
            3 => {
                let list = &mut slice["paths"]["/v1/financial_connections/accounts"]["get"]["parameters"];
                let new = names.iter().map(|name| json!({ "in": "query", "name": name, "required": false, "schema": { "type": "string" } }));
                list.as_array_mut().unwrap().extend(new);
            }
            _ => {
                let old = slice["paths"]["/v1/financial_connections/accounts/{account}"].clone();
                for name in &names {
                    slice["paths"][format!("/v1/financial_connections/{name}/{{account}}")] = old.clone();
                    slice["paths"][format!("/v1/financial_connections/{name}/{{account}}")]["get"]["operationId"] = json!(name);
                }
            }
        });
        match read(&slice) {
            Err(error) => {
                let reason = format!("{error:#}");
                prop_assert!(reason.len() > 20, "{reason}");
            }
            Ok(version) => {
                for (path, text) in render::unformatted(&version.reading.model, "") {
                    prop_assert!(syn::parse_file(&text).is_ok(), "{} is not Rust: {text}", path.display());
                    prop_assert!(!text.contains(['\u{202e}', '\u{2028}', '\u{0}']), "{}", path.display());
                }
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn with_values(values: &Value) -> Value {
    newer(|slice| {
        slice["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["enum"] =
            values.clone();
    })
}

/// The models of the spec, as one text.
fn models(slice: &Value) -> String {
    let version = read(slice).unwrap();
    let files = pipeline::files(&version.inputs, &version.reading).unwrap();
    files.into_iter().filter(|(path, _)| path.starts_with("crates/fc-types")).map(|(_, text)| text).collect()
}

#[test]
fn an_empty_value_and_values_of_punctuation_get_names_that_say_so() {
    let text = models(&with_values(&json!(["", "*", "+1", "-", "...", "a/b", "unknown", "2fa", "self"])));
    for line in [
        "Empty = \"\",",
        "Asterisk = \"*\",",
        "Plus1 = \"+1\",",
        "Hyphen = \"-\",",
        "DotDotDot = \"...\",",
        "AB = \"a/b\",",
        "UnknownValue = \"unknown\",",
        "X2fa = \"2fa\",",
        "Self_ = \"self\",",
    ] {
        assert!(
            text.contains(line),
            "{line}: {}",
            &text[text.find("open_enum!(AccountStatus").unwrap_or(0)..]
        );
    }
}

#[test]
fn values_that_collide_are_named_with_their_schema_property_and_the_key_that_fixes_it() {
    let clash = with_values(&json!(["foo_bar", "fooBar", "active"]));
    let text = message(&clash);
    for part in ["financial_connections.account.status", "`foo_bar`", "`fooBar`", "`FooBar`", "x-enum-names"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let mut fixed = clash;
    fixed["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["x-enum-names"] =
        json!({ "fooBar": "FooBarInOneWord" });
    assert!(models(&fixed).contains("FooBarInOneWord = \"fooBar\","));
    for bad in ["lower", "Two words", "Unknown", "KNOWN", "", "Self"] {
        fixed["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["x-enum-names"] =
            json!({ "fooBar": bad });
        let text = message(&fixed);
        assert!(
            text.contains("financial_connections.account.status") && text.contains("x-enum-names"),
            "{bad}: {text}"
        );
    }
    fixed["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["x-enum-names"] =
        json!({ "gone": "Gone" });
    let text = message(&fixed);
    assert!(text.contains("x-enum-names") && text.contains("`gone`"), "{text}");
}

/// Those that the spec has are generated beside those that the overlay adds, and the report says what is new.
#[test]
fn a_new_type_of_thin_event_is_a_value_to_describe() {
    let spec = newer(|slice| {
        slice["x-thin-event-types"] = json!({
            "v1.financial_connections.account.created": {}, "v1.financial_connections.account.polished": {},
        });
    });
    let version = read(&spec).unwrap();
    let text = models(&spec);
    for variant in ["AccountPolished = \"v1.financial_connections.account.polished\"", "AccountDeactivated,"]
    {
        assert!(text.contains(variant), "{variant}");
    }
    let report = Report::of(&read(&slice()).unwrap(), &version, verdict::Version(0, 1, 0));
    let places = |class: Class| -> Vec<String> {
        report.of_class(class).flat_map(|change| change.wire.clone()).collect()
    };
    assert_eq!(places(Class::Additive), ["event v1.financial_connections.account.polished"]);
    // The crates knew the other one before the spec had it.
    assert_eq!(places(Class::DocsOnly), ["event v1.financial_connections.account.created"]);
    assert!(
        report.overlay_text.contains("$['x-thin-event-types']['v1.financial_connections.account.polished']")
    );
}

#[test]
fn a_value_or_unset_is_one_support_type() {
    let unset = json!({ "type": "string", "enum": [""] });
    let body = "/paths/~1v1~1financial_connections~1sessions/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties";
    let slice = newer(|slice| {
        let body = slice.pointer_mut(body).unwrap();
        body["until"] = json!({ "anyOf": [{ "type": "integer", "format": "unix-time" }, unset] });
        body["metadata"] =
            json!({ "anyOf": [{ "type": "object", "additionalProperties": { "type": "string" } }, unset] });
        body["color"] = json!({ "type": "string", "enum": ["", "red", "green"] });
        body["home"] =
            json!({ "anyOf": [unset, { "type": "object", "properties": { "city": { "type": "string" } } }] });
        body["names"] = json!({ "anyOf": [{ "type": "array", "items": { "type": "string" } }, unset] });
        let owner = &mut slice["components"]["schemas"]["financial_connections.account_owner"]["properties"];
        owner["address"] = json!({ "anyOf": [{ "$ref": "#/components/schemas/financial_connections.session" }, unset], "nullable": true });
    });
    let text = models(&slice);
    for field in [
        "pub until: Option<OrUnset<Timestamp>>,",
        "OrUnset<::std::collections::BTreeMap<String, String>>",
        "pub color: Option<OrUnset<CreateSessionParamsColor>>,",
        "pub home: Option<OrUnset<CreateSessionParamsHome>>,",
        "pub names: Option<OrUnset<Vec<String>>>,",
        "pub address: Option<OrUnset<Session>>,",
    ] {
        assert!(text.contains(field), "{field}\n{text}");
    }
    assert!(!text.contains("Empty = \"\""));
    compiles(&slice);
}

#[test]
fn a_name_of_three_hundred_letters_is_refused_with_its_place() {
    let long = "x".repeat(300);
    let with = |key: &str, value: &str| {
        let mut schema = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        schema[key] = value.into();
        with_schema("financial_connections.long", schema)
    };
    let (schema, module) = (with("x-rust-name", &format!("A{long}")), with("x-rust-module", &long));
    let value = with_values(&json!([long, "active"]));
    let member = with_property(&long, json!({ "type": "string" }));
    for (slice, place) in [
        (schema, "financial_connections.long: "),
        (module, "financial_connections.long: "),
        (value, "financial_connections.account.status"),
        (member, "financial_connections.account"),
    ] {
        let text = message(&slice);
        assert!(text.contains(place) && (text.contains("300") || text.contains("301")), "{text}");
        assert!(text.contains("at most 100"), "{text}");
    }
}
