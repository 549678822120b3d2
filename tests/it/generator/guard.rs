//! Each trap on the way from a spec to code, in a spec of a few lines: what would be wrong silently stops the run and is
//! named by its path in the spec.

use std::path::Path;

use serde_json::{Value, json};
use xtask::overlay::Overlay;
use xtask::pipeline::{self, Inputs, Rendered};

/// A spec with one object, one operation and the codes of errors, which is as it should be.
fn spec() -> Value {
    json!({
        "openapi": "3.0.0",
        "info": { "title": "Widgets", "version": "2026-09-30.endive" },
        "paths": {
            "/v1/financial_connections/widgets": {
                "post": {
                    "operationId": "create_widget",
                    "description": "Creates a widget.",
                    "requestBody": { "content": { "application/x-www-form-urlencoded": { "schema": {
                        "type": "object",
                        "description": "Body of `create_widget`.",
                        "properties": { "name": { "type": "string", "description": "What to call it." } },
                    } } } },
                    "responses": { "200": answer("financial_connections.widget") },
                },
            },
        },
        "components": { "schemas": {
            "financial_connections.widget": {
                "type": "object",
                "description": "A widget.",
                "required": ["id"],
                "properties": { "id": { "type": "string", "description": "Its id." } },
            },
            // fc-client reads it by hand.
            "error_code": {
                "type": "string",
                "enum": ["rate_limit"],
                "description": "Why a call was refused.",
                "x-enum-descriptions": { "rate_limit": "Too many calls." },
                "x-rust-module": "error",
                "x-rust-name": "ErrorCode",
            },
        } },
    })
}

const POST: &str = "/paths/~1v1~1financial_connections~1widgets/post";
const BODY: &str = "/paths/~1v1~1financial_connections~1widgets/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties";
const WIDGET: &str = "/components/schemas/financial_connections.widget/properties";

fn answer(component: &str) -> Value {
    json!({
        "description": "success",
        "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{component}") } } },
    })
}

fn render(spec: Value, actions: &Value) -> anyhow::Result<Rendered> {
    let overlay = json!({
        "overlay": "1.0.0",
        "info": { "title": "Nothing", "version": "2026-09-30.endive" },
        "actions": actions,
    });
    let overlay_text = overlay.to_string();
    let overlay = Overlay::parse("overlay.yaml", &overlay_text)?;
    pipeline::render(&Inputs { slice_text: spec.to_string(), slice: spec, overlay, overlay_text })
}

/// The spec with one more member of the object at a JSON pointer.
fn with(pointer: &str, key: &str, value: Value) -> Value {
    let mut spec = spec();
    spec.pointer_mut(pointer).unwrap()[key] = value;
    spec
}

/// Requires that the run stops, with a message that has each of these texts.
fn refused(spec: Value, needles: &[&str]) {
    let error = match render(spec, &json!([])) {
        Ok(rendered) => panic!("it was generated: {:#?}", rendered.files),
        Err(error) => format!("{error:#}"),
    };
    for needle in needles {
        assert!(error.contains(needle), "{needle:?} is not in: {error}");
    }
}

/// The text of a generated file.
fn generated(spec: Value, path: &str) -> String {
    render(spec, &json!([])).unwrap().files.remove(Path::new(path)).unwrap()
}

const TYPES: &str = "crates/fc-types/src/generated/widget.rs";
const CLIENT: &str = "crates/fc-client/src/generated/widget.rs";

#[test]
fn a_spec_that_is_as_it_should_be_is_generated() {
    let types = generated(spec(), TYPES);
    for part in [
        "pub struct Widget {",
        "id: required \"id\"",
        "pub struct CreateWidgetParams {",
        "name: optional \"name\"",
    ] {
        assert!(types.contains(part), "{part} is not in:\n{types}");
    }
    assert!(generated(spec(), CLIENT).contains("pub fn create_widget("));
}

#[test]
fn equal_titles_do_not_unite_different_types() {
    let part = |field: &str| {
        json!({
            "type": "object", "title": "part_params", "description": "A part.",
            "properties": { field: { "type": "string", "description": "Text." } },
        })
    };
    let mut spec = with(BODY, "left", part("only_left"));
    spec.pointer_mut(BODY).unwrap()["right"] = part("only_right");
    let types = generated(spec, TYPES);
    assert!(types.contains("pub left: Option<CreateWidgetParamsLeft>"), "{types}");
    assert!(types.contains("pub right: Option<CreateWidgetParamsRight>"), "{types}");
    for field in ["only_left", "only_right"] {
        assert_eq!(types.matches(&format!("pub {field}: Option<String>")).count(), 1, "{types}");
    }
}

#[test]
fn a_choice_of_types_without_a_type_of_ours_is_refused() {
    let choice = json!({
        "description": "A size.", "anyOf": [{ "type": "string" }, { "type": "integer" }],
    });
    refused(
        with(WIDGET, "size", choice),
        &["#/components/schemas/", "idget/properties/size: ", "choice of types", "`x-rust-type`"],
    );
}

