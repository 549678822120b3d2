//! API versions: a caller with a version of the preview sees the preview, and every other one sees GA.

use axum::body::Body;
use fc_sandbox::{AccountSpec, Fault, InactiveCause, SessionEnd};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, KEY, NOW, Response, SESSIONS, get, ids, post};
use crate::receiver::Receiver;

pub(crate) const PREVIEW: &str = "2026-09-30.preview";
pub(crate) const INSTITUTIONS: &str = "/v1/financial_connections/institutions";
pub(crate) const AUTHORIZATIONS: &str = "/v1/financial_connections/authorizations";

impl Bench {
    /// A read in the preview.
    pub(crate) async fn preview(&self, path: &str) -> Response {
        let request = get(path).header("stripe-version", PREVIEW).header("host", "127.0.0.1:4");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// A write in the preview.
    pub(crate) async fn preview_post(&self, path: &str, form: &str) -> Response {
        let request = post(path).header("stripe-version", PREVIEW).header("host", "127.0.0.1:4");
        self.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }

    /// A session in the preview with all permissions, of a new customer.
    pub(crate) async fn preview_session(&self, more: &str) -> Value {
        let customer = self.customer().await;
        let permissions: String = ALL.iter().map(|name| format!("&permissions[]={name}")).collect();
        let holder = format!("account_holder[type]=customer&account_holder[customer]={customer}");
        self.preview_post(SESSIONS, &format!("{holder}{permissions}&{more}")).await.ok()
    }

    pub(crate) async fn preview_account(&self, id: &str) -> Value {
        self.preview(&format!("{ACCOUNTS}/{id}")).await.ok()
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

/// The members that only the preview has.
fn added(ga: &Value, preview: &Value) -> Vec<String> {
    let known = names(ga);
    names(preview).into_iter().filter(|name| !known.contains(name)).collect()
}

#[tokio::test]
async fn the_paths_of_the_preview_are_unknown_in_ga() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let known = bench.preview_account(&account).await;
    let (authorization, institution) = (text(&known["authorization"]), text(&known["institution"]));
    for path in [
        INSTITUTIONS.to_owned(),
        format!("{INSTITUTIONS}/{institution}"),
        format!("{AUTHORIZATIONS}/{authorization}"),
        format!("{ACCOUNTS}/{account}/inferred_balances"),
    ] {
        let preview = bench.preview(&path).await;
        assert_eq!(preview.header("stripe-version"), Some(PREVIEW));
        preview.ok();
        let error = bench.get(&path).await.refused(404);
        assert!(text(&error["message"]).starts_with("Unrecognized request URL (GET: /v1/"), "{error}");
    }
}

#[tokio::test]
async fn an_account_has_more_members_in_the_preview_only() {
    let bench = Bench::new();
    let account = bench.link(ALL, [AccountSpec::checking().institution("Harbor Bank")]).await.remove(0);
    let (ga, preview) = (bench.account(&account).await, bench.preview_account(&account).await);
    assert_eq!(added(&ga, &preview), ["authorization", "inferred_balances_refresh", "institution"]);
    assert_eq!(added(&preview, &ga), [""; 0]);
    assert_eq!(preview["inferred_balances_refresh"], Value::Null);
    assert!(text(&preview["authorization"]).starts_with("fcauth_"));
    assert!(text(&preview["institution"]).starts_with("fcinst_"));

    bench.sandbox.deactivate_because(&account, InactiveCause::AccessDenied).expect("it is active");
    assert_eq!(bench.account(&account).await.get("status_details"), None);
    let details = json!({ "inactive": { "action": "relink_required", "cause": "access_denied" } });
    assert_eq!(bench.preview_account(&account).await["status_details"], details);

    let path = format!("{ACCOUNTS}/{account}?expand[]=institution");
    assert_eq!(bench.preview(&path).await.ok()["institution"]["name"], "Harbor Bank");
    let error = bench.get(&path).await.refused(400);
    assert!(text(&error["message"]).starts_with("This property cannot be expanded (institution)"), "{error}");
}

#[tokio::test]
async fn each_cause_of_an_inactive_account_is_shown_with_what_helps() {
    let bench = Bench::new();
    for (cause, name, action) in [
        (InactiveCause::AccessDenied, "access_denied", "relink_required"),
        (InactiveCause::AccessExpired, "access_expired", "relink_required"),
        (InactiveCause::AccountClosed, "account_closed", "none"),
        (InactiveCause::AccountUnavailable, "account_unavailable", "relink_required"),
        (InactiveCause::InstitutionRequirement, "institution_requirement", "relink_required"),
        (InactiveCause::Unspecified, "unspecified", "relink_required"),
    ] {
        let account = bench.checking().await;
        bench.sandbox.deactivate_because(&account, cause).expect("it is active");
        let account = bench.preview_account(&account).await;
        assert_eq!(account["status_details"]["inactive"], json!({ "action": action, "cause": name }));
        let authorization = format!("{AUTHORIZATIONS}/{}", text(&account["authorization"]));
        let authorization = bench.preview(&authorization).await.ok();
        assert_eq!(authorization["status_details"]["inactive"], json!({ "action": action }), "{name}");
    }
}

#[tokio::test]
async fn an_authorization_groups_the_accounts_of_one_log_in() {
    let bench = Bench::new();
    let specs = [AccountSpec::checking(), AccountSpec::savings()].map(|spec| spec.institution("Harbor Bank"));
    let accounts = bench.link(ALL, specs).await;
    let first = bench.preview_account(&accounts[0]).await;
    assert_eq!(first["authorization"], bench.preview_account(&accounts[1]).await["authorization"]);
    let path = format!("{AUTHORIZATIONS}/{}", text(&first["authorization"]));
    let authorization = json!({
        "id": first["authorization"],
        "object": "financial_connections.authorization",
        "account_holder": first["account_holder"],
        "institution": first["institution"],
        "institution_name": "Harbor Bank",
        "livemode": false,
        "status": "active",
        "status_details": {},
    });
    assert_eq!(bench.preview(&path).await.ok(), authorization);
    let expanded = bench.preview(&format!("{path}?expand[]=institution")).await.ok();
    assert_eq!(expanded["institution"]["object"], "financial_connections.institution");
    for account in &accounts {
        bench.post(&format!("{ACCOUNTS}/{account}/disconnect"), "").await.ok();
    }
    assert_eq!(bench.preview(&path).await.ok()["status"], "disconnected");
    let error = bench.preview(&format!("{AUTHORIZATIONS}/fcauth_none")).await.refused(404);
    assert_eq!(error["param"], "authorization");
}

#[tokio::test]
async fn institutions_are_the_test_institutions_and_the_banks_of_linked_accounts() {
    let bench = Bench::new();
    bench.link(ALL, [AccountSpec::checking().institution("Harbor Bank")]).await;
    let list = bench.preview(&format!("{INSTITUTIONS}?limit=100")).await.ok();
    let all = list["data"].as_array().expect("an array");
    let first = &all[0];
    let supported = json!({ "supported": true });
    assert_eq!(
        first,
        &json!({
            "id": first["id"],
            "object": "financial_connections.institution",
            "countries": ["US"],
            "features": {
                "balances": supported, "ownership": supported, "payment_method": supported, "transactions": supported,
            },
            "livemode": false,
            "name": "Test (Non-OAuth)",
            "routing_numbers": ["110000000"],
            "status": "active",
            "url": null,
        })
    );
    let of = |name: &str| all.iter().find(|one| one["name"] == name).expect("it is listed");
    assert_eq!((all.len(), text(&all[13]["name"])), (14, "Harbor Bank"));
    assert_eq!(of("Down (Scheduled)")["status"], "inactive");
    assert_eq!(of("Down (Error)")["status"], "degraded");
    assert_eq!(of("Invalid Payment Accounts")["features"]["payment_method"], json!({ "supported": false }));

    let mut paged = Vec::new();
    let mut path = format!("{INSTITUTIONS}?limit=5");
    loop {
        let page = bench.preview(&path).await.ok();
        paged.extend(ids(&page));
        if page["has_more"] == false {
            break;
        }
        path = format!("{INSTITUTIONS}?limit=5&starting_after={}", paged.last().expect("a page has items"));
    }
    assert_eq!(paged, ids(&list));

    let path = format!("{INSTITUTIONS}/{}", text(&of("Harbor Bank")["id"]));
    assert_eq!(&bench.preview(&path).await.ok(), of("Harbor Bank"));
    // A read does not count as one of the times at which the bank is down.
    bench.sandbox.faults().inject(Fault::institution_down("Harbor Bank").times(1)).expect("a fault");
    for _ in 0..2 {
        assert_eq!(bench.preview(&path).await.ok()["status"], "inactive");
    }
    assert_eq!(
        bench.preview(&format!("{INSTITUTIONS}/fcinst_none")).await.refused(404)["param"],
        "institution"
    );
}

#[tokio::test]
async fn inferred_balances_follow_a_refresh_and_have_one_for_each_day() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let path = format!("{ACCOUNTS}/{account}/inferred_balances");
    assert_eq!(ids(&bench.preview(&path).await.ok()), [""; 0]);
    let refresh = format!("{ACCOUNTS}/{account}/refresh");
    let error = bench.post(&refresh, "features[]=inferred_balances").await.refused(400);
    assert_eq!(error["message"], "Invalid features[0]: must be one of balance, ownership, or transactions");
    let pending = bench.preview_post(&refresh, "features[]=inferred_balances").await.ok();
    assert_eq!(pending["inferred_balances_refresh"]["status"], "pending");
    bench.advance(1);
    let refreshed = bench.preview_account(&account).await;
    assert_eq!(refreshed["inferred_balances_refresh"]["status"], "succeeded");

    let list = bench.preview(&format!("{path}?limit=100")).await.ok();
    let days = list["data"].as_array().expect("an array");
    assert_eq!((days.len(), &list["url"]), (90, &json!(path)));
    let as_of: Vec<i64> = days.iter().map(|day| day["as_of"].as_i64().expect("a time")).collect();
    // The start of a day is a multiple of its length, and a balance is that of the second before.
    assert!(
        as_of.iter().all(|at| (at + 1) % 86_400 == 0)
            && as_of.windows(2).all(|two| two[0] - two[1] == 86_400)
    );
    assert_eq!(as_of[0], NOW - NOW % 86_400 - 1);
    assert!(days.iter().all(|day| day["current"]["usd"].is_i64()));
    let tenth = text(&days[9]["id"]);
    let next = bench.preview(&format!("{path}?limit=3&starting_after={tenth}")).await.ok();
    assert_eq!(next["data"], json!(days[10..13]));

    let kind = "financial_connections.account.refreshed_inferred_balances";
    let events = bench.preview("/v1/events").await.ok();
    let [event] = events["data"]
        .as_array()
        .expect("an array")
        .iter()
        .filter(|event| event["type"] == kind)
        .collect::<Vec<_>>()[..]
    else {
        panic!("one event says so: {events:#}")
    };
    assert_eq!(event["data"]["object"]["inferred_balances_refresh"]["status"], "succeeded");
    let read = format!("/v1/events/{}", text(&event["id"]));
    assert_eq!(bench.preview(&read).await.ok()["api_version"], PREVIEW);
    bench.get(&read).await.refused(404);
    assert!(!bench.get("/v1/events").await.ok().to_string().contains(kind));
    assert!(!json!(bench.sandbox.events(KEY)).to_string().contains(kind));
}

#[tokio::test]
async fn the_preview_subscribes_to_balances_too() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let subscribe = format!("{ACCOUNTS}/{account}/subscribe");
    for feature in ["balance", "inferred_balances"] {
        bench.post(&subscribe, &format!("features[]={feature}")).await.refused(400);
    }
    let form = "features[]=balance&features[]=inferred_balances&features[]=transactions";
    let subscribed = bench.preview_post(&subscribe, form).await.ok();
    assert_eq!(subscribed["subscriptions"], json!(["balance", "inferred_balances", "transactions"]));
    assert_eq!(subscribed["balance_refresh"]["status"], "pending");
    assert_eq!(bench.account(&account).await["subscriptions"], json!(["transactions"]));
    bench.advance(86_400 + 1);
    let later = bench.preview_account(&account).await;
    for refresh in ["balance_refresh", "inferred_balances_refresh", "transaction_refresh"] {
        assert_eq!(later[refresh]["last_attempted_at"], NOW + 86_400, "{refresh}");
    }
    let form = "features[]=balance&features[]=transactions";
    let less = bench.preview_post(&format!("{ACCOUNTS}/{account}/unsubscribe"), form).await.ok();
    assert_eq!(less["subscriptions"], json!(["inferred_balances"]));
    assert_eq!(bench.account(&account).await["subscriptions"], json!([]));
    bench.advance(86_400);
    assert_eq!(bench.account(&account).await["balance_refresh"]["last_attempted_at"], NOW + 86_400);
}

