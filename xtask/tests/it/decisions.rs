//! What is merely new never stops an update: it is generated right or left out, the report says so, and a release is refused.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use xtask::changes::report::Report;
use xtask::changes::{markdown, report_json, verdict};
use xtask::cli::GenerateArgs;
use xtask::commands::{check, generate, update};
use xtask::files::json as text;
use xtask::generator::normalize::DecisionKind::{self, *};
use xtask::generator::render;

use crate::guards::{compiles, newer, read, slice, with_property, with_schema};
use crate::history::{pinned, update_to};

const ACCOUNT: &str = "financial_connections.account";
const RETRIEVE: &str = "/v1/financial_connections/accounts/{account}";

/// A small spec of one kind, and what is expected of it.
struct Case {
    kind: DecisionKind,
    spec: Value,
    /// The place in the report.
    wire: &'static str,
    /// Words of the report.
    says: &'static str,
    /// A generated file with this text, spaces and line breaks aside; empty if nothing is generated.
    generated: &'static str,
    /// The place for the overlay's answer, and a text that is in no generated file.
    target: String,
    absent: &'static str,
}

fn fields(count: usize) -> Map<String, Value> {
    (0..count).map(|index| (format!("f{index:02}"), json!({ "type": "string" }))).collect()
}

/// The newer spec with another operation on the route of an account, made from the one that retrieves it.
fn with_operation(method: &str, change: impl FnOnce(&mut Value)) -> Value {
    newer(|slice| {
        let path = &mut slice["paths"][RETRIEVE];
        path[method] = path["get"].clone();
        path[method]["operationId"] = "ActFinancialConnectionsAccount".into();
        change(&mut path[method]);
    })
}

fn with_header(required: bool) -> Value {
    with_operation("post", |operation| {
        operation["parameters"].as_array_mut().unwrap().push(
            json!({ "in": "header", "name": "Prefer", "required": required, "schema": { "type": "string" } }),
        );
    })
}

fn property(name: &str) -> String {
    format!("$.components.schemas['{ACCOUNT}'].properties['{name}']")
}

