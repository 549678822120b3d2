//! The pace under the sandbox's rate limits, in virtual time.
//!
//! On one engine, because the pace does not depend on the store. In test mode Stripe takes 25 calls per second, of which the mirror uses 20.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use fc_ext::Clock;
use fc_mirror::Mirror;
use fc_sandbox::{AccountSpec, Limits, Sandbox, SandboxBuilder};
use tower::ServiceExt;

use crate::bank::{Bank, KEY};
use crate::copy::{Copy, in_virtual_time_once};

/// Calls per second that the mirror may make.
const CEILING: f64 = 20.0;

fn limited(accounts: u32) -> impl Fn(SandboxBuilder) -> SandboxBuilder {
    move |sandbox| sandbox.limits(Limits::Sandbox).population(accounts, accounts)
}

/// Calls of a mirror so far, and those that a limiter refused.
async fn calls(mirror: &Mirror) -> (f64, f64) {
    let status = mirror.status().await.unwrap();
    (status.tenants[0].calls as f64, status.tenants[0].refused_calls as f64)
}

/// Calls within a time, and those of them that a limiter refused.
async fn calls_within(copy: &Copy, time: Duration) -> (f64, f64) {
    let before = calls(&copy.mirror).await;
    copy.clock.sleep(time).await;
    let after = calls(&copy.mirror).await;
    (after.0 - before.0, after.1 - before.1)
}

/// Runs a mirror while something happens.
async fn meanwhile<T>(copy: &Copy, happens: impl Future<Output = T>) -> T {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let run = Box::pin(copy.mirror.run(async { drop(stopped.await) }));
    let happens = async {
        let output = happens.await;
        let _ = stop.send(());
        output
    };
    let (ran, output) = copy.clock.drive(async { tokio::join!(run, happens) }).await;
    ran.unwrap();
    output
}

#[tokio::test]
async fn a_first_load_of_2000_accounts_runs_at_its_ceiling_without_a_429() {
    in_virtual_time_once(
        limited(2000),
        |mirror| mirror,
        async |bank, copy| {
            bank.follow(&copy.clock);
            let start = copy.clock.now();
            let status = copy.run().await;
            let seconds = (copy.clock.now() - start).as_secs_f64();
            let (calls, refused) = calls(&copy.mirror).await;
            eprintln!("{calls} calls in {seconds:.1} s: {:.2} per second", calls / seconds);
            assert_eq!((status.failing, refused), (0, 0.0));
            assert_eq!(copy.value("SELECT count(*) FROM fc_sync WHERE done > 0"), "2000");
            assert!(calls >= 2020.0 && calls / seconds >= 0.95 * CEILING, "{calls} calls in {seconds} s");
        },
    )
    .await;
}

