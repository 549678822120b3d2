//! Broken, foreign and odd specs: each ends in a clear error or in code that compiles.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use xtask::changes::consumer::Consumer;
use xtask::changes::report::Report;
use xtask::changes::scratch::Scratch;
use xtask::changes::version::Version;
use xtask::changes::{markdown, verdict};
use xtask::cli::UpdateArgs;
use xtask::commands::update;
use xtask::files::json as text;
use xtask::generator::pipeline;
use xtask::spec::document::Spec;

use crate::history::{builds, pinned, update_to};
use crate::{SLICE_PATH, general, workspace};

pub(crate) fn slice() -> Value {
    serde_json::from_str(&fs::read_to_string(workspace().join(SLICE_PATH)).unwrap()).unwrap()
}

/// The error of `update` for a file. Requires that no file changes.
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

/// A newer version of the API with a change.
pub(crate) fn newer(change: impl FnOnce(&mut Value)) -> Value {
    let mut slice = slice();
    slice["info"]["version"] = "2027-01-27.test".into();
    change(&mut slice);
    slice
}

pub(crate) fn with_schema(name: &str, schema: Value) -> Value {
    newer(|slice| {
        slice["components"]["schemas"][name] = schema;
    })
}

pub(crate) fn with_property(name: &str, schema: Value) -> Value {
    newer(|slice| {
        slice["components"]["schemas"]["financial_connections.account"]["properties"][name] = schema;
    })
}

pub(crate) fn read(slice: &Value) -> anyhow::Result<Version> {
    Version::of("the spec", &general(), text::to_text(slice), &|overlay| {
        Ok(fs::read_to_string(workspace().join(overlay))?)
    })
}

pub(crate) fn message(slice: &Value) -> String {
    format!("{:#}", read(slice).unwrap_err())
}

/// Requires that every generated item can be used.
pub(crate) fn compiles(slice: &Value) {
    let version = read(slice).unwrap();
    let files = pipeline::files(&version.inputs, &version.reading).unwrap();
    let builds = Scratch::open(&builds()).unwrap();
    let compiled = builds.check(workspace(), &files, &Consumer::of(&version.reading.model)).unwrap();
    assert_eq!(compiled.broken, []);
}

