//! Slices: what is kept, cut, dropped and rejected.

use std::fs;

use serde_json::{Value, json};
use xtask::generator::slice::Slice;
use xtask::spec::document::Spec;
use xtask::spec::provenance::Provenance;
use xtask::spec::source::{Source, Target};

use crate::{general, workspace};

const SOURCE: &str = r#"
[target.ga]
slice = "openapi/slice.json"
overlays = []
normalized = "openapi/normalized.json"
cut = ["customer"]
[target.ga.pin]
api_version = "2026-09-30.endive"
repo = "stripe/openapi"
path = "latest/openapi.spec3.json"
commit = "18fa"
sha256 = "00"
[target.ga.keep]
paths = "/v1/financial_connections/"
resources = "financial_connections."
events = "financial_connections."
thin_events = "v1.financial_connections."
schemas = ["error", "event"]
extensions = ["x-expandableFields", "x-expansionResources", "x-resourceId", "x-stripeBypassValidation"]
"#;

fn source() -> Target {
    Source::parse(SOURCE).unwrap().target("ga").unwrap().clone()
}

/// A whole spec in miniature: one operation of ours, one foreign one, the webhook endpoint.
fn spec() -> Value {
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Stripe API", "version": "2026-09-30.endive", "description": "prose", "x-stripeSpecFilename": "spec3"},
        "servers": [{"url": "https://api.stripe.com/"}],
        "security": [{"bearerAuth": []}],
        "paths": {
            "/v1/financial_connections/accounts/{account}": {"get": {
                "operationId": "GetFinancialConnectionsAccountsAccount",
                "description": "prose",
                "summary": "prose",
                "parameters": [{"in": "path", "name": "account", "required": true, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "prose",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/financial_connections.account"}}},
                    },
                    "default": {
                        "description": "prose",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}},
                    },
                },
            }},
            "/v1/linked_accounts/{account}": {"get": {"responses": {}}},
            "/v1/webhook_endpoints": {"post": {
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"properties": {"enabled_events": {
                    "type": "array",
                    "items": {"type": "string", "enum": ["*", "account.updated", "financial_connections.account.created"]},
                }}}}}},
                "responses": {},
            }},
        },
        "components": {
            "schemas": {
                "financial_connections.account": {
                    "type": "object",
                    "title": "Account",
                    "description": "prose",
                    "x-resourceId": "financial_connections.account",
                    "x-stableId": "noise",
                    "x-expandableFields": ["holder"],
                    "required": ["object", "id"],
                    "properties": {
                        "id": {"type": "string", "description": "prose"},
                        "object": {"type": "string", "enum": ["financial_connections.account"]},
                        "holder": {
                            "anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/customer"}],
                            "x-expansionResources": {"oneOf": [{"$ref": "#/components/schemas/customer"}]},
                        },
                        "balance": {"$ref": "#/components/schemas/balance_part"},
                    },
                },
                "balance_part": {"type": "object", "properties": {"current": {"type": "integer"}}},
                "customer": {
                    "type": "object",
                    "x-resourceId": "customer",
                    "properties": {"bank": {"$ref": "#/components/schemas/never_reached"}},
                },
                "error": {"type": "object", "properties": {}},
                "event": {"type": "object", "x-resourceId": "event", "properties": {}},
                "unrelated": {"type": "object"},
            },
            "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer", "description": "prose"}},
        },
    })
}

fn cut(spec: &Value) -> Slice {
    Slice::cut(spec, &source()).unwrap()
}

fn refusal(spec: &Value) -> String {
    format!("{:#}", Slice::cut(spec, &source()).unwrap_err())
}

fn schemas(slice: &Slice) -> Vec<&str> {
    slice.document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn schema<'a>(slice: &'a Slice, name: &str) -> &'a Value {
    &slice.document["components"]["schemas"][name]
}

/// Every key of the document except the names below `properties`.
fn keywords(value: &Value, below_properties: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !below_properties {
                    found.push(key.clone());
                }
                keywords(value, key == "properties" && !below_properties, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keywords(item, false, found)),
        _ => {}
    }
}

