//! Unknown values decode and are kept; a missing required field is named.

use std::collections::BTreeSet;

use fc_types::{
    Account, AccountId, AccountSubcategory, ApiError, ErrorCode, Event, EventObject, EventType, List,
    Session, TransactionRefreshId,
};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::instance::{self, Shape};
use crate::models::MODELS;
use crate::workspace::{self, NORMALIZED};

fn account() -> Value {
    workspace::json("tests/data/payloads/account_subscribe.json")
}

fn event(kind: &str, object: Value) -> Value {
    json!({
        "id": "evt_1NQay62eZvKYlo2C",
        "object": "event",
        "api_version": "2026-09-30.endive",
        "created": 1_688_583_746,
        "data": { "object": object },
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "type": kind,
    })
}

/// Decodes, and asserts that the value serialises to the same JSON.
fn kept<T: serde::de::DeserializeOwned + serde::Serialize>(json: Value) -> T {
    let value: T = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), json);
    value
}

#[test]
fn an_unknown_enum_value_is_kept() {
    let mut json = account();
    json["subcategory"] = "money_market".into();
    let account: Account = kept(json);
    assert_eq!(account.subcategory, AccountSubcategory::Unknown("money_market".into()));
    assert_eq!(account.subcategory.as_str(), "money_market");
}

#[test]
fn an_unknown_error_code_is_kept() {
    let error: ApiError =
        kept(json!({ "type": "invalid_request_error", "code": "financial_connections_on_holiday" }));
    assert_eq!(error.code, Some(ErrorCode::Unknown("financial_connections_on_holiday".into())));
}

#[test]
fn an_unknown_field_is_kept_at_every_level() {
    let mut json = account();
    json["authorization"] = "fcauth_1".into();
    json["account_holder"]["nickname"] = json!({ "of": ["Jane", null] });
    let account: Account = kept(json);
    assert_eq!(account.extra.get("authorization"), Some(&"fcauth_1".into()));
    let holder = account.account_holder.unwrap();
    assert_eq!(holder.extra.get("nickname").unwrap()["of"][0], "Jane");
}

#[test]
fn a_missing_nullable_field_reads_as_null_and_stays_missing() {
    let mut json = account();
    json.as_object_mut().unwrap().remove("last4").unwrap();
    let account: Account = kept(json);
    assert_eq!(account.last4, None);
}

#[test]
fn an_explicit_null_of_an_optional_field_reads_as_nothing_and_stays_null() {
    let mut json = account();
    json["status_details"] = Value::Null;
    let account: Account = kept(json);
    assert_eq!(account.status_details, None);
}

#[test]
fn a_wrong_or_missing_object_is_kept() {
    let mut json = account();
    json["object"] = "linked_account".into();
    let older: Account = kept(json.clone());
    json.as_object_mut().unwrap().remove("object").unwrap();
    let bare: Account = kept(json);
    assert_eq!(older.id, bare.id);
}

#[test]
fn an_unknown_event_type_keeps_its_typed_object() {
    let event: Event = kept(event("financial_connections.account.polished", account()));
    assert_eq!(event.type_, EventType::Unknown("financial_connections.account.polished".into()));
    assert!(matches!(event.data.object, EventObject::Account(_)), "{event:?}");
}

#[test]
fn every_event_type_of_the_api_is_known() {
    // <https://docs.stripe.com/api/events/types>: 12 of accounts and 2 of authorizations.
    let types = [
        "account.account_numbers_updated",
        "account.created",
        "account.deactivated",
        "account.disconnected",
        "account.expected_deactivation_date_updated",
        "account.reactivated",
        "account.refreshed_balance",
        "account.refreshed_ownership",
        "account.refreshed_transactions",
        "account.supported_payment_method_types_updated",
        "account.upcoming_account_number_expiry",
        "account.upcoming_deactivation",
        "authorization.expected_deactivation_date_updated",
        "authorization.upcoming_deactivation",
    ]
    .map(|name| EventType::from(format!("financial_connections.{name}").as_str()));
    assert_eq!(EventType::KNOWN, types);
    assert!(!types.iter().any(|name| matches!(name, EventType::Unknown(_))));
}

#[test]
fn an_event_about_an_authorization_is_typed() {
    let authorization = json!({
        "id": "fcauth_1",
        "object": "financial_connections.authorization",
        "institution_name": "StripeBank",
        "livemode": false,
        "status": "active",
        "status_details": { "active": { "action": "relink_required", "expected_deactivation_date": 1_690_000_000 } },
    });
    let event: Event =
        kept(event("financial_connections.authorization.upcoming_deactivation", authorization));
    let EventObject::Authorization(authorization) = event.data.object else { panic!("{event:?}") };
    assert_eq!(authorization.id, "fcauth_1");
}

