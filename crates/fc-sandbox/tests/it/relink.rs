//! Relinking: a user logs in again, and the same account is active again.

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};
use fc_sandbox::{AccountSpec, Fault, InactiveCause, LinkError, Sandbox, SessionEnd};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, KEY, NOW, SESSIONS, TRANSACTIONS, ids};
use crate::preview::{PREVIEW, text};
use crate::receiver::Receiver;

/// An inactive account, and a session that relinks it.
struct Broken {
    account: String,
    authorization: String,
    session: String,
}

impl Broken {
    async fn new(bench: &Bench, spec: AccountSpec, cause: InactiveCause) -> Self {
        let account = bench.link(ALL, [spec]).await.remove(0);
        bench.sandbox.deactivate_because(&account, cause).expect("it is active");
        Self::of(bench, account).await
    }

    async fn of(bench: &Bench, account: String) -> Self {
        let authorization = text(&bench.preview_account(&account).await["authorization"]).to_owned();
        let session = bench.preview_post(SESSIONS, &options(&authorization, Some(&account))).await.ok();
        assert_eq!(session["relink_options"], json!({ "account": account, "authorization": authorization }));
        assert_eq!((&session["status"], session.get("relink_result")), (&json!("pending"), None));
        Self { account, authorization, session: text(&session["id"]).to_owned() }
    }

    async fn session(&self, bench: &Bench) -> Value {
        bench.preview(&format!("{SESSIONS}/{}", self.session)).await.ok()
    }
}

fn options(authorization: &str, account: Option<&str>) -> String {
    let account = account.map(|account| format!("&relink_options[account]={account}")).unwrap_or_default();
    format!(
        "permissions[]=balances&permissions[]=transactions&relink_options[authorization]={authorization}{account}"
    )
}

async fn page(bench: &Bench, secret: &str, path: &str, body: Value) -> crate::bench::Response {
    let method = if body.is_null() { Method::GET } else { Method::POST };
    let request = Request::builder()
        .method(method)
        .uri(format!("/_sandbox/link/{path}"))
        .header(AUTHORIZATION, format!("Bearer {secret}"))
        .body(Body::from(body.to_string()));
    bench.send(request.expect("a request")).await
}

#[tokio::test]
async fn the_same_account_is_active_again_and_its_transactions_continue_from_the_cursor() {
    let bench = Bench::new();
    let account = bench.link(ALL, [AccountSpec::checking().transactions(400)]).await.remove(0);
    let first = bench.refreshed(&account, "transactions").await;
    let cursor = text(&first["transaction_refresh"]["id"]).to_owned();
    let all = async |query: &str| {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let page =
                bench.get(&format!("{TRANSACTIONS}?account={account}&limit=100{query}{after}")).await.ok();
            found.extend(ids(&page));
            if page["has_more"] == false {
                return found;
            }
            after = format!("&starting_after={}", found.last().expect("a page has items"));
        }
    };
    let before = all("").await;
    bench.sandbox.deactivate(&account).expect("it is active");
    bench.advance(20 * 86_400);
    bench.refresh(&account, "features[]=transactions").await.refused(400);

    let broken = Broken::of(&bench, account.clone()).await;
    let relinked = bench.sandbox.relink(&broken.session).expect("the bank is up");
    assert_eq!(relinked.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), [account.as_str()]);
    let session = broken.session(&bench).await;
    assert_eq!(session["status"], "succeeded");
    let result = json!({ "account": account, "authorization": broken.authorization, "failure_reason": null });
    assert_eq!(session["relink_result"], result);
    assert_eq!(ids(&session["accounts"]), [account.as_str()]);
    let active = bench.preview_account(&account).await;
    assert_eq!((&active["status"], active.get("status_details")), (&json!("active"), None));
    assert_eq!(active["permissions"], json!(ALL), "those of the account, not of the session");
    assert_eq!(bench.events_about(&account).last().map(String::as_str), Some("reactivated"));

    bench.refreshed(&account, "transactions").await;
    let changed = all(&format!("&transaction_refresh[after]={cursor}")).await;
    let mut merged = before.clone();
    merged.extend(changed.iter().filter(|id| !before.contains(id)).cloned());
    let mut now = all("").await;
    assert!(now.len() > before.len(), "twenty days bring transactions");
    merged.sort();
    now.sort();
    assert_eq!(merged, now, "no gap and none twice");
}