#[test]
fn the_pinned_slice_has_what_stripe_documents() {
    let document: Value =
        serde_json::from_str(&fs::read_to_string(workspace().join("openapi/slice.json")).unwrap()).unwrap();
    let source = general();
    let slice = Slice::cut(&document, &source).unwrap();
    assert_eq!(slice.operations(), 11);
    assert_eq!(document["x-webhook-event-types"].as_object().unwrap().len(), 14);
    assert!(
        document["components"]["schemas"]["financial_connections.authorization"]["properties"].is_object()
    );
    // The SDK view: always present, may be null. Stripe sends everything but `status_details`.
    let account = &document["components"]["schemas"]["financial_connections.account"];
    let optional: Vec<_> = account["properties"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|field| !account["required"].as_array().unwrap().iter().any(|required| required == *field))
        .collect();
    assert_eq!(optional, ["status_details"]);
    assert_eq!(document["x-provenance"]["sha256"], source.pin.sha256);
    assert_eq!(document["x-provenance"]["api_version"], source.pin.api_version);
}

#[test]
fn the_pinned_slice_of_the_preview_has_what_stripe_documents() {
    let (target, document) = pinned().pop().unwrap();
    assert_eq!((target.name.as_str(), target.output.module.as_deref()), ("preview", Some("preview")));
    let slice = Slice::cut(&document, &target).unwrap();
    assert_eq!(slice.operations(), 15);
    assert_eq!(document["x-webhook-event-types"].as_object().unwrap().len(), 16);
    let session = &document["x-webhook-event-types"]["financial_connections.session.updated"];
    assert_eq!(session["object"], "financial_connections.session");
    let create = &document["paths"]["/v1/financial_connections/sessions"]["post"]["requestBody"]["content"];
    let form = &create["application/x-www-form-urlencoded"]["schema"];
    assert_eq!(form["required"], json!(["permissions"]));
    assert!(form["properties"]["relink_options"].is_object());
}

/// Each target with its checked-in slice.
fn pinned() -> Vec<(Target, Value)> {
    let targets = Source::read(workspace()).unwrap().target.into_values();
    targets
        .map(|target| {
            let text = fs::read_to_string(workspace().join(&target.slice)).unwrap();
            let slice = serde_json::from_str(&text).unwrap();
            (target, slice)
        })
        .collect()
}

#[test]
fn the_pinned_slices_have_no_prose() {
    for (target, document) in pinned() {
        let mut found = Vec::new();
        keywords(&document, false, &mut found);
        for prose in
            ["summary", "externalDocs", "example", "x-stableId", "x-stripeResource", "x-sdk-spec", "x-stubs"]
        {
            assert!(!found.iter().any(|key| key == prose), "{prose}");
        }
        let descriptions = found.iter().filter(|key| *key == "description").count();
        // Each operation has the responses `200` and `default`.
        let operations = Slice::cut(&document, &target).unwrap().operations();
        assert_eq!(descriptions, 2 * operations, "{}", target.name);
    }
}

#[test]
fn slicing_a_slice_changes_nothing() {
    for (target, mut document) in pinned() {
        let again = Slice::cut(&document, &target).unwrap();
        again.check_cut(&target.cut).unwrap();
        document.as_object_mut().unwrap().remove("x-provenance");
        assert_eq!(again.document, document, "{}", target.name);
    }
}

#[test]
fn a_whole_spec_is_reduced_to_what_our_paths_refer_to() {
    let slice = cut(&spec());
    assert_eq!(slice.operations(), 1);
    assert_eq!(
        schemas(&slice),
        ["balance_part", "customer", "error", "event", "financial_connections.account"]
    );
    assert_eq!(slice.document["security"], json!([{"bearerAuth": []}]));
    assert_eq!(slice.document["servers"], json!([{"url": "https://api.stripe.com/"}]));
    assert_eq!(
        slice.document["components"]["securitySchemes"],
        json!({"bearerAuth": {"type": "http", "scheme": "bearer"}})
    );
    assert_eq!(
        slice.document["info"],
        json!({"title": "Stripe Financial Connections slice", "version": "2026-09-30.endive"})
    );
}

