//! Waits for the outcome of a refresh.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use fc_ext::types::{Event, RefreshStatus, Timestamp};
use fc_ext::{
    ErrorKind, FinancialConnections, Outcome, Permission, Polling, RefreshFeature, RefreshWatch, Refreshed,
    WaitError,
};
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome, Sandbox};
use futures_core::Stream;
use serde_json::{Value, json};

use crate::support::{KEY, Linked, Server, TestClock};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const START: i64 = 1_790_000_000;

pub(crate) async fn refresh(
    linked: &Linked,
    features: impl IntoIterator<Item = RefreshFeature>,
) -> Result<Refreshed, WaitError> {
    linked.fc.accounts().refresh(&linked.id, features).until_settled(MINUTE).await
}

#[tokio::test]
async fn a_successful_refresh_gives_the_data_of_each_feature() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.requests();
    let refreshed = refresh(&linked, RefreshFeature::ALL).await.unwrap();
    let account = linked.account().await;
    assert!(refreshed.is_success());
    assert_eq!(refreshed.balance, Some(Outcome::Succeeded(account.balance.clone().unwrap())));
    assert_eq!(
        refreshed.ownership,
        Some(Outcome::Succeeded(account.ownership.as_ref().unwrap().id().clone()))
    );
    let transactions = account.transaction_refresh.as_ref().unwrap();
    assert_eq!(refreshed.transactions, Some(Outcome::Succeeded(transactions.id.clone())));
    assert_eq!(refreshed.account, account);
    // Polls after 1, 3 and 7 seconds; the refresh takes 5.
    assert_eq!(linked.clock.elapsed(), Duration::from_secs(7));
    assert_eq!(linked.requests().len(), 1 + 3 + 1);
}

#[tokio::test]
async fn a_feature_that_was_not_requested_has_no_outcome() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let refreshed = refresh(&linked, [RefreshFeature::Ownership]).await.unwrap();
    assert!(refreshed.balance.is_none() && refreshed.transactions.is_none());
    assert!(refreshed.ownership.unwrap().is_success());
}

#[tokio::test]
async fn a_failed_refresh_is_an_outcome_with_the_time_of_the_next() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.sandbox.plan_refresh(&linked.id, Feature::Balance, RefreshOutcome::Failed).unwrap();
    let refreshed = refresh(&linked, [RefreshFeature::Balance, RefreshFeature::Ownership]).await.unwrap();
    // It takes 5 s, and the next can start a minute after that.
    let next_refresh_available_at = Some(Timestamp::from_secs(START + 65));
    assert_eq!(refreshed.balance, Some(Outcome::Failed { next_refresh_available_at }));
    assert!(refreshed.ownership.as_ref().is_some_and(Outcome::is_success));
    assert!(!refreshed.is_success());
}

#[tokio::test]
async fn a_refresh_that_finds_the_connection_broken_is_inactive() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let outcome = RefreshOutcome::FailedAndInactive;
    linked.sandbox.plan_refresh(&linked.id, Feature::Balance, outcome).unwrap();
    let refreshed = refresh(&linked, [RefreshFeature::Balance]).await.unwrap();
    assert_eq!(refreshed.balance, Some(Outcome::Inactive));
}

#[tokio::test]
async fn an_account_that_was_inactive_before_has_the_same_outcome() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.sandbox.deactivate(&linked.id).unwrap();
    let refreshed = refresh(&linked, [RefreshFeature::Balance]).await.unwrap();
    assert_eq!(refreshed.balance, Some(Outcome::Inactive));
    assert_eq!(linked.clock.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn an_account_that_was_disconnected_before_is_an_outcome() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.fc.accounts().disconnect(&linked.id).send().await.unwrap();
    let refreshed = refresh(&linked, RefreshFeature::ALL).await.unwrap();
    assert_eq!(refreshed.balance, Some(Outcome::Disconnected));
    assert_eq!(refreshed.ownership, Some(Outcome::Disconnected));
    assert_eq!(refreshed.transactions, Some(Outcome::Disconnected));
}

