//! Fresh balances, comparisons and erasures.

use std::time::Duration;

use fc_ext::types::ConnectedAccountId;
use fc_ext::{BalanceCheck, CallError, Clock, NewAccountHolder, Permission, RefreshFeature, StaleReason};
use fc_mirror::{ChangeKind, ChangePosition, Difference, DifferenceKind, Entity, ErrorKind, Policy};
use fc_sandbox::AccountSpec;

use crate::bank::Bank;
use crate::copy::{Copy, addresses, builder, config, everywhere, in_virtual_time, until};

#[tokio::test]
async fn a_balance_that_is_fresh_enough_is_answered_and_an_old_one_says_why() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking(), AccountSpec::checking()]).await;
        bank.refresh(&ids[0], [RefreshFeature::Balance]).await;
        copy.run().await;
        let hour = Duration::from_secs(3600);
        let check = copy.mirror.balance_fresh(&ids[0], hour, Duration::from_secs(5)).await.unwrap();
        assert!(check.fresh().is_some(), "{check:?}");
        bank.sandbox.deactivate(&ids[1]).unwrap();
        let check = copy.mirror.balance_fresh(&ids[1], hour, Duration::from_secs(5)).await.unwrap();
        assert!(matches!(check, BalanceCheck::Relink), "{check:?}");
        copy.run().await;
        copy.assert_equal(bank).await;
        let unknown =
            copy.mirror.balance_fresh(&"fca_unknown".parse().unwrap(), hour, hour).await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Configuration);
    })
    .await;
}

#[tokio::test]
async fn a_comparison_names_every_row_that_differs_and_a_repair_makes_them_equal() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(150), AccountSpec::savings()]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        assert_eq!(copy.mirror.verify(false).await.unwrap(), []);

        let rows = copy.sql("SELECT id FROM fc_transaction ORDER BY id");
        let owner = copy.value("SELECT min(id) FROM fc_owner");
        copy.damage(&[
            format!("DELETE FROM fc_transaction WHERE id = '{}'", rows[0]),
            format!("DELETE FROM fc_transaction_version WHERE id = '{}'", rows[0]),
            format!("UPDATE fc_transaction SET digest = 'other', amount = 0 WHERE id = '{}'", rows[1]),
            format!("UPDATE fc_transaction SET id = 'fctxn_surplus' WHERE id = '{}'", rows[2]),
            format!("UPDATE fc_transaction_version SET id = 'fctxn_surplus' WHERE id = '{}'", rows[2]),
            format!("DELETE FROM fc_owner WHERE id = '{owner}'"),
            format!("UPDATE fc_account SET digest = 'other', status = 'inactive' WHERE id = '{}'", ids[1]),
        ]);
        let mut found: Vec<(Entity, String, DifferenceKind)> = copy
            .mirror
            .verify(true)
            .await
            .unwrap()
            .into_iter()
            .map(|Difference { entity, id, kind, .. }| (entity, id, kind))
            .collect();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        let mut expected = vec![
            (Entity::Transaction, rows[0].clone(), DifferenceKind::Missing),
            (Entity::Transaction, rows[1].clone(), DifferenceKind::Differs),
            (Entity::Transaction, rows[2].clone(), DifferenceKind::Missing),
            (Entity::Transaction, "fctxn_surplus".to_owned(), DifferenceKind::Surplus),
            (Entity::Owner, owner, DifferenceKind::Missing),
            (Entity::Account, ids[1].to_string(), DifferenceKind::Differs),
        ];
        expected.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(found, expected);

        copy.run().await;
        let left = copy.mirror.verify(false).await.unwrap();
        let left: Vec<_> = left.iter().map(|difference| (difference.id.as_str(), difference.kind)).collect();
        assert_eq!(left, [("fctxn_surplus", DifferenceKind::Surplus)], "a sync deletes no row");
        assert_eq!(copy.mirror.verify_account(&ids[1], false).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn an_erased_person_leaves_ids_only_and_does_not_come_back() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(30)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        copy.run().await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        let place = {
            let mut changes = copy.mirror.changes(ChangePosition::START);
            while changes.next().await.is_some() {}
            changes.position().clone()
        };
        assert_eq!(copy.mirror.erase("acct_1MwVK82eZvKYlo2C").await.unwrap(), 1);
        assert_eq!(copy.mirror.erase("acct_1MwVK82eZvKYlo2C").await.unwrap(), 0);
        let erased = copy.mirror.changes(place).next().await.unwrap().unwrap();
        assert_eq!((erased.kind, erased.entity), (ChangeKind::Erased, Entity::Account));

        // Later events, a listing and a comparison do not bring it back.
        bank.advance(Duration::from_secs(86_400));
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.clock.step(12 * 3_600_000);
        copy.run().await;
        assert_eq!(copy.mirror.verify(true).await.unwrap(), []);
        copy.run().await;
        copy.clock.step(12 * 3_600_000);
        bank.calls();
        copy.run().await;
        assert_eq!(bank.calls(), ["GET accounts?limit=100"], "a listing does not make it due");
        for table in ["fc_owner", "fc_balance", "fc_transaction", "fc_transaction_version"] {
            assert_eq!(copy.value(&format!("SELECT count(*) FROM {table}")), "0", "{table}");
        }
        assert_eq!(copy.value("SELECT count(*) FROM fc_event WHERE raw IS NOT NULL"), "0");
        assert_eq!(copy.value("SELECT state FROM fc_health"), "erased");
        let tombstone = "SELECT id, status, holder, institution, display_name, last4, raw FROM fc_account";
        assert_eq!(copy.value(tombstone), format!("{}|erased|||||", ids[0]));
        copy.assert_history();
    })
    .await;
}