#[test]
fn a_foreign_resource_becomes_a_stub_and_is_not_followed() {
    let slice = cut(&spec());
    assert_eq!(*schema(&slice, "customer"), json!({"type": "object", "x-cut": true}));
    let place = "#/components/schemas/financial_connections.account/properties/holder/anyOf/1";
    assert_eq!(slice.cut["customer"], place);
}

#[test]
fn each_sign_of_a_foreign_schema_cuts_it() {
    for foreign in [
        json!({"type": "object", "x-resourceId": "other"}),
        json!({"type": "object", "properties": {"object": {"enum": ["other"]}}}),
        json!({"anyOf": [{"type": "object"}]}),
        json!({"type": "object", "x-cut": true}),
    ] {
        let mut spec = spec();
        spec["components"]["schemas"]["balance_part"] = foreign.clone();
        assert!(cut(&spec).cut.contains_key("balance_part"), "{foreign}");
    }
    let mut spec = spec();
    spec["components"]["schemas"]["deleted_thing"] = json!({"type": "object"});
    spec["components"]["schemas"]["error"]["properties"]["gone"] =
        json!({"$ref": "#/components/schemas/deleted_thing"});
    assert!(cut(&spec).cut.contains_key("deleted_thing"));
}

#[test]
fn our_resources_and_the_envelopes_are_never_cut() {
    let mut spec = spec();
    // Both signs at once, on ours and on an envelope.
    for name in ["financial_connections.account", "event"] {
        spec["components"]["schemas"][name]["x-resourceId"] = json!(name);
        spec["components"]["schemas"][name]["properties"]["object"] = json!({"enum": [name]});
    }
    assert_eq!(cut(&spec).cut.keys().collect::<Vec<_>>(), ["customer"]);
}

#[test]
fn prose_is_dropped_and_fields_named_like_prose_stay() {
    let mut spec = spec();
    spec["components"]["schemas"]["balance_part"]["properties"] = json!({
        "description": {"type": "string", "description": "prose"},
        "title": {"type": "string"},
        "summary": {"type": "object", "properties": {"properties": {"type": "string", "example": "prose"}}},
        "x-odd": {"type": "string", "enum": ["description"]},
    });
    let slice = cut(&spec);
    assert_eq!(
        schema(&slice, "balance_part")["properties"],
        json!({
            "description": {"type": "string"},
            "title": {"type": "string"},
            "summary": {"type": "object", "properties": {"properties": {"type": "string"}}},
            "x-odd": {"type": "string", "enum": ["description"]},
        })
    );
    let account = schema(&slice, "financial_connections.account");
    assert_eq!(account["title"], "Account");
    assert!(account.get("description").is_none());
    assert!(account.get("x-stableId").is_none());
    assert_eq!(account["x-resourceId"], "financial_connections.account");
    assert_eq!(account["x-expandableFields"], json!(["holder"]));
    let operation = &slice.document["paths"]["/v1/financial_connections/accounts/{account}"]["get"];
    assert!(operation.get("description").is_none() && operation.get("summary").is_none());
    // The format requires a description of a response.
    assert_eq!(operation["responses"]["200"]["description"], "");
    assert_eq!(operation["responses"]["default"]["description"], "");
}

