//! Guard rails: a spec that is broken, foreign or odd ends in a clear error or in correct code.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xtask::cli::UpdateArgs;
use xtask::command::SLICE_PATH;
use xtask::consumer::Consumer;
use xtask::scratch::Scratch;
use xtask::slice::Spec;
use xtask::version::Version;
use xtask::{json as text, pipeline, update, verdict};

use crate::history::{builds, pinned, update_to};
use crate::workspace;

fn slice() -> Value {
    serde_json::from_str(&fs::read_to_string(workspace().join(SLICE_PATH)).unwrap()).unwrap()
}

/// What `update` says to a file, and that it leaves the tree alone.
fn refusal(test: &str, spec: &[u8]) -> String {
    let root = pinned(test, &slice());
    let file = root.join("spec");
    fs::write(&file, spec).unwrap();
    let before = tree(&root);
    let message = format!("{:#}", update::update(&root, &update_to(&file)).unwrap_err());
    assert_eq!(tree(&root), before, "{message}");
    message
}

/// Every file below a directory.
pub(crate) fn tree(root: &std::path::Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A newer version of the API with something done to it.
fn newer(change: impl FnOnce(&mut Value)) -> Value {
    let mut slice = slice();
    slice["info"]["version"] = "2027-01-27.test".into();
    change(&mut slice);
    slice
}

fn with_schema(name: &str, schema: Value) -> Value {
    newer(|slice| {
        slice["components"]["schemas"][name] = schema;
    })
}

fn with_property(name: &str, schema: Value) -> Value {
    newer(|slice| {
        slice["components"]["schemas"]["financial_connections.account"]["properties"][name] = schema;
    })
}

fn read(slice: &Value) -> anyhow::Result<Version> {
    let overlay = fs::read_to_string(workspace().join("openapi/overlay.yaml"))?;
    Version::of("the spec", text::to_text(slice), overlay)
}

fn message(slice: &Value) -> String {
    format!("{:#}", read(slice).unwrap_err())
}

/// Everything that was generated can be used.
fn compiles(slice: &Value) {
    let version = read(slice).unwrap();
    let files = pipeline::files(&version.inputs, &version.reading).unwrap();
    let builds = Scratch::open(&builds()).unwrap();
    let compiled = builds.check(workspace(), &files, &Consumer::of(&version.reading.model)).unwrap();
    assert_eq!(compiled.broken, []);
}

#[test]
fn what_is_no_spec_of_stripe_is_refused_and_the_tree_left_alone() {
    let whole = text::to_text(&newer(|_| ()));
    let other = json!({ "openapi": "3.0.0", "info": { "version": "1" }, "paths": { "/v1/pets": {} } });
    let newer_format = newer(|slice| slice["openapi"] = "3.1.0".into());
    for (test, spec, expected) in [
        (
            "guard_malformed",
            b"{ \"openapi\": oops }".to_vec(),
            "not valid JSON: expected value at line 1 column 14",
        ),
        (
            "guard_truncated",
            whole.as_bytes()[..whole.len() / 2].to_vec(),
            "not valid JSON: EOF while parsing",
        ),
        ("guard_empty", Vec::new(), "not an OpenAPI document"),
        ("guard_binary", vec![0xff, 0xfe, 0x00], "not UTF-8"),
        ("guard_other", other.to_string().into_bytes(), "not a Stripe spec with Financial Connections"),
        (
            "guard_3_1",
            text::to_text(&newer_format).into_bytes(),
            "an OpenAPI 3.1.0 document; OpenAPI 3.0 is needed",
        ),
        ("guard_swagger", b"swagger: '2.0'".to_vec(), "OpenAPI 3.0 is needed"),
    ] {
        let message = refusal(test, &spec);
        assert!(message.contains(expected), "{test}: {message}");
    }
}

#[test]
fn an_older_spec_is_not_taken_and_a_wrong_checksum_neither() {
    let older = newer(|slice| slice["info"]["version"] = "2023-08-16".into());
    let message = refusal("guard_older", text::to_text(&older).as_bytes());
    assert!(message.contains("older than the pinned") && message.contains("cargo xtask diff"), "{message}");

    let root = pinned("guard_checksum", &slice());
    let file = root.join("spec");
    fs::write(&file, text::to_text(&newer(|_| ()))).unwrap();
    let mut args: UpdateArgs = update_to(&file);
    args.spec.sha256 = Some("00".repeat(32));
    let before = tree(&root);
    let message = format!("{:#}", update::update(&root, &args).unwrap_err());
    let found = Spec::read(&file).unwrap().sha256();
    assert!(message.contains(&found) && message.contains("not 0000"), "{message}");
    assert_eq!(tree(&root), before);
    args.spec.sha256 = Some(found.to_uppercase());
    update::update(&root, &args).unwrap();
}

#[test]
fn a_schema_that_refers_to_itself_or_is_wide_becomes_a_type_that_does_or_is() {
    compiles(&newer(|slice| {
        let schemas = &mut slice["components"]["schemas"];
        let account = json!({ "$ref": "#/components/schemas/financial_connections.account" });
        let owner = json!({ "$ref": "#/components/schemas/financial_connections.account_owner" });
        schemas["financial_connections.account"]["properties"]["parent"] = account.clone();
        schemas["financial_connections.account"]["properties"]["children"] =
            json!({ "type": "array", "items": account });
        let map = json!({ "type": "object", "additionalProperties": account });
        schemas["financial_connections.account"]["properties"]["by_name"] = map;
        // As many fields as there may be.
        let fields = |count: usize| -> serde_json::Map<String, Value> {
            (0..count).map(|index| (format!("f{index}"), json!({ "type": "string" }))).collect()
        };
        schemas["financial_connections.wide"] = json!({
            "type": "object",
            "properties": { "object": { "type": "string", "enum": ["financial_connections.wide"] } },
        });
        schemas["financial_connections.wide"]["properties"].as_object_mut().unwrap().extend(fields(62));
        // And by way of another.
        schemas["financial_connections.account"]["properties"]["owner"] = owner;
        schemas["financial_connections.account_owner"]["properties"]["of"] = account;
    }));
    let endless =
        with_property("parent", json!({ "$ref": "#/components/schemas/financial_connections.account" }));
    let wide: serde_json::Map<String, Value> =
        (0..63).map(|index| (format!("f{index}"), json!({ "type": "string" }))).collect();
    let wide = with_schema("financial_connections.wide", json!({ "type": "object", "properties": wide }));
    assert!(message(&wide).contains("financial_connections.wide: 63 fields"), "{}", message(&wide));
    let endless = {
        let mut slice = endless;
        let account = &mut slice["components"]["schemas"]["financial_connections.account"];
        account["required"].as_array_mut().unwrap().push("parent".into());
        slice
    };
    assert!(message(&endless).contains("it must hold another `Account`"), "{}", message(&endless));
    let message = message(&with_schema(
        "financial_connections.loop",
        json!({ "allOf": [{ "$ref": "#/components/schemas/financial_connections.loop" }] }),
    ));
    assert!(message.contains("loop") || message.contains("Loop"), "{message}");
}

#[test]
fn keywords_and_other_alphabets_become_names_or_are_refused_by_place() {
    compiles(&newer(|slice| {
        let schemas = slice["components"]["schemas"].as_object_mut().unwrap();
        let properties = json!({
            "type": { "type": "string" }, "self": { "type": "string" }, "match": { "type": "integer" },
            "straße": { "type": "string" }, "日本": { "type": "boolean" }, "kebab-case": { "type": "string" },
        });
        let schema = json!({ "type": "object", "required": ["match"], "properties": properties });
        // A module named like a keyword, and one like the file of all modules.
        schemas.insert("financial_connections.type".to_owned(), schema.clone());
        schemas.insert("financial_connections.mod".to_owned(), schema.clone());
        let account = schemas.get_mut("financial_connections.account").unwrap();
        account["properties"]["status"]["enum"] = json!(["self", "type", "größer", "2fa", "active"]);
        // As parameters, whose setters have no `with_` before the name.
        let body = slice.pointer_mut("/paths/~1v1~1financial_connections~1sessions/post/requestBody/content");
        let body = body.unwrap().as_object_mut().unwrap().values_mut().next().unwrap();
        body["schema"]["properties"]["type"] = json!({ "type": "string" });
        body["schema"]["properties"]["self"] = json!({ "type": "string" });
        body["schema"]["properties"]["nested"] = schema;
    }));
    let unknown = message(&newer(|slice| {
        slice["components"]["schemas"]["financial_connections.account"]["properties"]["status"]["enum"] =
            json!(["unknown", "active"]);
    }));
    assert!(
        unknown.contains("financial_connections.account.status") && unknown.contains("`Unknown`"),
        "{unknown}"
    );
    let operation = |id: &str| {
        message(&newer(|slice| {
            let account = slice["paths"]["/v1/financial_connections/accounts/{account}"].clone();
            slice["paths"]["/v1/financial_connections/other/{account}"] = account;
            slice["paths"]["/v1/financial_connections/other/{account}"]["get"]["operationId"] = id.into();
        }))
    };
    for (id, expected) in
        [("match", "`match`"), ("new", "`new` is no name for a method"), ("Account", "`Account`")]
    {
        let message = operation(id);
        assert!(
            message.contains(expected) && message.contains("/v1/financial_connections/other"),
            "{message}"
        );
    }
}

#[test]
fn two_schemas_that_take_one_name_are_refused_and_so_is_a_name_that_is_taken() {
    let same =
        with_schema("financial_connections.bank_connections", json!({ "type": "object", "properties": {} }));
    assert!(read(&same).is_ok());
    let clash = newer(|slice| {
        for name in ["financial_connections.some_thing", "financial_connections.someThing"] {
            slice["components"]["schemas"][name] =
                json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        }
        slice["components"]["schemas"]["financial_connections.someThing"]["x-rust-name"] = "SomeThing".into();
    });
    assert!(message(&clash).contains("a second type named `SomeThing`"), "{}", message(&clash));
    for (name, rust) in
        [("money", "Money"), ("list", "List"), ("string", "String"), ("account_id", "AccountId")]
    {
        let taken = with_schema(
            &format!("financial_connections.{name}"),
            json!({ "type": "object", "properties": { "a": { "type": "string" } } }),
        );
        let message = message(&taken);
        assert!(message.contains(&format!("`{rust}`, which is taken")), "{message}");
    }
    // Two inline objects that would be named alike, and two members that Rust spells alike.
    let inline =
        with_property("holder", json!({ "type": "object", "properties": { "x": { "type": "string" } } }));
    assert!(message(&inline).contains("`AccountHolder`"), "{}", message(&inline));
    let twins = with_schema(
        "financial_connections.twin",
        json!({ "type": "object", "properties": { "foo_bar": { "type": "string" }, "fooBar": { "type": "string" } } }),
    );
    assert!(message(&twins).contains("financial_connections.twin"), "{}", message(&twins));
}

#[test]
fn a_type_that_no_crate_here_has_and_a_method_that_the_client_has_not_are_refused() {
    for format in ["uuid", "date-time", "date"] {
        let odd = with_property("odd", json!({ "type": "string", "format": format }));
        let message = message(&odd);
        assert!(
            message.contains("financial_connections.account.odd") && message.contains("x-rust-type"),
            "{message}"
        );
    }
    let deleting = newer(|slice| {
        let path = &mut slice["paths"]["/v1/financial_connections/accounts/{account}"];
        path["delete"] = path["get"].clone();
        path["delete"]["operationId"] = "DeleteFinancialConnectionsAccount".into();
    });
    let message = message(&deleting);
    assert!(
        message.contains("DELETE /v1/financial_connections/accounts/{account}: only GET and POST"),
        "{message}"
    );
}

/// fc-types reads the object of an event by hand, and shows ids.
#[test]
fn an_envelope_of_events_without_its_object_and_an_id_that_is_an_object_are_refused() {
    let optional = |schema: &str, field: &str| {
        newer(|slice| {
            let required = slice.pointer_mut(&format!("/components/schemas/{schema}/required")).unwrap();
            required.as_array_mut().unwrap().retain(|name| name != field);
        })
    };
    for slice in [optional("event", "data"), optional("notification_event_data", "object")] {
        assert!(message(&slice).contains("the envelope of events"), "{}", message(&slice));
    }
    let owner = json!({ "$ref": "#/components/schemas/financial_connections.account_owner" });
    let id = newer(|slice| {
        slice["components"]["schemas"]["financial_connections.transaction"]["properties"]["id"] = owner;
    });
    assert!(
        message(&id).contains("financial_connections.transaction.id: an id is a text"),
        "{}",
        message(&id)
    );
}

/// fc-client reads errors by hand, and has to have a type for their codes.
#[test]
fn an_error_envelope_without_codes_is_refused() {
    let error = "/components/schemas/api_errors/properties";
    let without =
        newer(|slice| drop(slice.pointer_mut(error).unwrap().as_object_mut().unwrap().remove("code")));
    let message = message(&without);
    assert!(message.contains("no enum becomes `ErrorCode`"), "{message}");
}

#[test]
fn a_list_of_lists_is_a_parameter_like_any_other() {
    let strings = json!({ "type": "array", "items": { "type": "string" } });
    compiles(&newer(|slice| {
        let session = "/paths/~1v1~1financial_connections~1sessions~1{session}/get/parameters";
        let parameters = slice.pointer_mut(session).unwrap().as_array_mut().unwrap();
        let expand = parameters.iter_mut().find(|parameter| parameter["name"] == "expand").unwrap();
        expand["schema"]["items"] = strings;
    }));
}

/// The overlay gives types by name, and an older overlay meets a newer spec.
#[test]
fn a_support_type_is_not_given_to_what_travels_otherwise() {
    for (field, schema, expected) in [
        (
            "created",
            json!({ "type": "string", "format": "unix-time" }),
            "`Timestamp` travels as integer, and this is string",
        ),
        ("id", json!({ "type": "integer" }), "`AccountId` travels as string, and this is integer"),
        ("display_name", json!({ "type": "object" }), "`Text` travels as string, and this is object"),
    ] {
        let message = message(&with_property(field, schema));
        let place = format!("/components/schemas/financial_connections.account/properties/{field}");
        assert!(message.contains(expected) && message.contains(&place), "{message}");
    }
}

#[test]
fn ten_thousand_operations_are_generated_and_compared_in_time() {
    let old = read(&slice()).unwrap();
    let many = |broken: bool| {
        newer(|slice| {
            let operation = slice["paths"]["/v1/financial_connections/accounts/{account}"]["get"].clone();
            for index in 0..10_000 {
                let mut operation = operation.clone();
                operation["operationId"] = format!("GetFinancialConnectionsThing{index}").into();
                operation["parameters"][1]["schema"] =
                    json!({ "type": "array", "items": { "type": "string" } });
                if broken && index == 7_777 {
                    operation["parameters"][1] = json!({ "in": "query", "name": "x", "required": true, "style": "pipeDelimited", "schema": { "type": "array", "items": {} } });
                }
                slice["paths"][format!("/v1/financial_connections/things{index}/{{account}}")] =
                    json!({ "get": operation });
            }
        })
    };
    let began = Instant::now();
    let new = read(&many(false)).unwrap();
    assert_eq!(new.reading.model.operations.len(), 10_011);
    let report = xtask::report::Report::of(&old, &new, verdict::Version(0, 1, 0));
    assert!(report.changes.len() >= 10_000);
    let body = report.to_markdown(60_000);
    assert!(body.len() <= 60_000 && body.contains(" more: run `cargo xtask diff`."), "{}", body.len());
    // And the other way, where everything is removed.
    assert!(xtask::report::Report::of(&new, &old, verdict::Version(0, 1, 0)).changes.len() >= 10_000);
    // One that is broken is found among them.
    let _ = read(&many(true)).map(|_| ()).map_err(|error| {
        let message = format!("{error:#}");
        assert!(message.contains("7777"), "{message}");
    });
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
}