#[tokio::test]
async fn a_missing_permission_is_an_outcome_and_the_permitted_features_are_refreshed() {
    let linked = Linked::with_permissions(AccountSpec::checking(), [Permission::Balances]).await;
    linked.requests();
    let refreshed = refresh(&linked, [RefreshFeature::Balance, RefreshFeature::Ownership]).await.unwrap();
    assert_eq!(refreshed.ownership, Some(Outcome::NoPermission));
    assert!(refreshed.balance.unwrap().succeeded().is_some());
    assert_eq!(
        linked.requests()[..3],
        ["POST accounts/ID/refresh", "GET accounts/ID", "POST accounts/ID/refresh"]
    );
}

/// A sandbox that refuses a refresh with 400 while one is pending.
async fn refusing() -> Linked {
    let sandbox = Sandbox::builder().clock(fc_sandbox::Clock::frozen(START)).refuse_pending_refresh(true);
    Linked::on(sandbox.refresh_delay(Duration::from_secs(5)), AccountSpec::checking()).await
}

#[tokio::test]
async fn a_refresh_that_is_rejected_while_one_is_pending_watches_that_one() {
    let linked = refusing().await;
    linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance]).send().await.unwrap();
    let error = linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance]).send().await.unwrap_err();
    assert!(error.is_invalid_request() && error.code().is_none());
    let refreshed = refresh(&linked, [RefreshFeature::Balance]).await.unwrap();
    assert_eq!(refreshed.balance.unwrap().succeeded(), linked.account().await.balance.as_ref());
}

#[tokio::test]
async fn features_that_are_not_pending_are_refreshed_by_a_second_call_with_another_key() {
    let linked = refusing().await;
    linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance]).send().await.unwrap();
    let both = linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance, RefreshFeature::Ownership]);
    let refreshed = both.idempotency_key("mine").until_settled(MINUTE).await.unwrap();
    assert!(refreshed.is_success());
    assert!(refreshed.balance.is_some() && refreshed.ownership.is_some());
}

#[tokio::test]
async fn the_second_call_starts_what_is_watched() {
    let linked = refusing().await;
    let features = [RefreshFeature::Balance, RefreshFeature::Ownership];
    refresh(&linked, features).await.unwrap();
    let old = linked.account().await;
    linked.advance(2 * Duration::from_secs(86_400));
    linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance).send().await.unwrap();
    let mut watch = linked.fc.accounts().refresh(&linked.id, features).begin().await.unwrap();
    assert!(!watch.observe(&old), "it is from before both refreshes");
    assert_eq!(watch.pending().collect::<Vec<_>>(), features);
    assert!(linked.fc.accounts().until_settled(&mut watch, MINUTE).await.unwrap().is_success());
}

#[tokio::test]
async fn an_account_that_is_disconnected_during_the_wait_is_an_outcome() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let accounts = linked.fc.accounts();
    let mut watch = accounts.refresh(&linked.id, [RefreshFeature::Balance]).begin().await.unwrap();
    accounts.disconnect(&linked.id).send().await.unwrap();
    let refreshed = accounts.until_settled(&mut watch, MINUTE).await.unwrap();
    assert_eq!(refreshed.balance, Some(Outcome::Disconnected));
}

#[tokio::test]
async fn a_refresh_that_is_too_early_is_not_waited_for_and_says_when_the_next_can_start() {
    let linked = Linked::new(AccountSpec::checking()).await;
    assert!(refresh(&linked, [RefreshFeature::Balance]).await.unwrap().is_success());
    let slept = linked.clock.elapsed();
    linked.requests();
    let again = refresh(&linked, [RefreshFeature::Balance]).await.unwrap();
    let next_refresh_available_at = Some(Timestamp::from_secs(START + 65));
    let data_as_of = linked.account().await.balance.map(|balance| balance.as_of);
    assert!(data_as_of.is_some());
    assert_eq!(
        again.balance,
        Some(Outcome::TooEarly {
            last_status: RefreshStatus::Succeeded,
            last_attempted_at: Timestamp::from_secs(START),
            data_as_of,
            next_refresh_available_at,
        })
    );
    assert_eq!(again.account.balance_refresh.unwrap().status, RefreshStatus::Succeeded);
    assert_eq!(linked.clock.elapsed(), slept);
    assert_eq!(linked.requests()[0], "POST accounts/ID/refresh");
}

