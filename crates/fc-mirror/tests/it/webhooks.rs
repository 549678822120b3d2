//! Webhooks: accepted after the commit, and hints only.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_ext::types::{AccountId, ConnectedAccountId};
use fc_mirror::{ErrorKind, Receipt};
use fc_sandbox::AccountSpec;
use serde_json::{Value, json};

use crate::bank::signature;
use crate::copy::{builder, everywhere, headers};

#[tokio::test]
async fn events_bring_what_changed_whatever_their_order_and_number() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(120)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        bank.new_events();
        for _ in 0..3 {
            bank.advance(Duration::from_secs(2 * 86_400));
            bank.refresh(&ids[0], RefreshFeature::ALL).await;
        }
        let mut events = bank.new_events();
        events.reverse();
        assert!(events.len() >= 9);
        for event in &events {
            assert_eq!(copy.deliver(event).await, Receipt::Scheduled);
        }
        for event in &events {
            assert_eq!(copy.deliver(event).await, Receipt::Duplicate);
        }
        copy.run().await;
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_event WHERE raw IS NOT NULL"), "0");
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_none_of_the_mirrors_business_is_accepted_and_kept() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        bank.calls();
        let about = |event: &mut Value| be_about(event, &ids[0]);
        let kept = [
            event("evt_other", &|_| {}),
            event("evt_live", &|event| {
                about(event);
                event["livemode"] = json!(true);
            }),
            event("evt_connected", &|event| {
                about(event);
                event["account"] = json!("acct_other");
            }),
        ];
        for event in &kept {
            assert_eq!(copy.deliver(event).await, Receipt::Kept);
        }
        copy.run().await;
        assert_eq!(bank.calls(), [""; 0]);
        assert_eq!(
            copy.sql("SELECT id, tenant, type FROM fc_event ORDER BY id"),
            [
                "evt_connected|acct_other/test|financial_connections.account.created",
                "evt_live|self/live|financial_connections.account.created",
                "evt_other|self/test|customer.created",
            ]
        );
        // One whose object does not decode is about an account all the same.
        assert_eq!(copy.deliver(&event("evt_own", &about)).await, Receipt::Scheduled);
        copy.run().await;
        assert_eq!(bank.calls().len(), 1);
    })
    .await;
}

/// Body of an event that has nothing to do with bank accounts, and is then changed.
fn event(id: &str, change: &dyn Fn(&mut Value)) -> String {
    let mut event = json!({
        "id": id, "object": "event", "api_version": null, "created": 1_790_000_000, "livemode": false,
        "pending_webhooks": 1, "request": null, "type": "customer.created",
        "data": {"object": {"id": "cus_1", "object": "customer"}}
    });
    change(&mut event);
    event.to_string()
}

fn be_about(event: &mut Value, account: &AccountId) {
    event["type"] = json!("financial_connections.account.created");
    event["data"]["object"] = json!({"id": account.as_str(), "object": "financial_connections.account"});
}

#[tokio::test]
async fn a_webhook_to_a_process_without_its_tenant_is_work_of_a_process_that_has_it() {
    everywhere(async |bank, copy| {
        let connected: ConnectedAccountId = "acct_1MwVK82eZvKYlo2D".parse().unwrap();
        let id = bank.link_connected(&connected).await;
        let worker = builder(bank, &copy.clock).connected_account(&connected);
        let worker = worker.open(copy.address()).await.unwrap();
        worker.run_until_idle().await.unwrap();
        bank.calls();
        let body = event("evt_1", &|event| {
            be_about(event, &id);
            event["account"] = json!(connected.as_str());
        });
        assert_eq!(copy.deliver(&body).await, Receipt::Scheduled);
        worker.run_until_idle().await.unwrap();
        assert_eq!(bank.calls(), [format!("GET accounts/{id}")]);
    })
    .await;
}

#[tokio::test]
async fn thin_events_and_events_of_authorizations_cause_work() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        bank.calls();
        let thin = json!({
            "id": "evt_thin", "object": "v2.core.event", "type": "v1.financial_connections.account.deactivated",
            "created": "2026-10-28T12:00:00.000Z", "livemode": false,
            "related_object": {
                "id": ids[0].as_str(), "type": "financial_connections.account",
                "url": format!("/v1/financial_connections/accounts/{}", ids[0])
            }
        });
        assert_eq!(copy.deliver(&thin.to_string()).await, Receipt::Scheduled);
        copy.run().await;
        assert_eq!(bank.calls(), [format!("GET accounts/{}", ids[0])]);

        let authorization = json!({
            "id": "evt_auth", "object": "event", "api_version": null, "created": 1_790_000_000, "livemode": false,
            "pending_webhooks": 1, "request": null, "type": "financial_connections.authorization.upcoming_deactivation",
            "data": {"object": {
                "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "StripeBank",
                "livemode": false, "status": "active"
            }}
        });
        assert_eq!(copy.deliver(&authorization.to_string()).await, Receipt::Kept);
        copy.run().await;
        assert_eq!(bank.calls(), ["GET accounts?limit=100"], "the accounts behind it are not named");
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_not_stripes_is_refused_and_leaves_nothing() {
    everywhere(async |_, copy| {
        let body = r#"{"id": "evt_1"}"#;
        let refused = [
            (headers(&signature("another body")), body),
            (headers("t=1,v1=00"), body),
            (headers("nonsense"), body),
            (Default::default(), body),
            (headers(&signature(body)), body),
            (headers(&signature("no JSON")), "no JSON"),
        ];
        for (headers, body) in refused {
            let error = copy.mirror.webhook(&headers, body).await.unwrap_err();
            assert_eq!((error.kind(), error.webhook_status()), (ErrorKind::Webhook, 400), "{error}");
        }
        assert_eq!(copy.value("SELECT count(*) FROM fc_event"), "0");
    })
    .await;
}

#[tokio::test]
async fn a_running_mirror_serves_a_webhook_and_stops_when_told() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(3)]).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let mirror = copy.mirror.clone();
        let running = tokio::spawn(async move { mirror.run(async { drop(stopped.await) }).await });
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        let equal = async {
            while copy.objects() != bank.objects().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), equal).await.expect("the change arrives");
        stop.send(()).unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(30), running).await;
        ended.expect("the run ends").unwrap().unwrap();
    })
    .await;
}