fn cases() -> Vec<Case> {
    let operation = |method: &str| format!("$.paths['{RETRIEVE}'].{method}");
    let expandable = newer(|slice| {
        slice["components"]["schemas"]["financial_connections.thing"] =
            json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } });
        slice["components"]["schemas"][ACCOUNT]["properties"]["thing"] = json!({ "anyOf": [
            { "type": "string" }, { "$ref": "#/components/schemas/financial_connections.thing" }] });
    });
    let wide = newer(|slice| {
        let mut schema = json!({ "type": "object", "properties": fields(64), "required": ["f63"] });
        schema["properties"]["f62"]["description"] = "Described.".into();
        slice["components"]["schemas"]["financial_connections.wide"] = schema;
        slice["components"]["schemas"][ACCOUNT]["properties"]["wide"] =
            json!({ "$ref": "#/components/schemas/financial_connections.wide" });
    });
    let event = newer(|slice| {
        slice["x-webhook-event-types"]["financial_connections.odd.done"] =
            json!({ "object": "financial_connections.odd" });
    });
    vec![
        Case {
            kind: TextId,
            spec: expandable,
            wire: "financial_connections.account.thing",
            says: "a text as its id",
            generated: "pub thing: Option<Expandable<String, Thing>>",
            target: property("thing"),
            absent: "ThingId",
        },
        Case {
            kind: Format,
            spec: with_property("at", json!({ "type": "string", "format": "date-time" })),
            wire: "financial_connections.account.at",
            says: "`date-time`",
            generated: "pub at: Option<String>",
            target: property("at"),
            absent: "chrono",
        },
        Case {
            kind: ValueName,
            spec: newer(|slice| {
                let status = &mut slice["components"]["schemas"][ACCOUNT]["properties"]["status"]["enum"];
                status.as_array_mut().unwrap().push("unknown".into());
            }),
            wire: "financial_connections.account.status = unknown",
            says: "`UnknownValue`",
            generated: "UnknownValue = \"unknown\"",
            target: property("status"),
            absent: "Unknown = \"unknown\"",
        },
        Case {
            kind: FieldName,
            spec: with_property("extra", json!({ "type": "string" })),
            wire: "financial_connections.account.extra",
            says: "`extra_field`",
            generated: "extra_field: optional \"extra\"",
            target: property("extra"),
            absent: "pub extra: Option<",
        },
        Case {
            kind: TypeName,
            spec: newer(|slice| {
                let name = "financial_connections.call";
                slice["components"]["schemas"][name] =
                    json!({ "type": "object", "properties": { "a": { "type": "string" } } });
                slice["components"]["schemas"][ACCOUNT]["properties"]["last_call"] =
                    json!({ "$ref": format!("#/components/schemas/{name}") });
            }),
            wire: "financial_connections.call",
            says: "`CallModel`",
            generated: "pub struct CallModel {",
            target: "$.components.schemas['financial_connections.call']".to_owned(),
            absent: "pub struct Call {",
        },
        Case {
            kind: Width,
            spec: wide,
            wire: "financial_connections.wide",
            says: "62 of 64 fields are typed; in `extra` are `f60`, `f61`",
            generated: "f62: optional \"f62\", f63: required \"f63\",",
            target: "$.components.schemas['financial_connections.wide']".to_owned(),
            absent: "f60: optional",
        },
        Case {
            kind: Choice,
            spec: with_property("odd", json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] })),
            wire: "financial_connections.account.odd",
            says: "any JSON type",
            generated: "pub odd: Option<serde_json::Value>",
            target: property("odd"),
            absent: "subtype_0",
        },
        Case {
            kind: Parameter,
            spec: with_header(false),
            wire: "POST /v1/financial_connections/accounts/{account} ?Prefer",
            says: "sent in a header",
            generated: "pub fn act_account(",
            target: format!("{}.parameters[?(@.name == 'Prefer')]", operation("post")),
            absent: "prefer",
        },
        Case {
            kind: Parameter,
            spec: with_header(true),
            wire: "POST /v1/financial_connections/accounts/{account}",
            says: "it needs the header `Prefer`",
            generated: "",
            target: operation("post"),
            absent: "act_account",
        },
        Case {
            kind: Method,
            spec: with_operation("patch", |_| ()),
            wire: "PATCH /v1/financial_connections/accounts/{account}",
            says: "fc-client does not send PATCH",
            generated: "",
            target: operation("patch"),
            absent: "act_account",
        },
        Case {
            kind: Body,
            spec: with_operation("post", |operation| {
                operation["requestBody"] = json!({ "required": true, "content": { "application/json": {
                    "schema": { "type": "object", "properties": { "a": { "type": "string" } } } } } });
            }),
            wire: "POST /v1/financial_connections/accounts/{account}",
            says: "its body is `application/json`, and no form",
            generated: "",
            target: operation("post"),
            absent: "act_account",
        },
        Case {
            kind: Success,
            spec: with_operation("post", |operation| {
                operation["responses"] = json!({ "204": { "description": "" } });
            }),
            wire: "POST /v1/financial_connections/accounts/{account}",
            says: "no JSON value",
            generated: "",
            target: operation("post"),
            absent: "act_account",
        },
        Case {
            kind: Payload,
            spec: event,
            wire: "event financial_connections.odd.done",
            says: "does not define `financial_connections.odd`",
            generated: "(EventType::OddDone | EventType::Unknown(_), _) => EventKind::Other(self)",
            target: "$['x-webhook-event-types']['financial_connections.odd.done']".to_owned(),
            absent: "OddDone(&",
        },
        Case {
            kind: NoEvents,
            spec: newer(|slice| slice["x-webhook-event-types"] = json!({})),
            wire: "x-webhook-event-types",
            says: "every event is of an unknown type",
            generated: "pub enum EventType { /// A value that this version does not know, as received. Unknown(Box<str>), }",
            target: "$".to_owned(),
            absent: "EventObject::Account",
        },
    ]
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code(spec: &Value) -> String {
    let version = read(spec).unwrap();
    squeezed(&render::unformatted(&version.reading.model, "").into_values().collect::<String>())
}

#[test]
fn each_new_kind_is_generated_or_left_out_and_the_report_asks_for_a_decision() {
    let old = read(&slice()).unwrap();
    assert_eq!(old.reading.decisions, []);
    let mut seen = Vec::new();
    for case in cases() {
        let kind = case.kind;
        let version = read(&case.spec).unwrap();
        let [decision] = version.reading.decisions.as_slice() else {
            panic!("{kind:?}: {:?}", version.reading.decisions)
        };
        assert_eq!((decision.kind, decision.wire.as_str()), (kind, case.wire));
        assert!(decision.outcome.contains(case.says), "{decision}");
        let code = code(&case.spec);
        assert!(code.contains(&squeezed(case.generated)), "{kind:?}");
        assert!(!code.contains(case.absent), "{kind:?}: {}", case.absent);

        let report = Report::of(&old, &version, verdict::Version(0, 1, 0));
        let body = markdown::render(&report, 60_000);
        let row = body.split("## Needs a decision (1)").nth(1).unwrap();
        assert!(row.contains(case.wire) && row.contains(kind.as_str()), "{row}");
        assert_eq!(report_json::render(&report)["needs_decision"][0]["kind"], kind.as_str());
        seen.push(kind);
    }
    seen.dedup();
    assert_eq!(seen, DecisionKind::ALL);
}