#[test]
fn shared_parameters_and_responses_are_followed() {
    let mut spec = spec();
    let operation = &mut spec["paths"]["/v1/financial_connections/accounts/{account}"]["get"];
    operation["parameters"] = json!([{"$ref": "#/components/parameters/account"}]);
    operation["responses"]["default"] = json!({"$ref": "#/components/responses/failure"});
    spec["components"]["parameters"] = json!({"account": {"in": "path", "name": "account", "description": "prose", "schema": {"type": "string"}}});
    spec["components"]["responses"] = json!({"failure": {
        "description": "prose",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/failure"}}},
    }});
    spec["components"]["schemas"]["failure"] = json!({"type": "object"});
    let slice = cut(&spec);
    let components = &slice.document["components"];
    assert!(components["parameters"]["account"].get("description").is_none());
    assert_eq!(components["responses"]["failure"]["description"], "");
    assert!(schemas(&slice).contains(&"failure"));
    let operation = &slice.document["paths"]["/v1/financial_connections/accounts/{account}"]["get"];
    assert_eq!(operation["responses"]["default"], json!({"$ref": "#/components/responses/failure"}));
}

#[test]
fn schemas_of_the_sdk_view_become_components() {
    let mut spec = spec();
    spec["x-sdk-spec"] = json!({"schemas": {
        "financial_connections.authorization": {
            "type": "object",
            "properties": {"details": {"$ref": "#/x-sdk-spec/schemas/auth_details"}},
        },
        "auth_details": {"type": "object"},
        "unused": {"type": "object"},
    }});
    let slice = cut(&spec);
    assert_eq!(
        schema(&slice, "financial_connections.authorization")["properties"]["details"],
        json!({"$ref": "#/components/schemas/auth_details"})
    );
    assert!(schemas(&slice).contains(&"auth_details"));
    assert!(!schemas(&slice).contains(&"unused"));
}

#[test]
fn a_schema_that_differs_in_the_sdk_view_is_taken_from_the_public_spec_and_noted() {
    let mut spec = spec();
    spec["x-sdk-spec"] = json!({"schemas": {"balance_part": {"type": "object", "title": "other"}}});
    let slice = cut(&spec);
    assert!(schema(&slice, "balance_part").get("title").is_none());
    assert!(slice.notes.iter().any(|note| note.contains("balance_part")), "{:?}", slice.notes);
}

#[test]
fn fields_that_the_sdk_view_calls_always_present_become_required() {
    let mut spec = spec();
    spec["x-sdk-spec"] = json!({"required": {
        "financial_connections.account": ["holder", "id", "absent"],
        "balance_part": ["current"],
        "customer": ["bank"],
    }});
    let slice = cut(&spec);
    assert_eq!(
        schema(&slice, "financial_connections.account")["required"],
        json!(["holder", "id", "object"])
    );
    assert_eq!(schema(&slice, "balance_part")["required"], json!(["current"]));
    assert!(slice.notes.iter().any(|note| note.contains("`absent`")), "{:?}", slice.notes);
    assert!(schema(&slice, "customer").get("required").is_none());
}

#[test]
fn an_empty_required_list_is_dropped_because_the_format_forbids_it() {
    let mut spec = spec();
    spec["components"]["schemas"]["balance_part"]["required"] = json!([]);
    assert!(schema(&cut(&spec), "balance_part").get("required").is_none());
}

#[test]
fn event_types_of_a_whole_spec_come_from_webhook_endpoints() {
    assert_eq!(
        cut(&spec()).document["x-webhook-event-types"],
        json!({"financial_connections.account.created": {"object": "financial_connections.account"}})
    );
}

#[test]
fn event_types_of_a_slice_come_from_its_list_and_their_objects_from_the_sdk_view() {
    let mut spec = spec();
    spec["x-webhook-event-types"] =
        json!(["financial_connections.account.created", "financial_connections.odd.done", "a.b.c"]);
    spec["x-sdk-spec"] = json!({"events": [{"type": "financial_connections.odd.done", "object": "financial_connections.account"}]});
    assert_eq!(
        cut(&spec).document["x-webhook-event-types"],
        json!({
            "financial_connections.account.created": {"object": "financial_connections.account"},
            "financial_connections.odd.done": {"object": "financial_connections.account"},
        })
    );
}

