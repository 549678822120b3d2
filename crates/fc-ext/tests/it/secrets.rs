//! `Debug` of no public type shows a secret or personal data.

use std::fmt::Debug;
use std::time::Duration;

use fc_ext::types::AccountId;
use fc_ext::webhook::{Secret, Signer, Verifier};
use fc_ext::{ApiKey, NewAccountHolder, Paged, Permission, RefreshFeature};

use crate::support::{KEY, Server, TestClock};

/// Middle of the key.
const HIDDEN_OF_KEY: &str = "0123456789abcdef";

/// Covers every type of fc-ext that holds the API key, a client secret or a webhook secret.
#[tokio::test]
async fn debug_of_types_that_hold_a_secret_does_not_show_it() {
    let session = serde_json::json!({
        "id": "fcsess_1", "object": "financial_connections.session", "account_holder": null, "livemode": false,
        "client_secret": "fcsess_client_secret_HIDDEN", "permissions": [], "prefetch": null,
        "accounts": {"object": "list", "data": [], "has_more": false, "url": "/v1/financial_connections/accounts"},
    });
    let server = Server::scripted(move |path| {
        let session = session.to_string();
        async move { if path.starts_with("sessions") { (200, session) } else { (500, "HIDDEN".to_owned()) } }
    })
    .await;
    let fc = server.fc();
    let id = AccountId::unchecked("fca_1");
    assert!(KEY.contains(HIDDEN_OF_KEY));
    let (accounts, sessions, transactions) = (fc.accounts(), fc.sessions(), fc.transactions());

    let create = || {
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        sessions.create(holder, [Permission::Balances])
    };
    let created = create().send_response().await.unwrap();
    assert!(str::from_utf8(created.body()).unwrap().contains("HIDDEN"));
    let refresh = || accounts.refresh(&id, [RefreshFeature::Balance]);
    let secret = Secret::new("whsec_HIDDEN0123456789HIDDEN").unwrap();

    let shown: [&dyn Debug; _] = [
        &ApiKey::new(KEY).unwrap(),
        &server.config(),
        &fc,
        fc.client(),
        &accounts,
        &sessions,
        &transactions,
        &create(),
        &created,
        &accounts.list().pages(),
        &accounts.list().items(),
        &transactions.sync(&id, None),
        &refresh(),
        &refresh().send().await.unwrap_err(),
        &refresh().until_settled(Duration::from_secs(9)).await.unwrap_err(),
        &transactions.sync(&id, None).next().await.unwrap().unwrap_err(),
        &secret,
        &Verifier::new(secret.clone()),
        &Signer::new(secret.clone()),
        #[cfg(feature = "axum")]
        &fc_ext::webhook::Receiver::new(Verifier::new(secret.clone())),
        #[cfg(feature = "blocking")]
        &fc_ext::blocking::FinancialConnections::new(server.config()).unwrap(),
    ];
    for value in shown {
        let shown = format!("{value:?} {value:#?}");
        assert!(!shown.contains("HIDDEN") && !shown.contains(HIDDEN_OF_KEY), "{shown}");
        assert!(!shown.contains("Bearer"), "{shown}");
    }
}

