//! Pace on paused time, against a model of Stripe's limiters.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

use super::*;

/// Tokio's clock, which the tests pause.
pub(super) struct Paused;

impl Clock for Paused {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Pace in test mode: 25 calls per second, of which the mirror may use 20.
fn pace() -> Pace {
    Pace::new(Limits::of_mode(false, 0.8), Arc::new(Paused))
}

/// A limiter that lets through a number of calls in any second.
#[derive(Clone)]
pub(super) struct Limiter {
    limit: usize,
    calls: Rc<RefCell<VecDeque<Instant>>>,
}

impl Limiter {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, calls: Rc::default() }
    }

    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut calls = self.calls.borrow_mut();
        while calls.front().is_some_and(|call| now.duration_since(*call) >= Duration::from_secs(1)) {
            calls.pop_front();
        }
        let admits = calls.len() < self.limit;
        if admits {
            calls.push_back(now);
        }
        admits
    }
}

#[derive(Clone, Copy, Default)]
struct Tally {
    passed: f64,
    refused: f64,
}

/// Calls for some seconds, with several callers, and counts what the limiter says.
async fn load(pace: &Pace, limiter: &Limiter, seconds: u64) -> Tally {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let callers = tokio::task::LocalSet::new();
    for _ in 0..8 {
        let (pace, limiter, tally) = (pace.clone(), limiter.clone(), Rc::clone(&tally));
        callers.spawn_local(async move {
            loop {
                let permit = pace.acquire(2, "list").await;
                tokio::time::sleep(Duration::from_millis(40)).await;
                let now = pace.clock.now();
                if limiter.admits(now) {
                    tally.borrow_mut().passed += 1.0;
                } else {
                    tally.borrow_mut().refused += 1.0;
                    permit.refused(Refusal::TotalRate, now);
                }
            }
        });
    }
    let _ = callers
        .run_until(tokio::time::timeout(Duration::from_secs(seconds), std::future::pending::<()>()))
        .await;
    Rc::try_unwrap(tally).map_or_else(|tally| *tally.borrow(), RefCell::into_inner)
}

#[tokio::test(start_paused = true)]
async fn a_load_alone_runs_at_its_ceiling_without_a_refusal() {
    let tally = load(&pace(), &Limiter::new(25), 100).await;
    assert_eq!(tally.refused, 0.0);
    assert!((0.95 * 2000.0..=2010.0).contains(&tally.passed), "{}", tally.passed);
}

#[tokio::test(start_paused = true)]
async fn a_load_yields_to_another_client_and_comes_back() {
    let pace = pace();
    // Another client takes 13 of the 25.
    let tally = load(&pace, &Limiter::new(12), 300).await;
    let refused = tally.refused / (tally.passed + tally.refused);
    assert!(refused < 0.02, "{refused}");
    assert!(tally.passed > 0.6 * 12.0 * 300.0, "{} of {}", tally.passed, 12 * 300);
    // It has gone. Half a minute later the ceiling is reached.
    load(&pace, &Limiter::new(25), 40).await;
    let tally = load(&pace, &Limiter::new(25), 60).await;
    assert!(tally.passed > 0.95 * 20.0 * 60.0 && tally.refused == 0.0, "{}", tally.passed);
}

#[tokio::test(start_paused = true)]
async fn four_workers_together_stay_under_one_ceiling() {
    let limiter = Limiter::new(25);
    let paces: Vec<Pace> = (0..4).map(|_| pace()).collect();
    let mut loads = Vec::new();
    for pace in &paces {
        pace.set_workers(4);
        loads.push(load(pace, &limiter, 60));
    }
    let mut total = Tally::default();
    let tallies = async {
        let [a, b, c, d] = <[_; 4]>::try_from(loads).ok().expect("four");
        tokio::join!(a, b, c, d)
    };
    let (a, b, c, d) = tallies.await;
    for tally in [a, b, c, d] {
        total.passed += tally.passed;
        total.refused += tally.refused;
    }
    assert_eq!(total.refused, 0.0);
    assert!((0.9 * 1200.0..=1230.0).contains(&total.passed), "{}", total.passed);
}

#[tokio::test(start_paused = true)]
async fn a_higher_lane_overtakes_those_that_wait() {
    let pace = pace();
    for _ in 0..5 {
        drop(pace.acquire(2, "list").await);
    }
    let order = Rc::new(RefCell::new(Vec::new()));
    let callers = tokio::task::LocalSet::new();
    for lane in [2, 2, 1, 2, 0] {
        let (pace, order) = (pace.clone(), Rc::clone(&order));
        callers.spawn_local(async move {
            let _permit = pace.acquire(lane, "list").await;
            order.borrow_mut().push(lane);
        });
    }
    callers.await;
    assert_eq!(*order.borrow(), [0, 1, 2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_is_served_within_a_second_during_a_load() {
    let pace = pace();
    let callers = tokio::task::LocalSet::new();
    for _ in 0..64 {
        let pace = pace.clone();
        callers.spawn_local(async move {
            loop {
                let _permit = pace.acquire(2, "list").await;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }
    callers
        .run_until(async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            for _ in 0..50 {
                let start = tokio::time::Instant::now();
                drop(pace.acquire(0, "list").await);
                assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_at_its_limit_does_not_hold_up_another() {
    let pace = Pace::new(Limits::of_mode(true, 0.8), Arc::new(Paused));
    let callers = tokio::task::LocalSet::new();
    for _ in 0..40 {
        let pace = pace.clone();
        callers.spawn_local(async move {
            loop {
                drop(pace.acquire(0, "list").await);
            }
        });
    }
    callers
        .run_until(async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let start = tokio::time::Instant::now();
            drop(pace.acquire(2, "retrieve").await);
            assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_concurrency_refusal_halves_the_calls_in_flight() {
    let limits = Limits { in_flight: 4.0, ..Limits::of_mode(true, 0.8) };
    let pace = Pace::new(limits, Arc::new(Paused));
    let mut permits = Vec::new();
    for _ in 0..4 {
        permits.push(pace.acquire(0, "list").await);
    }
    permits[0].refused(Refusal::Concurrency, pace.clock.now());
    permits.clear();
    for _ in 0..2 {
        permits.push(pace.acquire(0, "list").await);
    }
    let third = tokio::time::timeout(Duration::from_millis(500), pace.acquire(0, "list")).await;
    assert!(third.is_err(), "two are in flight");
    drop(permits);
    let third = tokio::time::timeout(Duration::from_millis(500), pace.acquire(0, "list")).await;
    assert!(third.is_ok(), "the place of the dropped wait is free");
}

#[test]
fn only_limiters_slow_the_mirror_down() {
    for (reason, refusal) in [
        ("global-rate", Some(Refusal::TotalRate)),
        ("endpoint-rate", Some(Refusal::OperationRate)),
        ("global-concurrency", Some(Refusal::Concurrency)),
        ("endpoint-concurrency", Some(Refusal::Concurrency)),
        ("resource-specific", None),
        ("", None),
    ] {
        assert_eq!(Refusal::from_reason(reason), refusal, "{reason}");
    }
}