#[tokio::test]
async fn the_session_tells_an_endpoint_of_the_preview_how_it_ended() {
    let bench = Bench::new();
    let receiver = Receiver::start().await;
    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    bench.sandbox.webhook_endpoint_in(KEY, &receiver.url, PREVIEW).expect("an endpoint");
    bench.sandbox.relink(&broken.session).expect("the bank is up");
    bench.deliver().await;
    assert_eq!(receiver.kinds(), ["account.reactivated", "session.updated"]);
    let session = receiver.received()[1].event()["data"]["object"].clone();
    assert_eq!(session["relink_result"]["account"], broken.account);
    let listed = bench.sandbox.events_in(KEY, PREVIEW);
    assert_eq!(listed.last().map(|event| &event["data"]["object"]), Some(&session));
    assert!(
        bench
            .sandbox
            .events(KEY)
            .iter()
            .all(|event| event["type"] != "financial_connections.session.updated")
    );
}

#[tokio::test]
async fn another_account_is_linked_with_a_log_in_of_its_own() {
    let bench = Bench::new();
    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let linked = bench.sandbox.link(&broken.session, [AccountSpec::savings()]).expect("the same bank");
    let session = broken.session(&bench).await;
    let other = bench.preview_account(linked[0].as_ref()).await;
    assert_ne!(other["authorization"], broken.authorization);
    assert_eq!(
        session["relink_result"],
        json!({ "account": other["id"], "authorization": other["authorization"], "failure_reason": null })
    );
    assert_eq!(bench.account(&broken.account).await["status"], "inactive");
    assert_eq!(bench.events_about(linked[0].as_ref()), ["created"]);
}

#[tokio::test]
async fn the_account_is_recognized_by_its_name_and_digits() {
    let bench = Bench::new();
    let spec = || AccountSpec::checking().display_name("Household").last4("6789");
    let broken = Broken::new(&bench, spec(), InactiveCause::AccessExpired).await;
    // Chosen twice, it is one account.
    let linked = bench.sandbox.link(&broken.session, [spec(), spec()]).expect("the same bank");
    assert_eq!(linked, [broken.account.as_str()]);
    assert_eq!(bench.account(&broken.account).await["status"], "active");
    let other = bench.link(ALL, [spec()]).await.remove(0);
    assert_ne!(other, broken.account, "in an ordinary session it is a new account");
}

#[tokio::test]
async fn every_other_end_is_reachable() {
    let bench = Bench::new();
    for (end, status, result) in [
        (SessionEnd::Cancelled, "cancelled", None),
        (SessionEnd::NoAccount, "failed", Some("no_account")),
        (SessionEnd::NoAuthorization, "failed", Some("no_authorization")),
        (SessionEnd::Other, "failed", Some("other")),
    ] {
        let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::Unspecified).await;
        bench.sandbox.end_session(&broken.session, end).expect("it is open");
        let session = broken.session(&bench).await;
        assert_eq!(session["status"], status);
        let reason = session.get("relink_result").map(|result| text(&result["failure_reason"]));
        assert_eq!(reason, result, "{end:?}");
        assert_eq!(bench.account(&broken.account).await["status"], "inactive");
        assert_eq!(bench.sandbox.relink(&broken.session), Err(LinkError::SessionFinished));
    }
}

#[tokio::test]
async fn a_closed_account_is_not_found() {
    let bench = Bench::new();
    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccountClosed).await;
    assert_eq!(bench.sandbox.relink(&broken.session), Ok(Vec::new()));
    let session = broken.session(&bench).await;
    assert_eq!(
        (&session["status"], &session["relink_result"]["failure_reason"]),
        (&json!("failed"), &json!("no_account"))
    );
    assert_eq!(bench.account(&broken.account).await["status"], "inactive");
}

#[tokio::test]
async fn without_an_account_all_accounts_of_the_log_in_are_shared_again() {
    let bench = Bench::new();
    let specs = [AccountSpec::checking(), AccountSpec::savings(), AccountSpec::credit_card()];
    let accounts = bench.link(ALL, specs).await;
    for (account, cause) in accounts.iter().zip([InactiveCause::AccessExpired, InactiveCause::AccountClosed])
    {
        bench.sandbox.deactivate_because(account, cause).expect("it is active");
    }
    let authorization = bench.preview_account(&accounts[0]).await["authorization"].clone();
    let session = bench.preview_post(SESSIONS, &options(text(&authorization), None)).await.ok();
    let relinked = bench.sandbox.relink(text(&session["id"])).expect("the bank is up");
    assert_eq!(relinked.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), [&*accounts[0], &*accounts[2]]);
    let status = async |account: &String| text(&bench.account(account).await["status"]).to_owned();
    assert_eq!(status(&accounts[0]).await, "active");
    assert_eq!(status(&accounts[1]).await, "inactive", "it is closed");
    let session = bench.preview(&format!("{SESSIONS}/{}", text(&session["id"]))).await.ok();
    assert_eq!(
        session["relink_result"],
        json!({ "account": null, "authorization": authorization, "failure_reason": null })
    );
}