#[tokio::test]
async fn a_disconnected_account_is_erased_where_the_policy_says_so() {
    for (kind, address, folder) in addresses() {
        let bank = Bank::new().await;
        let copy = Copy::open(kind, address, folder, &bank).await;
        let mirror = builder(&bank, &copy.clock).erase_disconnected(true).open(copy.address()).await.unwrap();
        let ids = bank.link([AccountSpec::checking().transactions(5)]).await;
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        mirror.run_until_idle().await.unwrap();
        bank.fc().accounts().disconnect(&ids[0]).send().await.unwrap();
        copy.clock.step(2 * 3_600_000);
        mirror.run_until_idle().await.unwrap();
        assert_eq!(copy.value("SELECT count(*) FROM fc_transaction"), "0");
        assert_eq!(copy.value("SELECT state, failures FROM fc_health"), "erased|0");
    }
}

#[tokio::test]
async fn an_account_without_the_permission_for_transactions_is_copied_and_verified() {
    everywhere(async |bank, copy| {
        let holder = NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
        let session = bank.fc().sessions().create(holder, [Permission::Balances]).send().await.unwrap();
        bank.sandbox.link(&session.id, [AccountSpec::checking().transactions(5)]).unwrap();
        assert_eq!(copy.run().await.failing, 0);
        assert_eq!(copy.mirror.verify(false).await.unwrap(), []);
        copy.damage(&["UPDATE fc_account SET digest = ''".to_owned()]);
        assert_eq!(copy.mirror.verify(false).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_connected_account_may_have_a_policy_of_its_own() {
    for (kind, address, folder) in addresses() {
        let bank = Bank::new().await;
        let copy = Copy::open(kind, address, folder, &bank).await;
        let connected: [ConnectedAccountId; 2] =
            ["acct_1MwVK82eZvKYlo2D".parse().unwrap(), "acct_1MwVK82eZvKYlo2E".parse().unwrap()];
        bank.link([AccountSpec::checking()]).await;
        for account in &connected {
            bank.link_connected(account).await;
        }
        let mirror = builder(&bank, &copy.clock)
            .subscribe_transactions(true)
            .connected_account(&connected[0])
            .connected_account_with(&connected[1], Policy::new())
            .open(copy.address())
            .await
            .unwrap();
        mirror.run_until_idle().await.unwrap();
        let subscribed =
            "SELECT tenant FROM fc_account WHERE subscriptions LIKE '%transactions%' ORDER BY tenant";
        assert_eq!(copy.sql(subscribed), [format!("{}/test", connected[0]), "self/test".to_owned()]);
        assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "3");
    }
}

/// As an environment with `STRIPE_ACCOUNT` gives it.
#[tokio::test]
async fn a_client_of_a_connected_account_is_that_tenant_and_not_the_keys_own() {
    for (kind, address, folder) in addresses() {
        let bank = Bank::new().await;
        let copy = Copy::open(kind, address, folder, &bank).await;
        let connected: ConnectedAccountId = "acct_1MwVK82eZvKYlo2D".parse().unwrap();
        let config = config(&bank, &copy.clock).with_stripe_account(&connected);
        let mirror = builder(&bank, &copy.clock).config(config).connected_account(&connected);
        let mirror = mirror.open(copy.address()).await.unwrap();
        mirror.run_until_idle().await.unwrap();
        let tenants = mirror.status().await.unwrap().tenants;
        let tenants: Vec<&str> = tenants.iter().map(|tenant| tenant.id.as_str()).collect();
        assert_eq!(tenants, [format!("{connected}/test")]);
    }
}

#[tokio::test]
async fn a_fresh_balance_is_answered_by_its_deadline_though_the_pace_permits_no_call() {
    in_virtual_time(
        |sandbox| sandbox,
        // A call per hundred seconds.
        |mirror| mirror.rate_limits(1, 1).rate_share(0.01),
        async |bank, copy| {
            let ids = bank.link([AccountSpec::checking()]).await;
            copy.run().await;
            let start = copy.clock.now();
            let (hour, deadline) = (Duration::from_secs(3600), Duration::from_secs(5));
            let check = copy.clock.drive(copy.mirror.balance_fresh(&ids[0], hour, deadline)).await.unwrap();
            assert!(matches!(check, BalanceCheck::Stale { reason: StaleReason::Deadline, .. }), "{check:?}");
            assert_eq!(copy.clock.now() - start, deadline);
        },
    )
    .await;
}

#[tokio::test]
async fn fresh_balances_that_wait_for_a_bank_do_not_stop_a_run() {
    everywhere(async |bank, copy| {
        // As many as calls may be in flight. No refresh ends, because the bank's time stands still.
        let ids = bank.link((0..32).map(|_| AccountSpec::checking())).await;
        copy.run().await;
        bank.calls();
        let hour = Duration::from_secs(3600);
        let checks: Vec<_> = ids
            .into_iter()
            .map(|id| {
                let mirror = copy.mirror.clone();
                tokio::spawn(async move { mirror.balance_fresh(&id, hour, hour).await })
            })
            .collect();
        let asked = std::cell::Cell::new(0);
        until(|| {
            let calls = bank.calls().iter().filter(|call| call.ends_with("/refresh")).count();
            asked.set(asked.get() + calls);
            asked.get() == 32
        })
        .await;
        bank.link([AccountSpec::savings()]).await;
        copy.mirror.reconcile().await.unwrap();
        copy.run().await;
        assert!(checks.iter().all(|check| !check.is_finished()), "they still wait");
        assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "33");
        checks.iter().for_each(tokio::task::JoinHandle::abort);
    })
    .await;
}

#[tokio::test]
async fn a_comparison_fails_at_an_empty_page_that_promises_more() {
    in_virtual_time(
        |sandbox| sandbox.population(150, 0),
        |mirror| mirror,
        async |bank, copy| {
            copy.run().await;
            let page = bank.fc().accounts().list().limit(100).send().await.unwrap();
            bank.hide(&page.data.iter().map(|account| account.id.clone()).collect::<Vec<_>>());
            let error = copy.clock.drive(copy.mirror.verify(false)).await.unwrap_err();
            assert!(error.api().is_some_and(CallError::is_decode), "{error:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_comparison_names_an_account_that_only_the_mirror_has() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking(), AccountSpec::savings()]).await;
        copy.run().await;
        bank.hide(&ids[..1]);
        let found = copy.mirror.verify(false).await.unwrap();
        let found: Vec<_> =
            found.iter().map(|difference| (difference.id.as_str(), difference.kind)).collect();
        assert_eq!(found, [(ids[0].as_str(), DifferenceKind::Surplus)]);
    })
    .await;
}