/// A spec for SDKs marks their schemas; beside a public spec they are in the SDK view; a slice has a map.
#[test]
fn types_of_thin_events_come_from_each_form_of_spec() {
    let thin = |name: &str| json!({ "type": "object", "x-stripeEvent": { "kind": "thin", "type": name } });
    let mut sdk = spec();
    for name in ["v1.financial_connections.account.created", "v1.charge.updated"] {
        sdk["components"]["schemas"][name] = thin(name);
    }
    // A snapshot event is no thin one, whatever its name.
    sdk["components"]["schemas"]["v1.financial_connections.odd"] =
        json!({ "x-stripeEvent": { "kind": "snapshot", "type": "v1.financial_connections.odd" } });
    let mut beside = spec();
    beside["x-sdk-spec"] =
        json!({ "thin_events": ["v1.financial_connections.account.created", "v2.core.account.closed"] });
    let mut list = spec();
    list["x-thin-event-types"] = json!(["v1.charge.updated", "v1.financial_connections.account.created"]);
    let expected = json!({ "v1.financial_connections.account.created": {} });
    for spec in [sdk, beside, list] {
        let slice = cut(&spec);
        assert_eq!(slice.document["x-thin-event-types"], expected);
        assert!(!schemas(&slice).iter().any(|name| name.starts_with("v1.")), "{:?}", schemas(&slice));
        assert_eq!(cut(&slice.document).document["x-thin-event-types"], expected, "a slice of the slice");
    }
    assert_eq!(cut(&spec()).document.get("x-thin-event-types"), None);
    let mut odd = spec();
    odd["x-thin-event-types"] = json!([1]);
    assert_eq!(refusal(&odd), "#/x-thin-event-types has an entry that is not a string");
}

#[test]
fn objects_of_events_are_kept_even_without_an_operation() {
    let mut spec = spec();
    spec["x-webhook-event-types"] =
        json!(["financial_connections.thing.done", "financial_connections.unknown.done"]);
    spec["components"]["schemas"]["financial_connections.thing"] = json!({"type": "object"});
    let slice = cut(&spec);
    assert!(schemas(&slice).contains(&"financial_connections.thing"));
    assert!(
        slice.notes.iter().any(|note| note.contains("financial_connections.unknown")),
        "{:?}",
        slice.notes
    );
}

/// The specs of 2022 have operations and no event type.
#[test]
fn a_spec_without_event_types_has_an_empty_list_of_them() {
    let mut spec = spec();
    spec["paths"].as_object_mut().unwrap().remove("/v1/webhook_endpoints");
    assert_eq!(cut(&spec).document["x-webhook-event-types"], json!({}));
}

#[test]
fn an_event_type_that_names_no_resource_is_kept_without_one() {
    let mut spec = spec();
    spec["x-webhook-event-types"] = json!(["financial_connections.odd"]);
    let slice = cut(&spec);
    assert_eq!(slice.document["x-webhook-event-types"], json!({"financial_connections.odd": {}}));
    assert_eq!(cut(&slice.document).document, slice.document);
}

#[test]
fn other_formats_are_rejected_by_name() {
    assert!(refusal(&json!({"swagger": "2.0"})).contains("Swagger \"2.0\""));
    assert!(refusal(&json!({"openapi": "3.1.0"})).contains("OpenAPI 3.1.0"));
    assert!(refusal(&json!({"hello": 1})).contains("not an OpenAPI document"));
    assert!(refusal(&json!([1])).contains("not an OpenAPI document"));
    let mut other = spec();
    other["paths"] = json!({"/v1/charges": {}});
    assert!(refusal(&other).contains("not a Stripe spec with Financial Connections"));
    let mut unversioned = spec();
    unversioned["info"] = json!({});
    assert!(refusal(&unversioned).contains("#/info/version is missing"));
}

#[test]
fn an_unresolvable_reference_is_named_with_its_place() {
    let mut spec = spec();
    spec["components"]["schemas"].as_object_mut().unwrap().remove("balance_part");
    let message = refusal(&spec);
    assert!(message.contains("#/components/schemas/balance_part"), "{message}");
    assert!(
        message.contains("#/components/schemas/financial_connections.account/properties/balance"),
        "{message}"
    );
}

