//! Accounts that a listing no longer sees.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_mirror::{ChangeKind, ChangePosition, Entity};
use fc_sandbox::AccountSpec;

use crate::copy::everywhere_in_virtual_time;

/// More than the hour between two listings, in milliseconds.
const LATER: i64 = 2 * 3_600_000;

#[tokio::test]
async fn an_account_that_stripe_no_longer_has_gets_a_state_and_keeps_its_rows() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link((0..3).map(|_| AccountSpec::checking().transactions(20))).await;
        for id in &ids {
            bank.refresh(id, RefreshFeature::ALL).await;
        }
        copy.run().await;
        let place = {
            let mut changes = copy.mirror.changes(ChangePosition::START);
            while changes.next().await.is_some() {}
            changes.position().clone()
        };
        bank.hide(&ids[1..2]);
        copy.clock.step(LATER);
        bank.calls();
        assert_eq!(copy.run().await.failing, 0);
        assert_eq!(bank.calls(), ["GET accounts?limit=100".to_owned(), format!("GET accounts/{}", ids[1])]);
        let health = "SELECT account FROM fc_health WHERE state = 'vanished'";
        assert_eq!(copy.value(health), ids[1].as_str());
        assert_eq!(copy.value("SELECT count(*) FROM fc_transaction"), "60", "nothing is deleted");
        let mut changes = copy.mirror.changes(place);
        let change = changes.next().await.unwrap().unwrap();
        assert_eq!((change.kind, change.entity), (ChangeKind::Vanished, Entity::Account));
        assert!(changes.next().await.is_none());

        // It is not read again while it stays away.
        copy.clock.step(LATER);
        copy.run().await;
        assert_eq!(bank.calls(), ["GET accounts?limit=100"]);

        // It comes back.
        bank.hide(&[]);
        copy.clock.step(LATER);
        copy.run().await;
        assert_eq!(copy.value(health), "");
        copy.assert_equal(bank).await;
    })
    .await;
}

/// Without an event, and before the hourly listing.
#[tokio::test]
async fn a_run_after_a_reconciliation_was_asked_for_has_every_change() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(20)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        bank.link([AccountSpec::savings()]).await;
        bank.advance(Duration::from_secs(2 * 86_400));
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "1", "no listing was due");
        copy.mirror.reconcile().await.unwrap();
        copy.run().await;
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "2");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_linked_while_a_listing_ran_has_not_vanished() {
    everywhere_in_virtual_time(async |bank, copy| {
        bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        bank.new_events();
        // An event brings it, and the listing that is due does not see it yet.
        let late = bank.link([AccountSpec::savings()]).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.run().await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_account WHERE vanished_ms IS NULL"), "2");
        copy.clock.step(LATER);
        copy.run().await;
        assert_eq!(
            copy.value("SELECT count(*) FROM fc_account WHERE vanished_ms IS NULL"),
            "2",
            "{}",
            late[0]
        );
    })
    .await;
}

#[tokio::test]
async fn an_unknown_account_of_which_nothing_is_stored_is_a_failure() {
    everywhere_in_virtual_time(async |bank, copy| {
        copy.run().await;
        let ids = bank.link([AccountSpec::checking()]).await;
        bank.hide(&ids);
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.run().await;
        let error = copy.value("SELECT error FROM fc_sync");
        assert!(error.starts_with("NotFound, status 404, code resource_missing"), "{error}");
        assert_eq!(copy.value("SELECT count(*) FROM fc_sync WHERE due_ms IS NULL"), "0");
    })
    .await;
}