#[tokio::test]
async fn a_session_shows_how_it_ends() {
    let bench = Bench::new();
    let session = bench.preview_session("").await;
    let path = format!("{SESSIONS}/{}", text(&session["id"]));
    assert_eq!(
        added(&bench.get(&path).await.ok(), &session),
        ["hosted", "status", "ui_mode", "url"],
        "and no details before it ends"
    );
    let seen =
        |session: &Value| [&session["status"], &session["ui_mode"], &session["url"]].map(Value::to_string);
    assert_eq!(seen(&session), ["\"pending\"", "\"modal\"", "null"]);
    bench.sandbox.link(text(&session["id"]), [AccountSpec::checking()]).expect("it is open");
    assert_eq!(bench.preview(&path).await.ok()["status"], "succeeded");

    for (end, status, reason) in [
        (SessionEnd::Cancelled, "cancelled", json!("other")),
        (SessionEnd::CustomManualEntry, "cancelled", json!("custom_manual_entry")),
        (SessionEnd::NoAuthorization, "failed", Value::Null),
        (SessionEnd::Other, "failed", Value::Null),
    ] {
        let session = bench.preview_session("").await;
        bench.sandbox.end_session(text(&session["id"]), end).expect("it is open");
        let ended = bench.preview(&format!("{SESSIONS}/{}", text(&session["id"]))).await.ok();
        assert_eq!(ended["status"], status, "{end:?}");
        assert_eq!(ended["status_details"]["cancelled"]["reason"], reason, "{end:?}");
        assert!(bench.sandbox.end_session(text(&session["id"]), end).is_err(), "it is finished");
    }
}

