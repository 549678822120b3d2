//! Listings: they insert what is missing and replace nothing.

use serde_json::json;

use super::objects::{FIRST_LOAD, LEASE, NOW, TENANT, account, account_json, claim_one, finish, receive};
use crate::op::{InsertListed, KnownAccounts, WriteAccount};
use crate::row::{AccountRow, shard_of};
use crate::store::Database;
use crate::testing::everywhere;

async fn list(database: &Database, account: &AccountRow, now_ms: i64) {
    let shard = shard_of(&account.id, database.shards());
    let accounts = vec![account.clone()];
    let operation = InsertListed { shard, tenant: TENANT.to_owned(), accounts, lane: FIRST_LOAD, now_ms };
    database.write(operation).await.unwrap();
}

#[tokio::test]
async fn a_new_account_is_inserted_and_its_first_sync_need_not_read_it() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let listed = account(&account_json("fca_1"));
        list(database, &listed, NOW).await;
        list(database, &listed, NOW).await;
        assert_eq!(
            scratch.value("SELECT id, status, institution FROM fc_account"),
            "fca_1|active|StripeBank"
        );
        assert_eq!(scratch.value("SELECT count(*) FROM fc_balance"), "1");
        assert_eq!(scratch.value("SELECT wanted FROM fc_sync"), "1", "the second listing found nothing new");
        let lease = claim_one(database, NOW).await;
        assert_eq!(lease.listed, Some(listed.raw.clone()));

        // Its worker dies. What the listing read is old by the time of the next claim.
        let again = claim_one(database, NOW + LEASE).await;
        assert_eq!(again.listed, None);
    })
    .await;
}

#[tokio::test]
async fn an_event_after_the_listing_makes_the_sync_read_the_account() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        list(database, &account(&account_json("fca_1")), NOW).await;
        receive(database, "evt_1", "fca_1", NOW).await;
        assert_eq!(claim_one(database, NOW).await.listed, None);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_differs_is_read_again_and_not_replaced() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let old = account(&account_json("fca_1"));
        list(database, &old, NOW).await;
        let lease = claim_one(database, NOW).await;
        let mut json = account_json("fca_1");
        json["status"] = json!("inactive");
        let new = account(&json);
        database.write(WriteAccount { lease: lease.clone(), account: new, now_ms: NOW }).await.unwrap();
        finish(database, &lease, NOW + 1).await;

        // A page of a listing that was under way for long.
        list(database, &old, NOW + 2).await;
        assert_eq!(scratch.value("SELECT status FROM fc_account"), "inactive");
        assert_eq!(claim_one(database, NOW + 2).await.listed, None);
    })
    .await;
}

#[tokio::test]
async fn known_accounts_are_told_by_their_digests() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let rows: Vec<AccountRow> =
            (0..20).map(|number| account(&account_json(&format!("fca_{number}")))).collect();
        for row in &rows[..15] {
            list(database, row, NOW).await;
        }
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let shards = ids.iter().map(|id| shard_of(id, database.shards())).collect();
        let known = database.read(KnownAccounts { tenant: TENANT.to_owned(), ids, shards }).await.unwrap();
        assert_eq!(known.len(), 15);
        assert!(
            rows[..15].iter().all(|row| known[&row.id].digest == row.digest && !known[&row.id].is_erased)
        );
    })
    .await;
}
