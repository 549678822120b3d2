//! First loads and reconciliations.

use std::time::Duration;

use fc_ext::types::ConnectedAccountId;
use fc_ext::{NewAccountHolder, Permission, RefreshFeature};
use fc_sandbox::AccountSpec;

use crate::copy::{builder, everywhere, everywhere_in_virtual_time};

#[tokio::test]
async fn a_run_until_idle_loads_everything_and_can_be_run_again() {
    everywhere(async |bank, copy| {
        let ids = bank
            .link([
                AccountSpec::checking().transactions(250),
                AccountSpec::savings().transactions(7),
                AccountSpec::credit_card(),
            ])
            .await;
        for id in &ids[..2] {
            bank.refresh(id, RefreshFeature::ALL).await;
        }
        let status = copy.run().await;
        assert_eq!((status.due, status.leased, status.failing), (0, 0, 0));
        assert_eq!((status.tenants[0].is_listed, status.tenants[0].accounts), (true, 3));
        assert_eq!(status.tenants[0].first_load, None);
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_transaction"), "257");
        assert!(!copy.sql("SELECT id FROM fc_owner").is_empty());

        let changes = copy.value("SELECT count(*) FROM fc_change");
        bank.calls();
        copy.run().await;
        assert_eq!(bank.calls(), [""; 0], "nothing is due");
        assert_eq!(copy.value("SELECT count(*) FROM fc_change"), changes);
    })
    .await;
}

#[tokio::test]
async fn a_reconciliation_finds_what_no_event_told() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(30), AccountSpec::savings()]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        bank.advance(Duration::from_secs(3 * 86_400));
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        bank.sandbox.deactivate(&ids[1]).unwrap();
        let later = bank.link([AccountSpec::checking()]).await;
        copy.clock.step(2 * 3_600_000);
        copy.run().await;
        copy.assert_equal(bank).await;
        assert!(!copy.sql(&format!("SELECT id FROM fc_account WHERE id = '{}'", later[0])).is_empty());
        let health = format!("SELECT state FROM fc_health WHERE account = '{}'", ids[1]);
        assert_eq!(copy.value(&health), "relink");
    })
    .await;
}

#[tokio::test]
async fn a_disconnected_account_keeps_its_history() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(30)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        bank.fc().accounts().disconnect(&ids[0]).send().await.unwrap();
        copy.clock.step(2 * 3_600_000);
        copy.run().await;
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT status FROM fc_account"), "disconnected");
        assert_eq!(copy.value("SELECT state FROM fc_health"), "disconnected");
        assert_eq!(copy.value("SELECT count(*) FROM fc_transaction"), "30");
        assert_eq!(copy.value("SELECT count(*) FROM fc_balance"), "1");
        assert_eq!(copy.value("SELECT count(*) FROM fc_current_balance"), "0");
    })
    .await;
}

#[tokio::test]
async fn a_subscription_is_made_once_where_the_account_permits_it() {
    for (kind, address, folder) in crate::copy::addresses() {
        let bank = crate::bank::Bank::new().await;
        let copy = crate::copy::Copy::open(kind, address, folder, &bank).await;
        let ids = bank.link([AccountSpec::checking().transactions(5)]).await;
        let mirror = crate::copy::builder(&bank, &copy.clock).subscribe_transactions(true);
        let mirror = mirror.open(copy.address()).await.unwrap();
        mirror.run_until_idle().await.unwrap();
        let subscribed =
            |calls: Vec<String>| calls.iter().filter(|call| call.ends_with("/subscribe")).count();
        assert_eq!(subscribed(bank.calls()), 1);
        // The refresh that the subscription started, and whose event was lost.
        bank.advance(Duration::from_secs(10));
        copy.clock.step(120_000);
        mirror.run_until_idle().await.unwrap();
        assert_eq!(subscribed(bank.calls()), 0);
        copy.assert_equal(&bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_transaction"), "5", "{}", ids[0]);
    }
}

#[tokio::test]
async fn a_listing_that_goes_on_after_days_is_followed_by_one_from_the_first_page() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking(), AccountSpec::checking()]).await;
        copy.run().await;
        // A page ended at the older account, and the process was down for three days.
        let (now, started) = (copy.clock.now_ms(), copy.clock.now_ms() - 3 * 86_400_000);
        copy.damage(&[format!(
            "UPDATE fc_tenant SET listing_cursor = '{}', listing_started_ms = {started}, listing_due_ms = {now}",
            ids[0]
        )]);
        // On the first page.
        bank.link([AccountSpec::savings()]).await;
        copy.run().await;
        copy.assert_equal(bank).await;
    })
    .await;
}

#[tokio::test]
async fn the_first_load_of_one_tenant_is_not_that_of_another() {
    everywhere(async |bank, copy| {
        bank.link([AccountSpec::checking()]).await;
        let connected: ConnectedAccountId = "acct_1MwVK82eZvKYlo2D".parse().unwrap();
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = bank.fc().sessions().create(holder, Permission::ALL).stripe_account(&connected);
        let session = session.send().await.unwrap();
        bank.sandbox.link(&session.id, [AccountSpec::checking(), AccountSpec::savings()]).unwrap();
        let mirror =
            builder(bank, &copy.clock).connected_account(&connected).open(copy.address()).await.unwrap();
        mirror.run_until_idle().await.unwrap();
        // As it was before the connected account's accounts were read.
        copy.damage(&[format!(
            "UPDATE fc_sync SET lane = 2, done = 0, due_ms = 0 WHERE tenant = '{connected}/test'"
        )]);
        let status = mirror.status().await.unwrap();
        let pending = status.tenants.iter().map(|tenant| tenant.first_load.map(|progress| progress.pending));
        assert_eq!(pending.collect::<Vec<_>>(), [None, Some(2)]);
        assert_eq!(status.due, 2);
    })
    .await;
}
