//! Wire vectors: fc-client sends what the table says, and the sandbox reads it as the table says.
//!
//! The table is written by hand from the API's rules. Encoder and reader share no code, because one mistake would then hide
//! in both.

mod calls;
mod recorder;

use std::collections::{BTreeMap, BTreeSet};

use fc_client::{ApiKey, Client, Config};
use serde_json::{Value, json};

use self::recorder::{Recorder, Request};
use crate::{snapshot, workspace};

const KEY: &str = "sk_test_0123456789abcdefwxyz";

/// One line of `data/wire.json`.
#[derive(Debug)]
struct Vector {
    name: String,
    operation: String,
    method: String,
    path: String,
    query: String,
    /// Headers beyond those of every request.
    headers: BTreeMap<String, String>,
    body: String,
    /// The meaning of query and body.
    value: Value,
}

fn vectors() -> Vec<Vector> {
    let Value::Array(table) = workspace::json("tests/data/wire.json") else { panic!("the table is a list") };
    let text =
        |line: &Value, key: &str| line[key].as_str().unwrap_or_else(|| panic!("no {key}: {line}")).to_owned();
    table
        .iter()
        .map(|line| Vector {
            name: text(line, "name"),
            operation: text(line, "operation"),
            method: text(line, "method"),
            path: text(line, "path"),
            query: text(line, "query"),
            headers: line["headers"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            body: text(line, "body"),
            value: line["value"].clone(),
        })
        .collect()
}

/// The smallest response of each kind.
fn answer(operation: &str) -> String {
    let id = match operation {
        _ if operation.starts_with("list_") => {
            return json!({ "object": "list", "data": [], "has_more": false, "url": "/v1/x" }).to_string();
        }
        "create_session" | "retrieve_session" => "session",
        "retrieve_transaction" => "transaction",
        _ => "account",
    };
    match id {
        "session" => json!({
            "id": "fcsess_1", "accounts": { "data": [], "has_more": false, "url": "/v1/x" },
            "livemode": false, "permissions": [],
        }),
        "transaction" => json!({
            "id": "fctxn_1", "account": "fca_1", "amount": -1000, "currency": "usd", "description": "Rocket Rides",
            "livemode": false, "status": "pending", "status_transitions": {}, "transacted_at": 1,
            "transaction_refresh": "fctxnref_1", "updated": 1,
        }),
        _ => workspace::json("tests/data/payloads/account_subscribe.json"),
    }
    .to_string()
}

/// Sends every vector and returns what arrived.
async fn record() -> Vec<(Vector, Request, String)> {
    let server = Recorder::start().await;
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(server.url());
    let client = Client::new(config).unwrap();
    let mut recorded = Vec::new();
    for vector in vectors() {
        let answer = answer(&vector.operation);
        let (request, sent) = tokio::join!(server.answer(&answer), calls::send(&vector.name, &client));
        sent.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        recorded.push((vector, request, server.host()));
    }
    recorded
}

#[tokio::test]
async fn every_call_is_sent_as_the_table_says() {
    for (vector, request, host) in record().await {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let name = &vector.name;
        assert_eq!(request.method, vector.method, "{name}");
        assert_eq!(path, vector.path, "{name}");
        assert_eq!(query, vector.query, "{name}");
        assert_eq!(request.target.contains('?'), !vector.query.is_empty(), "{name}");
        assert_eq!(request.body, vector.body, "{name}");
        assert_headers(&vector, &request, &host);
    }
}

/// Every header, and no other.
fn assert_headers(vector: &Vector, request: &Request, host: &str) {
    let name = &vector.name;
    let mut sent: BTreeMap<String, String> = request.headers.iter().cloned().collect();
    assert_eq!(sent.len(), request.headers.len(), "{name}: a header twice");
    let agent = sent.remove("user-agent").unwrap();
    assert!(agent.starts_with("fc-client/"), "{name}: {agent}");
    let mut expected = vector.headers.clone();
    let mut expect = |name: &str, value: &str| drop(expected.insert(name.to_owned(), value.to_owned()));
    expect("accept", "application/json");
    expect("authorization", &format!("Bearer {KEY}"));
    expect("host", host);
    expect("stripe-version", fc_types::API_VERSION);
    if vector.method == "POST" {
        expect("content-type", "application/x-www-form-urlencoded");
        expect("content-length", &vector.body.len().to_string());
    }
    // A POST without the caller's idempotency key has a random one.
    if vector.method == "POST" && !expected.contains_key("idempotency-key") {
        let key = sent.remove("idempotency-key").unwrap();
        assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}: {key}");
    }
    assert_eq!(sent, expected, "{name}");
}