#[test]
fn a_reference_that_the_spec_lists_as_a_stub_is_a_cut() {
    let mut spec = spec();
    spec["components"]["schemas"].as_object_mut().unwrap().remove("customer");
    spec["x-stubs"] = json!(["#/components/schemas/customer"]);
    assert!(cut(&spec).cut.contains_key("customer"));
}

#[test]
fn a_reference_out_of_the_document_is_rejected_with_its_place() {
    for target in
        [json!("other.json#/a"), json!("#/paths/x"), json!("#/components/schemas/a/properties/b"), json!(1)]
    {
        let mut spec = spec();
        spec["components"]["schemas"]["error"]["properties"] = json!({"odd": {"$ref": target.clone()}});
        let message = refusal(&spec);
        assert!(message.contains("#/components/schemas/error/properties/odd"), "{target}: {message}");
    }
}

#[test]
fn malformed_parts_are_rejected_with_their_place() {
    let mut spec = spec();
    spec["components"]["schemas"]["error"]["properties"] = json!([1]);
    assert!(refusal(&spec).contains("#/components/schemas/error/properties is not an object"));
    spec["components"]["schemas"]["error"] = json!({"required": [1]});
    assert!(refusal(&spec).contains("#/components/schemas/error/required"));
    spec["components"]["schemas"]["error"] = json!(true);
    assert!(refusal(&spec).contains("#/components/schemas/error is not an object"));
}

#[test]
fn a_difference_from_the_cut_list_says_which_lines_to_change() {
    let slice = cut(&spec());
    slice.check_cut(&source().cut).unwrap();
    let message = slice.check_cut(&["token".to_owned()].into()).unwrap_err().to_string();
    assert!(message.contains("add    \"customer\","), "{message}");
    assert!(message.contains("remove \"token\","), "{message}");
}

#[test]
fn yaml_and_json_of_the_same_spec_give_the_same_slice() {
    let yaml = r##"
openapi: 3.0.0
info: {version: 2023-08-16}
paths:
  /v1/financial_connections/accounts:
    get:
      responses:
        200: {description: prose, content: {application/json: {schema: {$ref: '#/components/schemas/error'}}}}
components:
  schemas:
    error: {type: object, properties: {country: {type: string, enum: [no, on, "1_000", 1_000, 010]}}}
    event: {type: object}
x-webhook-event-types: [financial_connections.account.created]
"##;
    let json = json!({
        "openapi": "3.0.0",
        "info": {"version": "2023-08-16"},
        "paths": {"/v1/financial_connections/accounts": {"get": {"responses": {
            "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}},
        }}}},
        "components": {"schemas": {
            "error": {"type": "object", "properties": {"country": {"type": "string", "enum": ["no", "on", "1_000", "1_000", "010"]}}},
            "event": {"type": "object"},
        }},
        "x-webhook-event-types": ["financial_connections.account.created"],
    });
    let read = |text: &str| Spec::parse(text.as_bytes().to_vec()).unwrap().document;
    assert_eq!(cut(&read(yaml)).document, cut(&read(&json.to_string())).document);
    let marked = format!("\u{feff}\n{json}");
    assert_eq!(read(&marked), json);
}

#[test]
fn a_byte_order_mark_does_not_hide_that_a_file_is_json() {
    let error = Spec::parse("\u{feff}{".as_bytes().to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "not valid JSON");
}

#[test]
fn values_of_the_api_are_copied_as_they_are() {
    let mut spec = spec();
    let literal = json!({"default": {"description": "a value"}, "enum": [{"summary": "a value"}]});
    spec["components"]["schemas"]["balance_part"]["properties"] = json!({"odd": literal.clone()});
    spec["security"] = json!([{"x-scheme": []}]);
    spec["paths"]["/v1/financial_connections/accounts/{account}"]["get"]["security"] =
        json!([{"x-scheme": []}]);
    let slice = cut(&spec);
    assert_eq!(schema(&slice, "balance_part")["properties"]["odd"], literal);
    assert_eq!(slice.document["security"], json!([{"x-scheme": []}]));
    let operation = &slice.document["paths"]["/v1/financial_connections/accounts/{account}"]["get"];
    assert_eq!(operation["security"], json!([{"x-scheme": []}]));
}