/// Covers every type of fc-ext that holds personal data. The models themselves: `tests/it/debug.rs` of the workspace.
#[tokio::test]
async fn debug_of_types_that_hold_personal_data_does_not_show_it() {
    let account = serde_json::json!({
        "id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1, "display_name": "HIDDEN",
        "institution_name": "StripeBank", "last4": "HIDDEN", "livemode": false, "status": "active",
        "subcategory": "checking", "supported_payment_method_types": [],
        "balance": {"as_of": 1, "current": {"usd": 1}, "type": "cash", "cash": {"available": {"usd": 1}}},
        "balance_refresh": {"status": "succeeded", "last_attempted_at": 1, "next_refresh_available_at": null},
    });
    let transaction = serde_json::json!({
        "id": "fctxn_1", "object": "financial_connections.transaction", "account": "fca_1", "amount": -1, "currency": "usd",
        "description": "HIDDEN", "livemode": false, "status": "posted", "transacted_at": 1, "updated": 1,
        "status_transitions": {"posted_at": 1, "void_at": null}, "transaction_refresh": "fctxnref_1",
    });
    let customer = serde_json::json!({
        "id": "cus_1", "object": "customer", "created": 1, "livemode": false, "name": "HIDDEN", "email": "HIDDEN",
        "phone": "HIDDEN", "description": "HIDDEN", "metadata": {"key": "HIDDEN"},
    });
    let endpoint = serde_json::json!({
        "id": "we_1", "object": "webhook_endpoint", "created": 1, "livemode": false, "status": "enabled",
        "enabled_events": ["*"], "url": "https://example.com/HIDDEN", "metadata": {"key": "HIDDEN"}, "api_version": null,
    });
    let event = serde_json::json!({
        "id": "evt_1", "object": "event", "type": "financial_connections.account.created", "data": {"object": account},
    });
    let page = |item: &serde_json::Value| {
        serde_json::json!({"object": "list", "data": [item], "has_more": true, "url": "/v1/x"}).to_string()
    };
    let (accounts_page, transactions_page) = (page(&account), page(&transaction));
    let (of_account, of_customer, of_endpoint) =
        (account.to_string(), customer.to_string(), endpoint.to_string());
    let server = Server::scripted(move |path| {
        let body = match path.split(['/', '?']).next().unwrap_or_default() {
            "transactions" => &transactions_page,
            "accounts" if path.starts_with("accounts/") => &of_account,
            _ if path.contains("customers") => &of_customer,
            _ if path.contains("webhook_endpoints") => &of_endpoint,
            _ => &accounts_page,
        };
        let body = body.clone();
        async move { (200, body) }
    })
    .await;
    let fc = server.fc_with(&TestClock::new());
    let id = AccountId::unchecked("fca_1");
    let create_customer = fc
        .customers()
        .create()
        .name("HIDDEN")
        .email("HIDDEN")
        .phone("HIDDEN")
        .description("HIDDEN")
        .metadata("key", "HIDDEN");
    let create_session = fc
        .sessions()
        .create(NewAccountHolder::Account("acct_1".parse().unwrap()), Permission::Balances)
        .return_url("https://example.com/HIDDEN");
    let create_endpoint =
        fc.webhook_endpoints().create("https://example.com/HIDDEN", []).description("HIDDEN");
    let mut items = fc.accounts().list().items();
    items.next().await.unwrap().unwrap();
    let mut pages = fc.transactions().list(&id).pages();
    let page = pages.next().await.unwrap().unwrap();
    let mut sync = fc.transactions().sync(&id, None);
    let _ = sync.next().await;
    let response = fc.accounts().retrieve(&id).send_response().await.unwrap();
    assert!(str::from_utf8(response.body()).unwrap().contains("HIDDEN"));
    let mut store = fc_ext::MemoryStore::default();
    let changes = vec![serde_json::from_value(transaction).unwrap()];
    fc_ext::TransactionStore::commit(&mut store, &id, changes, &fc_ext::SyncPosition::START).await.unwrap();
    assert_eq!(store.transactions(&id).count(), 1);

    let shown: [&dyn Debug; _] = [
        &create_customer,
        &create_customer.clone().send().await.unwrap(),
        &create_session,
        &create_endpoint,
        &fc.accounts().refresh(&id, []).idempotency_key("HIDDEN"),
        &create_endpoint.clone().send().await.unwrap(),
        &fc.client().raw_call(fc_ext::client::Method::Get, "/v1/x").query("email", "HIDDEN"),
        &items,
        &pages,
        &page,
        &sync,
        &response,
        &store,
        &fc_ext::webhook::WebhookEvent::parse(event.to_string()).unwrap(),
        &fc.accounts().fresh_balance(&id, Duration::ZERO, Duration::from_secs(1)).await,
        &fc.accounts().refresh(&id, RefreshFeature::Balance).send().await.unwrap(),
    ];
    for value in shown {
        let shown = format!("{value:?} {value:#?}");
        assert!(!shown.contains("HIDDEN"), "{shown}");
    }
}
