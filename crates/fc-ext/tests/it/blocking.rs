//! Calls without an async runtime.

use std::time::Duration;

use fc_ext::blocking::FinancialConnections;
use fc_ext::{ErrorKind, Paged, RefreshFeature};
use fc_sandbox::AccountSpec;
use tokio::runtime::{Builder, Runtime};

use crate::support::Linked;

/// A sandbox that lives in a thread of its own, for as long as the runtime is kept.
fn linked() -> (Runtime, Linked) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let linked = runtime.block_on(Linked::new(AccountSpec::checking().transactions(250)));
    (runtime, linked)
}

fn client(linked: &Linked) -> FinancialConnections {
    FinancialConnections::new(linked.server.config().with_clock(linked.clock.clone())).unwrap()
}

#[test]
fn calls_waits_lists_and_syncs_run_to_their_end() {
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
    assert_eq!(sync.cursor(), cursor.as_ref());

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
fn on_the_thread_of_an_async_runtime_it_is_an_error_and_no_panic() {
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
