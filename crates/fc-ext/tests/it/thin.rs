//! Waits for the outcome of a refresh by thin events.

use std::time::Duration;

use fc_ext::types::{AccountId, Balance, Timestamp};
use fc_ext::webhook::ThinEvent;
use fc_ext::{FinancialConnections, Outcome, Polling, RefreshFeature, RefreshWatch, WaitError};
use serde_json::{Value, json};

use crate::settle::{Events, MINUTE, account, answering, state, watch};
use crate::support::{Server, TestClock};

/// Thin event about `fca_1`, created this many seconds after the epoch. The watch of these tests starts at 10.
fn thin(name: &str, created: i64) -> Value {
    json!({
        "id": format!("evt_{name}_{created}"), "object": "v2.core.event", "livemode": false,
        "type": format!("v1.financial_connections.account.{name}"),
        "created": format!("1970-01-01T00:00:{created:02}.250Z"),
        "related_object": {
            "id": "fca_1", "type": "financial_connections.account",
            "url": "/v1/financial_connections/accounts/fca_1",
        },
        "snapshot_event": null, "changes": null,
    })
}

fn events(events: impl IntoIterator<Item = Value>, ends: bool) -> Events<ThinEvent> {
    let events = events.into_iter().map(|event| ThinEvent::parse(event.to_string()).unwrap()).collect();
    Events { events, ends }
}

/// What a wait for the balance sees.
struct Seen {
    result: Result<Option<Outcome<Balance>>, WaitError>,
    /// How often the account was read.
    reads: usize,
    clock: TestClock,
}

/// Waits with these events, which then stay away, and these states of the account.
async fn wait(
    watch: &mut RefreshWatch,
    news: impl IntoIterator<Item = Value>,
    states: impl IntoIterator<Item = Option<Value>>,
) -> Seen {
    let server = answering(states).await;
    let clock = TestClock::new();
    let fc = server.fc_with(&clock);
    let result = fc.accounts().until_settled_by_thin_events(watch, events(news, false), MINUTE).await;
    let requests = server.requests();
    assert!(requests.iter().all(|request| request == "GET accounts/fca_1"), "{requests:?}");
    Seen { result: result.map(|refreshed| refreshed.balance), reads: requests.len(), clock }
}

fn failed() -> Option<Outcome<Balance>> {
    Some(Outcome::Failed { next_refresh_available_at: None })
}

#[tokio::test]
async fn a_failure_ends_the_wait_without_a_call() {
    let seen = wait(&mut watch(), [thin("balance_refresh_failed", 11)], [None]).await;
    assert_eq!(seen.result.unwrap(), failed());
    assert_eq!((seen.reads, seen.clock.elapsed()), (0, Duration::ZERO));
}

#[tokio::test]
async fn after_a_success_the_account_is_read_once() {
    let seen =
        wait(&mut watch(), [thin("balance_refresh_succeeded", 11)], [Some(state("succeeded", 10))]).await;
    assert!(
        matches!(seen.result, Ok(Some(Outcome::Succeeded(balance))) if balance.as_of == Timestamp::from_secs(5))
    );
    assert_eq!((seen.reads, seen.clock.elapsed()), (1, Duration::ZERO));
}

#[tokio::test]
async fn an_account_that_lags_behind_its_event_is_read_until_it_shows_the_outcome() {
    let states = [
        Some(state("pending", 10)),
        None,
        // A replica that lags further still shows the refresh before this one.
        Some(state("failed", 3)),
        Some(state("succeeded", 10)),
    ];
    let seen = wait(&mut watch(), [thin("balance_refresh_succeeded", 11)], states).await;
    assert!(matches!(seen.result, Ok(Some(Outcome::Succeeded(_)))));
    // At 0, 1, 3 and 7 seconds.
    assert_eq!((seen.reads, seen.clock.elapsed()), (4, Duration::from_secs(7)));
}

#[tokio::test]
async fn events_about_other_accounts_features_and_things_do_nothing() {
    let mut of_another = thin("balance_refresh_failed", 11);
    of_another["related_object"]["id"] = "fca_2".into();
    let mut of_nothing = thin("balance_refresh_failed", 11);
    of_nothing["related_object"] = Value::Null;
    let mut of_an_authorization = thin("balance_refresh_failed", 11);
    of_an_authorization["related_object"]["type"] = "financial_connections.authorization".into();
    let names = [
        "ownership_refresh_failed",
        "ownership_refresh_succeeded",
        "transactions_refresh_failed",
        "inferred_balances_refresh_failed",
        "risk_intelligence_refresh_succeeded",
        "refreshed_transactions",
        "reactivated",
        "polished",
    ];
    let others = names.map(|name| thin(name, 11));
    let seen =
        wait(&mut watch(), others.into_iter().chain([of_another, of_nothing, of_an_authorization]), [None])
            .await;
    let Err(WaitError::Elapsed(elapsed)) = &seen.result else { panic!("{:?}", seen.result) };
    assert_eq!((elapsed.polls(), elapsed.pending()), (0, [RefreshFeature::Balance].as_slice()));
    assert_eq!((seen.reads, seen.clock.elapsed()), (0, MINUTE));
}

