//! Customers, events and webhook endpoints.

use std::time::Duration;

use fc_ext::types::{ConnectedAccountId, EventId, EventType, Timestamp};
use fc_ext::{ErrorKind, NewAccountHolder, Paged, Permission, RefreshFeature};
use fc_sandbox::AccountSpec;
use serde_json::{Value, json};

use crate::support::{Linked, Server};

#[tokio::test]
async fn a_customer_is_created_retrieved_and_can_link() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let customers = linked.fc.customers();
    let create = customers.create().name("Jane Smith").email("jane@example.com").phone("+15550100");
    let create = create.description("a user").metadata("user", "42").metadata("plan", "basic");
    let jane = create.clone().idempotency_key("jane").send().await.unwrap();
    assert!(jane.id.as_str().starts_with("cus_"));
    assert_eq!(
        (jane.name.as_deref(), jane.email.as_deref(), jane.phone.as_deref(), jane.description.as_deref()),
        (Some("Jane Smith"), Some("jane@example.com"), Some("+15550100"), Some("a user"))
    );
    assert_eq!(
        jane.metadata,
        [("plan", "basic"), ("user", "42")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    );
    assert_eq!((jane.created, jane.livemode), (Timestamp::from_secs(1_790_000_000), false));
    assert_eq!(jane.extra.get("tax_exempt"), Some(&"none".into()));
    assert_eq!(customers.retrieve(&jane.id).send().await.unwrap(), jane);
    // The same key creates no second customer.
    assert_eq!(create.idempotency_key("jane").send().await.unwrap().id, jane.id);

    let session = linked.fc.sessions().create(&jane.id, Permission::Balances).send().await.unwrap();
    let holder = NewAccountHolder::try_from(session.account_holder.as_ref().unwrap()).unwrap();
    assert_eq!(holder, NewAccountHolder::Customer(jane.id));
}

#[tokio::test]
async fn an_id_cannot_change_the_route() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.requests();
    let id = fc_ext::types::CustomerId::unchecked("../events?x=1#y");
    assert!(linked.fc.customers().retrieve(id).send().await.is_err());
    assert_eq!(linked.requests(), ["GET /v1/customers/%2E%2E%2Fevents%3Fx%3D1%23y"]);
}

#[tokio::test]
async fn events_are_listed_by_type_and_time_over_all_pages_and_retrieved() {
    let linked = Linked::new(AccountSpec::checking()).await;
    for _ in 0..5 {
        let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance);
        refresh.until_settled(Duration::from_secs(60)).await.unwrap();
        linked.advance(Duration::from_secs(120));
    }
    let list = || linked.fc.events().list();
    let all = list().items().into_vec().await.unwrap();
    assert_eq!(all.len(), 6, "one account was created and refreshed five times");
    assert!(all.iter().all(|event| event.linked_account_id().as_ref() == Some(&linked.id)));
    assert_eq!(list().page_size(2).items().into_vec().await.unwrap(), all, "over three pages");
    let mut backward = list().page_size(2).ending_before(&all[5].id).items().into_vec().await.unwrap();
    backward.reverse();
    assert_eq!(backward, all[..5]);
    assert_eq!(list().starting_after(&all[2].id).items().into_vec().await.unwrap(), all[3..]);

    let of = |types: &[EventType]| list().types(types.to_vec()).items().into_vec();
    assert_eq!(of(&[EventType::AccountCreated]).await.unwrap(), all[5..]);
    assert_eq!(of(&[EventType::AccountCreated, EventType::AccountRefreshedBalance]).await.unwrap(), all);
    let second = all[1].created.unwrap();
    assert_eq!(list().created_gte(second).items().into_vec().await.unwrap(), all[..2]);
    assert_eq!(list().created_lt(second).items().into_vec().await.unwrap(), all[2..]);

    let page = list().limit(1).send().await.unwrap();
    assert_eq!((page.data.len(), page.has_more), (1, true));
    assert_eq!(linked.fc.events().retrieve(&all[0].id).send().await.unwrap(), all[0]);
    let unknown = linked.fc.events().retrieve(EventId::unchecked("evt_unknown")).send().await.unwrap_err();
    assert!(unknown.is_not_found());
}

#[tokio::test]
async fn an_endpoint_shows_its_secret_once() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let endpoints = linked.fc.webhook_endpoints();
    let types = [EventType::AccountRefreshedBalance, EventType::AccountDeactivated];
    let create = endpoints.create("http://127.0.0.1:9/webhook", types).description("refreshes");
    let created = create.send().await.unwrap();
    let secret = created.secret.as_ref().unwrap();
    assert!(secret.expose().starts_with("whsec_") && secret.key().is_ok());
    assert!(!format!("{created:?}").contains(secret.expose()));
    assert_eq!(
        (created.url.as_str(), created.status.as_str(), created.api_version.as_deref()),
        ("http://127.0.0.1:9/webhook", "enabled", Some("2026-09-30.endive"))
    );
    assert_eq!(
        created.enabled_events,
        ["financial_connections.account.refreshed_balance", "financial_connections.account.deactivated"]
    );

    let retrieved = endpoints.retrieve(&created.id).send().await.unwrap();
    assert_eq!(retrieved.secret, None);
    assert_eq!(endpoints.list().send().await.unwrap(), [retrieved]);
    endpoints.delete(&created.id).send().await.unwrap();
    assert!(endpoints.retrieve(&created.id).send().await.unwrap_err().is_not_found());
    assert_eq!(endpoints.list().send().await.unwrap(), []);
}

