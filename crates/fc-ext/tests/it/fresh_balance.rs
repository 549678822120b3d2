//! Fresh balances before a debit.

use std::time::{Duration, Instant};

use fc_ext::types::{Balance, Timestamp};
use fc_ext::{BalanceCheck, ErrorKind, Permission, RefreshFeature, StaleReason};
use fc_sandbox::{AccountSpec, Feature, RefreshOutcome};
use serde_json::{Value, json};

use crate::support::{Linked, Server, TestClock};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DEADLINE: Duration = Duration::from_secs(30);
const START: i64 = 1_790_000_000;

impl Linked {
    async fn check(&self, max_age: Duration) -> BalanceCheck {
        self.fc.accounts().fresh_balance(&self.id, max_age, DEADLINE).await.unwrap()
    }

    async fn refresh_balance(&self) -> Balance {
        let refresh = self.fc.accounts().refresh(&self.id, RefreshFeature::Balance);
        refresh.until_settled(MINUTE).await.unwrap().balance.unwrap().succeeded().unwrap().clone()
    }

    fn fail_the_next_refresh(&self, outcome: RefreshOutcome) {
        self.sandbox.plan_refresh(&self.id, Feature::Balance, outcome).unwrap();
    }
}

fn stale(check: BalanceCheck) -> (StaleReason, Option<Duration>, Option<Balance>) {
    match check {
        BalanceCheck::Stale { reason, age, balance } => (reason, age, balance),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_a_balance_one_is_fetched() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.requests();
    let check = linked.check(HOUR).await;
    let account = linked.account().await;
    let BalanceCheck::Fresh { balance, as_of, fetched } = check else { panic!("{check:?}") };
    assert_eq!(Some(&balance), account.balance.as_ref());
    assert_eq!((as_of, fetched), (balance.as_of, Timestamp::from_secs(START)));
    assert_eq!(linked.requests()[..3], ["GET accounts/ID", "POST accounts/ID/refresh", "GET accounts/ID"]);
}

#[tokio::test]
async fn a_balance_that_is_young_enough_is_not_refreshed() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let balance = linked.refresh_balance().await;
    let fetched = linked.account().await.balance_refresh.unwrap().last_attempted_at;
    let age = Timestamp::from_secs(linked.sandbox.clock().now()).saturating_since(fetched);
    linked.advance(HOUR - age);
    linked.requests();
    assert_eq!(linked.check(HOUR).await.fresh(), Some(&balance));
    assert_eq!(linked.requests(), ["GET accounts/ID"]);
    // One second later it is too old.
    linked.advance(Duration::from_secs(1));
    let check = linked.check(HOUR).await;
    assert!(check.fresh().is_some_and(|fresh| fresh.as_of > balance.as_of), "{check:?}");
    assert_eq!(linked.requests()[1], "POST accounts/ID/refresh");
}

#[tokio::test]
async fn a_pending_refresh_is_waited_for_and_not_repeated() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance).send().await.unwrap();
    linked.requests();
    assert!(linked.check(HOUR).await.fresh().is_some());
    assert!(!linked.requests().iter().any(|request| request.starts_with("POST")));
}

#[tokio::test]
async fn a_refresh_waits_for_its_time_if_the_deadline_allows_it() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.fail_the_next_refresh(RefreshOutcome::Failed);
    let (reason, age, balance) = stale(linked.check(HOUR).await);
    assert!(matches!(reason, StaleReason::RefreshFailed { .. }), "{reason:?}");
    assert_eq!((age, balance), (None, None));

    // The next refresh can start in a minute at most; 30 seconds are not enough.
    linked.requests();
    let (reason, ..) = stale(linked.check(HOUR).await);
    let next = linked.account().await.balance_refresh.unwrap().next_refresh_available_at;
    assert!(
        matches!(reason, StaleReason::TooEarly { next_refresh_available_at } if next_refresh_available_at == next)
    );
    let requests = linked.requests();
    assert_eq!(requests[0], "GET accounts/ID");
    assert!(!requests.iter().any(|request| request.starts_with("POST")), "none before its time");

    let slept = linked.clock.elapsed();
    let check = linked.fc.accounts().fresh_balance(&linked.id, HOUR, 3 * MINUTE).await.unwrap();
    assert!(check.fresh().is_some(), "{check:?}");
    let next = next.unwrap();
    let started = linked.account().await.balance_refresh.unwrap().last_attempted_at;
    assert!(started >= next, "{started} {next}");
    assert!(linked.clock.elapsed() - slept < 3 * MINUTE);
}