#[test]
fn what_is_generated_for_new_kinds_compiles() {
    // A spec of several kinds at once, because each build takes long.
    let mut all = newer(|_| ());
    for case in cases().into_iter().filter(|case| case.kind != NoEvents) {
        merge(&mut all, &case.spec);
    }
    compiles(&all);
    compiles(&newer(|slice| slice["x-webhook-event-types"] = json!({})));
}

/// Adds what `new` has and `all` lacks.
fn merge(all: &mut Value, new: &Value) {
    match (all, new) {
        (Value::Object(all), Value::Object(new)) => {
            for (key, value) in new {
                merge(all.entry(key.clone()).or_insert_with(|| value.clone()), value);
            }
        }
        (Value::Array(all), Value::Array(new)) => {
            let more: Vec<Value> = new.iter().filter(|item| !all.contains(item)).cloned().collect();
            all.extend(more);
        }
        _ => {}
    }
}

#[test]
fn a_release_is_refused_until_the_overlay_accepts_what_was_generated() {
    for (index, case) in cases().into_iter().enumerate() {
        // Older than the overlay, which may then describe more than the spec has.
        let mut old = slice();
        old["info"]["version"] = "2022-05-01".into();
        let root = pinned(&format!("decision_{index}"), &old);
        let spec = root.join("spec.json");
        let mut bare = case.spec.clone();
        bare.as_object_mut().unwrap().remove("x-provenance");
        bare["info"]["version"] = "2022-05-27".into();
        fs::write(&spec, text::to_text(&bare)).unwrap();
        let outcome = update::update(&root, &update_to(&spec)).unwrap();
        assert!(outcome.output.contains("## Needs a decision (1)"), "{:?}", case.kind);
        assert_eq!(check::check(&root).unwrap().failure, None);
        let refused = || check::check_strict(&root).unwrap().failure.unwrap_or_default();
        assert!(refused().contains("places that need a decision: 1"), "{}", refused());

        accept(&root, &case.target, case.kind.as_str());
        assert!(!refused().contains("need a decision"), "{:?}: {}", case.kind, refused());
    }
}

fn accept(root: &Path, target: &str, kind: &str) {
    let overlay = root.join("openapi/overlay.yaml");
    let action = format!("  - target: {target}\n    update: {{ x-accepted: [{kind}] }}\n");
    fs::write(&overlay, fs::read_to_string(&overlay).unwrap() + &action).unwrap();
    generate::generate(root, &GenerateArgs::default()).unwrap();
}

#[test]
fn a_misspelt_acceptance_is_an_error_that_lists_the_kinds() {
    let message = |accepted: Value| {
        let spec = with_property("at", json!({ "type": "string", "x-accepted": accepted }));
        format!("{:#}", read(&spec).unwrap_err())
    };
    for accepted in [json!(["formats"]), json!("format"), json!([1])] {
        let message = message(accepted);
        assert!(
            message.contains("`x-accepted`") && message.contains("text id, format, value name"),
            "{message}"
        );
    }
}

/// A deletion is a call like others: there is nothing to decide.
#[test]
fn a_deletion_is_generated_with_its_parameters_in_the_query() {
    let spec = with_operation("delete", |operation| {
        operation["requestBody"] = json!({ "content": { "application/x-www-form-urlencoded": {
            "schema": { "type": "object", "properties": { "reason": { "type": "string" } } } } } });
    });
    assert_eq!(read(&spec).unwrap().reading.decisions, []);
    let code = code(&spec);
    assert!(code.contains("id: \"act_account\", method: Method::Delete"));
    assert!(code.contains(".params(&self.params)"));
    assert!(code.contains("request!(ActAccount -> Account, delete);"));
    compiles(&spec);
}

/// An object whose id has a type gives that type to the fields that refer to it.
#[test]
fn an_expandable_field_has_the_type_of_the_object_s_own_id() {
    let account = json!({ "anyOf": [
        { "type": "string" }, { "$ref": "#/components/schemas/financial_connections.account" }] });
    let spec = newer(|slice| {
        let transaction = &mut slice["components"]["schemas"]["financial_connections.transaction"];
        transaction["properties"]["other"] = account;
    });
    assert_eq!(read(&spec).unwrap().reading.decisions, []);
    assert!(code(&spec).contains("pub other: Option<Expandable<AccountId, Account>>"));
}

/// What would be generated wrong, and not noticed, still stops with its place.
#[test]
fn what_would_be_generated_wrong_still_stops() {
    for (spec, place) in [
        (with_property("odd", json!({ "nullable": true })), "Account/properties/odd"),
        (
            with_schema(
                "financial_connections.pair",
                json!({ "type": "object", "properties": {
                "a": { "type": "array", "items": {} } } }),
            ),
            "Pair/properties/a/items",
        ),
    ] {
        let message = format!("{:#}", read(&spec).unwrap_err());
        assert!(message.contains(place) && message.contains("no type"), "{message}");
    }
}