#[test]
fn an_unknown_event_object_does_not_print_its_values() {
    let object: EventObject =
        serde_json::from_str(r#"{"object": "new.thing", "client_secret": "hidden"}"#).unwrap();
    let shown = format!("{object:?}");
    assert!(shown.contains("client_secret") && !shown.contains("hidden"), "{shown}");
}

#[test]
fn an_unknown_event_object_is_kept_untyped() {
    let object =
        json!({ "object": "financial_connections.session", "id": "fcsess_1", "status": "succeeded" });
    let event: Event = kept(event("financial_connections.session.updated", object));
    let EventObject::Unknown(fields) = event.data.object else { panic!("{event:?}") };
    assert_eq!(fields["status"], "succeeded");
}

#[test]
fn a_known_event_object_that_does_not_decode_keeps_the_event() {
    let mut object = account();
    object["created"] = "yesterday".into();
    let event: Event = kept(event("financial_connections.account.created", object));
    assert_eq!(event.type_, EventType::AccountCreated);
    let EventObject::Unknown(fields) = event.data.object else { panic!("{event:?}") };
    assert_eq!(fields["created"], "yesterday");
}

#[test]
fn an_expandable_field_is_an_id_or_the_object() {
    let mut json = account();
    json["account_holder"]["customer"] =
        json!({ "id": "cus_9s6XKzkNRiz8i3", "object": "customer", "deleted": true });
    json["ownership"] = "fcaowns_1".into();
    let account: Account = kept(json);
    let customer = account.account_holder.unwrap().customer.unwrap();
    assert_eq!(customer.id(), &"cus_9s6XKzkNRiz8i3");
    assert_eq!(customer.object().unwrap().get("deleted"), Some(&true.into()));
    assert_eq!(account.ownership.unwrap().id(), &"fcaowns_1");
}

#[test]
fn the_total_count_that_one_sample_shows_is_kept() {
    let list: List<Session> =
        kept(json!({ "object": "list", "data": [], "has_more": false, "url": "/v1/x", "total_count": 0 }));
    assert_eq!(list.extra.get("total_count"), Some(&0.into()));
}

#[test]
fn an_id_of_any_prefix_decodes_but_does_not_parse() {
    let mut json = account();
    json["id"] = "la_1NQay62eZvKYlo2C".into();
    json["transaction_refresh"]["id"] = "".into();
    let account: Account = kept(json);
    assert_eq!(account.id, "la_1NQay62eZvKYlo2C");
    assert_eq!(account.id.as_str().parse::<AccountId>().unwrap_err().expected_prefix(), "fca_");
    assert!("".parse::<TransactionRefreshId>().is_err());
}

/// Each required field can lose a page, so that each needs a reason: the table in `openapi/README.md`.
#[test]
fn each_required_field_is_argued() {
    let readme = workspace::read("openapi/README.md");
    let (_, section) = readme.split_once("## Required fields of responses").unwrap();
    let mut argued = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [objects, fields, because] = cells[..] else { panic!("{row}") };
        assert!(!because.is_empty(), "{row}");
        let names =
            |cell: &str| cell.split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>();
        for object in names(objects) {
            for field in names(fields) {
                assert!(argued.insert((object.clone(), field)), "twice: {row}");
            }
        }
    }
    let mut required = BTreeSet::new();
    let preview = workspace::json("openapi/preview/normalized.json");
    let schemas = |document: &Value| document["components"]["schemas"].as_object().unwrap().clone();
    for (name, schema) in &schemas(&NORMALIZED).into_iter().chain(schemas(&preview)).collect::<Vec<_>>() {
        let fields = schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field);
        for field in fields.filter(|field| !name.ends_with("Params") && instance::is_required(schema, field))
        {
            required.insert((name.clone(), field.clone()));
        }
    }
    assert_eq!(argued, required);
}

#[test]
fn a_missing_or_null_required_field_fails_and_is_named() {
    let mut runner = TestRunner::deterministic();
    let mut tried = 0;
    for (name, decode) in MODELS {
        let schema = &NORMALIZED["components"]["schemas"][name];
        let whole = instance::component(name, Shape::Full).new_tree(&mut runner).unwrap().current();
        for field in schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
            if !instance::is_required(schema, field) {
                continue;
            }
            let mut json = whole.clone();
            json.as_object_mut().unwrap().remove(field).unwrap();
            let error = decode(&json.to_string()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("missing field `{field}`")), "{name}.{field}: {error}");
            json[field] = Value::Null;
            let error = decode(&json.to_string()).unwrap_err().to_string();
            assert!(error.starts_with("invalid type: null, expected "), "{name}.{field}: {error}");
            tried += 1;
        }
    }
    assert!(tried > 50, "only {tried} required fields were found");
}