#[tokio::test]
async fn an_event_from_before_the_refresh_does_nothing() {
    let old = ["balance_refresh_failed", "balance_refresh_succeeded", "refreshed_balance", "deactivated"];
    let seen = wait(&mut watch(), old.map(|name| thin(name, 9)), [Some(state("failed", 3))]).await;
    assert!(matches!(seen.result, Err(WaitError::Elapsed(_))), "{:?}", seen.result);
    assert_eq!(seen.reads, 0);
}

#[tokio::test]
async fn a_failure_of_the_second_in_which_the_refresh_started_is_looked_up() {
    // It is that of an earlier refresh.
    let news = [thin("balance_refresh_failed", 10)];
    let seen = wait(&mut watch(), news, [Some(state("pending", 10)), Some(state("succeeded", 10))]).await;
    assert!(matches!(seen.result, Ok(Some(Outcome::Succeeded(_)))), "{:?}", seen.result);
    assert_eq!(seen.reads, 2);
    // As is a failure without a time.
    let mut undated = thin("balance_refresh_failed", 11);
    undated["created"] = "soon".into();
    let seen = wait(&mut watch(), [undated], [Some(state("failed", 10))]).await;
    assert_eq!((seen.result.unwrap(), seen.reads), (failed(), 1));
}

#[tokio::test]
async fn an_event_without_the_outcome_lets_the_account_say_it() {
    let mut with_a_time = state("failed", 10);
    with_a_time["next_refresh_available_at"] = json!(90);
    let seen = wait(&mut watch(), [thin("refreshed_balance", 11)], [Some(with_a_time)]).await;
    let next_refresh_available_at = Some(Timestamp::from_secs(90));
    assert_eq!(seen.result.unwrap(), Some(Outcome::Failed { next_refresh_available_at }));
    assert_eq!(seen.reads, 1);
}

#[tokio::test]
async fn an_account_that_stripe_cannot_reach_any_more_settles_the_refresh() {
    for (name, status, outcome) in [
        ("deactivated", "inactive", Outcome::Inactive),
        ("disconnected", "disconnected", Outcome::Disconnected),
    ] {
        let server = Server::scripted(move |_| async move {
            (200, account("fca_1", status, &state("pending", 10)).to_string())
        })
        .await;
        let fc = server.fc_with(&TestClock::new());
        let mut watch = watch();
        let news = events([thin(name, 11)], false);
        let refreshed = fc.accounts().until_settled_by_thin_events(&mut watch, news, MINUTE).await.unwrap();
        assert_eq!(refreshed.balance, Some(outcome));
    }
}

#[tokio::test]
async fn the_end_of_an_earlier_refresh_is_told_from_that_of_a_later_one() {
    let mut watch = watch();
    let observe = |watch: &mut RefreshWatch, state: &Value| {
        let account = serde_json::from_value(account("fca_1", "active", state)).unwrap();
        watch.observe(&account)
    };
    watch.observe_thin_event(&ThinEvent::parse(thin("balance_refresh_succeeded", 12).to_string()).unwrap());
    assert!(watch.needs_account());
    // The daily refresh started after the event.
    assert!(!observe(&mut watch, &state("pending", 13)));
    assert!(!watch.needs_account(), "only the next event says more");
    let seen = wait(&mut watch, [thin("balance_refresh_failed", 12)], [None]).await;
    assert!(
        matches!(seen.result, Err(WaitError::Elapsed(_))),
        "it is older than the refresh: {:?}",
        seen.result
    );
    let seen = wait(&mut watch, [thin("balance_refresh_failed", 14)], [None]).await;
    assert_eq!((seen.result.unwrap(), seen.reads), (failed(), 0));
    // An outcome never changes.
    assert!(observe(&mut watch, &state("succeeded", 15)));
    assert_eq!(watch.refreshed().unwrap().balance, failed());
}