/// The last refresh failed, and the balance is hours old: a check that ignores that lets the debit pass.
#[tokio::test]
async fn an_old_balance_after_a_failed_refresh_is_stale() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let old = linked.refresh_balance().await;
    linked.advance(5 * HOUR);
    linked.fail_the_next_refresh(RefreshOutcome::Failed);
    for _ in 0..2 {
        let (_, age, balance) = stale(linked.check(HOUR).await);
        assert_eq!(balance.as_ref(), Some(&old));
        assert!(age.unwrap() > 5 * HOUR, "{age:?}");
    }
}

#[tokio::test]
async fn a_young_balance_survives_a_failed_refresh() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let balance = linked.refresh_balance().await;
    linked.advance(2 * MINUTE);
    linked.fail_the_next_refresh(RefreshOutcome::Failed);
    linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance).until_settled(MINUTE).await.unwrap();
    let check = linked.check(HOUR).await;
    let BalanceCheck::Fresh { fetched, .. } = check else { panic!("{check:?}") };
    assert_eq!((check.fresh(), fetched), (Some(&balance), balance.as_of));
}

#[tokio::test]
async fn inactive_disconnected_and_not_permitted_have_their_own_results() {
    let linked = Linked::new(AccountSpec::checking()).await;
    linked.sandbox.deactivate(&linked.id).unwrap();
    linked.requests();
    assert!(matches!(linked.check(HOUR).await, BalanceCheck::Relink));
    assert_eq!(linked.requests(), ["GET accounts/ID"], "a refresh would be rejected");
    linked.fc.accounts().disconnect(&linked.id).send().await.unwrap();
    linked.requests();
    assert!(matches!(linked.check(HOUR).await, BalanceCheck::Disconnected));
    assert_eq!(linked.requests(), ["GET accounts/ID"]);

    let linked = Linked::new(AccountSpec::checking()).await;
    linked.fail_the_next_refresh(RefreshOutcome::FailedAndInactive);
    assert!(matches!(linked.check(HOUR).await, BalanceCheck::Relink));

    let linked = Linked::with_permissions(AccountSpec::checking(), Permission::Transactions).await;
    linked.requests();
    assert!(matches!(linked.check(HOUR).await, BalanceCheck::NoPermission));
    assert_eq!(linked.requests(), ["GET accounts/ID"]);
}

/// JSON of an account. Its refresh was last attempted at 1000.
fn account(status: &str, refresh: &str, permissions: &Value, balance: &Value) -> String {
    json!({
        "id": "fca_1", "object": "financial_connections.account", "balance": balance,
        "balance_refresh": {"status": refresh, "last_attempted_at": 1_000, "next_refresh_available_at": null},
        "category": "cash", "created": 1, "institution_name": "StripeBank", "livemode": false,
        "permissions": permissions, "status": status, "subcategory": "checking",
        "supported_payment_method_types": [],
    })
    .to_string()
}

fn cash(as_of: i64) -> Value {
    json!({"as_of": as_of, "type": "cash", "current": {"usd": 500}, "cash": {"available": {"usd": 400}}})
}

fn id() -> fc_ext::types::AccountId {
    fc_ext::types::AccountId::unchecked("fca_1")
}

