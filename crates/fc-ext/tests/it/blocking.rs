//! Blocking calls.

use std::time::Duration;

use fc_ext::blocking::FinancialConnections;
use fc_ext::{ErrorKind, Paged, RefreshFeature};
use fc_sandbox::AccountSpec;
use tokio::runtime::{Builder, Runtime};

use crate::support::Linked;

/// Sandbox on another thread; it ends with the runtime.
fn linked() -> (Runtime, Linked) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let linked = runtime.block_on(Linked::new(AccountSpec::checking().transactions(250)));
    (runtime, linked)
}

fn client(linked: &Linked) -> FinancialConnections {
    FinancialConnections::new(linked.server.config().with_clock(linked.clock.clone())).unwrap()
}

#[test]
fn calls_waits_lists_and_syncs_run_to_completion() {
    let (_runtime, linked) = linked();
    let fc = client(&linked);
    let refresh = fc.accounts().refresh(&linked.id, [RefreshFeature::Transactions]);
    let refreshed = fc.run(refresh.until_settled(Duration::from_secs(60))).unwrap();
    let cursor = refreshed.transactions.unwrap().succeeded().cloned();

    let listed: Result<Vec<_>, _> = fc.iter(fc.transactions().list(&linked.id).items()).collect();
    let listed = listed.unwrap();
    assert!(listed.len() > 200);

    let mut sync = fc.transactions().sync(&linked.id, None);
    let synced: Result<Vec<_>, _> = fc.iter(&mut sync).collect();
    assert_eq!(synced.unwrap(), listed);
    assert_eq!(sync.position().cursor(), cursor.as_ref());

    let error =
        fc.run(fc.accounts().retrieve(fc_ext::types::AccountId::unchecked("fca_no")).send()).unwrap_err();
    assert!(error.is_not_found());
}

#[test]
fn one_client_serves_several_threads() {
    let (_runtime, linked) = linked();
    let fc = client(&linked);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(fc.run(fc.accounts().retrieve(&linked.id).send()).unwrap().id, linked.id);
                }
            });
        }
    });
}

#[test]
fn a_clone_and_a_client_of_a_connected_account_share_the_runtime() {
    let (_runtime, linked) = linked();
    let fc = client(&linked);
    let (clone, of_shop) = (fc.clone(), fc.with_stripe_account(connected()).unwrap());
    // The original may go first.
    drop(fc);
    assert_eq!(call(&clone), Ok(1));
    assert_eq!(call(&of_shop), Ok(0), "the shop has linked no account");
    let thread = std::thread::spawn(move || call(&of_shop));
    assert_eq!(thread.join().unwrap(), Ok(0));
}

fn connected() -> fc_ext::types::ConnectedAccountId {
    "acct_1MwVK82eZvKYlo2C".parse().unwrap()
}

/// Runtimes of both flavors.
fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_current_thread().enable_all().build().unwrap(),
        Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
    ]
}

/// Calls and reads one page of accounts.
fn call(fc: &FinancialConnections) -> Result<usize, ErrorKind> {
    let called =
        fc.run(fc.accounts().list().send()).map(|page| page.data.len()).map_err(|error| error.kind());
    let read: Result<Vec<_>, _> = fc.iter(fc.accounts().list().items()).collect();
    assert_eq!(read.map(|accounts| accounts.len()).map_err(|error| error.kind()), called);
    called
}

#[test]
fn blocking_code_inside_a_runtime_can_call() {
    let (_runtime, linked) = linked();
    for runtime in runtimes() {
        let fc = client(&linked);
        let spawned = async { tokio::task::spawn_blocking(move || (call(&fc), fc)).await.unwrap() };
        let (called, fc) = runtime.block_on(spawned);
        assert_eq!(called, Ok(1), "in spawn_blocking");
        let _guard = runtime.enter();
        assert_eq!(call(&fc), Ok(1), "on a thread that entered the runtime");
    }
    let [_, multi_thread] = runtimes();
    let fc = client(&linked);
    let in_place = async { tokio::spawn(async move { tokio::task::block_in_place(|| call(&fc)) }).await };
    assert_eq!(multi_thread.block_on(in_place).unwrap(), Ok(1), "in block_in_place");
}

/// Units of the budget that tokio gives this poll.
fn budget() -> usize {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut units = Vec::new();
    while let std::task::Poll::Ready(unit) = tokio::task::coop::poll_proceed(&mut context) {
        units.push(unit);
        assert!(units.len() < 1_000, "there is no budget");
    }
    let count = units.len();
    while units.pop().is_some() {}
    count
}

#[test]
fn async_code_cannot_call_and_keeps_its_budget() {
    let (_runtime, linked) = linked();
    for runtime in runtimes() {
        let fc = client(&linked);
        let refused = Err(ErrorKind::Configuration);
        let fc = runtime.block_on(async {
            assert_eq!(call(&fc), refused, "in block_on");
            let in_task = tokio::spawn(async move {
                let before = budget();
                let called = call(&fc);
                assert_eq!(budget(), before);
                assert!(before > 1);
                (called, fc)
            });
            let (called, fc) = in_task.await.unwrap();
            assert_eq!(called, refused, "in a task");
            fc
        });
        let local = tokio::task::LocalSet::new();
        runtime.block_on(local.run_until(async {
            let called = tokio::task::spawn_local(async move { call(&fc) }).await.unwrap();
            assert_eq!(called, refused, "in a local task");
        }));
    }
}

#[test]
fn in_async_code_a_call_is_an_error_and_no_panic() {
    let (runtime, linked) = linked();
    let fc = client(&linked);
    runtime.block_on(async {
        let error = fc.run(fc.accounts().retrieve(&linked.id).send()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let mut items = fc.iter(fc.accounts().list().items());
        assert_eq!(items.next().unwrap().unwrap_err().kind(), ErrorKind::Configuration);
        assert!(items.next().is_none());
        drop(items);
        drop(fc);
    });
}