#[test]
fn truncated_files_are_rejected_with_line_and_column() {
    let refusal = |text: &[u8]| format!("{:#}", Spec::parse(text.to_vec()).unwrap_err());
    let json = refusal(b"{\n  \"openapi\": \"3.0");
    assert!(json.contains("line 2 column 17"), "{json}");
    let yaml = refusal(b"openapi: 3.0.0\npaths:\n  \"/v1/fin");
    assert!(yaml.contains("line 3"), "{yaml}");
    assert!(refusal(b"\xff\xfe").contains("not UTF-8"));
}

#[test]
fn too_deep_nesting_is_an_error_and_no_crash() {
    let json = format!("{{\"a\":{}", "[".repeat(100_000));
    assert!(Spec::parse(json.into_bytes()).is_err());
    let yaml = format!("a: {}", "[".repeat(100_000));
    assert!(Spec::parse(yaml.into_bytes()).is_err());
}

#[test]
fn provenance_has_the_checksum_of_the_file_and_what_the_spec_states() {
    // SHA-256 of "{}", from coreutils' sha256sum.
    let empty = Spec::parse(b"{}".to_vec()).unwrap();
    let sha256 = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let known = json!({"api_version": "", "sdk_view": false, "sha256": sha256});
    assert_eq!(Provenance::of(&empty, None).to_value(), known);
    let stated =
        Spec::parse(br#"{"x-source": {"repo": "a/b", "path": "p", "commit": "c"}}"#.to_vec()).unwrap();
    assert_eq!(Provenance::of(&stated, None).commit.as_deref(), Some("c"));
    assert_eq!(Provenance::of(&stated, Some("d")).commit.as_deref(), Some("d"));
}

#[test]
fn the_pin_admits_its_own_spec_and_names_every_difference_of_another() {
    let pin = source().pin;
    let own = Provenance {
        api_version: "2026-09-30.endive".to_owned(),
        repo: None,
        path: None,
        commit: None,
        sha256: "00".to_owned(),
        sdk_sha256: None,
        has_sdk_view: false,
    };
    let admitted = pin.admit(&own).unwrap();
    assert_eq!(admitted.commit.as_deref(), Some("18fa"));
    assert_eq!(admitted.repo.as_deref(), Some("stripe/openapi"));
    let other = Provenance { sha256: "ff".to_owned(), commit: Some("beef".to_owned()), ..own };
    let message = pin.admit(&other).unwrap_err().to_string();
    for part in ["\"00\"", "\"ff\"", "\"18fa\"", "\"beef\"", "openapi/source.toml", "--out FILE"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!message.contains("api_version"), "{message}");
}

#[test]
fn a_misspelt_key_of_the_source_file_is_an_error() {
    let message = format!("{:#}", Source::parse(&SOURCE.replace("extensions =", "extension =")).unwrap_err());
    assert!(message.contains("openapi/source.toml") && message.contains("extension"), "{message}");
}

#[test]
fn two_targets_of_one_module_are_an_error() {
    let other = SOURCE.replace("target.ga", "target.other");
    let message = format!("{:#}", Source::parse(&format!("{SOURCE}{other}")).unwrap_err());
    assert!(message.contains("`other` would overwrite another one"), "{message}");
    let other = other.replacen("cut =", "module = \"other\"\ncut =", 1);
    let source = Source::parse(&format!("{SOURCE}{other}")).unwrap();
    assert_eq!(source.target("other").unwrap().output.path("fc_types::Account"), "fc_types::other::Account");
    let message = format!("{:#}", source.target("none").unwrap_err());
    assert!(message.contains("no target `none`; it has ga, other"), "{message}");
}
