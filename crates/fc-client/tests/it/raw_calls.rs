//! Calls of operations that this crate has no method for.

use std::collections::BTreeMap;

use fc_client::types::ConnectedAccountId;
use fc_client::{Client, Method};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::server::{LOST, Server, answer};
use crate::support::{client, config};

const CUSTOMER: &str = r#"{"id":"cus_1","object":"customer"}"#;

#[derive(Debug, Deserialize)]
struct Customer {
    id: String,
}

#[tokio::test]
async fn method_path_form_and_query_are_sent_as_given() {
    let server = Server::start((0..4).map(|_| answer(200, &[], CUSTOMER))).await;
    let client = client(&server);
    let metadata = BTreeMap::from([("metadata", BTreeMap::from([("order", "a&b")]))]);
    let created = client.raw_call(Method::Post, "/v1/customers").form(&metadata).send().await.unwrap();
    assert_eq!(created, serde_json::from_str::<Value>(CUSTOMER).unwrap());
    let list =
        client.raw_call(Method::Get, "/v1/customers").query("created[gte]", 1).form(&json!({ "limit": 2 }));
    list.send().await.unwrap();
    client.raw_call(Method::Delete, "/v1/customers/cus_1").send().await.unwrap();
    let get = client.raw_call(Method::Get, "/v1/customers/cus_1");
    let get = get.stripe_account(ConnectedAccountId::unchecked("acct_1"));
    let response = get.send_response_as::<Customer>().await.unwrap();
    assert_eq!((response.id.as_str(), response.attempts()), ("cus_1", 1));

    let requests = server.requests();
    assert!(requests[0].starts_with("POST /v1/customers HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains("\r\nidempotency-key: ") && requests[0].contains("\r\nstripe-version: "));
    assert!(requests[0].ends_with("\r\n\r\nmetadata[order]=a%26b"), "{}", requests[0]);
    assert!(
        requests[1].starts_with("GET /v1/customers?created[gte]=1&limit=2 HTTP/1.1\r\n"),
        "{}",
        requests[1]
    );
    assert!(requests[2].starts_with("DELETE /v1/customers/cus_1 HTTP/1.1\r\n"), "{}", requests[2]);
    assert!(requests[3].contains("\r\nstripe-account: acct_1\r\n"), "{}", requests[3]);
}

#[tokio::test]
async fn a_raw_call_has_the_retries_and_errors_of_every_call() {
    let missing = r#"{"error":{"type":"invalid_request_error","code":"resource_missing"}}"#;
    let server = Server::start([LOST, answer(500, &[], "{}"), answer(404, &[], missing)]).await;
    let client = Client::new(config(&server)).unwrap();
    let call = client.raw_call(Method::Post, "/v1/customers/cus_1").idempotency_key("mine");
    let error = call.send_as::<Customer>().await.unwrap_err();
    assert!(error.is_not_found() && error.may_have_executed(), "{error}");
    assert_eq!(error.attempts(), 3);
    for request in server.requests() {
        assert!(request.contains("\r\nidempotency-key: mine\r\n"), "{request}");
    }
}

#[tokio::test]
async fn a_path_that_no_operation_has_is_refused_before_anything_is_sent() {
    let server = Server::start([]).await;
    let client = client(&server);
    for path in ["", "v1/x", "//evil.example/x", "/v1/../x", "/v1/x?y=1", "/v1/a b"] {
        let error = client.raw_call(Method::Post, path).send().await.unwrap_err();
        assert!(error.is_invalid_request() && error.message().starts_with("the path "), "{path}: {error}");
        assert_eq!((error.attempts(), error.may_have_executed()), (0, false));
    }
}
