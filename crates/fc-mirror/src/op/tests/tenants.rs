//! Tenants and their listings.

use super::objects::{LEASE, NOW, TENANT, open_tenant};
use crate::ErrorKind;
use crate::op::{ClaimTenant, FinishListing, RaiseListing, SeeWorker, SetListing, TenantLease, TenantState};
use crate::testing::everywhere;

fn claim(worker: &str, now_ms: i64) -> ClaimTenant {
    let (tenant, worker) = (TENANT.to_owned(), worker.to_owned());
    ClaimTenant { shard: 0, tenant, worker, now_ms, until_ms: now_ms + LEASE, latest_ms: now_ms + 2 * LEASE }
}

#[tokio::test]
async fn one_worker_at_a_time_lists_and_the_next_continues_where_it_stopped() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        open_tenant(database, "v1", NOW).await;
        let first = database.write(claim("a", NOW)).await.unwrap().expect("it is free");
        let cursor = Some("fca_7".to_owned());
        let set = SetListing { lease: first.clone(), cursor, started_ms: NOW, accounts: 100 };
        database.write(set).await.unwrap();
        assert!(database.write(claim("b", NOW + LEASE - 1)).await.unwrap().is_none(), "the lease holds");
        let second = database.write(claim("b", NOW + LEASE)).await.unwrap().expect("the lease ran out");
        assert_eq!((second.cursor.as_deref(), second.accounts), (Some("fca_7"), 100));
        let late = FinishListing { lease: first, due_ms: NOW, accounts: 1, now_ms: NOW };
        assert_eq!(database.write(late).await.unwrap_err().kind(), ErrorKind::LeaseLost);
        // A lease of a clock that was wrong.
        database.write(claim("b", NOW + 86_400_000)).await.unwrap().expect("its own");
        assert!(database.write(claim("a", NOW)).await.unwrap().is_some(), "no worker waits a day for it");
    })
    .await;
}

#[tokio::test]
async fn a_listing_that_is_asked_for_while_one_runs_follows_it_from_the_beginning() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        open_tenant(database, "v1", NOW).await;
        let lease = database.write(claim("a", NOW)).await.unwrap().expect("it is free");
        let set = async |lease: &TenantLease, cursor: &str| {
            let (lease, cursor) = (lease.clone(), Some(cursor.to_owned()));
            database.write(SetListing { lease, cursor, started_ms: NOW, accounts: 100 }).await.unwrap();
        };
        set(&lease, "fca_9").await;
        let tenant = TENANT.to_owned();
        database.write(RaiseListing { shard: 0, tenant, now_ms: NOW + 5 }).await.unwrap();
        set(&lease, "fca_8").await;
        // The worker dies here, or goes on.
        let other = database.write(claim("b", NOW + LEASE)).await.unwrap().expect("the lease ran out");
        assert_eq!(other.cursor, None, "the pages before it are older than the request");
        let again = database.write(claim("a", NOW + 2 * LEASE)).await.unwrap().expect("the lease ran out");
        let hour = NOW + 3_600_000;
        for (lease, due_ms) in
            [(TenantLease { due_ms: lease.due_ms, ..again.clone() }, NOW + 5), (again, hour)]
        {
            let finish = FinishListing { lease, due_ms: hour, accounts: 200, now_ms: NOW + 9 };
            database.write(finish).await.unwrap();
            let state = TenantState { shard: 0, tenant: TENANT.to_owned() };
            let state = database.read(state).await.unwrap().expect("it is there");
            assert_eq!((state.listing_due_ms, state.done_ms), (due_ms, Some(NOW + 9)));
        }
    })
    .await;
}

#[tokio::test]
async fn another_api_version_makes_the_listing_due() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        open_tenant(database, "v1", NOW).await;
        let lease = database.write(claim("a", NOW)).await.unwrap().expect("it is free");
        let done = FinishListing { lease, due_ms: NOW + 3_600_000, accounts: 3, now_ms: NOW };
        database.write(done).await.unwrap();
        let due = async || {
            let state = TenantState { shard: 0, tenant: TENANT.to_owned() };
            database.read(state).await.unwrap().expect("it is there").listing_due_ms
        };
        open_tenant(database, "v1", NOW + 10).await;
        assert_eq!(due().await, NOW + 3_600_000);
        open_tenant(database, "v2", NOW + 20).await;
        assert_eq!(due().await, NOW + 20);
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_clock_was_wrong_takes_no_share_of_the_rate() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let see = async |worker: &str, now_ms| {
            let (tenant, worker) = (TENANT.to_owned(), worker.to_owned());
            let since_ms = now_ms - 35_000;
            database.write(SeeWorker { shard: 0, tenant, worker, now_ms, since_ms }).await.unwrap()
        };
        see("a day ahead", NOW + 86_400_000).await;
        see("a little ahead", NOW + 35_000).await;
        see("dead", NOW - 35_000).await;
        assert_eq!(see("own", NOW).await, 2);
    })
    .await;
}