#[tokio::test]
async fn a_refresh_too_early_after_a_failed_one_says_that_the_data_is_old() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let features = RefreshFeature::ALL;
    let first = refresh(&linked, features).await.unwrap();
    let as_of = first.account.balance.as_ref().unwrap().as_of;
    linked.advance(2 * Duration::from_secs(86_400));
    for feature in [Feature::Balance, Feature::Ownership, Feature::Transactions] {
        linked.sandbox.plan_refresh(&linked.id, feature, RefreshOutcome::Failed).unwrap();
    }
    refresh(&linked, features).await.unwrap();
    let attempted = linked.account().await.balance_refresh.unwrap().last_attempted_at;
    let again = refresh(&linked, features).await.unwrap();
    let Some(Outcome::TooEarly { last_status, last_attempted_at, data_as_of, .. }) = again.balance else {
        panic!("{:?}", again.balance)
    };
    assert_eq!((last_status, last_attempted_at), (RefreshStatus::Failed, attempted));
    assert_eq!(data_as_of, Some(as_of), "the data is that of the first refresh");
    assert!(attempted.saturating_since(as_of) > Duration::from_secs(86_400));
    // The account does not say of when the ownership is.
    let Some(Outcome::TooEarly { data_as_of, .. }) = again.ownership else { panic!("{:?}", again.ownership) };
    assert_eq!(data_as_of, None);
}

/// Outcome of a refresh whose response has this state already, when the response has the date 100.
async fn ended_at_once(status: &'static str, at: i64) -> Option<Outcome<fc_ext::types::Balance>> {
    let server =
        Server::dated(100, move |_| (200, account("fca_1", "active", &state(status, at)).to_string())).await;
    balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap().balance
}

#[tokio::test]
async fn a_refresh_that_has_ended_in_the_response_is_not_too_early() {
    assert!(matches!(ended_at_once("succeeded", 100).await, Some(Outcome::Succeeded(_))));
    assert!(matches!(ended_at_once("failed", 100).await, Some(Outcome::Failed { .. })));
    assert!(matches!(ended_at_once("succeeded", 99).await, Some(Outcome::TooEarly { .. })));
    assert!(matches!(ended_at_once("failed", 99).await, Some(Outcome::TooEarly { .. })));
}

#[tokio::test]
async fn a_call_that_takes_long_may_have_started_its_refresh_before_the_response() {
    let clock = TestClock::new();
    let slow = clock.clone();
    let server = Server::dated(100, move |_| {
        slow.pass(Duration::from_millis(3_200));
        (200, account("fca_1", "active", &state("succeeded", 97)).to_string())
    })
    .await;
    let refreshed = balance(&server.fc_with(&clock), MINUTE).await.unwrap();
    assert!(matches!(refreshed.balance, Some(Outcome::Succeeded(_))), "{:?}", refreshed.balance);
}

/// JSON of an account with this state of the transaction refresh.
fn transactions(status: &str, at: i64, id: &str) -> fc_ext::types::Account {
    let mut account = account("fca_1", "active", &Value::Null);
    account["transaction_refresh"] = state(status, at);
    account["transaction_refresh"]["id"] = id.into();
    serde_json::from_value(account).unwrap()
}

#[test]
fn the_id_tells_apart_two_refreshes_of_transactions_in_one_second() {
    let pending = transactions("pending", 10, "fctxnref_2");
    let mut watch = RefreshWatch::begun(&pending, [RefreshFeature::Transactions]);
    assert!(!watch.observe(&transactions("succeeded", 10, "fctxnref_1")), "it is another refresh");
    assert!(!watch.observe(&transactions("failed", 9, "fctxnref_0")));
    assert!(watch.observe(&transactions("succeeded", 10, "fctxnref_2")));
    // A later one stands for the one that was missed.
    let mut watch = RefreshWatch::begun(&pending, [RefreshFeature::Transactions]);
    assert!(watch.observe(&transactions("succeeded", 11, "fctxnref_3")));
}

