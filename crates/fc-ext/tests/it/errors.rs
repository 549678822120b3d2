//! The error that all others convert into.

use std::error::Error as StdError;
use std::time::Duration;

use fc_ext::types::{AccountId, ErrorCode};
use fc_ext::webhook::{Secret, WebhookError};
use fc_ext::{
    ApiKey, CallError, Config, Error, ErrorKind, FinancialConnections, MemoryStore, Paged, Permission,
    RefreshFeature, RefreshWatch, SyncError, SyncIntoError, SyncPosition, WaitError,
};
use fc_sandbox::AccountSpec;

use crate::support::{KEY, Linked, Server, TestClock};

const ACCOUNT: &str = r#"{"id": "fca_1", "object": "financial_connections.account", "category": "cash", "created": 1,
    "institution_name": "StripeBank", "livemode": false, "status": "active", "subcategory": "checking",
    "supported_payment_method_types": []}"#;

/// Every kind of error with one `?`.
async fn all(linked: &Linked, id: &str) -> Result<(), Error> {
    let id: AccountId = id.parse()?;
    let _: SyncPosition = "".parse()?;
    let _: RefreshFeature = "balance".parse()?;
    let _: Permission = "balances".parse()?;
    let _: fc_ext::types::Account = fc_ext::types::json::from_str(ACCOUNT)?;
    Secret::new("whsec_1")?;
    linked.fc.accounts().retrieve(&id).send().await?;
    linked.fc.accounts().refresh(&id, RefreshFeature::Balance).until_settled(Duration::from_secs(9)).await?;
    linked.fc.transactions().sync_into(&id, &mut MemoryStore::default()).await?;
    linked.fc.transactions().sync(&id, None).next().await.transpose()?;
    Ok(())
}

#[tokio::test]
async fn every_error_converts_into_one_and_keeps_its_predicates() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let error = all(&linked, "cus_1").await.unwrap_err();
    assert!(matches!(error, Error::Id(_)) && error.call().is_none() && !error.is_retryable(), "{error}");

    let error = all(&linked, "fca_unknown").await.unwrap_err();
    assert!(matches!(error, Error::Call(_)) && error.is_not_found() && !error.may_have_executed());
    assert_eq!(error.code(), Some(&ErrorCode::ResourceMissing));
    assert!(error.request_id().unwrap().starts_with("req_"));

    // The refresh of the balance succeeds, and the transactions were never refreshed.
    let error = all(&linked, linked.id.as_str()).await.unwrap_err();
    assert!(matches!(error, Error::Sync(_)) && error.is_no_successful_transaction_refresh(), "{error}");
    assert!(!error.is_account_disconnected());

    linked.sandbox.deactivate(&linked.id).unwrap();
    let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance);
    let error = Error::from(refresh.send().await.unwrap_err());
    assert!(error.is_account_inactive());

    linked.fc.accounts().disconnect(&linked.id).send().await.unwrap();
    let error =
        Error::from(linked.fc.transactions().sync(&linked.id, None).next().await.unwrap().unwrap_err());
    assert!(error.is_account_disconnected());
}

/// The refresh goes on when its wait ends, so a caller that starts another one may pay twice.
#[tokio::test]
async fn a_refresh_whose_wait_failed_may_have_executed() {
    let linked = Linked::with_delay(AccountSpec::checking(), Duration::from_secs(3_600)).await;
    let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance);
    let elapsed = refresh.until_settled(Duration::from_secs(3)).await.unwrap_err();
    assert!(matches!(elapsed, WaitError::Elapsed(_)));
    assert!(Error::from(elapsed).may_have_executed());

    let rejected = || CallError::of_kind(ErrorKind::NotFound, "No such account");
    assert!(Error::from(WaitError::Poll(rejected())).may_have_executed());
    assert!(!Error::from(WaitError::Request(rejected())).may_have_executed(), "it was not started");
}

#[test]
fn errors_of_texts_and_json_convert_too() {
    let permission = Error::from("balance".parse::<Permission>().unwrap_err());
    assert!(matches!(permission, Error::Permission(_)) && permission.call().is_none(), "{permission}");
    let json = Error::from(fc_ext::types::json::from_str::<fc_ext::types::Account>("{}").unwrap_err());
    assert!(matches!(json, Error::Json(_)) && !json.is_retryable(), "{json}");
    assert!(json.to_string().contains("missing field"), "{json}");
}

#[tokio::test]
#[cfg(feature = "preview")]
async fn an_account_that_cannot_be_relinked_converts_too() {
    let account = fc_ext::types::preview::Account::default();
    let error = Error::from(fc_ext::preview::Relink::of(&account).unwrap_err());
    assert!(matches!(error, Error::Relink(_)) && error.call().is_none(), "{error}");
}

