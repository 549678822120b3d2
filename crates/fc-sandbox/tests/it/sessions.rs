//! Sessions, and linking accounts in them.

use axum::body::Body;
use fc_sandbox::{AccountSpec, LinkError};
use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, SESSIONS, ids};

const HOLDER: &str = "account_holder[type]=account&account_holder[account]=acct_1";

#[tokio::test]
async fn a_session_shows_the_given_parameters_and_omits_the_others() {
    let bench = Bench::new();
    let form = format!("{HOLDER}&permissions[]=transactions&permissions[]=balances");
    let session = bench.post(SESSIONS, &form).await.ok();
    let (id, secret) =
        (session["id"].as_str().expect("an id"), session["client_secret"].as_str().expect("a secret"));
    assert_eq!(id.strip_prefix("fcsess_").map(str::len), Some(24));
    assert!(secret.starts_with("fcsess_client_secret_"));
    assert_eq!(
        session,
        json!({
            "id": id,
            "object": "financial_connections.session",
            "account_holder": { "type": "account", "account": "acct_1" },
            "accounts": { "object": "list", "data": [], "has_more": false, "url": ACCOUNTS },
            "client_secret": secret,
            "livemode": false,
            "permissions": ["transactions", "balances"],
            "prefetch": [],
        })
    );
    assert_eq!(bench.get(&format!("{SESSIONS}/{id}")).await.ok(), session);
}

#[tokio::test]
async fn a_session_shows_all_its_options() {
    let bench = Bench::new();
    let session = bench
        .session(
            ALL,
            "filters[account_subcategories][0]=savings&filters[account_subcategories][1]=checking&filters[country]=US\
             &filters[require_payment_method_support]=all&limits[accounts]=2&manual_entry[mode]=automatic\
             &prefetch[0]=balances&prefetch[1]=transactions&return_url=https%3A%2F%2Fexample.com%2Fback",
        )
        .await;
    let option = |name: &str| session[name].clone();
    assert_eq!(
        option("filters"),
        json!({ "account_subcategories": ["savings", "checking"], "country": "US", "require_payment_method_support": "all" })
    );
    assert_eq!(option("limits"), json!({ "accounts": 2 }));
    assert_eq!(option("manual_entry"), json!({ "mode": "automatic" }));
    assert_eq!(option("prefetch"), json!(["balances", "transactions"]));
    assert_eq!(option("return_url"), "https://example.com/back");
    let country_only = bench.session(ALL, "filters[country]=US").await;
    assert_eq!(country_only["filters"], json!({ "account_subcategories": null, "country": "US" }));
}

#[tokio::test]
async fn the_account_holder_must_match_its_type() {
    let bench = Bench::new();
    let customer = bench.customer().await;
    let ask = async |holder: String| bench.post(SESSIONS, &format!("{holder}&permissions[]=balances")).await;
    let of_customer = format!("account_holder[type]=customer&account_holder[customer]={customer}");
    assert_eq!(
        ask(of_customer.clone()).await.ok()["account_holder"],
        json!({ "type": "customer", "customer": customer })
    );
    let acting =
        ask("account_holder[type]=customer&account_holder[customer_account]=acct_1".to_owned()).await.ok();
    assert_eq!(acting["account_holder"], json!({ "type": "customer", "customer_account": "acct_1" }));

    let error = ask(format!("{of_customer}&account_holder[account]=acct_1")).await.refused(400);
    assert_eq!(error["param"], "account_holder[account]");
    let error = ask(format!("{HOLDER}&account_holder[customer]={customer}")).await.refused(400);
    assert_eq!(error["param"], "account_holder[customer]");
    let error = ask(format!("{of_customer}&account_holder[customer_account]=acct_1")).await.refused(400);
    assert_eq!(error["code"], "parameters_exclusive");
    for account in ["cus_1", "acct_", "acct_%20x/y"] {
        let error =
            ask(format!("account_holder[type]=account&account_holder[account]={account}")).await.refused(400);
        assert_eq!(error["code"], "resource_missing", "{account}");
    }
    let error = ask(format!("{HOLDER}&filters[country]=Narnia")).await.refused(400);
    assert_eq!(error["param"], "filters[country]");
}

#[tokio::test]
async fn prefetching_requires_the_permission() {
    let bench = Bench::new();
    let form = format!("{HOLDER}&permissions[]=balances&prefetch[]=ownership");
    assert_eq!(bench.post(SESSIONS, &form).await.refused(400)["param"], "prefetch");
}

#[tokio::test]
async fn a_limit_is_at_least_one() {
    let bench = Bench::new();
    let form = format!("{HOLDER}&permissions[]=balances&limits[accounts]=0");
    assert_eq!(bench.post(SESSIONS, &form).await.refused(400)["param"], "limits[accounts]");
}

#[tokio::test]
async fn accounts_are_linked_to_a_session_by_its_id_or_client_secret() {
    let bench = Bench::new();
    for name in ["id", "client_secret"] {
        let session = bench.session(ALL, "").await;
        let handle = session[name].as_str().expect("a text");
        let linked =
            bench.sandbox.link(handle, [AccountSpec::checking(), AccountSpec::savings()]).expect("linked");
        let session = bench.get(&format!("{SESSIONS}/{}", session["id"].as_str().expect("an id"))).await.ok();
        assert_eq!(ids(&session["accounts"]), [linked[1].as_str(), linked[0].as_str()]);
        for id in &linked {
            assert_eq!(bench.events_about(id.as_str()), ["created"]);
            assert_eq!(bench.account(id.as_str()).await["status"], "active");
        }
    }
}