#[test]
fn a_watch_keeps_the_account_that_settled_a_feature_and_no_older_one() {
    let seen = |status, at| serde_json::from_value(account("fca_1", "active", &state(status, at))).unwrap();
    let shown = |watch: &RefreshWatch| {
        let refresh = watch.account().unwrap().balance_refresh.clone().unwrap();
        (refresh.status, refresh.last_attempted_at.as_secs())
    };
    let mut watch = RefreshWatch::new(fc_ext::types::AccountId::unchecked("fca_1"), RefreshFeature::Balance);
    assert!(watch.account().is_none());
    assert!(!watch.observe(&seen("pending", 10)));
    assert_eq!(shown(&watch), (RefreshStatus::Pending, 10));
    assert!(!watch.observe(&seen("succeeded", 9)));
    assert_eq!(shown(&watch), (RefreshStatus::Pending, 10), "it settles nothing, because it is older");
    assert!(watch.observe(&seen("succeeded", 10)));
    assert_eq!(shown(&watch), (RefreshStatus::Succeeded, 10));
    assert!(watch.observe(&seen("pending", 11)));
    assert_eq!(shown(&watch), (RefreshStatus::Succeeded, 10), "everything is settled");
}

#[test]
fn an_account_that_is_no_longer_active_is_not_too_early() {
    for (status, outcome) in [("inactive", Outcome::Inactive), ("disconnected", Outcome::Disconnected)] {
        let response = serde_json::from_value(account("fca_1", status, &state("succeeded", 10))).unwrap();
        let watch = RefreshWatch::begun(&response, [RefreshFeature::Balance]);
        assert_eq!(watch.refreshed().unwrap().balance, Some(outcome));
    }
}

#[tokio::test]
async fn a_pending_refresh_that_another_call_started_is_waited_for() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let other = linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Balance]).send().await.unwrap();
    assert_eq!(other.balance_refresh.unwrap().status, RefreshStatus::Pending);
    assert!(refresh(&linked, [RefreshFeature::Balance]).await.unwrap().is_success());
}

#[tokio::test]
async fn a_subscription_starts_a_refresh_that_can_be_watched() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let subscribe = linked.fc.accounts().subscribe(&linked.id, fc_ext::SubscribeFeature::ALL);
    let answer = subscribe.send().await.unwrap();
    let mut watch = RefreshWatch::begun(&answer, [RefreshFeature::Transactions]);
    let refreshed = linked.fc.accounts().until_settled(&mut watch, MINUTE).await.unwrap();
    assert!(refreshed.is_success());
}

/// JSON of an account with this state of the balance refresh.
pub(crate) fn account(id: &str, status: &str, balance_refresh: &Value) -> Value {
    json!({
        "id": id, "object": "financial_connections.account", "account_holder": null, "account_numbers": null,
        "balance": {"as_of": 5, "current": {"usd": 7}, "type": "cash", "cash": {"available": null}},
        "balance_refresh": balance_refresh, "category": "cash", "created": 1, "display_name": null,
        "institution_name": "StripeBank", "last4": "6789", "livemode": false, "ownership": null,
        "ownership_refresh": null, "permissions": ["balances"], "status": status, "subcategory": "checking",
        "subscriptions": [], "supported_payment_method_types": [], "transaction_refresh": null,
    })
}

pub(crate) fn state(status: &str, at: i64) -> Value {
    json!({"status": status, "last_attempted_at": at, "next_refresh_available_at": null})
}

/// Server that answers with these states in turn and then repeats the last one. `None` is a 503.
pub(crate) async fn answering(states: impl IntoIterator<Item = Option<Value>>) -> Server {
    let states = std::sync::Arc::new(std::sync::Mutex::new(states.into_iter().collect::<VecDeque<_>>()));
    Server::scripted(move |_| {
        let mut states = states.lock().unwrap();
        let state = if states.len() > 1 { states.pop_front() } else { states.front().cloned() };
        let answer = match state.flatten() {
            Some(state) => (200, account("fca_1", "active", &state).to_string()),
            None => (503, "busy".to_owned()),
        };
        async move { answer }
    })
    .await
}

/// Refreshes the balance of `fca_1`.
pub(crate) async fn balance(
    fc: &FinancialConnections,
    polling: impl Into<Polling>,
) -> Result<Refreshed, WaitError> {
    let id = fc_ext::types::AccountId::unchecked("fca_1");
    fc.accounts().refresh(id, [RefreshFeature::Balance]).until_settled(polling).await
}

/// Times of all requests but the first, in seconds from the start; the result; and the clock.
async fn polls(limit: Duration) -> (Vec<f64>, Result<Refreshed, WaitError>, TestClock) {
    let clock = TestClock::new();
    let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (noted, now) = (std::sync::Arc::clone(&times), clock.clone());
    let server = Server::scripted(move |_| {
        noted.lock().unwrap().push(now.elapsed().as_secs_f64());
        async { (200, account("fca_1", "active", &state("pending", 10)).to_string()) }
    })
    .await;
    let result = balance(&server.fc_with(&clock), limit).await;
    let times = times.lock().unwrap()[1..].to_vec();
    (times, result, clock)
}