#[tokio::test]
async fn a_planned_end_is_over_after_a_relink() {
    let bench = Bench::new();
    let account = bench.checking().await;
    bench.sandbox.expect_deactivation(&account, Some(NOW + 86_400)).expect("it is active");
    let broken = Broken::of(&bench, account.clone()).await;
    bench.sandbox.relink(&broken.session).expect("the bank is up");
    bench.advance(2 * 86_400);
    assert_eq!(bench.account(&account).await["status"], "active");
    assert!(!bench.events_about(&account).contains(&"reactivated".to_owned()), "it was active all the time");
}

#[tokio::test]
async fn a_relink_is_refused_that_cannot_be() {
    let bench = Bench::new();
    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let other = bench.checking().await;
    for (form, code, param) in [
        (options("fcauth_none", None), json!("resource_missing"), "relink_options[authorization]"),
        (
            options(&broken.authorization, Some("fca_none")),
            json!("resource_missing"),
            "relink_options[account]",
        ),
        (options(&broken.authorization, Some(&other)), Value::Null, "relink_options[account]"),
        (
            "permissions[]=balances&relink_options[account]=fca_1".to_owned(),
            json!("parameter_missing"),
            "relink_options[authorization]",
        ),
        (
            format!(
                "{}&account_holder[type]=account&account_holder[account]=acct_1",
                options(&broken.authorization, None)
            ),
            Value::Null,
            "account_holder",
        ),
    ] {
        let error = bench.preview_post(SESSIONS, &form).await.refused(400);
        assert_eq!((&error["code"], &error["param"]), (&code, &json!(param)), "{error}");
    }
    let plain = bench.session(ALL, "").await;
    assert_eq!(bench.sandbox.relink(text(&plain["id"])), Err(LinkError::NotARelink));
    assert_eq!(bench.sandbox.relink("fcsess_none"), Err(LinkError::UnknownSession));
    let elsewhere = AccountSpec::checking().institution("Harbor Bank");
    assert!(matches!(
        bench.sandbox.link(&broken.session, [elsewhere]),
        Err(LinkError::NotOffered { index: 0, .. })
    ));
    bench.sandbox.faults().inject(Fault::institution_down("Test Institution")).expect("a fault");
    assert!(matches!(bench.sandbox.relink(&broken.session), Err(LinkError::InstitutionDown { .. })));
    assert_eq!(broken.session(&bench).await["status"], "pending", "nothing has changed");
    bench.sandbox.faults().clear();

    bench.post(&format!("{ACCOUNTS}/{}/disconnect", broken.account), "").await.ok();
    for form in [options(&broken.authorization, None), options(&broken.authorization, Some(&broken.account))]
    {
        bench.preview_post(SESSIONS, &form).await.refused(400);
    }
    assert_eq!(bench.sandbox.relink(&broken.session), Ok(Vec::new()), "it is gone");
}

#[tokio::test]
async fn the_page_offers_the_log_in_of_the_bank_and_its_accounts() {
    let bench = Bench::new();
    let spec = AccountSpec::checking().institution("Harbor Bank").display_name("Household").last4("6789");
    let broken = Broken::new(&bench, spec, InactiveCause::AccessDenied).await;
    let secret = text(&broken.session(&bench).await["client_secret"]).to_owned();
    let session = page(&bench, &secret, "session", Value::Null).await.ok();
    assert_eq!(session["institution"]["name"], "Harbor Bank");
    assert_eq!(session["relink"], json!({ "account": { "display_name": "Household", "last4": "6789" } }));
    let at = |institution: &str| json!({ "institution": institution, "authorized": true });
    page(&bench, &secret, "log_in", at("Bank (OAuth)")).await.refused(400);
    assert_eq!(
        page(&bench, &secret, "log_in", json!({ "institution": "Harbor Bank" })).await.ok()["step"],
        "simple"
    );
    let offered = page(&bench, &secret, "log_in", at("Harbor Bank")).await.ok();
    assert_eq!(
        offered["accounts"],
        json!([{ "again": true, "display_name": "Household", "kind": "Checking", "last4": "6789", "payable": true, "refusal": null }])
    );
    let linked = page(&bench, &secret, "complete", json!({ "institution": "Harbor Bank", "accounts": [0] }))
        .await
        .ok();
    assert_eq!(linked["accounts"][0]["id"], broken.account);
    assert_eq!(bench.account(&broken.account).await["status"], "active");
}

