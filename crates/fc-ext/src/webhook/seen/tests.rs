//! Stores of events: in memory, and one that fails.

use super::*;

const LEASE: Duration = Duration::from_secs(60);

fn store(capacity: usize) -> RecentEvents {
    RecentEvents::with_capacity(NonZeroUsize::new(capacity).unwrap())
}

/// A store whose clock the test moves.
fn store_with_clock() -> (RecentEvents, Arc<Mutex<Instant>>) {
    let time = Arc::new(Mutex::new(Instant::now()));
    let clock = Arc::clone(&time);
    (store(10).with_clock(move || *clock.lock().unwrap()), time)
}

async fn claim(store: &RecentEvents, key: &str) -> Claimed<RecentEvents> {
    store.claim(key, LEASE).await.unwrap()
}

async fn first(store: &RecentEvents, key: &str) -> Claim<RecentEvents> {
    let Claimed::First(claim) = claim(store, key).await else { panic!("{key} is new") };
    claim
}

async fn handle(store: &RecentEvents, key: &str) -> bool {
    match claim(store, key).await {
        Claimed::First(claim) => {
            claim.done().await.unwrap();
            true
        }
        Claimed::Running | Claimed::Done => false,
    }
}

#[tokio::test]
async fn an_event_is_handled_once() {
    let store = store(10);
    assert!(handle(&store, "evt_1").await);
    assert!(!handle(&store, "evt_1").await);
    assert!(matches!(claim(&store, "evt_1").await, Claimed::Done));
    assert!(handle(&store, "evt_2").await);
}

#[tokio::test]
async fn a_second_delivery_during_the_first_is_running() {
    let store = store(10);
    let first = first(&store, "evt_1").await;
    assert_eq!(first.key(), "evt_1");
    assert!(matches!(claim(&store, "evt_1").await, Claimed::Running));
    assert!(matches!(claim(&store.clone(), "evt_1").await, Claimed::Running));
    first.done().await.unwrap();
    assert!(matches!(claim(&store, "evt_1").await, Claimed::Done));
}

#[tokio::test]
async fn an_event_whose_handling_failed_is_new_again() {
    let store = store(10);
    first(&store, "evt_1").await.release().await.unwrap();
    assert!(handle(&store, "evt_1").await);
}

#[tokio::test]
async fn a_dropped_claim_and_a_panic_release_the_event() {
    let store = store(10);
    drop(first(&store, "evt_1").await);
    assert!(handle(&store, "evt_1").await);

    let claim = first(&store, "evt_2").await;
    let panicked = tokio::spawn(async move {
        let _claim = claim;
        panic!("the handler fails");
    });
    assert!(panicked.await.is_err());
    assert!(handle(&store, "evt_2").await);
}

#[tokio::test]
async fn a_claim_moves_into_a_task() {
    let store = store(10);
    let claim = first(&store, "evt_1").await;
    tokio::spawn(async move { claim.done().await }).await.unwrap().unwrap();
    assert!(!handle(&store, "evt_1").await);
}

#[tokio::test]
async fn after_its_lease_an_event_is_claimed_again() {
    let (store, time) = store_with_clock();
    let killed = first(&store, "evt_1").await;
    std::mem::forget(killed);
    *time.lock().unwrap() += LEASE - Duration::from_nanos(1);
    assert!(matches!(claim(&store, "evt_1").await, Claimed::Running));
    *time.lock().unwrap() += Duration::from_nanos(1);
    assert!(handle(&store, "evt_1").await);
}

#[tokio::test]
async fn a_claim_whose_lease_ended_does_not_release_that_of_another() {
    let (store, time) = store_with_clock();
    let slow = first(&store, "evt_1").await;
    let slow_too = first(&store, "evt_2").await;
    *time.lock().unwrap() += LEASE;
    let (other, other_too) = (first(&store, "evt_1").await, first(&store, "evt_2").await);
    slow.release().await.unwrap();
    assert!(matches!(claim(&store, "evt_1").await, Claimed::Running));
    // The effect is there, also if another claim has the lease.
    slow_too.done().await.unwrap();
    assert!(matches!(claim(&store, "evt_2").await, Claimed::Done));
    other.done().await.unwrap();
    drop(other_too);
    assert!(matches!(claim(&store, "evt_2").await, Claimed::Done), "a done event stays done");
}