#[test]
fn a_nested_query_parameter_becomes_one_parameter_per_leaf() {
    let filter = json!([{
        "name": "filter", "in": "query", "style": "deepObject", "explode": true, "description": "Which ones.",
        "schema": { "type": "object", "properties": {
            "owner": { "type": "object", "properties": { "name": { "type": "string", "description": "Whose." } } },
            "since": { "type": "integer", "description": "Since when." },
        } },
    }]);
    let client = generated(with(POST, "parameters", filter), CLIENT);
    for part in [
        ".query(\"filter[owner][name]\", &self.filter_owner_name)",
        ".query(\"filter[since]\", &self.filter_since)",
    ] {
        assert!(client.contains(part), "{part} is not in:\n{client}");
    }
}

#[test]
fn two_different_inline_schemas_of_one_name_are_refused() {
    let part = |field: &str| {
        json!({
            "type": "object", "x-rust-name": "Part", "description": "A part.",
            "properties": { field: { "type": "string", "description": "Text." } },
        })
    };
    let mut spec = with(WIDGET, "left", part("one"));
    spec.pointer_mut(WIDGET).unwrap()["right"] = part("other");
    refused(
        spec,
        &["financial_connections.widget", "right: two different schemas are named `Part`", "`x-rust-name`"],
    );
}

#[test]
fn two_equal_inline_schemas_of_one_name_are_one_type() {
    let part = |doc: &str| {
        json!({
            "type": "object", "x-rust-name": "Part", "description": doc,
            "properties": { "text": { "type": "string", "description": "Text." } },
        })
    };
    let mut spec = with(WIDGET, "left", part("The left part."));
    spec.pointer_mut(WIDGET).unwrap()["right"] = part("The right part.");
    let types = generated(spec, TYPES);
    assert_eq!(types.matches("pub struct Part {").count(), 1, "{types}");
    assert_eq!(types.matches(": Option<Part>").count(), 2, "{types}");
}

#[test]
fn everything_without_a_doc_is_named() {
    let size = json!({ "type": "string", "enum": ["big"], "description": "How big." });
    let mut spec = with(WIDGET, "size", size);
    spec.pointer_mut(WIDGET).unwrap()["color"] = json!({ "type": "string" });
    let operation = spec.pointer_mut(POST).unwrap();
    operation.as_object_mut().unwrap().remove("description").unwrap();
    operation["parameters"] = json!([{ "name": "dry_run", "in": "query", "schema": { "type": "boolean" } }]);
    let rendered = render(spec, &json!([])).unwrap();
    let mut named: Vec<String> = rendered.undocumented.iter().map(ToString::to_string).collect();
    named.sort();
    assert_eq!(
        named,
        [
            "POST /v1/financial_connections/widgets (fc_client::Client::create_widget)",
            "POST /v1/financial_connections/widgets ?dry_run (fc_client::Client::create_widget(dry_run))",
            "financial_connections.widget.color (fc_types::Widget::color)",
            "financial_connections.widget.size = big (fc_types::WidgetSize, the value \"big\")",
        ]
    );
    assert!(rendered.notes.join("\n").contains(&named[0]));
}

#[test]
fn a_property_that_only_the_overlay_knows_is_refused() {
    let actions = json!([{
        "target": "$.components.schemas['financial_connections.widget'].properties",
        "update": { "colour": { "description": "A slip of the pen." } },
    }]);
    let error = format!("{:#}", render(spec(), &actions).unwrap_err());
    assert!(error.contains("idget/properties/colour: no type"), "{error}");
}

#[test]
fn an_action_that_selects_nothing_is_refused() {
    let target = "$.components.schemas['financial_connections.gadget']";
    let actions = json!([{ "target": target, "update": { "description": "Gone." } }]);
    let error = format!("{:#}", render(spec(), &actions).unwrap_err());
    assert!(error.contains(&format!("actions[0] target `{target}`")), "{error}");
}

#[test]
fn a_property_that_would_clash_with_the_unknown_fields_is_refused() {
    let extra = json!({ "type": "string", "description": "More." });
    refused(with(WIDGET, "extra", extra), &["#/components/schemas/", "idget", "named `extra`"]);
}

#[test]
fn an_expandable_field_without_a_type_of_its_id_is_refused() {
    let owner = json!({
        "description": "Whose it is.",
        "anyOf": [{ "type": "string" }, { "$ref": "#/components/schemas/financial_connections.widget" }],
    });
    refused(
        with(WIDGET, "owner", owner),
        &["#/components/schemas/financial_connections.widget/properties/owner", "`x-rust-type`"],
    );
}

#[test]
fn a_panic_inside_the_generator_is_an_error_that_names_the_operation() {
    let mut spec = spec();
    // Two successes of different types: an assertion of progenitor 0.15.1, not one of its errors.
    spec.pointer_mut("/components/schemas").unwrap()["financial_connections.gadget"] = json!({
        "type": "object",
        "description": "A gadget.",
        "required": ["id"],
        "properties": { "id": { "type": "string", "description": "Its id." } },
    });
    let innocent = spec["paths"]["/v1/financial_connections/widgets"].clone();
    spec["paths"]["/v1/financial_connections/gadgets"] = innocent;
    spec["paths"]["/v1/financial_connections/gadgets"]["post"]["operationId"] = "create_gadget".into();
    spec.pointer_mut(POST).unwrap()["responses"]["201"] = answer("financial_connections.gadget");
    refused(
        spec,
        &[
            "create_widget (POST /v1/financial_connections/widgets)",
            "progenitor",
            "panicked at",
            "response_types",
        ],
    );
}