#[tokio::test]
async fn polls_back_off_and_the_last_starts_at_the_limit() {
    let (times, result, clock) = polls(Duration::from_secs(30)).await;
    assert_eq!(times, [1.0, 3.0, 7.0, 15.0, 25.0, 30.0]);
    assert_eq!(clock.elapsed(), Duration::from_secs(30));
    let Err(WaitError::Elapsed(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!(elapsed.limit(), Duration::from_secs(30));
    assert_eq!(elapsed.polls(), 6);
    assert_eq!(elapsed.pending(), [RefreshFeature::Balance]);
    assert_eq!(elapsed.account().unwrap().balance_refresh.as_ref().unwrap().status, RefreshStatus::Pending);
}

#[tokio::test]
async fn a_short_limit_is_not_exceeded() {
    assert_eq!(polls(Duration::from_secs(7)).await.0, [1.0, 3.0, 7.0]);
    assert_eq!(polls(Duration::from_millis(400)).await.0, [0.4]);
    let (times, result, _) = polls(Duration::ZERO).await;
    assert!(times.is_empty());
    let Err(WaitError::Elapsed(elapsed)) = result else { panic!("{result:?}") };
    assert!(elapsed.account().is_some(), "the answer to the refresh was seen");
    assert_eq!(elapsed.polls(), 0);
}

#[tokio::test]
async fn the_time_that_calls_take_counts() {
    let clock = TestClock::new();
    let slow = clock.clone();
    let server = Server::scripted(move |_| {
        let slow = slow.clone();
        async move {
            // Each response takes four seconds.
            fc_client::Clock::sleep(&slow, Duration::from_secs(4)).await;
            (200, account("fca_1", "active", &state("pending", 10)).to_string())
        }
    })
    .await;
    let result = balance(&server.fc_with(&clock), Duration::from_secs(10)).await;
    // After the first call, which ends at 4 s: polls at 5 s (until 9 s) and at 11 s (until 15 s), which is past the limit.
    let Err(WaitError::Elapsed(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!((elapsed.polls(), clock.elapsed().as_secs()), (2, 15));
}

#[tokio::test]
async fn a_transient_error_of_a_poll_does_not_end_the_wait() {
    let pending = Some(state("pending", 10));
    let server = answering([pending.clone(), None, pending.clone(), Some(state("succeeded", 10))]).await;
    assert!(balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap().is_success());

    let server = answering([pending, None]).await;
    let error = balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap_err();
    let WaitError::Elapsed(elapsed) = &error else { panic!("{error:?}") };
    assert_eq!(elapsed.last_error().unwrap().kind(), ErrorKind::Api);
    assert_eq!(
        error.to_string(),
        format!(
            "not settled within 60s (account seen {} times, still pending: balance, the last poll failed: {})",
            elapsed.polls(),
            elapsed.last_error().unwrap()
        )
    );
}

#[tokio::test]
async fn an_error_that_is_not_retryable_ends_the_wait_at_once() {
    let clock = TestClock::new();
    let server = Server::scripted(|path| async move {
        match path.as_str() {
            "accounts/fca_1/refresh" => (200, account("fca_1", "active", &state("pending", 10)).to_string()),
            _ => (404, r#"{"error": {"code": "resource_missing"}}"#.to_owned()),
        }
    })
    .await;
    let error = balance(&server.fc_with(&clock), MINUTE).await.unwrap_err();
    assert!(matches!(&error, WaitError::Poll(error) if error.is_not_found()), "{error:?}");
    assert_eq!(clock.elapsed(), Duration::from_secs(1));
}

#[tokio::test]
async fn a_state_from_before_the_refresh_is_ignored() {
    // A lagging replica shows the success of the last refresh.
    let server = answering([
        Some(state("pending", 10)),
        Some(state("succeeded", 9)),
        Some(state("pending", 10)),
        Some(state("failed", 10)),
    ])
    .await;
    let refreshed = balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap();
    assert!(matches!(refreshed.balance, Some(Outcome::Failed { .. })));
}

#[tokio::test]
async fn success_without_data_is_no_data() {
    let server = Server::scripted(|path| async move {
        let status = if path.ends_with("/refresh") { "pending" } else { "succeeded" };
        let mut account = account("fca_1", "active", &state(status, 10));
        account["balance"] = Value::Null;
        (200, account.to_string())
    })
    .await;
    let refreshed = balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap();
    assert_eq!(refreshed.balance, Some(Outcome::NoData));
    assert!(refreshed.is_success());
}

#[tokio::test]
async fn polls_have_the_scope_and_expand_of_the_refresh() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let refresh = linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Ownership]);
    // In the sandbox each connected account has its own data, so this account does not exist there.
    let refused = refresh.clone().stripe_account(connected()).until_settled(MINUTE).await.unwrap_err();
    assert!(matches!(refused, WaitError::Request(error) if error.is_not_found()));

    linked.requests();
    let refreshed = refresh.expand(["ownership"]).until_settled(MINUTE).await.unwrap();
    assert!(refreshed.account.ownership.unwrap().object().is_some());
    assert_eq!(linked.requests()[1], "GET accounts/ID?expand[0]=ownership");
    let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance).expand(["ownership"]);
    let mut watch = refresh.begin().await.unwrap();
    let until = linked.fc.accounts().until_settled(&mut watch, MINUTE);
    assert!(until.await.unwrap().account.ownership.unwrap().object().is_some());

    let server = answering([Some(state("pending", 10)), Some(state("succeeded", 10))]).await;
    let fc = server.fc_with(&TestClock::new());
    let id = fc_ext::types::AccountId::unchecked("fca_1");
    let refresh = fc.accounts().refresh(id, [RefreshFeature::Balance]).stripe_account(connected());
    assert!(refresh.clone().until_settled(MINUTE).await.unwrap().is_success());
    assert_eq!(server.requests(), ["POST accounts/fca_1/refresh as acct_1", "GET accounts/fca_1 as acct_1"]);
    let server = answering([Some(state("pending", 10)), Some(state("succeeded", 10))]).await;
    let fc = server.fc_with(&TestClock::new());
    let id = fc_ext::types::AccountId::unchecked("fca_1");
    let refresh = fc.accounts().refresh(id, [RefreshFeature::Balance]).stripe_context("acct_2/acct_1");
    let mut watch = refresh.begin().await.unwrap();
    fc.accounts().until_settled(&mut watch, MINUTE).await.unwrap();
    assert_eq!(server.requests()[1], "GET accounts/fca_1 in acct_2/acct_1");
}

fn connected() -> fc_ext::types::ConnectedAccountId {
    "acct_1".parse().unwrap()
}

#[tokio::test]
async fn a_wait_that_ended_early_can_be_resumed() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let accounts = linked.fc.accounts();
    let features = [RefreshFeature::Balance, RefreshFeature::Ownership];
    let mut watch = accounts.refresh(&linked.id, features).begin().await.unwrap();
    let error = accounts.until_settled(&mut watch, Duration::from_secs(2)).await.unwrap_err();
    // At 0, 1 and 2 seconds.
    assert!(matches!(error, WaitError::Elapsed(elapsed) if elapsed.polls() == 3));
    assert!(accounts.until_settled(&mut watch, MINUTE).await.unwrap().is_success());
    // A settled watch needs no call.
    linked.requests();
    assert!(accounts.until_settled(&mut watch, MINUTE).await.unwrap().is_success());
    assert!(linked.requests().is_empty());
}

