//! How objects are read from JSON.

use fc_types::{Account, Authorization, BalanceRefresh, List};
use serde_json::json;

#[test]
fn of_a_field_that_comes_twice_the_later_one_counts_alone() {
    let refresh: BalanceRefresh = serde_json::from_str(
        r#"{"last_attempted_at": 1, "next_refresh_available_at": 5, "status": "pending",
            "status": "failed", "next_refresh_available_at": null, "last_attempted_at": 2}"#,
    )
    .unwrap();
    let json = serde_json::to_string(&refresh).unwrap();
    assert_eq!(json, r#"{"last_attempted_at":2,"next_refresh_available_at":null,"status":"failed"}"#);
    let page: List<u64> =
        serde_json::from_str(r#"{"data": [1, 2], "data": [3], "has_more": false, "url": ""}"#).unwrap();
    assert_eq!(page.data, [3]);
}

#[test]
fn a_value_that_does_not_decode_is_no_value() {
    let page = r#"{"object": "list", "data": [{"id": "fca_1", "created": 1}], "has_more": false, "url": ""}"#;
    let error = serde_json::from_str::<List<Account>>(page).unwrap_err().to_string();
    assert!(error.starts_with("missing field `category` at line 1"), "{error}");
}

/// The details may be empty. One such account would lose its page and its events.
#[test]
fn status_details_without_members_are_read() {
    let account = json!({
        "id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1_681_412_208,
        "institution_name": "StripeBank", "livemode": true, "status": "active",
        "status_details": { "active": {} }, "subcategory": "checking", "supported_payment_method_types": [],
    });
    let page = json!({ "object": "list", "data": [account], "has_more": false, "url": "/v1/x" });
    let read: List<Account> = serde_json::from_value(page.clone()).unwrap();
    assert!(read.data[0].status_details.as_ref().unwrap().active.is_some());
    assert_eq!(serde_json::to_value(&read).unwrap(), page);
    let authorization = json!({
        "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "StripeBank",
        "livemode": true, "status": "active", "status_details": { "active": {} },
    });
    let read: Authorization = serde_json::from_value(authorization.clone()).unwrap();
    assert!(read.status_details.active.is_some());
    assert_eq!(serde_json::to_value(&read).unwrap(), authorization);
}
