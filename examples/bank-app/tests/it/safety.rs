//! What the app refuses, and what it tells no one.

use fc_ext::client::reqwest::Method;
use serde_json::json;

use crate::program::{Program, command};

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_for_signed_in_users() {
    let program = Program::start();
    let mut stranger = program.browser();
    for path in ["/accounts", "/accounts/fca_1", "/transactions", "/link", "/data"] {
        assert_eq!(stranger.get(path).await.leads_to(), "/", "{path}");
    }
    for path in ["/accounts/fca_1/refresh", "/accounts/fca_1/disconnect", "/link/session", "/data/erase"] {
        assert_eq!(stranger.post(path, "").await.leads_to(), "/", "{path}");
    }
    stranger.cookie = Some("sign_in=forged".to_owned());
    assert_eq!(stranger.get("/accounts").await.leads_to(), "/");
    assert_eq!(stranger.post("/sign-in", "user=eve").await.status, 404);

    let mut jane = program.signed_in("jane").await;
    let cookie = jane.cookie.clone();
    assert_eq!(jane.get("/").await.leads_to(), "/accounts");
    assert_eq!(jane.post("/sign-out", "").await.leads_to(), "/");
    assert_eq!(jane.cookie, None);
    // The cookie is worth nothing after the sign-out, if someone kept it.
    jane.cookie = cookie;
    assert_eq!(jane.get("/accounts").await.leads_to(), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (ids, _) = jane.link(json!([{ "kind": "checking" }])).await;
    let path = format!("/accounts/{}/disconnect", ids[0]);
    let other = program.url.replace("127.0.0.1", "127.0.0.2");
    for headers in
        [&[][..], &[("origin", "https://evil.example")], &[("origin", "null")], &[("origin", &other)]]
    {
        for path in ["/sign-in", "/sign-out", "/data/erase", "/link/session", path.as_str()] {
            let answer = jane.send(Method::POST, path, Some("user=omar"), headers).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
        }
    }
    assert_eq!(program.account(&ids[0], "").await["account"]["status"], "active");
    // A webhook comes from no page, so its signature is checked instead.
    let forged =
        jane.send(Method::POST, "/webhooks/stripe", Some("{}"), &[("stripe-signature", "t=1,v1=00")]).await;
    assert_eq!(forged.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_of_this_machine_sees_nothing() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let answer = jane.send(Method::GET, "/accounts", None, &[("host", "rebound.example")]).await;
    assert_eq!(answer.leads_to(), program.url);
    let headers = [("host", "rebound.example"), ("origin", "http://rebound.example")];
    assert_eq!(jane.send(Method::POST, "/sign-in", Some("user=jane"), &headers).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_and_changes_nothing_of_another_one() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (ids, _) = jane.link(json!([{ "kind": "checking", "display_name": "Everyday" }])).await;
    let mut omar = program.signed_in("omar").await;
    assert!(!omar.get("/accounts").await.text.contains("Everyday"));
    assert!(omar.get("/transactions").await.text.contains("0 transactions"));
    let page = format!("/accounts/{}", ids[0]);
    assert_eq!(omar.get(&page).await.status, 404);
    for action in ["refresh", "disconnect"] {
        assert_eq!(omar.post(&format!("{page}/{action}"), "").await.status, 404, "{action}");
    }
    let session = program.account(&ids[0], "").await["sessions"][0].as_str().unwrap().to_owned();
    assert_eq!(omar.post(&format!("/link/session/{session}/end"), "").await.status, 404);
    omar.post("/data/erase", "sure=yes").await;
    assert_eq!(program.account(&ids[0], "").await["account"]["status"], "active");
    assert!(jane.get("/accounts").await.text.contains("Everyday"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_runs_no_script_that_a_bank_or_an_address_wrote() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let evil = "<script>alert(1)</script>\"'&";
    let (ids, _) = jane.link(json!([{ "kind": "checking", "display_name": evil }])).await;
    let search = "/transactions?q=%3Cscript%3E%22";
    for path in [
        "/accounts?done=%3Cscript%3E",
        search,
        &format!("/accounts/{}", ids[0]),
        "/data",
        "/nothing",
        "/link",
    ] {
        let page = jane.get(path).await;
        let scripts = page.text.matches("<script").count();
        assert_eq!(scripts, if path == "/link" { 2 } else { 0 }, "{path}: {}", page.text);
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{policy}");
        assert_eq!(policy.contains("script-src"), path == "/link", "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert!(jane.get(search).await.text.contains("&#60;script&#62;"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_for_this_app_alone() {
    let program = Program::start();
    let answer = program.browser().post("/sign-in", "user=jane").await;
    let cookie = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(cookie.split(';').next().unwrap().len() > 40, "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_no_secret_and_no_personal_data() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let account = json!([{ "kind": "checking", "display_name": "Everyday", "last4": "6789" }]);
    let (ids, _) = jane.link(account).await;
    let secret = jane.client_secret().await;
    for path in ["/accounts", "/transactions?q=payroll", "/data", &format!("/accounts/{}", ids[0])] {
        jane.get(path).await;
    }
    jane.post(&format!("/accounts/{}/refresh", ids[0]), "").await;
    let token = jane.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    jane.post("/data/erase", "sure=yes").await;
    let log = program.log();
    assert!(log.contains("fca_"), "the log is one of everything: {log}");
    let lower = log.to_lowercase();
    for hidden in
        [&secret, &token, "fcsess_client_secret_", "whsec_", "sk_test_", "jane diaz", "everyday", "payroll"]
    {
        assert!(!lower.contains(&hidden.to_lowercase()), "{hidden} is in the log:\n{log}");
    }
}

#[test]
fn a_live_key_and_missing_settings_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, expected) in [
        (vec![("STRIPE_API_KEY", "sk_live_0123456789abcdef")], "your own sign-in"),
        (vec![("STRIPE_API_KEY", "sk_test_0123456789abcdef")], "STRIPE_PUBLISHABLE_KEY is not set"),
        (vec![("ADDRESS", "nowhere")], "ADDRESS"),
    ] {
        let output = command(folder.path()).envs(settings).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && complaint.contains(expected), "{complaint}");
        assert!(!complaint.contains("0123456789"), "{complaint}");
    }
}