#[tokio::test]
async fn the_requests_of_each_operation_equal_their_snapshot() {
    let mut by_operation: BTreeMap<String, String> = BTreeMap::new();
    for (vector, request, _) in record().await {
        let text = by_operation.entry(vector.operation).or_default();
        *text += &format!("--- {}\n{}\n\n", vector.name, request.text.trim_end());
    }
    snapshot::settings().bind(|| {
        for (operation, requests) in by_operation {
            insta::assert_snapshot!(format!("wire_{operation}"), requests);
        }
    });
}

#[test]
fn the_sandbox_reads_every_vector_as_the_table_says() {
    for vector in vectors() {
        let form = if vector.method == "GET" { &vector.query } else { &vector.body };
        assert_eq!(fc_sandbox::form::parse(form).unwrap(), vector.value, "{}", vector.name);
        // No vector has both a query and a body.
        assert!(vector.query.is_empty() || vector.body.is_empty(), "{}", vector.name);
    }
}

#[test]
fn the_table_has_every_operation_with_every_parameter() {
    let mut covered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for vector in vectors() {
        let parameters = covered.entry(vector.operation.clone()).or_default();
        leaves("", &vector.value, parameters);
        parameters.extend(vector.headers.into_keys());
        let (_, method, path, _) = workspace::operations().find(|(id, ..)| *id == vector.operation).unwrap();
        assert_eq!(vector.method, method, "{}", vector.name);
        assert!(matches_route(&vector.path, path), "{}: {path}", vector.name);
    }
    for (id, method, _, operation) in workspace::operations() {
        let covered = covered.remove(id).unwrap_or_else(|| panic!("no vector of {id}"));
        let mut specified = BTreeSet::from(["stripe-account".to_owned()]);
        if method == "POST" {
            specified.insert("idempotency-key".to_owned());
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                specified.insert(parameter["name"].as_str().unwrap().to_owned());
            }
        }
        if let Some(body) =
            operation.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema")
        {
            properties("", body, &mut specified);
        }
        let missing: Vec<_> = specified.difference(&covered).collect();
        assert!(missing.is_empty(), "no vector of {id} has {missing:?}");
    }
    assert!(covered.is_empty(), "vectors of operations that the spec does not have: {:?}", covered.keys());
}

/// The names of the values in a tree, without indices: `filters[country]`.
fn leaves(name: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                leaves(&nested(name, field), value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, found)),
        _ => drop(found.insert(name.to_owned())),
    }
}

/// The names of the values that a body may have.
fn properties(name: &str, schema: &Value, found: &mut BTreeSet<String>) {
    let schema = schema.get("allOf").map_or(schema, |parts| &parts[0]);
    if let Some(reference) = schema.get("$ref") {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        return properties(name, workspace::NORMALIZED.pointer(pointer).unwrap(), found);
    }
    match schema.get("properties").and_then(Value::as_object) {
        Some(fields) => {
            fields.iter().for_each(|(field, schema)| properties(&nested(name, field), schema, found));
        }
        None => drop(found.insert(name.to_owned())),
    }
}

fn nested(name: &str, field: &str) -> String {
    if name.is_empty() { field.to_owned() } else { format!("{name}[{field}]") }
}

/// Whether a path is the route with its placeholders filled.
fn matches_route(path: &str, route: &str) -> bool {
    let (path, route): (Vec<_>, Vec<_>) = (path.split('/').collect(), route.split('/').collect());
    path.len() == route.len()
        && path
            .iter()
            .zip(route)
            .all(|(value, step)| step.starts_with('{') && !value.is_empty() || *value == step)
}
