//! A mirror of a million accounts, on paper: the pace is real, time is virtual, and calls are counted instead of made.
//!
//! Ten minutes of a day, or as many as `FC_MIRROR_SIMULATED_MINUTES` says; a day has 1440.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::tests::{Limiter, Paused};
use super::*;

const ACCOUNTS: u32 = 1_000_000;

/// Time that Stripe takes for a call.
const CALL: Duration = Duration::from_millis(200);

/// Syncs at a time, as a mirror does by default.
const SYNCS: usize = 16;

/// What a simulation counts.
#[derive(Default)]
struct Counts {
    calls: BTreeMap<&'static str, u64>,
    refused: u64,
    synced: u64,
    /// Longest time from a webhook to the end of its sync.
    slowest: Duration,
}

struct Simulation {
    pace: Pace,
    total: Limiter,
    operations: BTreeMap<&'static str, Limiter>,
    counts: RefCell<Counts>,
    due: RefCell<VecDeque<Instant>>,
}

impl Simulation {
    async fn call(&self, lane: u8, operation: &'static str) {
        let permit = self.pace.acquire(lane, operation).await;
        let now = self.pace.clock.now();
        *self.counts.borrow_mut().calls.entry(operation).or_default() += 1;
        if !self.operations[operation].admits(now) || !self.total.admits(now) {
            self.counts.borrow_mut().refused += 1;
        }
        tokio::time::sleep(CALL).await;
        drop(permit);
    }

    /// Takes webhooks, the oldest first, and reads the account and a page of what changed.
    async fn syncs(&self) {
        loop {
            let Some(came) = self.due.borrow_mut().pop_front() else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            self.call(0, "retrieve_account").await;
            self.call(0, "list_transactions").await;
            let mut counts = self.counts.borrow_mut();
            counts.synced += 1;
            counts.slowest = counts.slowest.max(self.pace.clock.now() - came);
        }
    }

    /// A webhook after the other, evenly over the day.
    async fn webhooks(&self, per_account_and_day: f64) {
        let every = Duration::from_secs_f64(86_400.0 / (f64::from(ACCOUNTS) * per_account_and_day));
        loop {
            tokio::time::sleep(every).await;
            self.due.borrow_mut().push_back(self.pace.clock.now());
        }
    }

    /// A listing each hour, a hundred accounts a call.
    async fn listings(&self) {
        loop {
            let start = tokio::time::Instant::now();
            for _ in 0..ACCOUNTS / 100 {
                self.call(1, "list_accounts").await;
            }
            tokio::time::sleep_until(start + Duration::from_secs(3600)).await;
        }
    }
}

fn minutes() -> u64 {
    std::env::var("FC_MIRROR_SIMULATED_MINUTES").map_or(10, |minutes| minutes.parse().expect("a number"))
}

/// A mirror in live mode, for some minutes.
async fn simulate(refreshes_per_day: f64) -> Counts {
    let pace = Pace::new(Limits::of_mode(true, 0.8), Arc::new(Paused));
    let operations = ["retrieve_account", "list_transactions", "list_accounts"];
    let simulation = Rc::new(Simulation {
        pace,
        total: Limiter::new(100),
        operations: operations.into_iter().map(|name| (name, Limiter::new(25))).collect(),
        counts: RefCell::default(),
        due: RefCell::default(),
    });
    let tasks = tokio::task::LocalSet::new();
    for _ in 0..SYNCS {
        let simulation = Rc::clone(&simulation);
        tasks.spawn_local(async move { simulation.syncs().await });
    }
    let (webhooks, listings) = (Rc::clone(&simulation), Rc::clone(&simulation));
    tasks.spawn_local(async move { webhooks.webhooks(refreshes_per_day).await });
    tasks.spawn_local(async move { listings.listings().await });
    tasks.run_until(tokio::time::sleep(Duration::from_secs(60 * minutes()))).await;
    let counts = simulation.counts.take();
    eprintln!(
        "{refreshes_per_day} refreshes a day, {} minutes: {:?}, {} refused, {} accounts synced, slowest {:.1} s, {} waiting",
        minutes(),
        counts.calls,
        counts.refused,
        counts.synced,
        counts.slowest.as_secs_f64(),
        simulation.due.borrow().len(),
    );
    counts
}

#[tokio::test(start_paused = true)]
async fn a_million_accounts_with_a_refresh_a_day_are_up_to_date_within_seconds() {
    let counts = simulate(1.0).await;
    let minutes = minutes() as f64;
    assert_eq!(counts.refused, 0);
    let expected = f64::from(ACCOUNTS) / 1440.0 * minutes;
    assert!(counts.synced as f64 > 0.98 * expected, "{} of {expected}", counts.synced);
    assert!(counts.slowest < Duration::from_secs(5), "{:?}", counts.slowest);
    // A listing makes a call after the other, and so takes 2,000 s.
    let listed = counts.calls["list_accounts"] as f64;
    let listings = 10_000.0 * (minutes / 60.0).floor();
    assert!(listed >= 0.95 * listings + 10_000.0_f64.min(minutes % 60.0 * 60.0 * 4.9), "{listed}");
}

#[tokio::test(start_paused = true)]
async fn more_than_the_limit_of_one_operation_is_late_and_never_refused() {
    // 23 refreshes per second, of which the mirror reads 20.
    let counts = simulate(2.0).await;
    assert_eq!(counts.refused, 0);
    let per_second = counts.synced as f64 / (60.0 * minutes() as f64);
    assert!((19.5..20.1).contains(&per_second), "{per_second}");
    assert!(counts.slowest > Duration::from_secs(30), "{:?}", counts.slowest);
}