#[tokio::test]
async fn a_lease_beyond_the_clock_does_not_end() {
    let store = store(10);
    let claim = store.claim("evt_1", Duration::MAX).await.unwrap();
    assert!(matches!(store.claim("evt_1", LEASE).await.unwrap(), Claimed::Running));
    drop(claim);
}

#[tokio::test]
async fn the_oldest_handled_events_are_forgotten_and_running_ones_stay() {
    let store = store(2);
    let running = first(&store, "evt_0").await;
    for key in ["evt_1", "evt_2", "evt_3"] {
        assert!(handle(&store, key).await);
        assert!(store.len() <= 2);
    }
    assert!(!handle(&store, "evt_3").await && !handle(&store, "evt_2").await);
    assert!(matches!(claim(&store, "evt_0").await, Claimed::Running));
    drop(running);
    assert!(handle(&store, "evt_1").await, "it was the oldest of three in a store of capacity two");
    assert!(!handle(&store, "evt_3").await && handle(&store, "evt_2").await);
}

#[tokio::test]
async fn an_event_that_is_finished_twice_is_stored_once() {
    let store = store(2);
    for key in ["evt_1", "evt_1", "evt_2"] {
        store.finish(key, ClaimId::new()).await.unwrap();
    }
    assert_eq!(store.len(), 2);
    assert!(matches!(claim(&store, "evt_1").await, Claimed::Done));
}

#[tokio::test]
async fn one_of_many_concurrent_deliveries_is_handled() {
    let store = store(10);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { usize::from(handle(&store, "evt_1").await) })
        })
        .collect();
    let mut handled = 0;
    for task in tasks {
        handled += task.await.unwrap();
    }
    assert_eq!(handled, 1);
    assert_eq!(store.len(), 1);
    assert!(!store.is_empty());
}

#[test]
fn claims_have_ids_of_their_own() {
    let ids: std::collections::HashSet<String> = (0..1_000).map(|_| ClaimId::new().to_string()).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.iter().all(|id| id.len() == 32));
}

/// A store that records its steps, and fails from a step on.
#[derive(Clone, Default)]
struct Steps {
    steps: Arc<Mutex<Vec<String>>>,
    fails: bool,
}

impl Steps {
    fn step(&self, step: String) -> Result<(), &'static str> {
        self.steps.lock().unwrap().push(step);
        if self.fails { Err("the database is down") } else { Ok(()) }
    }
}

impl SeenEvents for Steps {
    type Error = &'static str;

    async fn begin(&self, key: &str, claim: ClaimId, lease: Duration) -> Result<Sight, Self::Error> {
        self.step(format!("begin {key} {claim} {lease:?}")).map(|()| Sight::New)
    }

    async fn finish(&self, key: &str, claim: ClaimId) -> Result<(), Self::Error> {
        self.step(format!("finish {key} {claim}"))
    }

    async fn release(&self, key: &str, claim: ClaimId) -> Result<(), Self::Error> {
        self.step(format!("release {key} {claim}"))
    }
}

#[tokio::test]
async fn another_store_gets_each_step_once_with_the_id_of_the_claim() {
    let store = Arc::new(Steps::default());
    let claim = async |key: &str| match store.claim(key, LEASE).await.unwrap() {
        Claimed::First(claim) => claim,
        other => panic!("{other:?}"),
    };
    let (a, b, c) = (claim("a").await, claim("b").await, claim("c").await);
    let ids = [a.id, b.id, c.id];
    a.done().await.unwrap();
    b.release().await.unwrap();
    drop(c);
    let [a, b, c] = ids;
    assert_eq!(
        *store.steps.lock().unwrap(),
        [
            format!("begin a {a} 60s"),
            format!("begin b {b} 60s"),
            format!("begin c {c} 60s"),
            format!("finish a {a}"),
            format!("release b {b}"),
        ],
        "a dropped claim waits for its lease"
    );
}

#[tokio::test]
async fn the_error_of_a_store_is_returned() {
    let store = Steps { fails: true, ..Steps::default() };
    assert_eq!(store.claim("a", LEASE).await.unwrap_err(), "the database is down");
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steps")
    }
}