#[tokio::test]
async fn what_only_the_rejection_says_is_read_from_the_account() {
    for (status, permissions, expected) in [
        ("disconnected", json!(["balances"]), "Disconnected"),
        ("inactive", json!(["balances"]), "Relink"),
        ("active", json!(["ownership"]), "NoPermission"),
    ] {
        // The first read is still the old state: the change comes between it and the refresh.
        let reads = std::sync::Arc::new(std::sync::Mutex::new(0));
        let server = Server::dated(9_000, move |path| {
            if path.ends_with("/refresh") {
                return (400, r#"{"error": {"type": "invalid_request_error", "message": "no"}}"#.to_owned());
            }
            let mut reads = reads.lock().unwrap();
            *reads += 1;
            match *reads {
                1 => (200, account("active", "failed", &json!(["balances"]), &cash(900))),
                _ => (200, account(status, "failed", &permissions, &cash(900))),
            }
        })
        .await;
        let check = server.fc_with(&TestClock::new()).accounts().fresh_balance(id(), HOUR, DEADLINE).await;
        assert_eq!(format!("{:?}", check.unwrap()), expected);
    }
}

#[tokio::test]
async fn a_success_without_a_balance_is_no_data() {
    let server =
        Server::dated(1_001, |_| (200, account("active", "succeeded", &json!(["balances"]), &Value::Null)))
            .await;
    let check = server.fc().accounts().fresh_balance(id(), HOUR, DEADLINE).await.unwrap();
    assert!(matches!(check, BalanceCheck::NoData), "{check:?}");
}

#[tokio::test]
async fn ages_are_measured_by_the_clock_of_the_server() {
    // By the clock of this machine, the balance is decades old.
    let young =
        Server::dated(1_600, |_| (200, account("active", "succeeded", &json!(["balances"]), &cash(900))))
            .await;
    let check = young.fc().accounts().fresh_balance(id(), Duration::from_secs(600), DEADLINE).await.unwrap();
    assert!(check.fresh().is_some(), "{check:?}");
    let check =
        young.fc_with(&TestClock::new()).accounts().fresh_balance(id(), Duration::from_secs(599), DEADLINE);
    let (_, age, _) = stale(check.await.unwrap());
    assert_eq!(age, Some(Duration::from_secs(700)));
}

#[tokio::test]
async fn a_refresh_from_the_future_is_not_young() {
    // The two clocks disagree; nothing says how old the balance is.
    let server =
        Server::dated(999, |_| (200, account("active", "succeeded", &json!(["balances"]), &cash(900)))).await;
    let check =
        server.fc_with(&TestClock::new()).accounts().fresh_balance(id(), HOUR, DEADLINE).await.unwrap();
    assert!(server.requests().iter().any(|request| request.starts_with("POST")), "{check:?}");
}

#[tokio::test]
async fn the_deadline_holds_while_a_refresh_is_pending() {
    let linked = Linked::with_delay(AccountSpec::checking(), HOUR).await;
    let (reason, age, _) = stale(linked.check(HOUR).await);
    assert!(matches!(reason, StaleReason::Deadline), "{reason:?}");
    assert_eq!(age, None);
    let elapsed = linked.clock.elapsed();
    assert!(elapsed <= DEADLINE && elapsed > DEADLINE - Duration::from_secs(1), "{elapsed:?}");
}

/// A server whose call number `hangs` never ends.
async fn hanging(hangs: usize) -> Server {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    Server::scripted(move |path| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let status = if path.ends_with("/refresh") { "pending" } else { "failed" };
        let account = account("active", status, &json!(["balances"]), &cash(900));
        async move {
            if call >= hangs {
                std::future::pending::<()>().await;
            }
            (200, account)
        }
    })
    .await
}

#[tokio::test]
async fn a_call_that_hangs_does_not_break_the_deadline() {
    let deadline = Duration::from_millis(400);
    for hangs in [1, 2, 3] {
        let server = hanging(hangs).await;
        let fc = server.fc();
        let start = Instant::now();
        let check = tokio::time::timeout(MINUTE, fc.accounts().fresh_balance(id(), HOUR, deadline));
        match check.await.expect("the deadline is broken") {
            Err(error) => assert!(hangs == 1 && error.is_timeout(), "the account was never read: {error}"),
            Ok(check) => {
                let (reason, _, balance) = stale(check);
                assert!(matches!(reason, StaleReason::Deadline), "{hangs}: {reason:?}");
                assert!(hangs > 1 && balance.is_some(), "the account was read before");
            }
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{hangs}: {:?}", start.elapsed());
        assert_eq!(server.requests().len(), hangs);
    }
}

#[tokio::test]
async fn the_longest_deadline_is_no_deadline() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let check = linked.fc.accounts().fresh_balance(&linked.id, HOUR, Duration::MAX).await.unwrap();
    assert!(check.fresh().is_some(), "{check:?}");
}