#[tokio::test]
async fn a_wait_that_reached_its_limit_is_retryable() {
    let linked = Linked::with_delay(AccountSpec::checking(), Duration::from_secs(3_600)).await;
    let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance);
    let error = Error::from(refresh.until_settled(Duration::from_secs(3)).await.unwrap_err());
    assert!(
        matches!(error, Error::Wait(WaitError::Elapsed(_))) && error.is_retryable() && error.call().is_none()
    );
}

/// `Debug` of these is in logs.
#[tokio::test]
async fn debug_of_a_wait_a_list_and_a_sync_says_what_each_is_about() {
    let linked = Linked::with_delay(AccountSpec::checking(), Duration::from_secs(3_600)).await;
    let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Balance);
    let error = refresh.until_settled(Duration::from_secs(3)).await.unwrap_err();
    let WaitError::Elapsed(elapsed) = &error else { panic!("{error}") };
    let shown = format!("{elapsed:?}");
    assert!(shown.starts_with("Elapsed { limit: 3s, polls: ") && shown.contains("Balance"), "{shown}");
    let pages = format!("{:?}", linked.fc.accounts().list().pages());
    assert!(pages.starts_with("Pages { cursor: None"), "{pages}");
    let mut store = MemoryStore::default();
    let sync = format!("{:?}", linked.fc.transactions().sync_into(&linked.id, &mut store));
    assert!(sync.starts_with("SyncInto { account: ") && sync.contains(linked.id.as_str()), "{sync}");
}

#[test]
fn a_text_is_one_line_and_not_repeated_by_the_source() {
    let call = || CallError::of_kind(ErrorKind::Timeout, "no response within 80 s");
    let text = call().to_string();
    for (error, prefix) in [
        (Error::from(call()), ""),
        (Error::from(WaitError::Request(call())), "the refresh could not be started: "),
        (Error::from(WaitError::Poll(call())), "the account could not be watched: "),
        (Error::from(SyncError::Request(call())), "the transactions could not be read: "),
        (
            Error::from(SyncIntoError::<std::io::Error>::Sync(SyncError::Request(call()))),
            "the transactions could not be read: ",
        ),
        (
            Error::from(SyncError::UnknownCursor(call())),
            "Stripe does not know the stored cursor; sync from the start, without one: ",
        ),
    ] {
        assert_eq!(error.to_string(), format!("{prefix}{text}"));
        assert!(error.source().is_none_or(|source| !text.contains(&source.to_string())));
    }
    let full = SyncIntoError::Store(std::io::Error::other("the disk is full"));
    assert_eq!(Error::from(full).to_string(), "the store of the transactions failed: the disk is full");
    let webhook = Error::from(WebhookError::MissingHeader);
    assert_eq!(webhook.to_string(), "no Stripe-Signature header");
}

/// A report of an error follows `source` from one error to the next.
#[tokio::test]
async fn the_source_of_an_error_is_the_cause_of_its_call() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(closed).with_max_retries(0);
    let fc = FinancialConnections::new(config.with_clock(TestClock::new())).unwrap();
    let id = AccountId::unchecked("fca_1");
    let call = || async { fc.accounts().retrieve(&id).send().await.unwrap_err() };
    let cause = call().await.source().expect("reqwest says why").to_string();
    let source = |error: &dyn StdError| error.source().map(ToString::to_string);

    assert_eq!(source(&WaitError::Request(call().await)).as_ref(), Some(&cause));
    assert_eq!(source(&WaitError::Poll(call().await)).as_ref(), Some(&cause));
    assert_eq!(source(&SyncError::Request(call().await)).as_ref(), Some(&cause));
    let sync: SyncIntoError<std::io::Error> = SyncError::Request(call().await).into();
    assert_eq!(source(&sync).as_ref(), Some(&cause));
    let store = SyncIntoError::Store(std::io::Error::other(call().await));
    assert_eq!(source(&store).as_ref(), Some(&cause));
    let mut watch = RefreshWatch::new(&id, RefreshFeature::Balance);
    let elapsed = fc.accounts().until_settled(&mut watch, Duration::from_secs(9)).await.unwrap_err();
    assert!(matches!(elapsed, WaitError::Elapsed(_)), "{elapsed:?}");
    assert_eq!(source(&elapsed).as_ref(), Some(&cause));
}

#[tokio::test]
async fn the_cause_of_a_failed_wait_is_in_its_text() {
    let server = Server::scripted(|_| async {
        (404, r#"{"error": {"message": "No such account: 'fca_1'"}}"#.to_owned())
    })
    .await;
    let fc = server.fc_with(&TestClock::new());
    let id = AccountId::unchecked("fca_1");
    let mut watch = RefreshWatch::new(&id, RefreshFeature::Balance);
    let error = fc.accounts().until_settled(&mut watch, Duration::from_secs(9)).await.unwrap_err();
    assert!(
        error.to_string().starts_with("the account could not be watched: ")
            && error.to_string().contains("No such account: 'fca_1'"),
        "{error}"
    );
}
