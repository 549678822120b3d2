//! `Debug` of no public type shows a secret.

use std::fmt::Debug;

use fc_ext::types::AccountId;
use fc_ext::webhook::{Secret, Signer, Verifier};
use fc_ext::{AccountHolder, ApiKey, Paged, Permission, RefreshFeature};

use crate::support::{KEY, Server};

/// What is in the middle of the key.
const HIDDEN_OF_KEY: &str = "0123456789abcdef";

/// Everything in fc-ext that holds the API key, a client secret or a webhook secret.
#[tokio::test]
async fn debug_of_what_holds_a_secret_does_not_show_it() {
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
        let holder = AccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
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
        &refresh().until_settled(std::time::Duration::from_secs(9)).await.unwrap_err(),
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
