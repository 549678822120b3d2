//! The public preview on the sandbox: relinking with each of its outcomes, institutions, authorizations, hosted sessions, events.

use std::time::Duration;

use fc_ext::Paged as _;
use fc_ext::preview::{CannotRelink, EventKind, Preview, Relink, RelinkOutcome, WebhookEvent};
use fc_ext::webhook::ThinEvent;
use fc_sandbox::{AccountSpec, Fault, InactiveCause, Institution, SessionEnd};
use fc_types::preview::{
    Account, AccountHolderParams, AccountHolderType, AccountPermission, AccountRefreshFeature,
    RelinkFailureReason, SessionCancelReason,
};
use fc_types::{AccountId, ConnectedAccountId, TransactionId};

use crate::support::{KEY, Linked};

const VERSION: &str = fc_client::preview::API_VERSION;

/// An account that lost its access.
struct Broken {
    linked: Linked,
    preview: Preview,
    relink: Relink,
}

impl Broken {
    async fn new(spec: AccountSpec, cause: InactiveCause) -> Self {
        let linked = Linked::new(spec).await;
        linked.sandbox.deactivate_because(&linked.id, cause).unwrap();
        let preview = linked.fc.preview();
        let relink = Relink::of(&account(&preview, &linked.id).await).unwrap();
        Self { linked, preview, relink }
    }

    /// The outcome of a new session, after `user` went through it.
    async fn outcome(&self, user: impl FnOnce(&str)) -> RelinkOutcome {
        let client = self.preview.client();
        let session = self.relink.session(client).send().await.unwrap();
        user(session.id.as_str());
        self.relink.outcome(client, &session.id).await.unwrap()
    }
}

async fn account(preview: &Preview, id: &AccountId) -> Account {
    preview.accounts().retrieve(id).send().await.unwrap()
}

#[tokio::test]
async fn the_same_account_is_active_again_and_its_transactions_continue() {
    let linked = Linked::new(AccountSpec::checking().transactions(300)).await;
    let refresh = || linked.fc.accounts().refresh(&linked.id, [fc_ext::RefreshFeature::Transactions]);
    let first = refresh().until_settled(Duration::from_secs(60)).await.unwrap();
    let stored = first.account.transaction_refresh.as_ref().unwrap().id.clone();
    let listed = async || -> Vec<TransactionId> {
        let all = linked.fc.transactions().list(&linked.id).items().into_vec().await.unwrap();
        all.into_iter().map(|transaction| transaction.id).collect()
    };
    let before = listed().await;
    linked.sandbox.deactivate_because(&linked.id, InactiveCause::AccessDenied).unwrap();
    linked.advance(Duration::from_secs(20 * 86_400));

    let preview = linked.fc.preview();
    let relink = Relink::of(&account(&preview, &linked.id).await).unwrap();
    assert_eq!(relink.account(), &linked.id);
    let session = relink.session(preview.client()).send().await.unwrap();
    assert_eq!(relink.outcome(preview.client(), &session.id).await.unwrap(), RelinkOutcome::Pending);
    let relinked = linked.sandbox.relink(session.client_secret.as_ref().unwrap().expose()).unwrap();
    assert_eq!(relinked, std::slice::from_ref(&linked.id));
    let RelinkOutcome::Active(active) = relink.outcome(preview.client(), &session.id).await.unwrap() else {
        panic!("the account is active")
    };
    assert_eq!((&active.id, active.is_active()), (&linked.id, true));
    assert_eq!(Relink::of(&active), Err(CannotRelink::NotNeeded));

    refresh().until_settled(Duration::from_secs(60)).await.unwrap();
    let changed = linked
        .fc
        .transactions()
        .list(&linked.id)
        .transaction_refresh_after(stored.clone())
        .items()
        .into_vec()
        .await
        .unwrap();
    let mut merged = before.clone();
    merged.extend(changed.into_iter().map(|changed| changed.id).filter(|id| !before.contains(id)));
    let mut now = listed().await;
    assert!(now.len() > before.len());
    merged.sort();
    now.sort();
    assert_eq!(merged, now, "no gap and none twice");
}

