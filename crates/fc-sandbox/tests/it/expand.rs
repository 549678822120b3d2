//! `expand[]`.

use serde_json::{Value, json};

use crate::bench::{ACCOUNTS, ALL, Bench, SESSIONS, TRANSACTIONS, ids};

#[tokio::test]
async fn an_ownership_expands_with_its_owners_and_a_url_with_a_query() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let plain = bench.refreshed(&account, "ownership").await["ownership"].as_str().expect("an id").to_owned();
    assert!(plain.starts_with("fcaowns_"));
    let expanded =
        bench.get(&format!("{ACCOUNTS}/{account}?expand[]=ownership")).await.ok()["ownership"].clone();
    assert_eq!(expanded["id"], plain);
    assert_eq!(expanded["object"], "financial_connections.account_ownership");
    assert_eq!(expanded["owners"]["url"], format!("{ACCOUNTS}/{account}/owners?ownership={plain}"));
    assert_eq!(ids(&expanded["owners"]).len(), 1);
    let deeper = bench.get(&format!("{ACCOUNTS}/{account}?expand[]=ownership.owners")).await.ok();
    assert_eq!(deeper["ownership"], expanded);
}

#[tokio::test]
async fn account_holders_expand_on_any_method_and_through_lists() {
    let bench = Bench::new();
    let session = bench.session(ALL, "expand[]=account_holder.customer").await;
    let customer = &session["account_holder"]["customer"];
    assert_eq!((&customer["object"], &customer["name"]), (&json!("customer"), &json!("Jane")));
    let id = session["id"].as_str().expect("an id");
    bench.sandbox.link(id, [fc_sandbox::AccountSpec::checking()]).expect("linked");

    let list = bench.get(&format!("{ACCOUNTS}?expand[]=data.account_holder.customer")).await.ok();
    assert_eq!(list["data"][0]["account_holder"]["customer"], *customer);
    let deep = "accounts.data.account_holder.customer";
    let session = bench.get(&format!("{SESSIONS}/{id}?expand[]={deep}")).await.ok();
    assert_eq!(session["accounts"]["data"][0]["account_holder"]["customer"], *customer);
    assert!(session["account_holder"]["customer"].is_string(), "only the given path expands");
}

#[tokio::test]
async fn a_connected_account_expands() {
    let bench = Bench::new();
    let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances\
        &expand[]=account_holder.account";
    let holder = bench.post(SESSIONS, form).await.ok()["account_holder"].clone();
    assert_eq!(
        (&holder["account"]["id"], &holder["account"]["object"]),
        (&json!("acct_1"), &json!("account"))
    );
}

#[tokio::test]
async fn an_expandable_member_that_is_not_an_id_stays_unchanged() {
    let bench = Bench::new();
    let account = bench.checking().await;
    let plain = bench.account(&account).await;
    for path in
        ["balance", "balance.cash", "status_details", "account_numbers", "transaction_refresh", "ownership"]
    {
        assert_eq!(bench.get(&format!("{ACCOUNTS}/{account}?expand[]={path}")).await.ok(), plain, "{path}");
    }
    assert_eq!(ids(&bench.get(&format!("{ACCOUNTS}?expand[]=data")).await.ok()), [account]);
}

#[tokio::test]
async fn an_unknown_expand_path_is_refused_without_code_and_param() {
    let bench = Bench::new();
    let account = bench.checking().await;
    for path in ["nope", "id", "ownership.nope", "account_holder.type", ""] {
        let error = bench.get(&format!("{ACCOUNTS}/{account}?expand[0]={path}")).await.refused(400);
        if !path.is_empty() {
            assert_eq!(error["message"], format!("This property cannot be expanded ({path})."));
            assert_eq!((error.get("code"), error.get("param")), (None, None));
        }
    }
    bench.get(&format!("{TRANSACTIONS}/fctxn_no?expand[]=account")).await.refused(400);
}

#[tokio::test]
async fn on_a_list_the_error_for_a_path_without_data_gives_a_hint() {
    let bench = Bench::new();
    let error = bench.get(&format!("{ACCOUNTS}?expand[]=ownership")).await.refused(400);
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.starts_with("This property cannot be expanded (ownership).")
            && message.contains("data.ownership")
    );
    let error = bench.get(&format!("{ACCOUNTS}?expand[]=nope")).await.refused(400);
    assert_eq!(error["message"], "This property cannot be expanded (nope).", "no hint for an unknown member");
}

#[tokio::test]
async fn expansion_deeper_than_four_levels_is_refused_and_data_counts_as_one() {
    let bench = Bench::new();
    bench.get(&format!("{ACCOUNTS}?expand[]=data.ownership.owners.data")).await.ok();
    let error =
        bench.get(&format!("{ACCOUNTS}?expand[]=data.ownership.owners.data.ownership")).await.refused(400);
    assert_eq!(error["code"], "property_expansion_max_depth");
}

#[tokio::test]
async fn an_invalid_expand_path_refuses_a_post_before_it_takes_effect() {
    let bench = Bench::new();
    bench.post("/v1/customers", "expand[]=nope").await.refused(400);
    assert_eq!(ids(&bench.get("/v1/customers").await.ok()), [""; 0]);
    let account = bench.checking().await;
    bench.refresh(&account, "features[]=balance&expand[]=nope").await.refused(400);
    assert_eq!(bench.account(&account).await["balance_refresh"], Value::Null);
}
