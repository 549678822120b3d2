//! Events as they come, and as they are kept.

use fc_types::{Event, EventObject, Timestamp, json};
use serde_json::{Value, json};

fn event() -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2026-09-30.endive", "created": 1_790_000_000,
        "livemode": true, "pending_webhooks": 1, "request": { "id": "req_1", "idempotency_key": null },
        "type": "financial_connections.account.refreshed_balance",
        "data": { "object": {
            "id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1_681_412_208,
            "institution_name": "StripeBank", "livemode": true, "status": "active", "subcategory": "checking",
            "supported_payment_method_types": [],
        } },
    })
}

/// Reads an event in both ways, which must agree, and compares what it serialises to with what came.
fn read(json: &Value) -> Event {
    let text = json.to_string();
    let event = Event::from_json(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    assert_eq!(event, json::from_str(&text).unwrap());
    assert_eq!(&serde_json::to_value(&event).unwrap(), json);
    event
}

#[test]
fn no_odd_member_of_an_envelope_loses_an_event() {
    let odd = [
        Value::Null,
        json!(true),
        json!(7),
        json!(-7),
        json!(7.5),
        json!("text"),
        json!([1]),
        json!({ "a": 1 }),
    ];
    for member in
        ["account", "api_version", "context", "created", "livemode", "pending_webhooks", "request", "new"]
    {
        let mut without = event();
        without.as_object_mut().unwrap().remove(member);
        read(&without);
        for value in &odd {
            let mut with = event();
            with[member] = value.clone();
            let event = read(&with);
            assert!(matches!(event.data.object, EventObject::Account(_)), "{member} {value}");
        }
    }
    for value in &odd {
        let mut with = event();
        with["data"]["previous_attributes"] = value.clone();
        read(&with);
    }
}

#[test]
fn an_odd_member_is_empty_and_its_json_is_kept() {
    let mut json = event();
    json["request"] = "req_A1b2C3d4E5f6G7".into();
    json["livemode"] = "yes".into();
    let read = read(&json);
    assert_eq!((read.request, read.livemode), (None, None));
    assert_eq!(read.extra.get("request"), Some(&json!("req_A1b2C3d4E5f6G7")));
    assert_eq!(read.extra.get("livemode"), Some(&json!("yes")));
}

#[test]
fn a_whole_number_that_was_written_as_a_float_is_read() {
    let mut json = event();
    json["created"] = json!(1_790_000_000.0);
    let event = read(&json);
    assert_eq!(event.created, Some(Timestamp::from_secs(1_790_000_000)));
    let written = serde_json::to_string(&event).unwrap();
    assert_eq!(written.matches(r#""created":1790000000"#).count(), 1, "{written}");
    json["created"] = json!(1_790_000_000.5);
    assert_eq!(read(&json).created, None);
}

/// JSON does not define which of two members of one name counts. Here it is the last, whole.
#[test]
fn a_repeated_member_replaces_an_odd_one() {
    let text = event().to_string();
    let twice = text.replace(r#""created":1790000000"#, r#""created":"odd","created":1790000000"#);
    assert_ne!(twice, text);
    assert_eq!(serde_json::to_value(Event::from_json(&twice).unwrap()).unwrap(), event());
}

#[test]
fn only_id_type_and_data_make_an_event_unreadable() {
    for member in ["id", "type", "data"] {
        let mut without = event();
        without.as_object_mut().unwrap().remove(member);
        let error = Event::from_json(&without.to_string()).unwrap_err();
        assert_eq!(error.reason(), format!("missing field `{member}`"));
        for value in [Value::Null, json!(7), json!([])] {
            let mut with = event();
            with[member] = value;
            let error = Event::from_json(&with.to_string()).unwrap_err();
            assert_eq!(error.path(), member);
        }
    }
}

#[test]
fn an_account_under_its_older_name_is_an_account_and_keeps_that_name() {
    let mut json = event();
    json["data"]["object"]["object"] = "linked_account".into();
    let read = read(&json);
    let EventObject::Account(account) = &read.data.object else { panic!("{read:?}") };
    assert_eq!(account.id, "fca_1");
    assert_eq!(read.data.object.object_type(), Some("financial_connections.account"));
    assert_eq!(read.linked_account_id().unwrap(), "fca_1");
}

#[test]
fn an_odd_name_of_an_object_does_not_lose_its_page() {
    for odd in [Value::Null, json!(7), json!(0.5), json!(true), json!(["x"]), json!({ "a": 1 })] {
        let mut account = event()["data"]["object"].clone();
        account["object"] = odd;
        let page = json!({ "object": "list", "data": [account], "has_more": false, "url": "/v1/x" });
        let read: fc_types::List<fc_types::Account> = serde_json::from_value(page.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), page);
    }
}

/// JSON that serde_json cannot hold, in a member that no program reads.
#[test]
fn an_odd_value_in_the_object_of_an_event_does_not_lose_the_event() {
    let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
    for odd in [r#""Caf\ud83d""#, "1e400", "18446744073709551616", &deep] {
        for name in ["financial_connections.account", "new_thing"] {
            let text = event().to_string().replace("financial_connections.account\"", &format!("{name}\""));
            let text = text.replace(r#""status":"active""#, &format!(r#""new":{odd},"status":"active""#));
            assert!(text.contains(odd) && text.contains(name), "{text}");
            let event = Event::from_json(&text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(matches!(event.data.object, EventObject::Account(_)), name != "new_thing");
            assert_eq!(event, json::from_str(&text).unwrap());
        }
    }
}
