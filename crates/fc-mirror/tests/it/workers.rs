//! Several workers on one database, and workers whose time is wrong.

use std::time::Duration;

use fc_ext::{Clock, RefreshFeature};
use fc_sandbox::{AccountSpec, SandboxBuilder};

use crate::copy::{everywhere, everywhere_in_virtual_time, in_virtual_time};

/// Longest real time of a wait.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_lease_is_extended_while_a_call_takes_long() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(5)]).await;
        bank.refresh(&ids[0], [RefreshFeature::Transactions]).await;
        // Longer than two leases.
        bank.slow_down("/transactions", 1, Duration::from_secs(150), &copy.clock);
        let other = copy.reopened(bank).await;
        let both = async { tokio::join!(copy.mirror.run_until_idle(), other.run_until_idle()) };
        let (first, second) = copy.clock.drive(Box::pin(both)).await;
        assert_eq!((first.unwrap().failing, second.unwrap().failing), (0, 0));
        let calls = bank.calls();
        let reads = calls.iter().filter(|call| call.starts_with("GET transactions")).count();
        assert_eq!(reads, 1, "the other worker left the account alone: {calls:?}");
        copy.assert_equal(bank).await;
    })
    .await;
}

#[tokio::test]
async fn live_workers_divide_the_rate_and_get_the_share_of_one_that_ends() {
    everywhere(async |bank, copy| {
        let other = copy.reopened(bank).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(async move { other.run(async { drop(stopped.await) }).await });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let mirror = copy.mirror.clone();
        let own = tokio::spawn(async move { mirror.run(async { drop(ended.await) }).await });
        let rate = async |wanted: f64| {
            let seen = async {
                while (copy.mirror.status().await.unwrap().tenants[0].rate - wanted).abs() > 0.01 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(LIMIT, seen).await.unwrap_or_else(|_| panic!("the rate never is {wanted}"));
        };
        // 80 % of 25, divided by two.
        rate(10.0).await;
        stop.send(()).unwrap();
        rate(20.0).await;
        end.send(()).unwrap();
        for run in [running, own] {
            tokio::time::timeout(LIMIT, run).await.expect("it ends").unwrap().unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_webhook_does_not_wait_for_the_many_pages_of_a_first_load() {
    everywhere_in_virtual_time(async |bank, copy| {
        let loading: Vec<_> = (0..16).map(|_| AccountSpec::checking().transactions(1)).collect();
        let ids = bank.link(loading).await;
        for id in &ids {
            bank.refresh(id, [RefreshFeature::Transactions]).await;
        }
        bank.new_events();
        // Each of the 16 places of the worker waits for a page.
        bank.slow_down("/transactions", 16, Duration::from_secs(60), &copy.clock);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let run = Box::pin(copy.mirror.run(async { drop(stopped.await) }));
        let webhook = async {
            copy.clock.sleep(Duration::from_secs(5)).await;
            let leased = "SELECT count(*) FROM fc_sync WHERE lease_owner IS NOT NULL";
            assert_eq!(copy.value(leased), "16");
            let late = bank.link([AccountSpec::savings()]).await;
            for event in bank.new_events() {
                copy.deliver(&event).await;
            }
            copy.clock.sleep(Duration::from_secs(1)).await;
            let done = format!("SELECT count(*) FROM fc_sync WHERE done > 0 AND id = '{}'", late[0]);
            assert_eq!(copy.value(&done), "1");
            assert_eq!(copy.value(leased), "16", "the load still waits");
            stop.send(()).unwrap();
        };
        let (ran, ()) = copy.clock.drive(Box::pin(async { tokio::join!(run, webhook) })).await;
        ran.unwrap();
    })
    .await;
}

#[tokio::test]
async fn work_that_a_wrong_clock_put_off_is_done_once_the_clock_is_right() {
    everywhere(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(5)]).await;
        copy.run().await;
        // For a day the clock is wrong.
        copy.clock.step(86_400_000);
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.clock.step(-86_400_000);
        copy.run().await;
        copy.assert_equal(bank).await;
        assert_eq!(copy.value("SELECT count(*) FROM fc_sync WHERE wanted > done"), "0");
    })
    .await;
}

#[tokio::test]
async fn a_reconciliation_beside_a_listing_of_another_process_misses_nothing() {
    let sandbox = |sandbox: SandboxBuilder| sandbox.population(150, 0);
    in_virtual_time(
        sandbox,
        |mirror| mirror,
        async |bank, copy| {
            let other = copy.reopened(bank).await;
            // Two pages of half a minute. The new account is on the first, which was read before it was linked.
            bank.slow_down("/accounts", 2, Duration::from_secs(30), &copy.clock);
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let listing = Box::pin(copy.mirror.run(async { drop(stopped.await) }));
            let reconciling = async {
                copy.clock.sleep(Duration::from_secs(45)).await;
                let pages = bank.calls().iter().filter(|call| call.starts_with("GET accounts?")).count();
                assert_eq!(pages, 2, "the second page is under way");
                let late = bank.link([AccountSpec::savings()]).await;
                other.reconcile().await.unwrap();
                other.run_until_idle().await.unwrap();
                let found = format!("SELECT count(*) FROM fc_account WHERE id = '{}'", late[0]);
                assert_eq!(copy.value(&found), "1");
                stop.send(()).unwrap();
            };
            let (ran, ()) = copy.clock.drive(Box::pin(async { tokio::join!(listing, reconciling) })).await;
            ran.unwrap();
            copy.assert_equal(bank).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_worker_that_stops_keeps_its_share_of_the_rate_until_its_syncs_end() {
    everywhere_in_virtual_time(async |bank, copy| {
        let ids = bank.link([AccountSpec::checking().transactions(5)]).await;
        bank.refresh(&ids[0], [RefreshFeature::Transactions]).await;
        let other = copy.reopened(bank).await;
        bank.slow_down("/transactions", 1, Duration::from_secs(90), &copy.clock);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let run = Box::pin(copy.mirror.run(async { drop(stopped.await) }));
        let beside = Box::pin(async {
            // When the first worker has the account.
            copy.clock.sleep(Duration::from_secs(5)).await;
            other.run(async { drop(ended.await) }).await
        });
        let rate = async || other.status().await.unwrap().tenants[0].rate;
        let watched = async {
            copy.clock.sleep(Duration::from_secs(30)).await;
            stop.send(()).unwrap();
            // Longer than a worker counts as alive without a sign of life.
            copy.clock.sleep(Duration::from_secs(50)).await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_sync WHERE lease_owner IS NOT NULL"), "1");
            let during = rate().await;
            copy.clock.sleep(Duration::from_secs(60)).await;
            end.send(()).unwrap();
            (during, rate().await)
        };
        let all = async { tokio::join!(run, beside, watched) };
        let (first, second, rates) = copy.clock.drive(Box::pin(all)).await;
        first.and(second).unwrap();
        assert_eq!(rates, (10.0, 20.0), "half of the rate, and then all of it");
    })
    .await;
}