#[tokio::test]
async fn each_other_outcome_is_typed() {
    let broken = Broken::new(AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let sandbox = &broken.linked.sandbox;
    for (end, outcome) in [
        (SessionEnd::Cancelled, RelinkOutcome::Cancelled(Some(SessionCancelReason::Other))),
        (
            SessionEnd::CustomManualEntry,
            RelinkOutcome::Cancelled(Some(SessionCancelReason::CustomManualEntry)),
        ),
        (SessionEnd::NoAccount, RelinkOutcome::Failed(Some(RelinkFailureReason::NoAccount))),
        (SessionEnd::NoAuthorization, RelinkOutcome::Failed(Some(RelinkFailureReason::NoAuthorization))),
        (SessionEnd::Other, RelinkOutcome::Failed(Some(RelinkFailureReason::Other))),
    ] {
        assert_eq!(broken.outcome(|session| sandbox.end_session(session, end).unwrap()).await, outcome);
    }
    let mut other = None;
    let outcome = broken
        .outcome(|session| other = sandbox.link(session, [AccountSpec::savings()]).unwrap().pop())
        .await;
    assert_eq!(outcome, RelinkOutcome::OtherAccount(other.unwrap()));

    let plain = broken.preview.sessions().create(holder(), AccountPermission::KNOWN).send().await.unwrap();
    let outcome = broken.relink.outcome(broken.preview.client(), &plain.id).await.unwrap();
    assert_eq!(outcome, RelinkOutcome::OtherSession);
    let outcome = broken
        .outcome(|session| {
            sandbox.relink(session).unwrap();
            sandbox.deactivate(&broken.linked.id).unwrap();
        })
        .await;
    assert!(matches!(outcome, RelinkOutcome::NotActive(account) if account.is_inactive()));
}

fn holder() -> AccountHolderParams {
    let id: ConnectedAccountId = "acct_1MwVK82eZvKYlo2C".parse().unwrap();
    AccountHolderParams::new(AccountHolderType::Account).with_account(id)
}

#[tokio::test]
async fn an_account_says_why_it_cannot_be_relinked() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let preview = linked.fc.preview();
    let why = async || Relink::of(&account(&preview, &linked.id).await).map(|_| ());
    assert_eq!(why().await, Err(CannotRelink::NotNeeded));
    let later = linked.sandbox.clock().now() + 86_400;
    linked.sandbox.expect_deactivation(&linked.id, Some(later)).unwrap();
    assert_eq!(why().await, Ok(()), "its access is about to end");
    linked.sandbox.deactivate_because(&linked.id, InactiveCause::AccountClosed).unwrap();
    assert_eq!(why().await, Err(CannotRelink::NothingToDo));
    linked.fc.accounts().disconnect(&linked.id).send().await.unwrap();
    assert_eq!(why().await, Err(CannotRelink::Disconnected));
}

#[tokio::test]
async fn institutions_are_found_by_name_and_by_routing_number() {
    let broken = Broken::new(AccountSpec::checking(), InactiveCause::AccessExpired).await;
    let institutions = broken.preview.institutions();
    let all = institutions.list().items().into_vec().await.unwrap();
    assert_eq!(all.len(), Institution::all().len());
    let found = institutions.by_name("oauth bank").await.unwrap();
    let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["Bank (Non-OAuth)", "Bank (OAuth)"]);
    let found = institutions.by_routing_number("1100 0000-0").await.unwrap();
    assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["Test (Non-OAuth)"]);
    assert_eq!(institutions.retrieve(&found[0].id).send().await.unwrap(), found[0]);

    let known = account(&broken.preview, &broken.linked.id).await;
    let authorization =
        broken.preview.authorizations().retrieve(broken.relink.authorization()).send().await.unwrap();
    assert_eq!(known.authorization.as_ref(), Some(&authorization.id));
    assert_eq!(authorization.status.as_str(), "inactive");
    assert_eq!(authorization.institution_name, known.institution_name);
}