/// Stream of ready events that then ends or stays pending.
pub(crate) struct Events<E = Event> {
    pub(crate) events: VecDeque<E>,
    pub(crate) ends: bool,
}

impl<E: From<Event>> Events<E> {
    fn new(events: impl IntoIterator<Item = Value>, ends: bool) -> Self {
        let events =
            events.into_iter().map(|event| serde_json::from_value::<Event>(event).unwrap().into()).collect();
        Self { events, ends }
    }
}

impl<E: Unpin> Stream for Events<E> {
    type Item = E;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<E>> {
        match self.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

#[tokio::test]
async fn events_settle_a_refresh_without_a_call() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let accounts = linked.fc.accounts();
    let mut watch = accounts.refresh(&linked.id, RefreshFeature::ALL).begin().await.unwrap();
    linked.advance(Duration::from_secs(5));
    linked.requests();
    let mut events = linked.sandbox.events(KEY);
    // In reverse order, each event twice.
    events.reverse();
    events = events.into_iter().flat_map(|event| [event.clone(), event]).collect();
    let events = Events::<fc_ext::webhook::WebhookEvent>::new(events, false);
    let refreshed = accounts.until_settled_by(&mut watch, events, MINUTE).await.unwrap();
    assert!(linked.requests().is_empty());
    assert!(refreshed.is_success());
    assert_eq!(refreshed.balance.unwrap().succeeded(), linked.account().await.balance.as_ref());
}

/// Watch of a balance refresh that started at 10.
pub(crate) fn watch() -> RefreshWatch {
    let answer = serde_json::from_value(account("fca_1", "active", &state("pending", 10))).unwrap();
    RefreshWatch::begun(&answer, [RefreshFeature::Balance])
}

fn event(account: Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": null, "created": 20, "data": {"object": account},
        "livemode": false, "pending_webhooks": 1, "request": null,
        "type": "financial_connections.account.refreshed_balance",
    })
}

