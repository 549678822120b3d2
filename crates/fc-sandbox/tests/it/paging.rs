//! Pagination of lists.

use fc_sandbox::AccountSpec;
use serde_json::json;

use crate::bench::{ACCOUNTS, ALL, Bench, ids};

/// A bench with twelve accounts, and their ids, newest first.
async fn twelve() -> (Bench, Vec<String>) {
    let bench = Bench::new();
    let mut ids = bench.link(ALL, (0..12).map(|_| AccountSpec::checking())).await;
    ids.reverse();
    (bench, ids)
}

#[tokio::test]
async fn a_list_has_four_members_and_starts_with_the_ten_newest() {
    let (bench, newest) = twelve().await;
    let list = bench.get(ACCOUNTS).await.ok();
    assert_eq!(ids(&list), newest[..10]);
    assert_eq!(list["has_more"], true);
    assert_eq!(list["url"], ACCOUNTS);
    let members: Vec<&String> = list.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["data", "has_more", "object", "url"]);
}

#[tokio::test]
async fn an_empty_list_has_all_members_of_a_list() {
    let list = Bench::new().get(ACCOUNTS).await.ok();
    assert_eq!(list, json!({ "object": "list", "data": [], "has_more": false, "url": ACCOUNTS }));
}

#[tokio::test]
async fn a_limit_out_of_range_is_clamped_and_a_malformed_one_refused() {
    let (bench, newest) = twelve().await;
    for limit in ["0", "-5", "1"] {
        assert_eq!(ids(&bench.get(&format!("{ACCOUNTS}?limit={limit}")).await.ok()), newest[..1], "{limit}");
    }
    let all = bench.get(&format!("{ACCOUNTS}?limit=101")).await.ok();
    assert_eq!((ids(&all), &all["has_more"]), (newest, &json!(false)));
    let many = bench.link(ALL, (0..100).map(|_| AccountSpec::savings())).await;
    assert_eq!(many.len(), 100);
    assert_eq!(ids(&bench.get(&format!("{ACCOUNTS}?limit=1000")).await.ok()).len(), 100);
    for limit in ["x", "1.5", "%2B5", "99999999999999999999"] {
        let error = bench.get(&format!("{ACCOUNTS}?limit={limit}")).await.refused(400);
        assert_eq!(error["code"], "parameter_invalid_integer", "{limit}");
    }
}

#[tokio::test]
async fn cursors_are_exclusive_and_has_more_looks_ahead() {
    let (bench, newest) = twelve().await;
    let page = async |query: String| {
        let list = bench.get(&format!("{ACCOUNTS}?limit=3&{query}")).await.ok();
        (ids(&list), list["has_more"] == true)
    };
    assert_eq!(page(format!("starting_after={}", newest[2])).await, (newest[3..6].to_vec(), true));
    assert_eq!(page(format!("starting_after={}", newest[8])).await, (newest[9..].to_vec(), false));
    assert_eq!(page(format!("starting_after={}", newest[11])).await, (vec![], false));
    assert_eq!(page(format!("ending_before={}", newest[9])).await, (newest[6..9].to_vec(), true));
    assert_eq!(page(format!("ending_before={}", newest[3])).await, (newest[..3].to_vec(), false));
    assert_eq!(page(format!("ending_before={}", newest[0])).await, (vec![], false));
}

#[tokio::test]
async fn pagination_in_either_direction_returns_every_element_once() {
    let (bench, newest) = twelve().await;
    for limit in [1, 5, 12] {
        let mut forward: Vec<String> = Vec::new();
        let mut more = true;
        while more {
            let cursor = forward.last().map(|id| format!("&starting_after={id}")).unwrap_or_default();
            let list = bench.get(&format!("{ACCOUNTS}?limit={limit}{cursor}")).await.ok();
            forward.extend(ids(&list));
            more = list["has_more"] == true;
        }
        assert_eq!(forward, newest);

        let mut backward = vec![newest[11].clone()];
        let mut more = true;
        while more {
            let list =
                bench.get(&format!("{ACCOUNTS}?limit={limit}&ending_before={}", backward[0])).await.ok();
            backward.splice(0..0, ids(&list));
            more = list["has_more"] == true;
        }
        assert_eq!(backward, newest);
    }
}

#[tokio::test]
async fn two_cursors_are_refused_after_each_is_looked_up() {
    let (bench, newest) = twelve().await;
    let both = format!("{ACCOUNTS}?starting_after={}&ending_before={}", newest[0], newest[1]);
    let error = bench.get(&both).await.refused(400);
    assert_eq!(error.get("code"), None);
    assert!(error["message"].as_str().is_some_and(|text| text.contains("only specify one")));

    let error = bench
        .get(&format!("{ACCOUNTS}?starting_after={}&ending_before=fca_no", newest[0]))
        .await
        .refused(400);
    assert_eq!((&error["code"], &error["param"]), (&json!("resource_missing"), &json!("ending_before")));
}

#[tokio::test]
async fn a_filter_narrows_the_list_and_not_the_cursors() {
    let bench = Bench::new();
    let first = bench.session(ALL, "").await;
    let second = bench.session(ALL, "").await;
    let link = |session: &serde_json::Value| {
        let id = session["id"].as_str().expect("an id");
        let linked =
            bench.sandbox.link(id, [AccountSpec::checking(), AccountSpec::savings()]).expect("linked");
        linked.into_iter().map(String::from).collect::<Vec<String>>()
    };
    let (older, newer) = (link(&first), link(&second));

    let session = first["id"].as_str().expect("an id");
    let customer = first["account_holder"]["customer"].as_str().expect("an id");
    let expected = [older[1].clone(), older[0].clone()];
    for filter in [format!("session={session}"), format!("account_holder[customer]={customer}")] {
        assert_eq!(ids(&bench.get(&format!("{ACCOUNTS}?{filter}")).await.ok()), expected);
        let list = bench.get(&format!("{ACCOUNTS}?{filter}&starting_after={}", newer[0])).await.ok();
        assert_eq!(ids(&list), expected, "a cursor outside of the filter still has its place in time");
        let list = bench.get(&format!("{ACCOUNTS}?{filter}&ending_before={}", older[0])).await.ok();
        assert_eq!(ids(&list), expected[..1]);
    }
    let both = format!("{ACCOUNTS}?session={session}&account_holder[customer]={customer}");
    assert_eq!(bench.get(&both).await.refused(400)["code"], "parameters_exclusive");
}

#[tokio::test]
async fn accounts_are_filtered_by_each_kind_of_holder() {
    let bench = Bench::new();
    for (holder, filter) in [
        ("account_holder[type]=account&account_holder[account]=acct_1", "account_holder[account]=acct_1"),
        (
            "account_holder[type]=customer&account_holder[customer_account]=acct_1",
            "account_holder[customer_account]=acct_1",
        ),
    ] {
        let form = format!("{holder}&permissions[]=balances");
        let session = bench.post("/v1/financial_connections/sessions", &form).await.ok();
        let session = session["id"].as_str().expect("an id").to_owned();
        let account = bench.sandbox.link(session, [AccountSpec::checking()]).expect("linked").remove(0);
        assert_eq!(ids(&bench.get(&format!("{ACCOUNTS}?{filter}")).await.ok()), [account.as_str()]);
    }
}