/// The account is active again and says nothing of the relink, so its session is what is left.
#[tokio::test]
async fn a_program_that_was_restarted_learns_the_outcome_from_the_session() {
    let broken = Broken::new(AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let client = broken.preview.client();
    let session = broken.relink.session(client).send().await.unwrap();
    broken.linked.sandbox.relink(session.client_secret.as_ref().unwrap().expose()).unwrap();
    let session = broken.preview.sessions().retrieve(&session.id).send().await.unwrap();
    let again = Relink::of_session(&session).unwrap();
    assert_eq!(again, broken.relink);
    assert!(matches!(again.outcome(client, &session.id).await.unwrap(), RelinkOutcome::Active(_)));

    let plain = broken.preview.sessions().create(holder(), AccountPermission::KNOWN).send().await.unwrap();
    assert_eq!(Relink::of_session(&plain), None);
}

#[tokio::test]
async fn a_hosted_session_has_a_url() {
    let broken = Broken::new(AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let session = broken.relink.hosted_session(broken.preview.client()).send().await.unwrap();
    assert!(session.client_secret.is_none());
    let url = session.url.clone().unwrap();
    let (_, secret) = url.split_once("/_sandbox/link#").expect("the linking page");
    broken.linked.sandbox.relink(secret).unwrap();
    let outcome = broken.relink.outcome(broken.preview.client(), &session.id).await.unwrap();
    assert!(matches!(outcome, RelinkOutcome::Active(_)));

    let hosted = broken.preview.sessions().create_hosted(holder(), [AccountPermission::Balances]);
    assert!(hosted.send().await.unwrap().url.is_some());
}

#[tokio::test]
async fn inferred_balances_are_listed_after_their_refresh() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let preview = linked.fc.preview();
    let list = async || preview.accounts().inferred_balances(&linked.id).items().into_vec().await.unwrap();
    assert_eq!(list().await.len(), 0);
    let refresh = preview.client().refresh_account(&linked.id, [AccountRefreshFeature::InferredBalances]);
    refresh.send().await.unwrap();
    linked.advance(Duration::from_secs(5));
    let days = list().await;
    assert_eq!(days.len(), 90);
    assert!(days.iter().all(|day| (day.as_of.as_secs() + 1) % 86_400 == 0));
}

#[tokio::test]
async fn events_of_the_preview_are_typed() {
    let broken = Broken::new(AccountSpec::checking(), InactiveCause::AccessDenied).await;
    broken.outcome(|session| drop(broken.linked.sandbox.relink(session).unwrap())).await;
    let events = broken.linked.sandbox.events_in(KEY, VERSION);
    let events: Vec<WebhookEvent> =
        events.iter().map(|event| WebhookEvent::parse(event.to_string()).unwrap()).collect();
    let [.., deactivated, reactivated, updated] = &events[..] else { panic!("three or more: {events:?}") };
    match deactivated.kind() {
        EventKind::AccountDeactivated(account) => assert!(Relink::of(account).is_ok()),
        other => panic!("{other:?}"),
    }
    match reactivated.kind() {
        EventKind::AccountReactivated(account) => assert!(account.is_active()),
        other => panic!("{other:?}"),
    }
    match updated.kind() {
        EventKind::SessionUpdated(session) => {
            let result = session.relink_result.as_ref().unwrap();
            assert_eq!(result.account.as_ref(), Some(&broken.linked.id));
        }
        other => panic!("{other:?}"),
    }
    // GA has no event of a session, and the events that it has decode in both versions.
    let ga = broken.linked.sandbox.events(KEY);
    assert!(ga.iter().all(|event| fc_ext::webhook::WebhookEvent::parse(event.to_string()).is_ok()));
    assert_eq!(ga.len() + 2, events.len(), "without the two sessions that ended");
}

#[tokio::test]
async fn a_call_in_ga_sees_nothing_of_the_preview() {
    let broken = Broken::new(AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let ga = broken.linked.account().await;
    assert!(ga.extra.is_empty() && ga.status_details.is_none(), "{ga:?}");
    let sandbox = &broken.linked.sandbox;
    sandbox.faults().inject(Fault::institution_down("Test Institution")).unwrap();
    let session = broken.relink.session(broken.preview.client()).send().await.unwrap();
    assert!(sandbox.relink(&session.id).is_err(), "the bank is down");
    let session = broken.linked.fc.sessions().retrieve(&session.id).send().await.unwrap();
    assert!(session.extra.is_empty(), "{session:?}");
}

#[tokio::test]
async fn thin_events_of_the_sandbox_lead_to_their_account() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let received = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let inbox = std::sync::Arc::clone(&received);
    let receiver = axum::Router::new().fallback(move |body: String| {
        inbox.lock().unwrap().push(body);
        std::future::ready("")
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, receiver).await });
    linked.sandbox.event_destination(KEY, &url, ["*"]).unwrap();
    linked.sandbox.deactivate(&linked.id).unwrap();
    linked.sandbox.deliver_webhooks().await;
    let bodies = received.lock().unwrap().clone();
    let [body] = &bodies[..] else { panic!("one event: {bodies:?}") };
    let event = ThinEvent::parse(body).unwrap();
    assert_eq!(event.type_.as_str(), "v1.financial_connections.account.deactivated");
    assert_eq!(event.account_id(), Some(linked.id.clone()));
    assert!(event.snapshot_event.is_some() && event.extra.is_empty(), "{event:?}");
}
