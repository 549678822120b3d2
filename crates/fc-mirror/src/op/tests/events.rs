//! Inbox: what an event is stored as and what it causes.

use super::objects::{
    LEASE, NOW, TENANT, account, account_json, claim, claim_one, event, finish, leased, open_tenant, receive,
};
use crate::op::{EraseAccount, ReceiveEvent, Received, WriteAccount};
use crate::testing::everywhere;

#[tokio::test]
async fn a_thousand_events_for_one_account_are_one_job() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        for number in 0..1000 {
            assert_eq!(receive(database, &format!("evt_{number}"), "fca_1", NOW).await, Received::New);
        }
        assert_eq!(scratch.value("SELECT count(*) FROM fc_event"), "1000");
        let lease = claim_one(database, NOW).await;
        assert_eq!(lease.noted, 1000);
        finish(database, &lease, NOW + 1).await;
        assert!(claim(database, "worker", 10, NOW + LEASE * 2).await.is_empty(), "nothing is left to do");
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_is_one_row_and_raises_nothing() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        assert_eq!(receive(database, "evt_1", "fca_1", NOW).await, Received::New);
        let lease = claim_one(database, NOW).await;
        finish(database, &lease, NOW + 1).await;
        assert_eq!(receive(database, "evt_1", "fca_1", NOW + 2).await, Received::Duplicate);
        assert_eq!(scratch.value("SELECT count(*), max(received_ms) FROM fc_event"), format!("1|{NOW}"));
        assert!(claim(database, "worker", 10, NOW + 3).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_event_during_a_lease_waits_for_the_finish_and_is_then_due_at_once() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        receive(database, "evt_1", "fca_1", NOW).await;
        let lease = claim_one(database, NOW).await;
        receive(database, "evt_2", "fca_1", NOW + 1).await;
        assert!(claim(database, "other", 10, NOW + 2).await.is_empty(), "the lease holds");
        finish(database, &lease, NOW + 3).await;
        let next = claim_one(database, NOW + 3).await;
        assert_eq!((next.noted, next.token), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn a_raw_body_is_kept_until_the_sync_that_covers_it_is_done() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let bodies = || scratch.value("SELECT id FROM fc_event WHERE raw IS NOT NULL ORDER BY id");
        receive(database, "evt_1", "fca_1", NOW).await;
        let lease = claim_one(database, NOW).await;
        receive(database, "evt_2", "fca_1", NOW + 1).await;
        assert_eq!(bodies(), "evt_1\nevt_2");
        finish(database, &lease, NOW + 2).await;
        assert_eq!(bodies(), "evt_2", "the claim did not note the second");
        let lease = claim_one(database, NOW + 2).await;
        finish(database, &lease, NOW + 3).await;
        assert_eq!(bodies(), "");
        assert_eq!(scratch.value("SELECT count(*) FROM fc_event WHERE length(digest) = 32"), "2");
    })
    .await;
}

#[tokio::test]
async fn an_event_that_names_no_account_raises_a_listing_once() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        open_tenant(database, "v1", NOW).await;
        let due = || scratch.value("SELECT listing_due_ms FROM fc_tenant");
        for (now_ms, received) in [(NOW + 1, Received::New), (NOW + 2, Received::Duplicate)] {
            let event = event("evt_1", None, now_ms);
            let receive = ReceiveEvent { shard: 0, tenant: TENANT.to_owned(), event, raises: true, now_ms };
            assert_eq!(database.write(receive).await.unwrap(), received);
            assert_eq!(due(), (NOW + 1).to_string());
        }
        assert_eq!(
            scratch.value("SELECT count(*) FROM fc_event WHERE raw IS NOT NULL"),
            "0",
            "no sync drops it"
        );
    })
    .await;
}

#[tokio::test]
async fn an_event_of_an_erased_account_is_stored_without_its_body_and_raises_nothing() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let (shard, account) = (lease.shard, account(&account_json("fca_1")));
        database.write(WriteAccount { lease: lease.clone(), account, now_ms: NOW }).await.unwrap();
        let (tenant, account) = (TENANT.to_owned(), "fca_1".to_owned());
        database.write(EraseAccount { shard, tenant, account, now_ms: NOW }).await.unwrap();
        assert_eq!(receive(database, "evt_late", "fca_1", NOW).await, Received::Erased);
        assert_eq!(
            scratch.value("SELECT count(*) FROM fc_event WHERE id = 'evt_late' AND wanted IS NULL"),
            "1"
        );
        assert_eq!(scratch.value("SELECT count(*) FROM fc_event WHERE raw IS NOT NULL"), "0");
        assert!(claim(database, "worker", 10, NOW + LEASE).await.is_empty());
    })
    .await;
}
