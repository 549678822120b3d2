//! Accounts that Stripe no longer has, and refreshes that the mirror asks for.

use serde_json::json;

use super::objects::{FIRST_LOAD, LEASE, NOW, TENANT, account, account_json, claim_one, finish, open_tenant};
use crate::ErrorKind;
use crate::op::{
    AskBalance, InsertListed, OldBalances, TakeRefresh, UnseenAccounts, VanishAccount, WriteAccount,
};
use crate::row::{AccountRow, shard_of};
use crate::store::Database;
use crate::testing::everywhere;

async fn insert(database: &Database, account: AccountRow) {
    let shard = shard_of(&account.id, database.shards());
    let (tenant, accounts) = (TENANT.to_owned(), vec![account]);
    database.write(InsertListed { shard, tenant, accounts, lane: FIRST_LOAD, now_ms: NOW }).await.unwrap();
}

#[tokio::test]
async fn only_accounts_that_were_read_before_a_listing_can_be_missing_from_it() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        insert(database, account(&account_json("fca_1"))).await;
        let shard = shard_of("fca_1", database.shards());
        let unseen = async |before_ms, after: &str| {
            let (tenant, after) = (TENANT.to_owned(), after.to_owned());
            database
                .read(UnseenAccounts { shard, tenant, after, before_ms, limit: 10, now_ms: NOW + LEASE })
                .await
                .unwrap()
        };
        assert_eq!(unseen(NOW + LEASE, "").await, [""; 0], "it was never read");
        let lease = claim_one(database, NOW).await;
        finish(database, &lease, NOW + 5).await;
        assert_eq!(unseen(NOW + 5, "").await, [""; 0], "it was read since the listing began");
        assert_eq!(unseen(NOW + 6, "").await, ["fca_1"]);
        assert_eq!(unseen(NOW + 6, "fca_1").await, [""; 0], "the next batch");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_a_wrong_clock_read_in_the_future_can_be_missing_from_a_listing() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        insert(database, account(&account_json("fca_1"))).await;
        let lease = claim_one(database, NOW).await;
        finish(database, &lease, NOW + 86_400_000).await;
        let (shard, tenant) = (lease.shard, TENANT.to_owned());
        let unseen = UnseenAccounts {
            shard,
            tenant,
            after: String::new(),
            before_ms: NOW,
            limit: 10,
            now_ms: NOW + 5,
        };
        assert_eq!(database.read(unseen).await.unwrap(), ["fca_1"]);
    })
    .await;
}

#[tokio::test]
async fn an_account_vanishes_once_and_comes_back_whatever_it_looks_like() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let listed = account(&account_json("fca_1"));
        insert(database, listed.clone()).await;
        let stale = claim_one(database, NOW).await;
        let lease = claim_one(database, NOW + LEASE).await;
        let late = database.write(VanishAccount { lease: stale, now_ms: NOW }).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::LeaseLost);
        for _ in 0..2 {
            assert!(database.write(VanishAccount { lease: lease.clone(), now_ms: NOW }).await.unwrap());
        }
        let changes = "SELECT count(*) FROM fc_change WHERE operation = 'vanish'";
        assert_eq!(scratch.value(changes), "1");
        assert_eq!(scratch.value("SELECT state FROM fc_health"), "vanished");
        // The same object as before.
        database.write(WriteAccount { lease, account: listed, now_ms: NOW }).await.unwrap();
        assert_eq!(scratch.value("SELECT count(*) FROM fc_account WHERE vanished_ms IS NULL"), "1");
        assert_eq!(scratch.value("SELECT operation FROM fc_change ORDER BY number DESC LIMIT 1"), "update");
    })
    .await;
}

async fn ask(database: &Database, id: &str, now_ms: i64) {
    let shard = shard_of(id, database.shards());
    let (tenant, account) = (TENANT.to_owned(), id.to_owned());
    database.write(AskBalance { shard, tenant, account, now_ms }).await.unwrap();
}

/// Balances that are an hour old, of accounts that were not asked for 11 milliseconds.
fn old(shard: i64) -> OldBalances {
    let (tenant, now) = (TENANT.to_owned(), NOW / 1000);
    let (asked_until_ms, latest_ms) = (NOW - 11, NOW + 11);
    OldBalances { shard, tenant, attempted_until: now - 3600, now, asked_until_ms, latest_ms, limit: 10 }
}

#[tokio::test]
async fn a_balance_that_a_wrong_clock_asked_for_in_the_future_is_asked_for_again() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let mut json = account_json("fca_1");
        json["balance_refresh"] = json!(null);
        insert(database, account(&json)).await;
        let shard = shard_of("fca_1", database.shards());
        // Another worker's clock may be ahead by a little.
        for (asked_ms, found) in [(NOW + 11, 0), (NOW + 12, 1)] {
            ask(database, "fca_1", asked_ms).await;
            assert_eq!(database.read(old(shard)).await.unwrap().len(), found);
        }
    })
    .await;
}

#[tokio::test]
async fn balances_are_asked_for_when_they_are_old_and_permitted_the_oldest_first() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let now = NOW / 1000;
        let mut expected = Vec::new();
        let put = async |id: &str, change: &dyn Fn(&mut serde_json::Value)| {
            let mut json = account_json(id);
            json["balance_refresh"] = json!(
                {"status": "succeeded", "last_attempted_at": now - 7200, "next_refresh_available_at": now - 7000}
            );
            change(&mut json);
            insert(database, account(&json)).await;
        };
        put("fca_old", &|_| {}).await;
        put("fca_never", &|json| json["balance_refresh"] = json!(null)).await;
        put("fca_fresh", &|json| json["balance_refresh"]["last_attempted_at"] = json!(now - 3599)).await;
        put("fca_later", &|json| {
            json["balance_refresh"]["next_refresh_available_at"] = json!(now + 1);
        })
        .await;
        put("fca_inactive", &|json| json["status"] = json!("inactive")).await;
        put("fca_forbidden", &|json| json["permissions"] = json!(["transactions"])).await;
        put("fca_asked", &|_| {}).await;
        ask(database, "fca_asked", NOW - 10).await;
        ask(database, "fca_old", NOW - 11).await;
        for shard in 0..database.shards() {
            let found = database.read(old(shard)).await.unwrap();
            assert!(found.is_sorted());
            expected.extend(found);
        }
        expected.sort();
        assert_eq!(expected, [(0, "fca_never".to_owned()), (now - 7200, "fca_old".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn the_budget_of_an_hour_is_spent_once_and_the_next_hour_has_its_own() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        open_tenant(database, "v1", NOW).await;
        let take = async |hour, budget| {
            let take = TakeRefresh { shard: 0, tenant: TENANT.to_owned(), hour, budget };
            database.write(take).await.unwrap()
        };
        let taken = [take(7, 2).await, take(7, 2).await, take(7, 2).await, take(7, 3).await];
        assert_eq!(taken, [true, true, false, true], "the third has a larger budget");
        assert_eq!([take(8, 1).await, take(8, 1).await, take(9, 0).await], [true, false, false]);
    })
    .await;
}
