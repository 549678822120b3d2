//! Complete objects: which members are null and which are omitted.

use fc_sandbox::AccountSpec;
use serde_json::json;

use crate::bench::{ALL, Bench, NOW, ids};

#[tokio::test]
async fn a_new_account_shows_every_member_and_null_for_missing_data() {
    let bench = Bench::new();
    let spec = AccountSpec::checking().institution("Harbor Bank").display_name("Household").last4("6789");
    let id = bench.link(&["transactions"], [spec]).await.remove(0);
    assert_eq!(id.strip_prefix("fca_").map(str::len), Some(24));
    let account = bench.account(&id).await;
    let customer = account["account_holder"]["customer"].clone();
    assert_eq!(
        account,
        json!({
            "id": id,
            "object": "financial_connections.account",
            "account_holder": { "type": "customer", "customer": customer },
            "account_numbers": null,
            "balance": null,
            "balance_refresh": null,
            "category": "cash",
            "created": NOW,
            "display_name": "Household",
            "institution_name": "Harbor Bank",
            "last4": "6789",
            "livemode": false,
            "ownership": null,
            "ownership_refresh": null,
            "permissions": ["transactions"],
            "status": "active",
            "subcategory": "checking",
            "subscriptions": [],
            "supported_payment_method_types": ["us_bank_account"],
            "transaction_refresh": null,
        })
    );
}

#[tokio::test]
async fn account_numbers_need_the_permission_and_a_payable_account() {
    let bench = Bench::new();
    let accounts = bench.link(ALL, [AccountSpec::savings(), AccountSpec::credit_card()]).await;
    assert_eq!(
        bench.account(&accounts[0]).await["account_numbers"],
        json!([{
            "expected_expiry_date": null,
            "identifier_type": "account_number",
            "status": "transactable",
            "supported_networks": ["ach"],
        }])
    );
    let card = bench.account(&accounts[1]).await;
    assert_eq!(
        (&card["account_numbers"], &card["supported_payment_method_types"]),
        (&json!(null), &json!([]))
    );
}

#[tokio::test]
async fn each_kind_of_account_has_its_category() {
    let bench = Bench::new();
    for (kind, category, subcategory) in [
        ("checking", "cash", "checking"),
        ("savings", "cash", "savings"),
        ("credit_card", "credit", "credit_card"),
        ("line_of_credit", "credit", "line_of_credit"),
        ("mortgage", "credit", "mortgage"),
        ("investment", "investment", "other"),
    ] {
        let spec = AccountSpec::of_kind(kind).expect(kind);
        let id = bench.link(ALL, [spec]).await.remove(0);
        let account = bench.refreshed(&id, "balance").await;
        assert_eq!((&account["category"], &account["subcategory"]), (&json!(category), &json!(subcategory)));
        let balance = if category == "credit" { "credit" } else { "cash" };
        assert_eq!(account["balance"]["type"], balance, "{kind}");
    }
    assert!(AccountSpec::of_kind("current").is_none());
}

#[tokio::test]
async fn a_customer_is_read_back_as_it_was_created() {
    let bench = Bench::new();
    let form =
        "name=Jane&email=jane%40example.com&phone=%2B1+202-555-0100&description=first&metadata[tier]=gold";
    let customer = bench.post("/v1/customers", form).await.ok();
    let id = customer["id"].as_str().expect("an id");
    assert_eq!(id.strip_prefix("cus_").map(str::len), Some(14));
    for (member, value) in [
        ("object", json!("customer")),
        ("name", json!("Jane")),
        ("email", json!("jane@example.com")),
        ("phone", json!("+1 202-555-0100")),
        ("description", json!("first")),
        ("metadata", json!({ "tier": "gold" })),
        ("created", json!(NOW)),
        ("livemode", json!(false)),
        ("address", json!(null)),
    ] {
        assert_eq!(customer[member], value, "{member}");
    }
    assert_eq!(bench.get(&format!("/v1/customers/{id}")).await.ok(), customer);
    assert_eq!(bench.get("/v1/customers").await.ok()["data"], json!([customer]));
}

#[tokio::test]
async fn an_empty_string_creates_a_customer_without_the_value() {
    let bench = Bench::new();
    let form = "name=&description=&metadata[a]=&metadata[2024]=x";
    let customer = bench.post("/v1/customers", form).await.ok();
    assert_eq!((&customer["name"], &customer["description"]), (&json!(null), &json!(null)));
    assert_eq!(customer["metadata"], json!({ "2024": "x" }));
}

#[tokio::test]
async fn customers_are_filtered_by_email_and_creation_time() {
    let bench = Bench::new();
    for email in ["a%40example.com", "b%40example.com", "a%40example.com"] {
        bench.post("/v1/customers", &format!("email={email}")).await.ok();
    }
    let count = async |query: &str| ids(&bench.get(&format!("/v1/customers?{query}")).await.ok()).len();
    assert_eq!((count("email=a%40example.com").await, count("email=A%40example.com").await), (2, 0));
    assert_eq!(count(&format!("created={NOW}")).await, 3);
    assert_eq!(count(&format!("created[gt]={NOW}")).await, 0);
}

#[tokio::test]
async fn metadata_has_at_most_50_entries_of_40_and_500_characters() {
    let bench = Bench::new();
    let entries = |range: std::ops::Range<u32>| -> String {
        range.map(|number| format!("metadata[key_{number}]=x&")).collect()
    };
    let longest = format!("metadata[{}]={}", "é".repeat(40), "é".repeat(500));
    bench.post("/v1/customers", &entries(0..50)).await.ok();
    bench.post("/v1/customers", &longest).await.ok();
    for (form, param) in [
        (entries(0..51), "metadata".to_owned()),
        (format!("metadata[{}]=x", "é".repeat(41)), "metadata".to_owned()),
        (format!("metadata[key]={}", "é".repeat(501)), "metadata[key]".to_owned()),
    ] {
        assert_eq!(bench.post("/v1/customers", &form).await.refused(400)["param"], param);
    }
    // The limit holds for what is there and what is added together.
    let endpoint = format!("url=http://localhost:1/&enabled_events[]=*&{}", entries(0..30));
    let endpoint = bench.post("/v1/webhook_endpoints", &endpoint).await.ok();
    let path = format!("/v1/webhook_endpoints/{}", endpoint["id"].as_str().expect("an id"));
    bench.post(&path, &entries(30..51)).await.refused(400);
    assert_eq!(bench.get(&path).await.ok()["metadata"], endpoint["metadata"], "nothing changed");
    bench.post(&path, &format!("{}metadata[key_0]=", entries(30..51))).await.ok();
}