/// Without a version, Stripe sends objects of the account's default version, which may not decode.
#[tokio::test]
async fn an_endpoint_gets_objects_in_the_version_of_this_crate_or_in_the_named_one() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let endpoints = linked.fc.webhook_endpoints();
    let create = || endpoints.create("http://127.0.0.1:9/webhook", [EventType::AccountCreated]);
    let version =
        async |create: fc_ext::CreateWebhookEndpoint| create.send().await.unwrap().api_version.unwrap();
    assert_eq!(version(create()).await, fc_ext::types::API_VERSION);
    let named = "2026-09-30.preview";
    assert_eq!(version(create().api_version(named)).await, named);
}

#[tokio::test]
async fn raw_requests_have_scope_and_settings_of_all_requests() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.requests();
    let shop: ConnectedAccountId = "acct_1".parse().unwrap();
    linked
        .fc
        .customers()
        .create()
        .stripe_account(&shop)
        .extra_param("description", "x")
        .send()
        .await
        .unwrap();
    linked.fc.events().list().stripe_account(&shop).items().into_vec().await.unwrap();
    linked
        .fc
        .webhook_endpoints()
        .list()
        .stripe_account(&shop)
        .timeout(Duration::from_secs(9))
        .send()
        .await
        .unwrap();
    let requests = linked.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.ends_with(" as acct_1")), "{requests:?}");
}

/// What the call of `send` makes of this JSON.
async fn answering(json: Value) -> Server {
    Server::scripted(move |_| {
        let json = json.to_string();
        async { (200, json) }
    })
    .await
}

#[tokio::test]
async fn a_response_of_another_form_is_a_decode_error_with_the_place() {
    let customer = |change: fn(&mut Value)| {
        let mut json = json!({"id": "cus_1", "object": "customer", "created": 1, "livemode": false});
        change(&mut json);
        json
    };
    for (json, place) in [
        (
            customer(|json| json["created"] = "HIDDEN".into()),
            Some("customer: expected whole seconds at `created`"),
        ),
        (customer(|json| json["id"] = Value::Null), Some("customer: expected a string at `id`")),
        (customer(|json| json["name"] = 5.into()), Some("customer: expected a string at `name`")),
        (
            customer(|json| json["metadata"] = json!({"a": 1})),
            Some("customer: expected an object of strings at `metadata`"),
        ),
        (json!([]), Some("customer: expected an object")),
        (
            json!({"id": "cus_1", "object": "customer", "deleted": true}),
            Some("customer: expected whole seconds at `created`"),
        ),
        (customer(|_| {}), None),
    ] {
        let server = answering(json).await;
        let retrieved =
            server.fc().customers().retrieve(fc_ext::types::CustomerId::unchecked("cus_1")).send().await;
        match (retrieved, place) {
            (Ok(_), None) => {}
            (Err(error), Some(place)) => {
                assert_eq!(error.kind(), ErrorKind::Decode);
                assert!(
                    error.to_string().contains(place) && !error.to_string().contains("HIDDEN"),
                    "{error}"
                );
            }
            (other, place) => panic!("{other:?} {place:?}"),
        }
    }
    let server = answering(json!({"object": "list", "data": [], "has_more": true})).await;
    let error = server.fc().webhook_endpoints().list().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn debug_of_a_customer_shows_no_personal_data() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let jane =
        linked.fc.customers().create().name("Jane Smith").email("jane@example.com").send().await.unwrap();
    let shown = format!("{jane:?} {jane:#?}");
    assert!(shown.contains("cus_") && !shown.contains("ane"), "{shown}");
}

/// The groups are values: what they return does not borrow them, so a wait can be stored, selected on and spawned.
#[tokio::test]
async fn a_future_outlives_the_group_that_made_it() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let mut watch = fc_ext::RefreshWatch::new(&linked.id, RefreshFeature::Balance);
    linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance).send().await.unwrap();
    let wait = linked.fc.accounts().until_settled(&mut watch, std::time::Duration::from_secs(60));
    let read = linked.fc.accounts().retrieve(&linked.id).send();
    assert_eq!(read.await.unwrap().id, linked.id);
    assert!(wait.await.unwrap().is_success());
}

#[tokio::test]
async fn a_client_of_a_connected_account_acts_for_it_in_every_group() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let of_shop = linked.fc.with_stripe_account("acct_1".parse::<ConnectedAccountId>().unwrap()).unwrap();
    linked.requests();
    assert!(of_shop.accounts().list().items().into_vec().await.unwrap().is_empty());
    of_shop.events().list().items().into_vec().await.unwrap();
    assert!(of_shop.accounts().retrieve(&linked.id).send().await.unwrap_err().is_not_found());
    let in_context = of_shop.with_stripe_context("acct_1/acct_2").unwrap();
    let _ = in_context.accounts().list().send().await;
    linked.fc.accounts().list().send().await.unwrap();
    let requests = linked.requests();
    assert!(requests[..3].iter().all(|request| request.ends_with(" as acct_1")), "{requests:?}");
    assert!(requests[3].ends_with(" in acct_1/acct_2"), "{requests:?}");
    assert_eq!(requests[4], "GET accounts", "the platform still asks for itself");
}
