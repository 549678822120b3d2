//! Overlays: each merge rule, each error, and actions that match nothing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use xtask::generator::overlay::{Overlay, Unmatched, apply, settle};
use xtask::generator::pipeline::{Inputs, overlaid};
use xtask::spec::source::Source;

use crate::workspace;

fn overlay(actions: &str) -> Overlay {
    parse(actions).unwrap()
}

fn parse(actions: &str) -> anyhow::Result<Overlay> {
    Overlay::parse(
        "overlay.yaml",
        &format!("overlay: 1.0.0\ninfo: {{title: t, version: 2026-09-30.endive}}\nactions:\n{actions}"),
    )
}

fn applied(mut document: Value, actions: &str) -> Value {
    assert_eq!(apply(&mut document, &overlay(actions)).unwrap(), []);
    document
}

fn failure(mut document: Value, actions: &str) -> String {
    format!("{:#}", apply(&mut document, &overlay(actions)).unwrap_err())
}

fn parse_failure(actions: &str) -> String {
    format!("{:#}", parse(actions).unwrap_err())
}

#[test]
fn objects_merge_recursively() {
    let document = applied(json!({"a": {"b": {"c": 1}}}), "- {target: $.a, update: {b: {d: 2}, e: 3}}");
    assert_eq!(document, json!({"a": {"b": {"c": 1, "d": 2}, "e": 3}}));
}

#[test]
fn arrays_inside_an_update_are_concatenated() {
    let document = applied(json!({"a": {"b": [1, 2]}}), "- {target: $.a, update: {b: [2, 3]}}");
    assert_eq!(document, json!({"a": {"b": [1, 2, 2, 3]}}));
}

#[test]
fn primitives_inside_an_update_are_replaced() {
    let document = applied(
        json!({"a": {"text": "x", "other": {"kind": 1}, "list": [1]}}),
        "- {target: $.a, update: {text: y, other: null, list: z}}",
    );
    assert_eq!(document, json!({"a": {"text": "y", "other": null, "list": "z"}}));
}

#[test]
fn the_update_of_an_array_is_appended_as_one_entry() {
    let document =
        applied(json!({"a": [1]}), "- {target: $.a, update: {b: 2}}\n- {target: $.a, update: [3]}");
    assert_eq!(document, json!({"a": [1, {"b": 2}, [3]]}));
}

#[test]
fn every_node_that_a_target_selects_is_updated() {
    let document = applied(
        json!({"paths": {"/a~b": {"get": {}}, "/b": {"get": {}, "post": {}}}}),
        "- {target: '$.paths[*].get', update: {x: 1}}",
    );
    assert_eq!(document, json!({"paths": {"/a~b": {"get": {"x": 1}}, "/b": {"get": {"x": 1}, "post": {}}}}));
}

#[test]
fn a_node_that_a_target_selects_twice_is_updated_once() {
    let document = applied(json!({"a": []}), "- {target: \"$['a','a']\", update: 1}");
    assert_eq!(document, json!({"a": [1]}));
}

#[test]
fn filters_and_descendants_of_rfc_9535_work() {
    let document = applied(
        json!({"parameters": [{"name": "limit"}, {"name": "expand"}]}),
        "- {target: \"$..parameters[?(@.name == 'limit')]\", update: {description: d}}",
    );
    assert_eq!(document, json!({"parameters": [{"name": "limit", "description": "d"}, {"name": "expand"}]}));
}

#[test]
fn remove_takes_a_key_out_of_its_object() {
    assert_eq!(
        applied(json!({"a": {"b": 1, "c": 2}}), "- {target: $.a.b, remove: true}"),
        json!({"a": {"c": 2}})
    );
}

#[test]
fn remove_takes_several_entries_out_of_an_array() {
    let document =
        applied(json!({"a": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}), "- {target: '$.a[1,2,10]', remove: true}");
    assert_eq!(document, json!({"a": [0, 3, 4, 5, 6, 7, 8, 9]}));
}

#[test]
fn remove_takes_nested_matches() {
    let document = applied(json!({"a": {"a": {"b": 1}}, "c": 1}), "- {target: $..a, remove: true}");
    assert_eq!(document, json!({"c": 1}));
}

#[test]
fn actions_are_applied_in_order() {
    let document = applied(
        json!({"a": {}}),
        "- {target: $.a, update: {b: {}}}\n- {target: $.a.b, update: {c: 1}}\n- {target: $.a.b.c, remove: true}",
    );
    assert_eq!(document, json!({"a": {"b": {}}}));
}

#[test]
fn actions_that_match_nothing_are_returned() {
    let mut document = json!({"a": {}});
    let overlay =
        overlay("- {target: $.a, update: {}}\n- {target: $.b, update: {}}\n- {target: $.c, remove: true}");
    let unmatched = apply(&mut document, &overlay).unwrap();
    let expected = [(1, "$.b"), (2, "$.c")].map(|(index, target)| Unmatched {
        overlay: overlay.name.clone(),
        index,
        target: target.to_owned(),
    });
    assert_eq!(unmatched, expected);
}

