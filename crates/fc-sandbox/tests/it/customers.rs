//! Customers: update, search and deletion.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, SESSIONS, get, ids};

async fn create(bench: &Bench, form: &str) -> String {
    bench.post("/v1/customers", form).await.ok()["id"].as_str().expect("an id").to_owned()
}

async fn delete(bench: &Bench, id: &str) -> crate::bench::Response {
    let request = get(&format!("/v1/customers/{id}")).method(Method::DELETE).body(Body::empty());
    bench.send(request.expect("a request")).await
}

async fn search(bench: &Bench, query: &str, more: &str) -> Value {
    let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    bench.get(&format!("/v1/customers/search?query={query}{more}")).await.ok()
}

fn found(result: &Value) -> Vec<&str> {
    assert_eq!(
        (&result["object"], &result["url"]),
        (&json!("search_result"), &json!("/v1/customers/search"))
    );
    let data = result["data"].as_array().expect("an array");
    data.iter().map(|customer| customer["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_the_rest() {
    let bench = Bench::new();
    let id = create(&bench, "name=Ada&email=ada@example.com&metadata[a]=1&metadata[b]=2").await;
    let path = format!("/v1/customers/{id}");
    let updated = bench.post(&path, "name=Grace&phone=555&metadata[a]=&metadata[c]=3").await.ok();
    assert_eq!(
        (&updated["name"], &updated["email"], &updated["phone"], &updated["metadata"]),
        (&json!("Grace"), &json!("ada@example.com"), &json!("555"), &json!({ "b": "2", "c": "3" }))
    );
    assert_eq!(bench.get(&path).await.ok(), updated);
    assert_eq!(bench.post(&path, "email=&metadata=").await.ok()["email"], Value::Null);
    assert_eq!(bench.get(&path).await.ok()["metadata"], json!({}));
    assert_eq!(bench.post(&path, "nane=x").await.refused(400)["code"], "parameter_unknown");
    assert_eq!(bench.post("/v1/customers/cus_no", "name=x").await.refused(404)["code"], "resource_missing");
}

#[tokio::test]
async fn a_deleted_customer_is_only_named_and_takes_no_part() {
    let bench = Bench::new();
    let account = bench.link(ALL, [fc_sandbox::AccountSpec::checking()]).await.remove(0);
    let id = bench.account(&account).await["account_holder"]["customer"].as_str().expect("an id").to_owned();
    bench.post(&format!("/v1/customers/{id}"), "phone=kestrel").await.ok();
    let deleted = json!({ "id": id, "object": "customer", "deleted": true });
    assert_eq!(delete(&bench, &id).await.ok(), deleted);
    assert_eq!(bench.get(&format!("/v1/customers/{id}")).await.ok(), deleted);
    assert!(ids(&bench.get("/v1/customers").await.ok()).is_empty());
    assert!(found(&search(&bench, "name:'Jane'", "").await).is_empty());
    assert_eq!(delete(&bench, &id).await.refused(404)["code"], "resource_missing");
    assert_eq!(
        bench.post(&format!("/v1/customers/{id}"), "name=x").await.refused(404)["code"],
        "resource_missing"
    );
    let form = format!("account_holder[type]=customer&account_holder[customer]={id}&permissions[]=balances");
    assert_eq!(bench.post(SESSIONS, &form).await.refused(400)["code"], "resource_missing");
    // The account is still linked, and expanding its holder shows the deletion.
    let path = format!("{ACCOUNTS}/{account}?expand[]=account_holder.customer");
    assert_eq!(bench.get(&path).await.ok()["account_holder"]["customer"], deleted);
    // The deletion is part of the state, and the values are not.
    let export = bench.sandbox.export();
    assert!(!export.contains("kestrel"), "the values are gone");
    let copy = Bench::of(&fc_sandbox::Sandbox::builder().build());
    copy.sandbox.import(&export).expect("its own export");
    assert_eq!(copy.get(&format!("/v1/customers/{id}")).await.ok(), deleted);
}

#[tokio::test]
async fn a_search_goes_through_its_pages_newest_first() {
    let bench = Bench::new();
    let mut gold = Vec::new();
    for number in 0..5 {
        gold.insert(0, create(&bench, &format!("name=Gold {number}&metadata[tier]=gold")).await);
        create(&bench, "name=Other").await;
    }
    let query = "metadata['tier']:'gold'";
    let mut seen = Vec::new();
    let mut more = "&limit=2".to_owned();
    loop {
        let result = search(&bench, query, &more).await;
        seen.extend(found(&result).into_iter().map(str::to_owned));
        assert_eq!(result["has_more"], json!(!result["next_page"].is_null()));
        let Some(next) = result["next_page"].as_str() else { break };
        more = format!("&limit=2&page={next}");
        assert!(seen.len() < 5, "a last page has no next one");
    }
    assert_eq!(seen, gold);
    let counted = search(&bench, query, "&limit=1&expand[]=total_count").await;
    assert_eq!((&counted["total_count"], found(&counted).len()), (&json!(5), 1));
    assert_eq!(search(&bench, query, "").await.get("total_count"), None);
    let error =
        bench.get("/v1/customers/search?query=metadata['tier']:'gold'&page=cus_no").await.refused(400);
    assert_eq!(error["param"], "page");
    assert_eq!(bench.get("/v1/customers/search?query=x").await.refused(400)["param"], "query");
    assert_eq!(bench.get("/v1/customers/search").await.refused(400)["code"], "parameter_missing");
}

#[tokio::test]
async fn a_word_that_is_no_id_is_an_unknown_url() {
    let bench = Bench::new();
    for path in [
        "/v1/financial_connections/accounts/search?query=x",
        "/v1/financial_connections/sessions/list",
        "/v1/financial_connections/transactions/search",
        "/v1/events/search",
        "/v1/webhook_endpoints/test",
        "/v1/linked_accounts/search_all",
    ] {
        let error = bench.get(path).await.refused(404);
        let message = error["message"].as_str().expect("a message");
        assert!(
            message.starts_with("Unrecognized request URL") && error["code"].is_null(),
            "{path}: {error}"
        );
    }
    let action = format!("{ACCOUNTS}/all/refresh");
    assert!(bench.post(&action, "features[]=balance").await.refused(404)["code"].is_null());
    assert_eq!(bench.get("/v1/customers/cus_search").await.refused(404)["code"], "resource_missing");
}
