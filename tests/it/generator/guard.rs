//! Specs that would generate wrong code: each stops the run with an error that names its path in the spec.

use std::path::Path;

use serde_json::{Value, json};
use xtask::files::paths::Output;
use xtask::generator::overlay::Overlay;
use xtask::generator::pipeline::{self, Inputs, Rendered};

use super::general;

/// A valid spec with one object, one operation and the error codes.
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
            // Hand-written code of fc-client reads this.
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
    let overlay = Overlay::parse("overlay.yaml", &overlay.to_string())?;
    pipeline::render(&Inputs {
        slice_name: "slice.json".to_owned(),
        slice_text: spec.to_string(),
        slice: spec,
        overlays: vec![overlay],
        output: Output::default(),
        keep: general().keep,
    })
}

/// The spec with one more member of the object at a JSON pointer.
fn with(pointer: &str, key: &str, value: Value) -> Value {
    let mut spec = spec();
    spec.pointer_mut(pointer).unwrap()[key] = value;
    spec
}

/// Asserts that the run stops with an error that contains each of these texts.
fn rejected(spec: Value, needles: &[&str]) {
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
fn a_valid_spec_is_generated() {
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
fn equal_titles_do_not_merge_different_types() {
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

/// The note that a field needs a decision. It is a gap for a release, not for an update.
fn needs_decision(spec: Value, kind: &str) {
    let rendered = render(spec, &json!([])).unwrap();
    let [decision] = rendered.decisions.as_slice() else { panic!("{:?}", rendered.decisions) };
    assert_eq!(decision.kind.as_str(), kind);
    let note = rendered.notes.join("\n");
    assert!(note.contains("1 places need a decision") && note.contains(&decision.wire), "{note}");
}

#[test]
fn a_choice_of_types_without_x_rust_type_takes_every_value_and_needs_a_decision() {
    let choice = json!({
        "description": "A size.", "anyOf": [{ "type": "string" }, { "type": "integer" }],
    });
    let spec = with(WIDGET, "size", choice);
    needs_decision(spec.clone(), "choice");
    let types = generated(spec, TYPES);
    assert!(types.contains("pub size: Option<serde_json::Value>"), "{types}");
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
fn two_different_inline_schemas_of_one_name_are_rejected() {
    let part = |field: &str| {
        json!({
            "type": "object", "x-rust-name": "Part", "description": "A part.",
            "properties": { field: { "type": "string", "description": "Text." } },
        })
    };
    let mut spec = with(WIDGET, "left", part("one"));
    spec.pointer_mut(WIDGET).unwrap()["right"] = part("other");
    rejected(
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
fn every_item_without_a_doc_is_named() {
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
fn a_property_that_only_the_overlay_has_is_rejected() {
    let actions = json!([{
        "target": "$.components.schemas['financial_connections.widget'].properties",
        "update": { "colour": { "description": "A slip of the pen." } },
    }]);
    let error = format!("{:#}", render(spec(), &actions).unwrap_err());
    assert!(error.contains("idget/properties/colour: no type"), "{error}");
}

#[test]
fn a_list_and_a_code_block_of_a_description_keep_their_lines() {
    let doc = "A size:\n\n- small\n- big\n\n```text\na  b\n```";
    let types = generated(with(WIDGET, "size", json!({ "type": "string", "description": doc })), TYPES);
    let lines = "    /// A size:\n    ///\n    /// - small\n    /// - big\n    ///\n    /// ```text\n    /// a  b\n    /// ```\n";
    assert!(types.contains(lines), "{types}");
}

#[test]
fn a_code_block_without_end_is_rejected() {
    let doc = "A size:\n\n```text\nsmall";
    rejected(
        with(WIDGET, "size", json!({ "type": "string", "description": doc })),
        &["financial_connections.widget.size: a code block", "closing ```"],
    );
}

#[test]
fn an_action_that_selects_nothing_is_rejected() {
    let target = "$.components.schemas['financial_connections.gadget']";
    let actions = json!([{ "target": target, "update": { "description": "Gone." } }]);
    let error = format!("{:#}", render(spec(), &actions).unwrap_err());
    assert!(error.contains(&format!("actions[0] target `{target}`")), "{error}");
}

#[test]
fn a_property_named_extra_has_a_field_beside_that_of_unknown_fields() {
    let extra = json!({ "type": "string", "description": "More." });
    let text = generated(with(WIDGET, "extra", extra), TYPES);
    assert!(text.contains("pub extra_field: Option<String>") && text.contains("pub extra: Extra"), "{text}");
    assert!(text.contains("extra_field: optional \"extra\""), "{text}");
}

#[test]
fn an_expandable_field_without_a_type_of_its_id_has_a_text_and_needs_a_decision() {
    let owner = json!({
        "description": "Whose it is.",
        "anyOf": [{ "type": "string" }, { "$ref": "#/components/schemas/financial_connections.widget" }],
    });
    let spec = with(WIDGET, "owner", owner);
    needs_decision(spec.clone(), "text id");
    let types = generated(spec, TYPES);
    assert!(types.contains("pub owner: Option<Expandable<String, Widget>>"), "{types}");
}

#[test]
fn a_panic_inside_the_generator_is_an_error_that_names_the_operation() {
    let mut spec = spec();
    // Two successes of different types: progenitor 0.15.1 asserts that there are none.
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
    rejected(
        spec,
        &[
            "create_widget (POST /v1/financial_connections/widgets)",
            "progenitor",
            "panicked at",
            "response_types",
        ],
    );
}
