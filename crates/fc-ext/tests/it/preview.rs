//! The preview on real HTTP: institutions, hosted sessions, the outcomes of a relink, and its events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use fc_ext::preview::{CannotRelink, EventKind, Relink, RelinkOutcome, WebhookEvent};
use fc_ext::types::preview::{
    API_VERSION, Account, EventObject, Institution, RelinkFailureReason, SessionCancelReason,
};
use fc_ext::types::{AccountId, SessionId};
use fc_ext::webhook::WebhookError;
use fc_ext::{FinancialConnections, NewAccountHolder, Paged as _, Permission};
use serde_json::{Value, json};

use crate::support::Server;

/// A server of the preview that answers with these bodies by method and path, and 404 elsewhere. It refuses calls of another
/// version, and notes the forms that it gets.
struct Preview {
    server: Server,
    fc: FinancialConnections,
    forms: Arc<Mutex<Vec<String>>>,
}

impl Preview {
    async fn start<const N: usize>(answers: [(&str, Value); N]) -> Self {
        let answers: HashMap<String, String> =
            answers.into_iter().map(|(path, body)| (path.to_owned(), body.to_string())).collect();
        let forms: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&forms);
        let handler = move |request: Request| {
            let (answers, noted) = (answers.clone(), Arc::clone(&noted));
            async move {
                let version =
                    request.headers().get("stripe-version").map(|version| version.to_str().unwrap());
                let is_preview = version == Some(API_VERSION);
                // Walks ask for the longest pages.
                let path = request.uri().to_string().replace("limit=100", "").replace("?&", "?");
                let path = path.replace("/v1/financial_connections/", "");
                let path = path.trim_end_matches(['?', '&']);
                let key = format!("{} {path}", request.method());
                let form = to_bytes(request.into_body(), 10_000).await.unwrap();
                noted
                    .lock()
                    .unwrap()
                    .extend((!form.is_empty()).then(|| String::from_utf8(form.to_vec()).unwrap()));
                let (status, body) = match answers.get(&key) {
                    Some(body) if is_preview => (StatusCode::OK, body.clone()),
                    Some(_) => (StatusCode::BAD_REQUEST, "another version".to_owned()),
                    None => (StatusCode::NOT_FOUND, r#"{"error": {"code": "resource_missing"}}"#.to_owned()),
                };
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = status;
                response
            }
        };
        let server = Server::start(Router::new().fallback(handler)).await;
        let fc = server.fc();
        Self { server, fc, forms }
    }

    /// The only form so far, decoded.
    fn form(&self) -> Vec<String> {
        let forms = self.forms.lock().unwrap();
        let [form] = forms.as_slice() else { panic!("{forms:?}") };
        form.replace("%5B", "[").replace("%5D", "]").split('&').map(str::to_owned).collect()
    }
}

fn list(data: &[Value], has_more: bool) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": "/v1/financial_connections/institutions" })
}

fn institution(id: &str, name: &str, routing_numbers: &[&str]) -> Value {
    let feature = json!({ "supported": true });
    json!({
        "id": id, "object": "financial_connections.institution", "countries": ["US"], "livemode": false, "name": name,
        "features": {
            "balances": feature, "ownership": feature, "payment_method": { "supported": false }, "transactions": feature,
        },
        "routing_numbers": routing_numbers, "status": "active", "url": null,
    })
}

/// Two pages of institutions.
async fn institutions() -> Preview {
    Preview::start([
        (
            "GET institutions",
            list(
                &[
                    institution("fcinst_1", "First Bank of Springfield", &["110000000", "0210-0002 1"]),
                    institution("fcinst_2", "Ÿ Crédit Springfield", &[]),
                ],
                true,
            ),
        ),
        (
            "GET institutions?starting_after=fcinst_2",
            list(
                &[
                    institution("fcinst_3", "SPRINGFIELD FIRST CREDIT UNION", &["110000000"]),
                    institution("fcinst_4", "Bank First", &["1100000001"]),
                ],
                false,
            ),
        ),
        ("GET institutions/fcinst_1", institution("fcinst_1", "First Bank of Springfield", &[])),
    ])
    .await
}