#[tokio::test]
async fn a_hosted_session_has_a_url_and_no_secret() {
    let bench = Bench::new();
    let form = "ui_mode=hosted&hosted[delivery_method]=url&return_url=https://example.com/back";
    let session = bench.preview_session(form).await;
    assert_eq!(session["client_secret"], Value::Null);
    assert_eq!(
        session["hosted"],
        json!({ "delivery_method": "url", "return_url": "https://example.com/back" })
    );
    let url = text(&session["url"]);
    let secret = url.strip_prefix("http://127.0.0.1:4/_sandbox/link#").expect("the linking page");
    assert!(secret.starts_with("fcsess_client_secret_"));
    bench.sandbox.link(secret, [AccountSpec::checking()]).expect("it is open");
    let path = format!("{SESSIONS}/{}", text(&session["id"]));
    let done = bench.preview(&path).await.ok();
    assert_eq!((&done["url"], &done["status"]), (&Value::Null, &json!("succeeded")));
    let ga = bench.get(&path).await.ok();
    assert_eq!((&ga["client_secret"], ga.get("hosted"), ga.get("url")), (&Value::Null, None, None));

    let by_mail = bench.preview_session("ui_mode=hosted&hosted[delivery_method]=email").await;
    assert_eq!((&by_mail["url"], &by_mail["hosted"]["delivery_method"]), (&Value::Null, &json!("email")));
}