#[tokio::test]
async fn each_feature_has_its_own_outcome() {
    let mut response = account("fca_1", "active", &state("pending", 10));
    response["ownership_refresh"] = state("pending", 10);
    let response = serde_json::from_value(response).unwrap();
    let features = [RefreshFeature::Balance, RefreshFeature::Ownership];
    let mut watch = RefreshWatch::begun(&response, features);
    let server = Server::scripted(|_| async {
        let mut account = account("fca_1", "active", &state("pending", 10));
        account["ownership"] = "fcaowns_2".into();
        account["ownership_refresh"] = state("succeeded", 10);
        (200, account.to_string())
    })
    .await;
    let fc = server.fc_with(&TestClock::new());
    let news = events([thin("balance_refresh_failed", 11), thin("ownership_refresh_succeeded", 12)], false);
    let refreshed = fc.accounts().until_settled_by_thin_events(&mut watch, news, MINUTE).await.unwrap();
    assert_eq!(refreshed.balance, failed());
    assert_eq!(refreshed.ownership, Some(Outcome::Succeeded("fcaowns_2".parse().unwrap())));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_watch_without_an_account_reads_it_once() {
    let fresh = || RefreshWatch::new(AccountId::unchecked("fca_1"), [RefreshFeature::Balance]);
    let mut watch = fresh();
    let seen = wait(&mut watch, [thin("balance_refresh_failed", 1)], [Some(state("failed", 1))]).await;
    assert_eq!((seen.result.unwrap(), seen.reads), (failed(), 1));
    let seen =
        wait(&mut fresh(), [thin("balance_refresh_succeeded", 1)], [Some(state("succeeded", 1))]).await;
    assert!(matches!(seen.result, Ok(Some(Outcome::Succeeded(_)))));
    assert_eq!(seen.reads, 1);
}

#[tokio::test]
async fn the_last_read_starts_at_the_limit() {
    let clock = TestClock::new();
    let server = answering([Some(state("pending", 10))]).await;
    let fc = server.fc_with(&clock);
    let polling = Polling::within(Duration::from_secs(5));
    let news = events([thin("balance_refresh_succeeded", 11)], false);
    let mut watch = watch();
    let error = fc.accounts().until_settled_by_thin_events(&mut watch, news, polling).await.unwrap_err();
    let WaitError::Elapsed(elapsed) = &error else { panic!("{error:?}") };
    // At 0, 1, 3 and 5 seconds.
    assert_eq!((elapsed.polls(), clock.elapsed()), (4, Duration::from_secs(5)));
    assert_eq!(elapsed.limit(), Duration::from_secs(5));
    // The watch keeps what it was told: another wait reads at once.
    let none = events([], true);
    let zero = Duration::ZERO;
    let error = fc.accounts().until_settled_by_thin_events(&mut watch, none, zero).await.unwrap_err();
    assert!(matches!(error, WaitError::Elapsed(elapsed) if elapsed.polls() == 1));
}

#[tokio::test]
async fn a_read_that_ends_after_the_limit_is_the_last_one() {
    let clock = TestClock::new();
    let slow = clock.clone();
    let server = Server::scripted(move |_| {
        slow.pass(Duration::from_secs(30));
        async { (200, account("fca_1", "active", &state("pending", 10)).to_string()) }
    })
    .await;
    let fc = server.fc_with(&clock);
    let news = events([thin("balance_refresh_succeeded", 11)], false);
    let mut watch = watch();
    let wait = fc.accounts().until_settled_by_thin_events(&mut watch, news, Duration::from_secs(20));
    assert!(matches!(wait.await, Err(WaitError::Elapsed(_))));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_end_of_the_events_is_an_error_unless_the_outcome_is_announced() {
    let server = answering([Some(state("pending", 10)), Some(state("succeeded", 10))]).await;
    let fc = server.fc_with(&TestClock::new());
    let mut watch = watch();
    let none = events([thin("reactivated", 11)], true);
    let error = fc.accounts().until_settled_by_thin_events(&mut watch, none, MINUTE).await.unwrap_err();
    assert!(matches!(error, WaitError::EventsEnded(_)), "{error:?}");
    let news = events([thin("balance_refresh_succeeded", 11)], true);
    let refreshed = fc.accounts().until_settled_by_thin_events(&mut watch, news, MINUTE).await.unwrap();
    assert!(refreshed.is_success());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_error_that_is_not_retryable_ends_the_wait() {
    let server =
        Server::scripted(|_| async { (404, r#"{"error": {"code": "resource_missing"}}"#.to_owned()) }).await;
    let fc = server.fc_with(&TestClock::new());
    let mut watch = watch();
    let news = events([thin("balance_refresh_succeeded", 11)], false);
    let error = fc.accounts().until_settled_by_thin_events(&mut watch, news, MINUTE).await.unwrap_err();
    assert!(matches!(&error, WaitError::Poll(error) if error.is_not_found()), "{error:?}");
}

#[tokio::test]
async fn reads_have_the_scope_of_the_watch() {
    let server = answering([Some(state("succeeded", 10))]).await;
    let fc = server.fc_with(&TestClock::new());
    let mut watch = watch().stripe_account("acct_1".parse::<fc_ext::types::ConnectedAccountId>().unwrap());
    let news = events([thin("balance_refresh_succeeded", 11)], false);
    fc.accounts().until_settled_by_thin_events(&mut watch, news, MINUTE).await.unwrap();
    assert_eq!(server.requests(), ["GET accounts/fca_1 as acct_1"]);
}

#[test]
fn the_wait_can_move_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let config = fc_ext::Config::new(fc_ext::ApiKey::new(crate::support::KEY).unwrap());
    let fc = FinancialConnections::new(config.with_base_url("http://127.0.0.1:1")).unwrap();
    let mut watch = watch();
    assert_send(fc.accounts().until_settled_by_thin_events(&mut watch, events([], true), MINUTE));
}