#[test]
fn a_file_that_is_no_spec_of_stripe_is_rejected_and_changes_no_file() {
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
fn an_older_spec_and_a_wrong_checksum_are_rejected() {
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
fn recursive_and_wide_schemas_generate_code_that_compiles() {
    compiles(&newer(|slice| {
        let schemas = &mut slice["components"]["schemas"];
        let account = json!({ "$ref": "#/components/schemas/financial_connections.account" });
        let owner = json!({ "$ref": "#/components/schemas/financial_connections.account_owner" });
        schemas["financial_connections.account"]["properties"]["parent"] = account.clone();
        schemas["financial_connections.account"]["properties"]["children"] =
            json!({ "type": "array", "items": account });
        let map = json!({ "type": "object", "additionalProperties": account });
        schemas["financial_connections.account"]["properties"]["by_name"] = map;
        // The most fields that are allowed.
        let fields = |count: usize| -> serde_json::Map<String, Value> {
            (0..count).map(|index| (format!("f{index}"), json!({ "type": "string" }))).collect()
        };
        schemas["financial_connections.wide"] = json!({
            "type": "object",
            "properties": { "object": { "type": "string", "enum": ["financial_connections.wide"] } },
        });
        schemas["financial_connections.wide"]["properties"].as_object_mut().unwrap().extend(fields(62));
        // And through another type.
        schemas["financial_connections.account"]["properties"]["owner"] = owner;
        schemas["financial_connections.account_owner"]["properties"]["of"] = account;
    }));
    let endless =
        with_property("parent", json!({ "$ref": "#/components/schemas/financial_connections.account" }));
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
fn keywords_and_other_alphabets_become_names_or_are_rejected_with_their_place() {
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
fn two_schemas_of_one_name_and_a_taken_name_are_rejected() {
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
    for rust in ["Money", "List", "String", "AccountId"] {
        let taken = with_schema(
            "financial_connections.thing",
            json!({ "type": "object", "x-rust-name": rust, "properties": { "a": { "type": "string" } } }),
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
fn a_field_that_a_hand_written_method_reads_is_missed_with_its_place() {
    let balance = "bank_connections_resource_balance";
    for (schema, field, method) in [
        ("financial_connections.account", "balance", "Account::balance_age"),
        ("financial_connections.account", "status", "Account::is_active"),
        (balance, "as_of", "Account::balance_age"),
        (balance, "current", "Balance::spendable"),
        ("bank_connections_resource_balance_api_resource_cash_balance", "available", "Balance::spendable"),
    ] {
        let slice = newer(|slice| {
            let schema = &mut slice["components"]["schemas"][schema];
            schema["properties"].as_object_mut().unwrap().remove(field).unwrap();
            for required in schema.get_mut("required").and_then(Value::as_array_mut).into_iter() {
                required.retain(|name| name != field);
            }
        });
        let message = message(&slice);
        let line = format!(".{field}: `{method}` in crates/fc-types/src/convenience.rs reads this field");
        assert!(message.contains(&line), "{message}");
    }
}

/// fc-types reads the object of an event by hand, and prints ids.
#[test]
fn an_event_envelope_without_object_and_an_id_that_is_an_object_are_rejected() {
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

/// fc-client reads errors by hand, and needs a type for their codes.
#[test]
fn an_error_envelope_without_codes_is_rejected() {
    let error = "/components/schemas/api_errors/properties";
    let without =
        newer(|slice| drop(slice.pointer_mut(error).unwrap().as_object_mut().unwrap().remove("code")));
    let message = message(&without);
    assert!(message.contains("no enum becomes `ErrorCode`"), "{message}");
}

#[test]
fn a_list_of_lists_can_be_a_parameter() {
    let strings = json!({ "type": "array", "items": { "type": "string" } });
    compiles(&newer(|slice| {
        let session = "/paths/~1v1~1financial_connections~1sessions~1{session}/get/parameters";
        let parameters = slice.pointer_mut(session).unwrap().as_array_mut().unwrap();
        let expand = parameters.iter_mut().find(|parameter| parameter["name"] == "expand").unwrap();
        expand["schema"]["items"] = strings;
    }));
}

/// The overlay names types, and an older overlay may meet a newer spec.
#[test]
fn a_support_type_of_another_json_type_is_rejected() {
    for (field, schema, expected) in [
        (
            "created",
            json!({ "type": "string", "format": "unix-time" }),
            "`Timestamp` is integer on the wire, and this is string",
        ),
        ("id", json!({ "type": "integer" }), "`AccountId` is string on the wire, and this is integer"),
        ("display_name", json!({ "type": "object" }), "`Text` is string on the wire, and this is object"),
    ] {
        let message = message(&with_property(field, schema));
        let place = format!("/components/schemas/financial_connections.account/properties/{field}");
        assert!(message.contains(expected) && message.contains(&place), "{message}");
    }
}

#[test]
fn ten_thousand_operations_are_generated_and_compared() {
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
    let new = read(&many(false)).unwrap();
    assert_eq!(new.reading.model.operations.len(), 10_011);
    let report = Report::of(&old, &new, verdict::Version(0, 1, 0));
    assert!(report.changes.len() >= 10_000);
    let body = markdown::render(&report, 60_000);
    assert!(body.len() <= 60_000 && body.contains(" more: run `cargo xtask diff`."), "{}", body.len());
    // In the other direction everything is removed.
    assert!(Report::of(&new, &old, verdict::Version(0, 1, 0)).changes.len() >= 10_000);
    // The one broken operation is found, and the error names it.
    let Err(error) = read(&many(true)) else { panic!("the broken operation was accepted") };
    assert!(format!("{error:#}").contains("7777"), "{error:#}");
}