#[tokio::test]
async fn parameters_of_the_preview_are_unknown_in_ga() {
    let bench = Bench::new();
    let customer = bench.customer().await;
    let holder =
        format!("account_holder[type]=customer&account_holder[customer]={customer}&permissions[]=balances");
    for (form, param) in [
        ("ui_mode=hosted", "ui_mode"),
        ("hosted[delivery_method]=url", "hosted"),
        ("relink_options[authorization]=fcauth_1", "relink_options"),
        ("filters[institution]=fcinst_1", "filters[institution]"),
    ] {
        let error = bench.post(SESSIONS, &format!("{holder}&{form}")).await.refused(400);
        assert_eq!((&error["code"], &error["param"]), (&json!("parameter_unknown"), &json!(param)), "{form}");
    }
    for form in ["manual_entry[mode]=custom", "prefetch[]=inferred_balances"] {
        bench.post(SESSIONS, &format!("{holder}&{form}")).await.refused(400);
        bench.preview_post(SESSIONS, &format!("{holder}&{form}")).await.ok();
    }
    assert_eq!(bench.post(SESSIONS, "permissions[]=balances").await.refused(400)["param"], "account_holder");
    assert_eq!(
        bench.preview_post(SESSIONS, "permissions[]=balances").await.refused(400)["param"],
        "account_holder"
    );
    let error =
        bench.preview_post(SESSIONS, &format!("{holder}&hosted[delivery_method]=url")).await.refused(400);
    assert_eq!(error["param"], "hosted");
}

