//! Refreshes of old balances, by policy.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_sandbox::{AccountSpec, Fault, Feature, RefreshOutcome};

use crate::bank::Bank;
use crate::copy::{Copy, everywhere_in_virtual_time, in_virtual_time};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Lets time pass for the bank and the mirror, runs the mirror, and returns the number of refreshes that it asked for.
async fn refreshes_after(bank: &Bank, copy: &Copy, time: Duration) -> usize {
    bank.advance(time);
    copy.clock.step(i64::try_from(time.as_millis()).unwrap());
    bank.calls();
    copy.run().await;
    bank.calls().iter().filter(|call| call.ends_with("/refresh")).count()
}

#[tokio::test]
async fn old_balances_are_refreshed_once_within_the_budget() {
    in_virtual_time(
        |sandbox| sandbox,
        |mirror| mirror.refresh_balances(6 * HOUR, 4),
        async |bank, copy| {
            let ids = bank.link((0..10).map(|_| AccountSpec::checking())).await;
            for id in &ids[..2] {
                bank.refresh(id, [RefreshFeature::Balance]).await;
            }
            bank.sandbox.deactivate(&ids[9]).unwrap();
            assert_eq!(refreshes_after(bank, copy, HOUR).await, 0, "nothing is stored yet");
            assert_eq!(refreshes_after(bank, copy, MINUTE).await, 4, "the budget of the hour");
            assert_eq!(refreshes_after(bank, copy, MINUTE).await, 0, "the budget is spent");
            assert_eq!(
                refreshes_after(bank, copy, HOUR).await,
                3,
                "seven were old, two fresh, one is inactive"
            );
            assert_eq!(refreshes_after(bank, copy, HOUR).await, 0);
            assert_eq!(copy.value("SELECT count(DISTINCT id) FROM fc_balance"), "9");
            let again = [6, 1, 1].map(|hours| hours * HOUR);
            let mut refreshed = 0;
            for time in again {
                refreshed += refreshes_after(bank, copy, time).await;
            }
            assert_eq!(refreshed, 9, "each once again");
            refreshes_after(bank, copy, MINUTE).await;
            copy.assert_equal(bank).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_balance_is_not_asked_for_before_its_time() {
    in_virtual_time(
        |sandbox| sandbox.refuse_early_refresh(true).refresh_interval(Feature::Balance, 2 * HOUR),
        |mirror| mirror.refresh_balances(MINUTE, 1000),
        async |bank, copy| {
            bank.follow(&copy.clock);
            let ids = bank.link([AccountSpec::checking(), AccountSpec::checking()]).await;
            // The bank of the second fails once.
            bank.sandbox.plan_refresh(&ids[1], Feature::Balance, RefreshOutcome::Failed).unwrap();
            let mut refreshes = refreshes_after(bank, copy, MINUTE).await;
            for _ in 0..20 {
                refreshes += refreshes_after(bank, copy, 15 * MINUTE).await;
            }
            assert_eq!(refreshes, 2 * 3, "three times each in five hours");
            assert_eq!(copy.mirror.status().await.unwrap().tenants[0].failed_calls, 0, "none was too early");
            copy.assert_equal(bank).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_account_that_refuses_takes_no_turn_of_the_others() {
    in_virtual_time(
        |sandbox| sandbox,
        |mirror| mirror.refresh_balances(12 * HOUR, 2),
        async |bank, copy| {
            bank.follow(&copy.clock);
            bank.link((0..4).map(|_| AccountSpec::checking())).await;
            copy.run().await;
            let fault = Fault::permission_denied().on("refresh_account").times(2);
            bank.sandbox.faults().inject(fault).unwrap();
            assert_eq!(refreshes_after(bank, copy, HOUR).await, 2, "both are refused");
            // Within an hour of the refusal, in the next hour of the budget.
            assert_eq!(refreshes_after(bank, copy, 59 * MINUTE).await, 2);
            refreshes_after(bank, copy, MINUTE / 2).await;
            assert_eq!(
                copy.value("SELECT count(DISTINCT id) FROM fc_balance"),
                "2",
                "the others had their turn"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_refresh_that_was_pending_is_looked_at_again_without_an_event() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking()]).await;
        bank.fc().accounts().refresh(&ids[0], [RefreshFeature::Balance]).send().await.unwrap();
        copy.run().await;
        assert_eq!(copy.value("SELECT balance_status FROM fc_account"), "pending");
        bank.advance(MINUTE);
        copy.clock.step(61_000);
        bank.calls();
        copy.run().await;
        assert_eq!(bank.calls(), [format!("GET accounts/{}", ids[0])]);
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_balance"), "1");
    })
    .await;
}

#[tokio::test]
async fn an_account_whose_refresh_the_list_of_transactions_does_not_know_yet_is_read_again() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(5)]).await;
        bank.refresh(&ids[0], [RefreshFeature::Transactions]).await;
        bank.lag(1);
        copy.run().await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_transaction"), "0");
        copy.clock.step(61_000);
        copy.run().await;
        copy.assert_equal(bank).await;
    })
    .await;
}

#[tokio::test]
async fn a_run_until_idle_reads_the_balances_that_it_asked_for() {
    in_virtual_time(
        |sandbox| sandbox,
        |mirror| mirror.refresh_balances(HOUR, 10),
        async |bank, copy| {
            bank.link([AccountSpec::checking()]).await;
            copy.run().await;
            bank.follow(&copy.clock);
            copy.run().await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_balance"), "1");
            copy.assert_equal(bank).await;
        },
    )
    .await;
}