/// Another client calls from time to time until it is dropped.
async fn other_client(sandbox: &Sandbox, clock: &impl Clock, every: Duration) {
    loop {
        clock.sleep(every).await;
        let request = Request::get("/v1/customers").header("authorization", format!("Bearer {KEY}"));
        sandbox.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_first_load_yields_to_another_client_and_comes_back() {
    in_virtual_time_once(
        limited(6000),
        |mirror| mirror,
        async |bank, copy| {
            bank.follow(&copy.clock);
            meanwhile(
                copy,
                Box::pin(async {
                    let (alone, refused) = calls_within(copy, Duration::from_secs(30)).await;
                    assert!(alone >= 0.95 * CEILING * 30.0 && refused == 0.0, "{alone}");
                    // Half of Stripe's 25 calls per second.
                    let other = other_client(&bank.sandbox, &copy.clock, Duration::from_millis(80));
                    let (shared, refused) = tokio::select! {
                        counts = calls_within(copy, Duration::from_secs(150)) => counts,
                        () = other => unreachable!("it calls again and again"),
                    };
                    eprintln!("beside another client: {shared} calls in 150 s, {refused} refused");
                    assert!(refused / shared < 0.02, "{refused} of {shared}");
                    assert!((0.6..1.05).contains(&((shared - refused) / (12.5 * 150.0))), "{shared}");
                    calls_within(copy, Duration::from_secs(30)).await;
                    let (alone, refused) = calls_within(copy, Duration::from_secs(30)).await;
                    assert!(
                        alone >= 0.95 * CEILING * 30.0 && refused == 0.0,
                        "{alone} after the other has gone"
                    );
                }),
            )
            .await;
        },
    )
    .await;
}

#[tokio::test]
async fn four_workers_stay_under_one_ceiling_from_their_start() {
    in_virtual_time_once(
        limited(1000),
        |mirror| mirror,
        async |bank, copy| {
            bank.follow(&copy.clock);
            let mut mirrors = vec![copy.mirror.clone()];
            for _ in 0..3 {
                mirrors.push(copy.reopened(bank).await);
            }
            let total = async || {
                let mut total = (0.0, 0.0);
                for mirror in &mirrors {
                    let counts = calls(mirror).await;
                    total = (total.0 + counts.0, total.1 + counts.1);
                }
                total
            };
            let others = mirrors[1..].iter().map(|mirror| Box::pin(mirror.run_until_idle()));
            let [a, b, c] = <[_; 3]>::try_from(others.collect::<Vec<_>>()).ok().unwrap();
            let others = async { tokio::join!(a, b, c) };
            let measured = meanwhile(
                copy,
                Box::pin(async {
                    let seconds = async {
                        copy.clock.sleep(Duration::from_secs(10)).await;
                        let before = total().await;
                        copy.clock.sleep(Duration::from_secs(30)).await;
                        let after = total().await;
                        (after.0 - before.0, mirrors_used(&mirrors).await)
                    };
                    tokio::join!(seconds, others).0
                }),
            )
            .await;
            let (calls, used) = measured;
            eprintln!("four workers: {calls} calls in 30 s");
            assert_eq!(total().await.1, 0.0, "no call was refused, from the start to the end");
            assert!((0.9 * CEILING * 30.0..=1.01 * CEILING * 30.0).contains(&calls), "{calls}");
            assert_eq!(used, 4, "each of them worked");
            assert_eq!(copy.value("SELECT count(*) FROM fc_sync WHERE done > 0"), "1000");
        },
    )
    .await;
}

/// Mirrors that made calls.
async fn mirrors_used(mirrors: &[Mirror]) -> usize {
    let mut used = 0;
    for mirror in mirrors {
        used += usize::from(calls(mirror).await.0 > 0.0);
    }
    used
}

#[tokio::test]
async fn a_webhook_during_a_first_load_is_served_within_a_second() {
    in_virtual_time_once(
        limited(1000),
        |mirror| mirror,
        async |bank, copy| {
            bank.follow(&copy.clock);
            meanwhile(
                copy,
                Box::pin(async {
                    copy.clock.sleep(Duration::from_secs(10)).await;
                    bank.new_events();
                    for _ in 0..10 {
                        let late = served(bank, copy).await;
                        assert!(late < Duration::from_secs(1), "{late:?}");
                        copy.clock.sleep(Duration::from_secs(2)).await;
                    }
                    let loading = copy.mirror.status().await.unwrap().tenants[0].first_load;
                    assert!(
                        loading.is_some_and(|progress| progress.pending > 100),
                        "the load went on: {loading:?}"
                    );
                }),
            )
            .await;
        },
    )
    .await;
}

/// Time from the webhook of a new account to its row.
async fn served(bank: &Bank, copy: &Copy) -> Duration {
    let ids = bank.link([AccountSpec::savings()]).await;
    let start = copy.clock.now();
    for event in bank.new_events() {
        copy.deliver(&event).await;
    }
    let done = format!("SELECT count(*) FROM fc_sync WHERE id = '{}' AND done > 0", ids[0]);
    while copy.value(&done) == "0" {
        copy.clock.sleep(Duration::from_millis(50)).await;
    }
    copy.clock.now() - start
}
