//! The list of events as a source.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_mirror::{ErrorKind, MirrorBuilder};
use fc_sandbox::{AccountSpec, Fault};
use serde_json::Value;

use crate::bank::{Bank, START};
use crate::copy::{Copy, in_virtual_time};
use crate::failures::error_of_a_run;

const SECOND: Duration = Duration::from_secs(1);

fn polling(builder: MirrorBuilder) -> MirrorBuilder {
    // Listings so rare that only events can bring news.
    builder.poll_events(10 * SECOND).reconcile_every(Duration::from_secs(400 * 86_400))
}

/// The copy has what the events told, and made the calls whose paths begin with these.
async fn assert_brought(bank: &Bank, copy: &Copy, calls: &[&str]) {
    copy.clock.step(11_000);
    bank.calls();
    copy.run().await;
    let made = bank.calls();
    assert_eq!(made.len(), calls.len(), "{made:?}");
    for (made, begin) in made.iter().zip(calls) {
        assert!(made.starts_with(&format!("GET {begin}")), "{made:?}");
    }
    copy.assert_equal(bank).await;
}

#[tokio::test]
async fn events_of_the_list_bring_what_changed_once() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            let ids = bank.link([AccountSpec::checking().transactions(20), AccountSpec::savings()]).await;
            for id in &ids {
                bank.refresh(id, RefreshFeature::ALL).await;
            }
            copy.run().await;
            copy.assert_equal(bank).await;
            assert_brought(bank, copy, &["/v1/events", "accounts/", "accounts/"]).await;
            // The same minute is read again, and nothing follows from it.
            assert_brought(bank, copy, &["/v1/events"]).await;

            bank.advance(86_400 * SECOND);
            bank.refresh(&ids[0], [RefreshFeature::Balance]).await;
            assert_brought(bank, copy, &["/v1/events", "accounts/"]).await;
            let late = bank.link([AccountSpec::credit_card()]).await;
            assert_brought(bank, copy, &["/v1/events", "accounts/"]).await;
            assert_eq!(copy.value(&format!("SELECT count(*) FROM fc_account WHERE id = '{}'", late[0])), "1");
            assert_eq!(copy.value("SELECT count(*) FROM fc_event WHERE source <> 'list'"), "0");
        },
    )
    .await;
}

#[tokio::test]
async fn events_of_one_second_and_late_ones_are_not_missed() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            copy.run().await;
            // More than a page, in two seconds of which the first is read before it is over.
            bank.link((0..70).map(|_| AccountSpec::checking())).await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "0");
            copy.clock.step(11_000);
            copy.run().await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "70");
            bank.link((0..70).map(|_| AccountSpec::checking())).await;
            copy.clock.step(11_000);
            copy.run().await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "140", "the same second goes on");
            copy.assert_equal(bank).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_reading_that_fails_between_two_pages_is_repeated_from_the_beginning() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            copy.run().await;
            // The older events, on the second page, are more than a minute before the newest.
            bank.link((0..50).map(|_| AccountSpec::checking())).await;
            bank.advance(300 * SECOND);
            bank.link((0..100).map(|_| AccountSpec::checking())).await;
            copy.clock.step(11_000);
            // The second page fails, with all attempts.
            let fault = Fault::internal_error().on("list_events").from_nth(2).times(3);
            bank.sandbox.faults().inject(fault).unwrap();
            copy.run().await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "150");
            copy.assert_equal(bank).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_gap_longer_than_stripes_memory_is_said_and_made_up_for() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            let ids = bank.link([AccountSpec::checking().transactions(20)]).await;
            bank.refresh(&ids[0], RefreshFeature::ALL).await;
            let status = copy.run().await;
            assert_eq!(status.tenants[0].events_gap_since, None);
            // Nothing ran for 31 days, in which the account changed.
            bank.advance(Duration::from_secs(86_400));
            bank.refresh(&ids[0], RefreshFeature::ALL).await;
            bank.advance(Duration::from_secs(31 * 86_400));
            copy.clock.step(32 * 86_400_000);
            let broken = Fault::unavailable().on("list_accounts").times(3);
            bank.sandbox.faults().inject(broken).unwrap();
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let run = Box::pin(copy.mirror.run(async { drop(stopped.await) }));
            let looked = async {
                let gap = loop {
                    let gap = copy.mirror.status().await.unwrap().tenants[0].events_gap_since;
                    if gap.is_some() {
                        break gap;
                    }
                    fc_ext::Clock::sleep(&copy.clock, SECOND / 5).await;
                };
                stop.send(()).unwrap();
                gap
            };
            let (ran, gap) = copy.clock.drive(async { tokio::join!(run, looked) }).await;
            ran.unwrap();
            assert!(gap.is_some());
            let status = copy.run().await;
            assert_eq!(status.tenants[0].events_gap_since, None, "a listing has ended");
            copy.assert_equal(bank).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_event_that_appears_in_the_list_after_a_newer_one_is_not_missed() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            copy.run().await;
            let early = bank.link([AccountSpec::checking()]).await;
            bank.advance(50 * SECOND);
            bank.hide(&early);
            let later = bank.link([AccountSpec::checking()]).await;
            copy.clock.step(11_000);
            copy.run().await;
            assert_eq!(copy.value("SELECT id FROM fc_account"), later[0].as_str());
            bank.hide(&[]);
            copy.clock.step(11_000);
            copy.run().await;
            copy.assert_equal(bank).await;
            assert_eq!(copy.value("SELECT count(*) FROM fc_account"), "2");
        },
    )
    .await;
}

#[tokio::test]
async fn an_event_of_an_authorization_that_appears_after_a_newer_event_causes_a_listing() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            let ids = bank.link([AccountSpec::checking()]).await;
            copy.run().await;
            // Beyond the minute that is read again.
            bank.advance(120 * SECOND);
            bank.new_events();
            bank.sandbox.expect_deactivation(&ids[0], Some(START + 60 * 86_400)).unwrap();
            let events: Vec<Value> =
                bank.new_events().iter().map(|event| serde_json::from_str(event).unwrap()).collect();
            let authorization =
                events.iter().find(|event| event["type"].as_str().unwrap().contains("authorization"));
            let authorization = authorization.unwrap()["data"]["object"]["id"].as_str().unwrap();
            bank.hide_authorization(authorization);
            bank.refresh(&ids[0], [RefreshFeature::Balance]).await;
            assert_brought(bank, copy, &["/v1/events", "accounts/"]).await;
            bank.hide(&[]);
            assert_brought(bank, copy, &["/v1/events", "accounts?"]).await;
            assert_brought(bank, copy, &["/v1/events"]).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_list_of_events_that_keeps_failing_ends_a_run_until_idle() {
    in_virtual_time(
        |sandbox| sandbox,
        polling,
        async |bank, copy| {
            bank.sandbox.faults().inject(Fault::unavailable().on("list_events").times(1000)).unwrap();
            assert_eq!(error_of_a_run(copy).await.kind(), ErrorKind::Api);
        },
    )
    .await;
}