/// Outcome after these events about the balance of `fca_1`, if there is one.
fn observed<const N: usize>(events: [(&str, Value); N]) -> Option<Outcome<fc_ext::types::Balance>> {
    let mut watch = watch();
    for (status, state) in events {
        let event: Event = serde_json::from_value(event(account("fca_1", status, &state))).unwrap();
        assert_eq!(watch.observe_event(&event), watch.is_settled());
    }
    watch.refreshed().and_then(|refreshed| refreshed.balance)
}

#[test]
fn late_events_from_before_the_refresh_are_ignored() {
    assert_eq!(observed([("active", state("succeeded", 9))]), None);
    assert_eq!(observed([("active", state("failed", 3))]), None);
    // The account was inactive and was linked again before this refresh.
    assert_eq!(observed([("inactive", state("failed", 9))]), None);
    assert_eq!(observed([("inactive", Value::Null)]), None);
    assert!(
        observed([("active", state("failed", 9)), ("active", state("succeeded", 10))]).unwrap().is_success()
    );
}

#[test]
fn an_outcome_never_changes() {
    let succeeded = observed([
        ("active", state("succeeded", 10)),
        ("active", state("pending", 10)),
        ("active", state("failed", 12)),
        ("inactive", state("failed", 12)),
        ("disconnected", state("failed", 12)),
    ]);
    assert!(
        matches!(succeeded, Some(Outcome::Succeeded(balance)) if balance.as_of == Timestamp::from_secs(5))
    );
}

#[test]
fn a_later_refresh_gives_the_outcome_of_one_that_was_missed() {
    assert!(observed([("active", state("succeeded", 12))]).unwrap().is_success());
    // A later refresh that is pending has no outcome yet.
    assert_eq!(observed([("active", state("pending", 12)), ("active", state("succeeded", 10))]), None);
    assert!(
        observed([("active", state("pending", 12)), ("active", state("succeeded", 12))])
            .unwrap()
            .is_success()
    );
}

#[test]
fn an_inactive_or_disconnected_account_settles_the_refresh() {
    assert_eq!(observed([("inactive", state("pending", 10))]), Some(Outcome::Inactive));
    assert_eq!(observed([("inactive", state("failed", 10))]), Some(Outcome::Inactive));
    assert!(observed([("inactive", state("succeeded", 10))]).unwrap().is_success());
    assert_eq!(observed([("disconnected", state("pending", 10))]), Some(Outcome::Disconnected));
    assert_eq!(observed([("disconnected", state("succeeded", 10))]), Some(Outcome::Disconnected));
}

#[test]
fn an_unknown_state_settles_nothing() {
    assert_eq!(observed([("active", state("paused", 10)), ("dormant", state("pending", 10))]), None);
}

#[test]
fn a_watch_without_a_start_accepts_any_outcome() {
    let id = fc_ext::types::AccountId::unchecked("fca_1");
    let mut watch = RefreshWatch::new(&id, [RefreshFeature::Balance]);
    let account = serde_json::from_value(account("fca_1", "active", &state("succeeded", 1))).unwrap();
    assert!(watch.observe(&account));
    assert!(watch.refreshed().unwrap().is_success());
}