#[test]
fn an_update_that_does_not_fit_its_target_is_rejected_by_name() {
    let object = failure(json!({"a": {}}), "- {target: $.a, update: 1}");
    assert!(
        object.contains("overlay.yaml: actions[0], target `$.a`") && object.contains("must be one too"),
        "{object}"
    );
    let primitive = failure(json!({"a": 1}), "- {target: $.a, update: 2}");
    assert!(primitive.contains("select the object that holds it"), "{primitive}");
    let whole = failure(json!({"a": 1}), "- {target: $, remove: true}");
    assert!(whole.contains("the whole document cannot be removed"), "{whole}");
}

#[test]
fn a_match_that_the_same_action_replaced_is_an_error() {
    let message = failure(json!({"a": {"b": {"a": {}}}}), "- {target: $..a, update: {b: 1}}");
    assert!(message.contains("actions[0]") && message.contains("replaced another one"), "{message}");
}

#[test]
fn malformed_actions_are_rejected_by_name() {
    for (action, reason) in [
        ("{target: $.a, updat: {}}", "unknown key `updat`"),
        ("{update: {}}", "`target` is missing"),
        ("{target: 1, update: {}}", "`target` is missing or not a string"),
        ("{target: 'a b', update: {}}", "not a JSONPath"),
        ("{target: $.a}", "neither `update` nor `remove: true`"),
        ("{target: $.a, remove: false}", "neither `update` nor `remove: true`"),
        ("{target: $.a, remove: yes}", "`remove` is not a boolean"),
        ("{target: $.a, remove: true, update: {}}", "both `update` and `remove: true`"),
        ("{target: $.a, update: {}, description: 1}", "`description` is not a string"),
        ("just text", "an action is an object"),
    ] {
        let message = parse_failure(&format!("- {{target: $, update: {{}}}}\n- {action}"));
        assert!(message.contains("actions[1]") && message.contains(reason), "{action}: {message}");
    }
}

#[test]
fn extends_and_extensions_are_accepted_without_effect() {
    let text = "overlay: 1.0.0\nextends: elsewhere.json\nx-a: 1\ninfo: {title: t, version: v}\n\
                actions: [{target: $, update: {a: 1}, x-b: 2, description: why}]";
    let overlay = Overlay::parse("o", text).unwrap();
    assert_eq!(overlay.actions[0].description.as_deref(), Some("why"));
    let mut document = json!({});
    apply(&mut document, &overlay).unwrap();
    assert_eq!(document, json!({"a": 1}));
}

#[test]
fn documents_that_are_no_overlays_are_rejected() {
    let refusal = |text: &str| format!("{:#}", Overlay::parse("o.yaml", text).unwrap_err());
    assert!(refusal("overlay: 2.0.0\n").contains("write `overlay: 1.0.0`"));
    assert!(refusal("overlay: 1.0.0\nactions: []\n").contains("`info.version` is missing"));
    assert!(refusal("overlay: 1.0.0\ninfo: {version: v}\n").contains("`actions` is missing"));
    assert!(refusal("overlay: 1.0.0\naction: []\n").contains("unknown key `action`"));
    assert!(refusal("[]").contains("not an object"));
    let syntax = refusal("overlay: 1.0.0\ninfo: \"open");
    assert!(syntax.contains("o.yaml") && syntax.contains("line 2"), "{syntax}");
}

#[test]
fn an_action_without_a_match_is_an_error_unless_the_spec_is_older() {
    let overlay = overlay("- {target: $.a, update: {}}\n- {target: $.b, update: {}}");
    let unmatched = apply(&mut json!({}), &overlay).unwrap();
    // The same version, a newer one, an unknown one, and the same date of another release.
    for version in ["2026-09-30.endive", "2026-10-28.endive", "nightly", "2026-09-30", "2023-08-16x"] {
        let message = settle(&overlay, version, &unmatched).unwrap_err().to_string();
        for part in
            ["2 overlay actions", "actions[0]", "`$.a`", "actions[1]", "`$.b`", "correct the target", version]
        {
            assert!(message.contains(part), "{version}, {part}: {message}");
        }
    }
    for version in ["2023-08-16", "2026-08-26.dahlia"] {
        let note = settle(&overlay, version, &unmatched).unwrap().unwrap();
        assert!(
            note.contains("2 overlay actions") && note.contains("`$.b`") && note.contains(version),
            "{note}"
        );
    }
    assert_eq!(settle(&overlay, "2026-09-30.endive", &[]).unwrap(), None);
}

#[test]
fn every_action_of_our_overlays_matches_the_pinned_slices() {
    let read = |path: &Path| fs::read_to_string(workspace().join(path)).unwrap();
    for target in Source::read(workspace()).unwrap().target.into_values() {
        let inputs = Inputs::of(&target, read(&target.slice), &|overlay| Ok(read(overlay))).unwrap();
        let (document, unmatched) = overlaid(&inputs).unwrap();
        assert_eq!(unmatched, [], "{}", target.name);
        assert_eq!(inputs.overlays.last().unwrap().version, document["info"]["version"], "{}", target.name);
    }
}
