//! Leases: one worker at a time, and each lease ends.

use std::collections::HashSet;

use super::objects::{
    LEASE, NOW, TENANT, account, account_json, claim, claim_one, finish, leased, receive, transaction, write,
};
use crate::ErrorKind;
use crate::op::{ExtendLease, Finish, Lane, RaiseWanted, RepairDue, Reread, WriteAccount, WriteOwners};
use crate::row::shard_of;
use crate::testing::everywhere;

#[tokio::test]
async fn a_lease_of_a_dead_worker_runs_out() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let first = leased(database, "fca_1", NOW).await;
        assert!(
            claim(database, "other", 10, NOW + LEASE - 1).await.is_empty(),
            "the lease holds until its end"
        );
        let second = claim_one(database, NOW + LEASE).await;
        assert_eq!(second.token, first.token + 1);
    })
    .await;
}

#[tokio::test]
async fn an_extended_lease_holds_longer() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        database.write(ExtendLease { lease, until_ms: NOW + 2 * LEASE }).await.unwrap();
        assert!(claim(database, "other", 10, NOW + 2 * LEASE - 1).await.is_empty());
        claim_one(database, NOW + 2 * LEASE).await;
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_woke_late_writes_nothing() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let late = leased(database, "fca_1", NOW).await;
        let current = claim_one(database, NOW + LEASE).await;
        write(database, &current, vec![transaction("fca_1", "fctxn_1", "posted", -5, 20)], NOW)
            .await
            .unwrap();
        let before = scratch.sql("SELECT number, entity, id FROM fc_change ORDER BY shard, number");

        let page = write(database, &late, vec![transaction("fca_1", "fctxn_2", "posted", 1, 30)], NOW).await;
        let stale = account(&account_json("fca_1"));
        let written = database.write(WriteAccount { lease: late.clone(), account: stale, now_ms: NOW }).await;
        let owners = WriteOwners {
            lease: late.clone(),
            ownership: "fcaowns_1".to_owned(),
            owners: Vec::new(),
            is_last: true,
            now_ms: NOW,
        };
        let owners = database.write(owners).await;
        let extended = database.write(ExtendLease { lease: late.clone(), until_ms: NOW + 9 * LEASE }).await;
        let finish = Finish { lease: late, error: None, due_ms: None, now_ms: NOW };
        let finished = database.write(finish).await;
        let results = [page.err(), written.err(), owners.err(), extended.err(), finished.err()];
        for error in results {
            assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::LeaseLost));
        }

        assert_eq!(scratch.sql("SELECT number, entity, id FROM fc_change ORDER BY shard, number"), before);
        assert_eq!(scratch.value("SELECT id FROM fc_transaction"), "fctxn_1");
        assert_eq!(scratch.value("SELECT count(*) FROM fc_account"), "0");
        assert_eq!(
            scratch.value("SELECT lease_owner FROM fc_sync"),
            "worker",
            "the current lease is untouched"
        );
    })
    .await;
}

#[tokio::test]
async fn a_repair_reads_from_the_beginning_although_a_sync_is_under_way() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let running = leased(database, "fca_1", NOW).await;
        let page = vec![transaction("fca_1", "fctxn_1", "posted", -5, 20)];
        write(database, &running, page.clone(), NOW).await.unwrap();
        let (shard, tenant, account) = (running.shard, TENANT.to_owned(), "fca_1".to_owned());
        database.write(Reread { shard, tenant, account, now_ms: NOW + 1 }).await.unwrap();
        let late = write(database, &running, page, NOW + 2).await;
        assert_eq!(late.map_err(|error| error.kind()), Err(ErrorKind::LeaseLost));
        let repair = claim_one(database, NOW + 2).await;
        assert_eq!((repair.position.as_str(), repair.ownership), ("", None));
    })
    .await;
}

#[tokio::test]
async fn workers_never_hold_the_same_account() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        for number in 0..60 {
            receive(database, &format!("evt_{number}"), &format!("fca_{number}"), NOW).await;
        }
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..6 {
            let database = database.clone();
            workers.spawn(async move {
                let mut accounts = Vec::new();
                for _ in 0..20 {
                    let leases = claim(&database, &format!("worker {worker}"), 3, NOW).await;
                    accounts.extend(leases.into_iter().map(|lease| lease.account));
                }
                accounts
            });
        }
        let mut held = HashSet::new();
        for account in workers.join_all().await.into_iter().flatten() {
            assert!(held.insert(account.clone()), "{account} was claimed twice");
        }
        assert_eq!(held.len(), 60, "every due account was claimed");
    })
    .await;
}

#[tokio::test]
async fn a_higher_lane_is_claimed_first() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let raise = |account: &str, lane, now_ms| {
            let shard = shard_of(account, database.shards());
            RaiseWanted { shard, tenant: TENANT.to_owned(), account: account.to_owned(), lane, now_ms }
        };
        for number in 0..20 {
            database.write(raise(&format!("fca_load_{number}"), Lane::FirstLoad, NOW - 50)).await.unwrap();
        }
        database.write(raise("fca_reconcile", Lane::Reconciliation, NOW - 10)).await.unwrap();
        database.write(raise("fca_webhook", Lane::Webhook, NOW)).await.unwrap();
        let order: Vec<String> =
            claim(database, "worker", 2, NOW).await.into_iter().map(|lease| lease.account).collect();
        assert_eq!(order, ["fca_webhook", "fca_reconcile"]);
        // An account that waits in a lower lane moves up with an event.
        database.write(raise("fca_load_7", Lane::Webhook, NOW)).await.unwrap();
        assert_eq!(claim(database, "worker", 1, NOW).await[0].account, "fca_load_7");
    })
    .await;
}

#[tokio::test]
async fn accounts_of_other_tenants_are_left_alone() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let shard = shard_of("fca_1", database.shards());
        let other = "acct_1/live".to_owned();
        let raise = RaiseWanted {
            shard,
            tenant: other,
            account: "fca_1".to_owned(),
            lane: Lane::Webhook,
            now_ms: NOW,
        };
        database.write(raise).await.unwrap();
        assert!(claim(database, "worker", 10, NOW).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_failed_account_has_a_next_attempt_and_a_success_clears_its_failure() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let failed =
            Finish { lease, error: Some("timed out".to_owned()), due_ms: Some(NOW + 500), now_ms: NOW + 1 };
        database.write(failed).await.unwrap();
        let health = || scratch.value("SELECT failures, error, failing_since_ms, done FROM fc_sync");
        assert_eq!(health(), format!("1|timed out|{}|0", NOW + 1));
        assert!(claim(database, "worker", 1, NOW + 499).await.is_empty());
        let again = claim_one(database, NOW + 500).await;
        assert_eq!(again.failures, 1);
        finish(database, &again, NOW + 501).await;
        assert_eq!(health(), "0|||1");
    })
    .await;
}

#[tokio::test]
async fn a_due_time_of_a_clock_that_was_wrong_does_not_stop_an_account() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let day = 86_400_000;
        receive(database, "evt_1", "fca_1", NOW + day).await;
        assert!(claim(database, "worker", 1, NOW).await.is_empty(), "it is due tomorrow");
        let shard = shard_of("fca_1", database.shards());
        let repaired =
            database.write(RepairDue { shard, now_ms: NOW, latest_ms: NOW + day / 2 }).await.unwrap();
        assert_eq!(repaired, 1);
        claim_one(database, NOW).await;
    })
    .await;
}