/// Two workers wait for the same time. The refresh of the other one has ended when this one asks for its own.
#[tokio::test]
async fn a_balance_that_another_caller_has_refreshed_meanwhile_is_fresh() {
    for status in [400, 200] {
        let reads = std::sync::Arc::new(std::sync::Mutex::new(0));
        let server = Server::dated(9_000, move |path| {
            let refreshed = refreshed_at(8_990, Some(9_050));
            if path.ends_with("/refresh") {
                let rejection = r#"{"error": {"type": "invalid_request_error", "message": "too early"}}"#;
                return (status, if status == 200 { refreshed } else { rejection.to_owned() });
            }
            let mut reads = reads.lock().unwrap();
            *reads += 1;
            match *reads {
                1 => (200, account("active", "failed", &json!(["balances"]), &cash(900))),
                _ => (200, refreshed),
            }
        })
        .await;
        let fc = server.fc_with(&TestClock::new());
        let check = fc.accounts().fresh_balance(id(), HOUR, DEADLINE).await.unwrap();
        let BalanceCheck::Fresh { fetched, .. } = check else { panic!("{status}: {check:?}") };
        assert_eq!(fetched, Timestamp::from_secs(8_990));
    }
}

/// JSON of an account whose last refresh succeeded.
fn refreshed_at(at: i64, next: Option<i64>) -> String {
    let account = account("active", "succeeded", &json!(["balances"]), &cash(900));
    let mut account: Value = serde_json::from_str(&account).unwrap();
    account["balance_refresh"]["last_attempted_at"] = at.into();
    account["balance_refresh"]["next_refresh_available_at"] = next.into();
    account.to_string()
}

/// The clock of this machine may be wrong, and it would make an old balance fresh.
#[tokio::test]
async fn without_the_time_at_stripe_no_balance_is_young() {
    let answer = || async { ([("date", "unknown")], refreshed_at(Timestamp::now().as_secs() - 1, None)) };
    let server = Server::start(axum::Router::new().fallback(answer)).await;
    let fc = server.fc_with(&TestClock::new());
    let check = fc.accounts().fresh_balance(id(), HOUR, DEADLINE).await.unwrap();
    let (reason, age, balance) = stale(check);
    assert!(matches!(reason, StaleReason::TooEarly { .. }), "{reason:?}");
    assert!(age.is_none() && balance.is_some(), "its age is not known");
    assert_eq!(server.requests()[1], "POST accounts/fca_1/refresh");
}

#[tokio::test]
async fn transient_errors_of_polls_are_retried_and_others_are_the_reason() {
    for (status, expected) in [(503, "fresh"), (403, "request")] {
        let polls = std::sync::Arc::new(std::sync::Mutex::new(0));
        let server = Server::dated(9_000, move |path| {
            if path.ends_with("/refresh") {
                return (200, account("active", "pending", &json!(["balances"]), &cash(900)));
            }
            let mut polls = polls.lock().unwrap();
            *polls += 1;
            match *polls {
                1 => (200, account("active", "failed", &json!(["balances"]), &cash(900))),
                2 | 3 => (status, "{}".to_owned()),
                _ => (200, account("active", "succeeded", &json!(["balances"]), &cash(1_000))),
            }
        })
        .await;
        let fc = server.fc_with(&TestClock::new());
        match fc.accounts().fresh_balance(id(), HOUR, DEADLINE).await.unwrap() {
            BalanceCheck::Fresh { .. } => assert_eq!(expected, "fresh"),
            BalanceCheck::Stale { reason: StaleReason::Request(error), age, .. } => {
                assert_eq!((expected, error.kind()), ("request", ErrorKind::Permission));
                assert_eq!(age, Some(Duration::from_secs(8_100)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_an_error() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let unknown: fc_ext::types::AccountId = "fca_unknown".parse().unwrap();
    let error = linked.fc.accounts().fresh_balance(unknown, HOUR, DEADLINE).await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn every_call_is_on_behalf_of_the_connected_account() {
    let server = Server::dated(9_000, |path| {
        let status = if path.ends_with("/refresh") { "pending" } else { "failed" };
        (200, account("active", status, &json!(["balances"]), &cash(900)))
    })
    .await;
    let fc = server.fc_with(&TestClock::new());
    let connected: fc_ext::types::ConnectedAccountId = "acct_1".parse().unwrap();
    fc.accounts().fresh_balance(id(), HOUR, DEADLINE).stripe_account(&connected).await.unwrap();
    assert!(server.requests().len() >= 3);
    assert!(
        server.requests().iter().all(|request| request.ends_with(" as acct_1")),
        "{:?}",
        server.requests()
    );
}

#[test]
fn the_reason_is_one_line() {
    let reason = StaleReason::TooEarly { next_refresh_available_at: Some(Timestamp::from_secs(7)) };
    assert_eq!(
        reason.to_string(),
        "it is too early for a refresh; the next one can start at 7 (Unix seconds)"
    );
}
