//! Refreshes that Stripe rejects: which the account explains, and which stay errors.

use fc_ext::types::AccountId;
use fc_ext::{ErrorKind, Outcome, RefreshFeature, WaitError};
use fc_sandbox::{AccountSpec, Sandbox};

use crate::settle::{MINUTE, START, account, balance, refresh, state};
use crate::support::{Linked, Server, TestClock};

#[tokio::test]
async fn a_rejection_that_the_account_does_not_explain_stays_an_error() {
    let server = Server::scripted(|path| async move {
        match path.as_str() {
            "accounts/fca_1/refresh" => (400, r#"{"error": {"message": "no"}}"#.to_owned()),
            _ => (200, account("fca_1", "active", &state("failed", 10)).to_string()),
        }
    })
    .await;
    let error = balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap_err();
    assert!(matches!(&error, WaitError::Request(error) if error.is_invalid_request()), "{error:?}");
    assert_eq!(server.requests(), ["POST accounts/fca_1/refresh", "GET accounts/fca_1"]);
}

/// A caller who hears "too early" waits and tries again, but this call will never be allowed.
#[tokio::test]
async fn a_rejection_with_a_reason_of_its_own_stays_an_error() {
    let denied = (403, r#"{"error": {"message": "The key may not refresh"}}"#);
    let unknown = (400, r#"{"error": {"code": "parameter_unknown", "message": "bogus"}}"#);
    for (status, body) in [denied, unknown] {
        for refresh in ["pending", "succeeded"] {
            let server = Server::dated(20, move |path| match path.as_str() {
                "accounts/fca_1/refresh" => (status, body.to_owned()),
                _ => {
                    let mut state = state(refresh, 10);
                    state["next_refresh_available_at"] = 70.into();
                    (200, account("fca_1", "active", &state).to_string())
                }
            })
            .await;
            let error = balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap_err();
            let WaitError::Request(error) = &error else { panic!("{refresh}: {error:?}") };
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{refresh}");
        }
    }
}

#[tokio::test]
async fn a_refresh_of_nothing_that_is_rejected_stays_an_error() {
    let server = Server::scripted(|path| async move {
        match path.as_str() {
            "accounts/fca_1/refresh" => (400, r#"{"error": {"message": "features is missing"}}"#.to_owned()),
            _ => (200, account("fca_1", "active", &state("succeeded", 10)).to_string()),
        }
    })
    .await;
    let refresh = server.fc().accounts().refresh("fca_1".parse::<AccountId>().unwrap(), []);
    assert!(refresh.begin().await.unwrap_err().is_invalid_request());
}

#[tokio::test]
async fn a_feature_that_is_named_twice_is_refreshed_once() {
    let server = Server::scripted(|path| async move {
        match path.as_str() {
            "accounts/fca_1/refresh" => (400, r#"{"error": {"message": "no"}}"#.to_owned()),
            _ => (200, account("fca_1", "active", &state("failed", 10)).to_string()),
        }
    })
    .await;
    let twice = [RefreshFeature::Balance, RefreshFeature::Balance];
    let refresh = server.fc().accounts().refresh("fca_1".parse::<AccountId>().unwrap(), twice);
    assert!(refresh.begin().await.unwrap_err().is_invalid_request());
    assert_eq!(server.requests(), ["POST accounts/fca_1/refresh", "GET accounts/fca_1"]);
}

/// An account that turned inactive meanwhile would make a passing failure an outcome.
#[tokio::test]
async fn a_failure_of_the_server_is_not_explained_by_the_account() {
    let server = Server::scripted(|path| async move {
        match path.as_str() {
            "accounts/fca_1/refresh" => (500, r#"{"error": {"message": "sorry"}}"#.to_owned()),
            _ => (200, account("fca_1", "inactive", &state("failed", 10)).to_string()),
        }
    })
    .await;
    let error = balance(&server.fc_with(&TestClock::new()), MINUTE).await.unwrap_err();
    assert!(matches!(&error, WaitError::Request(error) if error.kind() == ErrorKind::Api), "{error:?}");
    assert_eq!(server.requests(), ["POST accounts/fca_1/refresh"]);
}

#[tokio::test]
async fn an_early_refresh_that_is_rejected_has_the_outcome_too_early() {
    let sandbox = Sandbox::builder().clock(fc_sandbox::Clock::frozen(START)).refuse_early_refresh(true);
    let linked = Linked::on(sandbox, AccountSpec::checking()).await;
    assert!(refresh(&linked, [RefreshFeature::Balance]).await.unwrap().is_success());
    let again = refresh(&linked, [RefreshFeature::Balance]).await.unwrap();
    assert!(matches!(again.balance, Some(Outcome::TooEarly { .. })), "{:?}", again.balance);
}