#[tokio::test]
async fn events_about_other_objects_are_ignored_and_do_not_extend_the_limit() {
    let server = answering([None]).await;
    let clock = TestClock::new();
    let fc = server.fc_with(&clock);
    let mut watch = watch();
    let other = account("fca_2", "active", &state("succeeded", 12));
    let thing = json!({"id": "fcauth_1", "object": "unheard_of"});
    let events = Events::<Event>::new([event(other), event(thing)], false);
    let error = fc.accounts().until_settled_by(&mut watch, events, MINUTE).await.unwrap_err();
    let WaitError::Elapsed(elapsed) = &error else { panic!("{error:?}") };
    assert_eq!((elapsed.polls(), elapsed.pending()), (0, [RefreshFeature::Balance].as_slice()));
    assert_eq!(clock.elapsed(), MINUTE);

    // A stream that is always ready.
    struct Flood(Event, TestClock);
    impl Stream for Flood {
        type Item = Event;

        fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
            // One second passes with each event.
            let mut second = fc_client::Clock::sleep(&self.1, Duration::from_secs(1));
            assert!(second.as_mut().poll(context).is_ready());
            Poll::Ready(Some(self.0.clone()))
        }
    }
    let clock = TestClock::new();
    let fc = server.fc_with(&clock);
    let event = serde_json::from_value(event(account("fca_2", "active", &state("succeeded", 12)))).unwrap();
    let flood = Flood(event, clock.clone());
    let error = fc.accounts().until_settled_by(&mut watch, flood, MINUTE).await.unwrap_err();
    assert!(matches!(error, WaitError::Elapsed(_)));
    assert_eq!(clock.elapsed(), MINUTE);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_end_of_the_events_is_an_error_and_the_watch_keeps_its_state() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let accounts = linked.fc.accounts();
    let features = [RefreshFeature::Balance, RefreshFeature::Ownership];
    let mut watch = accounts.refresh(&linked.id, features).begin().await.unwrap();
    linked.advance(Duration::from_secs(5));
    let all = linked.sandbox.events(KEY);
    let only_balance =
        all.into_iter().filter(|event| event["type"].as_str().unwrap().ends_with("refreshed_balance"));
    let mut only_balance: Vec<Value> = only_balance.collect();
    // An event that was rendered before the ownership arrived.
    only_balance[0]["data"]["object"]["ownership_refresh"]["status"] = "pending".into();
    let events = Events::<Event>::new(only_balance, true);
    let error = accounts.until_settled_by(&mut watch, events, MINUTE).await.unwrap_err();
    let WaitError::EventsEnded(seen) = &error else { panic!("{error:?}") };
    assert_eq!((seen.polls(), seen.pending()), (1, [RefreshFeature::Ownership].as_slice()));
    assert_eq!(
        error.to_string(),
        "the events ended and the refresh did not (account seen once, still pending: ownership)"
    );
    assert!(accounts.until_settled(&mut watch, MINUTE).await.unwrap().is_success());
}

#[test]
fn waits_can_move_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let fc = FinancialConnections::new(
        fc_ext::Config::new(fc_ext::ApiKey::new(KEY).unwrap()).with_base_url("http://127.0.0.1:1"),
    )
    .unwrap();
    let mut watch = watch();
    assert_send(balance(&fc, MINUTE));
    let events = Events::<Event>::new([], true);
    assert_send(fc.accounts().until_settled_by(&mut watch, events, MINUTE));
    assert_send(fc.accounts().until_settled(&mut watch, MINUTE));
}

#[test]
fn a_wait_error_shows_no_personal_data() {
    let mut account = account("fca_1", "active", &state("pending", 10));
    account["display_name"] = "Jane's secret savings".into();
    let account = serde_json::from_value(account).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = answering([None]).await;
        let mut watch = RefreshWatch::begun(&account, [RefreshFeature::Balance]);
        let fc = server.fc_with(&TestClock::new());
        let events = Events::<Event>::new([], true);
        let error = fc.accounts().until_settled_by(&mut watch, events, MINUTE).await.unwrap_err();
        let WaitError::EventsEnded(seen) = &error else { panic!("{error:?}") };
        assert!(seen.account().is_some());
        assert!(!format!("{error} {error:?}").contains("Jane"));
    });
}