#[tokio::test]
async fn prefetched_refreshes_start_at_linking() {
    let bench = Bench::new();
    let session = bench.session(ALL, "prefetch[]=balances&prefetch[]=transactions").await;
    let id = session["id"].as_str().expect("an id");
    let account = bench.sandbox.link(id, [AccountSpec::checking()]).expect("linked").remove(0);
    let linked = bench.account(account.as_str()).await;
    assert_eq!(linked["balance_refresh"]["status"], "pending");
    assert_eq!(linked["transaction_refresh"]["status"], "pending");
    assert_eq!(linked["ownership_refresh"], Value::Null);
    bench.advance(1);
    assert_eq!(bench.account(account.as_str()).await["balance_refresh"]["status"], "succeeded");
    assert_eq!(
        bench.events_about(account.as_str()),
        ["created", "refreshed_balance", "refreshed_transactions"]
    );
}

#[tokio::test]
async fn a_user_who_leaves_early_finishes_the_session_without_accounts() {
    let bench = Bench::new();
    let session = bench.session(ALL, "").await;
    let id = session["id"].as_str().expect("an id");
    assert_eq!(bench.sandbox.link(id, []), Ok(vec![]));
    assert_eq!(bench.get(&format!("{SESSIONS}/{id}")).await.ok(), session, "it can still be read");
    assert_eq!(bench.sandbox.link(id, [AccountSpec::checking()]), Err(LinkError::SessionFinished));
    assert_eq!(bench.sandbox.link("fcsess_no", []), Err(LinkError::UnknownSession));
}

#[tokio::test]
async fn accounts_refused_by_limits_or_filters_leave_the_session_unchanged() {
    let bench = Bench::new();
    let cases = [
        (
            "limits[accounts]=1",
            vec![AccountSpec::checking(), AccountSpec::savings()],
            vec![AccountSpec::savings()],
        ),
        (
            "filters[account_subcategories][]=savings",
            vec![AccountSpec::savings(), AccountSpec::checking()],
            vec![AccountSpec::savings()],
        ),
        ("filters[country]=US", vec![AccountSpec::checking().country("CA")], vec![AccountSpec::checking()]),
        (
            "filters[require_payment_method_support]=all",
            vec![AccountSpec::checking(), AccountSpec::credit_card()],
            vec![AccountSpec::checking()],
        ),
        (
            "filters[require_payment_method_support]=at_least_one",
            vec![AccountSpec::credit_card(), AccountSpec::checking().not_payable()],
            vec![AccountSpec::credit_card(), AccountSpec::checking()],
        ),
        ("", vec![AccountSpec::checking().last4("12a4")], vec![AccountSpec::checking().last4("1234")]),
        ("", vec![AccountSpec::checking().currency("USD")], vec![AccountSpec::checking().currency("cad")]),
    ];
    for (options, refused, accepted) in cases {
        let session = bench.session(ALL, options).await;
        let id = session["id"].as_str().expect("an id");
        assert!(bench.sandbox.link(id, refused).is_err(), "{options}");
        assert_eq!(bench.get(&format!("{SESSIONS}/{id}")).await.ok(), session, "{options}");
        assert!(bench.sandbox.link(id, accepted).is_ok(), "{options}");
    }
}

#[tokio::test]
async fn a_link_error_names_the_account_and_the_reason() {
    let bench = Bench::new();
    let session = bench.session(ALL, "limits[accounts]=2&filters[account_subcategories][]=savings").await;
    let id = session["id"].as_str().expect("an id");
    let error =
        bench.sandbox.link(id, [AccountSpec::savings(), AccountSpec::checking()]).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the session excludes account 1: filters[account_subcategories] allows savings"
    );
    let error = bench.sandbox.link(id, [(); 3].map(|()| AccountSpec::savings())).expect_err("refused");
    assert_eq!(error, LinkError::TooManyAccounts { limit: 2, asked: 3 });
}

#[tokio::test]
async fn countries_are_a_list_before_2026_09_30_and_one_country_since() {
    let bench = Bench::new();
    let ask = |version: &str, path: &str, form: Option<String>| {
        let request = if form.is_some() { crate::bench::post(path) } else { crate::bench::get(path) };
        let request = request.header("stripe-version", version).body(Body::from(form.unwrap_or_default()));
        bench.send(request.expect("a request"))
    };
    let countries = format!("{HOLDER}&permissions[]=balances&filters[countries][]=US");
    let country = format!("{HOLDER}&permissions[]=balances&filters[country]=US");
    for old in ["2022-11-15", "2024-06-20", "2025-11-17.clover", "2026-08-26.dahlia"] {
        let session = ask(old, SESSIONS, Some(countries.clone())).await.ok();
        assert_eq!(
            session["filters"],
            json!({ "account_subcategories": null, "countries": ["US"] }),
            "{old}"
        );
        let path = format!("{SESSIONS}/{}", session["id"].as_str().expect("an id"));
        assert_eq!(ask(old, &path, None).await.ok()["filters"], session["filters"]);
        let now = bench.get(&path).await.ok();
        assert_eq!(now["filters"], json!({ "account_subcategories": null, "country": "US" }));
        let error = ask(old, SESSIONS, Some(country.clone())).await.refused(400);
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!("parameter_unknown"), &json!("filters[country]"))
        );
    }
    for new in ["2026-09-30.endive", "2026-10-28.endive"] {
        assert_eq!(ask(new, SESSIONS, Some(country.clone())).await.ok()["filters"]["country"], "US");
        let error = ask(new, SESSIONS, Some(countries.clone())).await.refused(400);
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!("parameter_unknown"), &json!("filters[countries]"))
        );
    }
    let error = ask("2024-06-20", SESSIONS, Some(countries.replace("US", "Narnia"))).await.refused(400);
    assert_eq!(error["param"], "filters[countries][0]");
}