#[tokio::test]
async fn a_session_for_one_institution_links_accounts_of_no_other() {
    let bench = Bench::new();
    let all = bench.preview(INSTITUTIONS).await.ok();
    let third = all["data"][2].clone();
    let session = bench.preview_session(&format!("filters[institution]={}", text(&third["id"]))).await;
    assert_eq!(session["filters"]["institution"], third["id"]);
    let id = text(&session["id"]);
    assert_eq!(bench.get(&format!("{SESSIONS}/{id}")).await.ok()["filters"].get("institution"), None);
    let refused = bench.sandbox.link(id, [AccountSpec::checking()]).expect_err("it is another bank");
    assert!(refused.to_string().contains("filters[institution]"), "{refused}");
    let spec = AccountSpec::checking().institution(text(&third["name"]));
    bench.sandbox.link(id, [spec]).expect("it is that bank");

    let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances&filters[institution]=fcinst_no";
    let error = bench.preview_post(SESSIONS, form).await.refused(400);
    assert_eq!(
        (&error["code"], &error["param"]),
        (&json!("resource_missing"), &json!("filters[institution]"))
    );
}

#[tokio::test]
async fn an_endpoint_gets_events_in_its_version() {
    let bench = Bench::new();
    let (ga, preview) = (Receiver::start().await, Receiver::start().await);
    bench.sandbox.webhook_endpoint(KEY, &ga.url).expect("an endpoint");
    bench.sandbox.webhook_endpoint_in(KEY, &preview.url, PREVIEW).expect("an endpoint");
    let account = bench.checking().await;
    bench.sandbox.deactivate(&account).expect("it is active");
    bench.deliver().await;
    assert_eq!(ga.kinds(), ["account.created", "account.deactivated"]);
    assert_eq!(preview.kinds(), ["account.created", "session.updated", "account.deactivated"]);
    let last = |receiver: &Receiver| receiver.received().last().expect("an event").event();
    let (plain, more) = (last(&ga), last(&preview));
    assert_eq!((&plain["id"], &plain["api_version"]), (&more["id"], &json!("2026-09-30.endive")));
    assert_eq!(more["api_version"], PREVIEW);
    assert_eq!(more["data"]["object"], bench.preview_account(&account).await);
    assert_eq!(plain["data"]["object"], bench.account(&account).await);
    let session = preview.received()[1].event();
    assert_eq!(session["data"]["object"]["object"], "financial_connections.session");
    assert_eq!(session["data"]["object"]["status"], "succeeded");

    let name = "financial_connections.session.updated";
    let form = |version: &str| {
        format!("url={}&enabled_events[]={name}{version}", ga.url.replace('?', "%3F").replace('=', "%3D"))
    };
    let error = bench.post("/v1/webhook_endpoints", &form("")).await.refused(400);
    assert_eq!(error["param"], "enabled_events[0]");
    assert!(
        text(&error["message"]).ends_with(&format!("Endpoints whose api_version is {PREVIEW} get {name}.")),
        "{error}"
    );
    let error = bench.preview_post("/v1/webhook_endpoints", &form("")).await.refused(400);
    assert_eq!(error["param"], "enabled_events[0]", "the version of the call is not that of the endpoint");
    bench.post("/v1/webhook_endpoints", &form(&format!("&api_version={PREVIEW}"))).await.ok();
}

#[tokio::test]
async fn the_request_log_masks_the_secret_in_the_url_of_a_page() {
    let bench = Bench::new();
    let session = bench.preview_session("ui_mode=hosted").await;
    let (_, secret) = text(&session["url"]).split_once('#').expect("a secret");
    let read = async |path: &str| {
        let request = axum::http::Request::get(format!("/_sandbox/{path}")).body(Body::empty());
        bench.send(request.expect("a request")).await.ok()
    };
    let newest = read("requests?limit=1").await["requests"][0]["number"].clone();
    let logged = read(&format!("requests/{newest}")).await.to_string();
    assert!(logged.contains(text(&session["id"])) && !logged.contains(secret), "{logged}");
}

/// An application that never asks for the preview sees no id of another seed because of it.
#[tokio::test]
async fn the_preview_draws_no_id_from_the_stream_of_ga() {
    let (plain, used) = (Bench::new(), Bench::new());
    let first = [plain.checking().await, used.checking().await];
    assert_eq!(first[0], first[1]);
    used.preview(INSTITUTIONS).await.ok();
    used.preview_post(&format!("{ACCOUNTS}/{}/refresh", first[1]), "features[]=inferred_balances").await.ok();
    used.advance(60);
    used.preview("/v1/events").await.ok();
    assert_eq!(plain.checking().await, used.checking().await);
}