#[tokio::test]
async fn the_page_ends_a_session_as_the_user_does() {
    let bench = Bench::new();
    for (bank, body, status, reason) in [
        (
            "Bank (Non-OAuth)",
            json!({ "user_name": "jane", "password": "error" }),
            "failed",
            json!("no_authorization"),
        ),
        ("Test (Non-OAuth)", Value::Null, "cancelled", Value::Null),
    ] {
        let broken =
            Broken::new(&bench, AccountSpec::checking().institution(bank), InactiveCause::AccessDenied).await;
        let secret = text(&broken.session(&bench).await["client_secret"]).to_owned();
        if body.is_null() {
            page(&bench, &secret, "complete", json!({ "accounts": [] })).await.ok();
        } else {
            let mut body = body;
            body["institution"] = bank.into();
            assert_eq!(page(&bench, &secret, "log_in", body).await.ok()["step"], "ended");
        }
        let session = broken.session(&bench).await;
        assert_eq!(
            (&session["status"], &session["relink_result"]["failure_reason"]),
            (&json!(status), &reason)
        );
    }
    let custom = bench.preview_session("manual_entry[mode]=custom").await;
    let secret = text(&custom["client_secret"]);
    page(&bench, secret, "complete", json!({ "accounts": [], "by_hand": true })).await.ok();
    let session = bench.preview(&format!("{SESSIONS}/{}", text(&custom["id"]))).await.ok();
    assert_eq!(session["status_details"], json!({ "cancelled": { "reason": "custom_manual_entry" } }));
    let plain = bench.preview_session("").await;
    let refused =
        page(&bench, text(&plain["client_secret"]), "complete", json!({ "accounts": [], "by_hand": true }))
            .await;
    refused.refused(400);
}

#[tokio::test]
async fn the_controls_relink_and_end_sessions() {
    let bench = Bench::new();
    let control = async |path: &str, body: Value| {
        let request = Request::post(format!("/_sandbox/{path}")).body(Body::from(body.to_string()));
        bench.send(request.expect("a request")).await
    };
    let account = bench.checking().await;
    let closed = json!({ "status": "inactive", "cause": "account_closed" });
    control(&format!("accounts/{account}/status"), closed).await.ok();
    assert_eq!(
        bench.preview_account(&account).await["status_details"]["inactive"]["cause"],
        "account_closed"
    );
    let wrong = json!({ "status": "active", "cause": "access_denied" });
    control(&format!("accounts/{account}/status"), wrong).await.refused(400);

    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let relinked = control("relink", json!({ "session": broken.session })).await.ok();
    assert_eq!(relinked, json!({ "accounts": [broken.account] }));
    control("relink", json!({ "session": broken.session })).await.refused(400);

    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let end = format!("sessions/{}/end", broken.session);
    control(&end, json!({ "outcome": "no_account" })).await.ok();
    assert_eq!(broken.session(&bench).await["relink_result"]["failure_reason"], "no_account");
    control(&end, json!({ "outcome": "no_account" })).await.refused(400);
}

#[tokio::test]
async fn a_relink_survives_an_export() {
    let bench = Bench::new();
    let broken = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    let done = Broken::new(&bench, AccountSpec::checking(), InactiveCause::AccessDenied).await;
    bench.sandbox.relink(&done.session).expect("the bank is up");
    let copy = Bench::of(&Sandbox::builder().build());
    copy.sandbox.import(&bench.sandbox.export()).expect("its own export");
    for account in [&broken.account, &done.account] {
        assert_eq!(copy.preview_account(account).await, bench.preview_account(account).await);
    }
    for session in [&broken, &done] {
        assert_eq!(session.session(&copy).await, session.session(&bench).await);
    }
    assert_eq!(copy.sandbox.events_in(KEY, PREVIEW), bench.sandbox.events_in(KEY, PREVIEW));
    copy.sandbox.relink(&broken.session).expect("it is open there too");
}
