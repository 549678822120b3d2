//! Change numbers, and transactions that stop in the middle.

use std::time::Duration;

use super::objects::{NOW, claim, leased, receive, transaction, write};
use crate::op::ChangesAfter;
use crate::store::Database;
use crate::testing::everywhere;

#[tokio::test]
async fn change_numbers_have_no_gap_while_many_workers_write() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        for number in 0..24 {
            receive(database, &format!("evt_{number}"), &format!("fca_{number}"), NOW).await;
        }
        let mut writers = tokio::task::JoinSet::new();
        for lease in claim(database, "worker", 100, NOW).await {
            let database = database.clone();
            writers.spawn(async move {
                for round in 0..6 {
                    let page = (0..5)
                        .map(|number| {
                            let id = format!("fctxn_{}_{round}_{number}", lease.account);
                            transaction(&lease.account, &id, "posted", -5, 10)
                        })
                        .collect();
                    write(&database, &lease, page, NOW).await.unwrap();
                }
            });
        }
        writers.join_all().await;
        let numbers = scratch.sql("SELECT count(*), min(number), max(number) FROM fc_change GROUP BY shard");
        let mut total = 0;
        for shard in numbers {
            let figures: Vec<i64> = shard.split('|').map(|figure| figure.parse().unwrap()).collect();
            assert_eq!(figures[1..], [1, figures[0]], "{shard}");
            total += figures[0];
        }
        assert_eq!(total, 24 * 6 * 5);
    })
    .await;
}

#[tokio::test]
async fn a_feed_gives_the_changes_of_a_shard_in_order_after_any_number() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        let page =
            (0..7).map(|number| transaction("fca_1", &format!("fctxn_{number}"), "posted", 1, 1)).collect();
        write(database, &lease, page, NOW).await.unwrap();
        let read = async |number, limit| {
            let changes = database.read(ChangesAfter { shard: lease.shard, number, limit }).await.unwrap();
            changes.iter().map(|change| change.number).collect::<Vec<_>>()
        };
        assert_eq!(read(0, 3).await, [1, 2, 3]);
        assert_eq!(read(3, 100).await, [4, 5, 6, 7]);
        assert_eq!(read(7, 100).await, [0_i64; 0]);
    })
    .await;
}

/// Writes and is dropped after it was polled a few times.
async fn dropped(database: &Database, lease: &crate::op::Lease, polls: u32) {
    let page = vec![transaction("fca_1", &format!("fctxn_{polls}"), "posted", 1, 1)];
    let mut writing = Box::pin(write(database, lease, page, NOW));
    for _ in 0..polls {
        if tokio::time::timeout(Duration::ZERO, &mut writing).await.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_dropped_write_holds_no_lock_and_leaves_no_gap() {
    everywhere(async |scratch| {
        let database = &scratch.database;
        let lease = leased(database, "fca_1", NOW).await;
        for polls in 0..40 {
            dropped(database, &lease, polls).await;
        }
        let page = vec![transaction("fca_1", "fctxn_last", "posted", 1, 1)];
        let written = tokio::time::timeout(Duration::from_secs(20), write(database, &lease, page, NOW));
        written.await.expect("no lock is left").unwrap();
        // A write that had been committed before it was dropped counts.
        let rows: i64 = scratch.value("SELECT count(*) FROM fc_transaction").parse().unwrap();
        assert_eq!(scratch.value("SELECT count(*), max(number) FROM fc_change"), format!("{rows}|{rows}"));
    })
    .await;
}