fn ids(found: &[Institution]) -> Vec<&str> {
    found.iter().map(|institution| institution.id.as_str()).collect()
}

#[tokio::test]
async fn a_search_by_name_finds_all_words_in_any_order_and_case_on_every_page() {
    let preview = institutions().await;
    let fc = preview.fc.preview();
    for (query, expected) in [
        ("springfield first", ["fcinst_1", "fcinst_3"].as_slice()),
        ("  First\tBANK ", &["fcinst_1", "fcinst_4"]),
        ("ÿ CRÉDIT", &["fcinst_2"]),
        ("first bank of shelbyville", &[]),
        // Words, not texts: the name has both, apart from each other.
        ("bank springfield", &["fcinst_1"]),
        ("", &[]),
        (" \t", &[]),
    ] {
        assert_eq!(ids(&fc.institutions().by_name(query).await.unwrap()), expected, "{query:?}");
    }
    assert_eq!(
        preview.server.requests()[..2],
        ["GET institutions?limit=100", "GET institutions?limit=100&starting_after=fcinst_2"]
    );
}

#[tokio::test]
async fn a_search_by_routing_number_finds_the_whole_number_only() {
    let fc = institutions().await.fc.preview();
    for (number, expected) in [
        ("110000000", ["fcinst_1", "fcinst_3"].as_slice()),
        ("1100-0000 0", &["fcinst_1", "fcinst_3"]),
        ("021000021", &["fcinst_1"]),
        ("11000000", &[]),
        ("1100000001", &["fcinst_4"]),
        ("", &[]),
        ("- -", &[]),
    ] {
        assert_eq!(ids(&fc.institutions().by_routing_number(number).await.unwrap()), expected, "{number:?}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_read_fails_a_search() {
    let first = list(&[institution("fcinst_1", "First Bank", &["110000000"])], true);
    let fc = Preview::start([("GET institutions", first)]).await.fc.preview();
    assert!(fc.institutions().by_name("first").await.unwrap_err().is_not_found());
    assert!(fc.institutions().by_routing_number("110000000").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_institution_says_what_it_supports() {
    let fc = institutions().await.fc.preview();
    let id = "fcinst_1".parse::<fc_ext::types::preview::InstitutionId>().unwrap();
    let institution = fc.institutions().retrieve(id).send().await.unwrap();
    assert!(institution.features.transactions.supported && !institution.features.payment_method.supported);
    assert_eq!(institution.status.as_str(), "active");
}

#[tokio::test]
async fn an_account_leads_to_its_authorization_and_its_inferred_balances() {
    let balances = [("fcinfbal_2", 1_790_035_199, 700), ("fcinfbal_1", 1_789_948_799, 600)].map(|(id, as_of, usd)| {
        json!({
            "id": id, "object": "financial_connections.account_inferred_balance", "as_of": as_of, "current": { "usd": usd },
        })
    });
    let authorization = json!({
        "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "StripeBank",
        "livemode": false, "status": "inactive", "status_details": { "inactive": { "action": "relink_required" } },
        "account_holder": null, "institution": "fcinst_1",
    });
    let preview = Preview::start([
        ("GET accounts/fca_1", account("inactive")),
        ("GET authorizations/fcauth_1", authorization),
        ("GET accounts/fca_1/inferred_balances", list(&balances, false)),
    ])
    .await;
    let fc = preview.fc.preview();
    let account = fc.accounts().retrieve(account_id()).send().await.unwrap();
    let authorization = fc.authorizations().retrieve(account.authorization.unwrap()).send().await.unwrap();
    assert_eq!(authorization.status.as_str(), "inactive");
    assert_eq!(authorization.institution.unwrap().id(), "fcinst_1");
    let balances = fc.accounts().inferred_balances(account_id()).items().into_vec().await.unwrap();
    assert_eq!(
        balances.iter().map(|balance| balance.current.get("usd")).collect::<Vec<_>>(),
        [Some(700), Some(600)]
    );
}

fn session(more: Value) -> Value {
    let mut session = json!({
        "id": "fcsess_1", "object": "financial_connections.session", "account_holder": null, "client_secret": null,
        "accounts": { "object": "list", "data": [], "has_more": false, "url": "/" }, "livemode": false,
        "permissions": ["balances"], "prefetch": null, "status": "pending",
    });
    merge(&mut session, more);
    session
}

fn merge(object: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("{more}") };
    for (key, value) in more {
        object[key] = value;
    }
}

#[tokio::test]
async fn a_hosted_session_asks_for_an_address_and_its_answer_has_it() {
    let url = "https://connect.example/fcsess_1";
    let answer = session(json!({ "ui_mode": "hosted", "url": url, "hosted": { "delivery_method": "url" } }));
    let preview = Preview::start([("POST sessions", answer)]).await;
    let holder = NewAccountHolder::Customer("cus_1".parse().unwrap());
    let sessions = preview.fc.preview();
    let request = sessions.sessions().create_hosted(holder, [Permission::Balances]);
    let session = request.send().await.unwrap();
    assert_eq!(session.url.as_deref(), Some(url));
    assert!(session.client_secret.is_none());
    assert_eq!(
        preview.form(),
        [
            "account_holder[customer]=cus_1",
            "account_holder[type]=customer",
            "hosted[delivery_method]=url",
            "permissions[0]=balances",
            "ui_mode=hosted",
        ]
    );
}

#[tokio::test]
async fn a_session_in_the_modal_is_not_hosted() {
    let preview = Preview::start([("POST sessions", session(json!({})))]).await;
    let holder = NewAccountHolder::Customer("cus_1".parse().unwrap());
    preview.fc.preview().sessions().create(holder, [Permission::Balances]).send().await.unwrap();
    assert!(!preview.form().iter().any(|field| field.starts_with("ui_mode") || field.starts_with("hosted")));
}

fn account_id() -> AccountId {
    AccountId::unchecked("fca_1")
}

/// JSON of an account of the preview with this status.
fn account(status: &str) -> Value {
    json!({
        "id": "fca_1", "object": "financial_connections.account", "authorization": "fcauth_1", "category": "cash",
        "created": 1, "institution_name": "StripeBank", "livemode": false, "permissions": ["balances", "transactions"],
        "status": status, "subcategory": "checking", "supported_payment_method_types": [],
    })
}

fn relink() -> Relink {
    Relink::of(&serde_json::from_value(account("inactive")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_relink_asks_for_the_same_log_in_and_the_same_account() {
    for hosted in [false, true] {
        let preview = Preview::start([("POST sessions", session(json!({})))]).await;
        let client = preview.fc.client().preview();
        let request = if hosted { relink().hosted_session(&client) } else { relink().session(&client) };
        request.send().await.unwrap();
        let mut expected = vec![
            "permissions[0]=balances",
            "permissions[1]=transactions",
            "relink_options[account]=fca_1",
            "relink_options[authorization]=fcauth_1",
        ];
        if hosted {
            expected.extend(["hosted[delivery_method]=url", "ui_mode=hosted"]);
        }
        expected.sort_unstable();
        let mut form = preview.form();
        form.sort_unstable();
        assert_eq!(form, expected);
    }
}

/// Outcome of a relink by this session, and what was read.
async fn outcome(more: Value, status: &str) -> (RelinkOutcome, Vec<String>) {
    let mut answer =
        session(json!({ "relink_options": { "account": "fca_1", "authorization": "fcauth_1" } }));
    merge(&mut answer, more);
    let preview =
        Preview::start([("GET sessions/fcsess_1", answer), ("GET accounts/fca_1", account(status))]).await;
    let client = preview.fc.client().preview();
    let session = "fcsess_1".parse::<SessionId>().unwrap();
    let outcome = relink().outcome(&client, &session).await.unwrap();
    (outcome, preview.server.requests())
}

#[tokio::test]
async fn a_relink_has_succeeded_only_if_the_account_is_active_again() {
    let success = json!({
        "status": "succeeded",
        "relink_result": { "account": "fca_1", "authorization": "fcauth_1", "failure_reason": null },
    });
    let (active, read) = outcome(success.clone(), "active").await;
    assert!(matches!(active, RelinkOutcome::Active(account) if account.is_active()));
    assert_eq!(read, ["GET sessions/fcsess_1", "GET accounts/fca_1"]);
    let (inactive, _) = outcome(success, "inactive").await;
    assert!(matches!(inactive, RelinkOutcome::NotActive(account) if account.is_inactive()), "it broke again");
}

#[tokio::test]
async fn every_other_end_of_a_relink_has_its_outcome_without_reading_the_account() {
    let failed = |reason: &str| RelinkOutcome::Failed(Some(RelinkFailureReason::from(reason)));
    for (session, expected) in [
        (json!({ "status": "pending" }), RelinkOutcome::Pending),
        (
            json!({ "status": "succeeded", "relink_result": { "account": "fca_2", "authorization": "fcauth_1" } }),
            RelinkOutcome::OtherAccount(AccountId::unchecked("fca_2")),
        ),
        (
            json!({ "status": "failed", "relink_result": { "failure_reason": "no_account" } }),
            failed("no_account"),
        ),
        (
            json!({ "status": "failed", "relink_result": { "failure_reason": "no_authorization" } }),
            failed("no_authorization"),
        ),
        (json!({ "status": "failed", "relink_result": { "failure_reason": "other" } }), failed("other")),
        (
            json!({
                "status": "cancelled",
                "status_details": { "cancelled": { "reason": "custom_manual_entry" } },
            }),
            RelinkOutcome::Cancelled(Some(SessionCancelReason::CustomManualEntry)),
        ),
        (json!({ "status": "cancelled" }), RelinkOutcome::Cancelled(None)),
        (json!({ "relink_options": { "authorization": "fcauth_2" } }), RelinkOutcome::OtherSession),
        (json!({ "status": "succeeded" }), RelinkOutcome::Unclear),
    ] {
        let (outcome, read) = outcome(session.clone(), "active").await;
        assert_eq!(outcome, expected, "{session}");
        assert_eq!(read, ["GET sessions/fcsess_1"], "{session}");
    }
}

#[tokio::test]
async fn an_account_that_need_not_be_relinked_says_so() {
    let active: Account = serde_json::from_value(account("active")).unwrap();
    assert_eq!(Relink::of(&active), Err(CannotRelink::NotNeeded));
}

fn event(kind: &str, object: Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": API_VERSION, "created": 20, "data": { "object": object },
        "livemode": false, "pending_webhooks": 1, "request": null, "type": format!("financial_connections.{kind}"),
    })
}

fn parse(event: &Value) -> WebhookEvent {
    WebhookEvent::parse(event.to_string()).unwrap()
}

#[test]
fn a_session_that_ends_has_an_event_with_the_session() {
    let cancelled = session(
        json!({ "status": "cancelled", "status_details": { "cancelled": { "reason": "custom_manual_entry" } } }),
    );
    let event = parse(&event("session.updated", cancelled));
    let EventKind::SessionUpdated(session) = event.kind() else { panic!("{:?}", event.kind()) };
    let cancelled = session.status_details.as_ref().unwrap().cancelled.as_ref().unwrap();
    assert_eq!(cancelled.reason, Some(SessionCancelReason::CustomManualEntry));
    assert_eq!(event.decode_error(), None);
    assert_eq!(event.into_event().api_version.as_deref(), Some(API_VERSION));
}

#[test]
fn a_refresh_of_inferred_balances_has_an_event_with_its_state() {
    let mut account = account("active");
    account["inferred_balances_refresh"] =
        json!({ "status": "failed", "last_attempted_at": 10, "next_refresh_available_at": null });
    let event = parse(&event("account.refreshed_inferred_balances", account));
    let EventKind::AccountRefreshedInferredBalances(account) = event.kind() else {
        panic!("{:?}", event.kind())
    };
    assert_eq!(account.inferred_balances_refresh.as_ref().unwrap().status.as_str(), "failed");
}

#[test]
fn an_event_whose_object_does_not_fit_is_kept_with_the_reason() {
    // Another object than the type says.
    let event_of_another = parse(&event("session.updated", account("active")));
    assert!(matches!(event_of_another.kind(), EventKind::Undecoded(_)));
    assert_eq!(
        event_of_another.decode_error().unwrap().to_string(),
        "expected `financial_connections.session` at `data.object.object`"
    );
    // An object that does not decode.
    let broken = json!({ "id": "fcsess_1", "object": "financial_connections.session", "permissions": [] });
    let event_of_broken = parse(&event("session.updated", broken.clone()));
    assert!(matches!(event_of_broken.kind(), EventKind::Undecoded(_)));
    let reason = event_of_broken.decode_error().unwrap().to_string();
    assert!(reason.starts_with("missing field `") && reason.ends_with("at `data.object`"), "{reason}");
    assert!(
        matches!(&event_of_broken.data.object, EventObject::Unknown(kept) if Value::from(kept.clone()) == broken)
    );
    // A type that this version does not know.
    let newer = parse(&event("consent.updated", broken));
    assert!(matches!(newer.kind(), EventKind::Other(event) if event.id == "evt_1"));
}

#[test]
fn another_payload_is_named_and_personal_data_is_not_shown() {
    let thin =
        r#"{"id": "evt_1", "object": "v2.core.event", "type": "v1.financial_connections.account.created"}"#;
    assert!(matches!(WebhookEvent::parse(thin), Err(WebhookError::UnexpectedPayload(_))));
    assert!(matches!(WebhookEvent::parse("{}"), Err(WebhookError::UnexpectedPayload(_))));
    assert!(matches!(WebhookEvent::parse("<html>"), Err(WebhookError::Undecodable(_))));
    let mut unnamed = event("session.updated", session(json!({})));
    unnamed.as_object_mut().unwrap().remove("id");
    let error = WebhookEvent::parse(unnamed.to_string()).unwrap_err();
    assert_eq!(error.to_string(), "unreadable payload: missing field `id`");

    let secret =
        session(json!({ "client_secret": "fcsess_client_secret_x", "url": "https://connect.example/jane" }));
    let shown = format!("{:?}", parse(&event("session.updated", secret)));
    assert!(shown.contains("evt_1") && shown.contains("session.updated"), "{shown}");
    assert!(!shown.contains("jane") && !shown.contains("client_secret"), "{shown}");
}

/// Texts by keys that a user chose are written in the same order each time.
#[test]
fn the_texts_of_an_automation_keep_their_order() {
    let mut custom = event("session.updated", session(json!({})));
    let texts: serde_json::Map<String, Value> =
        (0..40).map(|number| (format!("key_{number:02}"), json!(format!("text {number}")))).collect();
    custom["reason"] = json!({
        "type": "automation_action",
        "automation_action": {
            "type": "stripe_send_webhook_custom_event", "trigger": "payment",
            "stripe_send_webhook_custom_event": { "custom_data": texts },
        },
    });
    let event = parse(&custom).into_event();
    let written = serde_json::to_string(&event.reason).unwrap();
    assert!(written.contains(&format!("\"custom_data\":{}", Value::from(texts))), "{written}");
    assert_eq!(serde_json::to_value(&event).unwrap(), custom);
}
