//! What a user does: link, look, search, link again, disconnect, erase.

use serde_json::{Value, json};

use crate::program::{Answer, Program};

/// A day of UTC in the form of the pages.
fn day(at: i64) -> String {
    let date = jiff::Timestamp::from_second(at).unwrap();
    date.strftime("%-d %b %Y").to_string()
}

/// Dollars in the form of the pages.
fn dollars(cents: i64) -> String {
    let digits = format!("{:03}", cents.unsigned_abs());
    let (whole, rest) = digits.split_at(digits.len() - 2);
    let groups: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{}${}.{rest}", if cents < 0 { "−" } else { "" }, groups.join(","))
}

fn checking() -> Value {
    json!([{ "kind": "checking", "display_name": "Everyday", "last4": "6789", "transactions": 320 }])
}

/// Texts of the cells of each row of a page's tables.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let text = |cell: &str| {
        let text = cell.split_once('>').unwrap().1;
        let plain: String =
            text.split('<').map(|part| part.split_once('>').map_or(part, |(_, rest)| rest)).collect();
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let rows = answer.between("<tr", "</tr>").into_iter();
    rows.map(|row| row.split("<td").skip(1).map(|cell| text(cell.split("</td>").next().unwrap())).collect())
        .filter(|cells: &Vec<String>| !cells.is_empty())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_account_shows_the_balance_of_the_bank() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    assert!(jane.get("/accounts").await.text.contains("No bank is linked yet"));

    let (ids, next) = jane.link(checking()).await;
    assert_eq!(next, "/accounts?done=linked");
    // The app waited for the mirror, so that the first page has figures.
    let page = jane.get(&next).await;
    let balance = &program.account(&ids[0], "/balances").await["last_read"]["current"];
    assert!(page.text.contains("Everyday ••6789"), "{}", page.text);
    assert!(page.text.contains(&dollars(balance.as_i64().unwrap())), "{balance}: {}", page.text);
    assert!(page.text.contains("Your accounts are linked."));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_computed_part_of_the_chart_is_what_the_bank_had() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (ids, _) = jane.link(checking()).await;
    let page = jane.get(&format!("/accounts/{}", ids[0])).await;
    let computed: Vec<Vec<String>> =
        rows(&page).into_iter().filter(|row| row.last().is_some_and(|source| source == "computed")).collect();
    assert!(computed.len() > 80, "{} days: {}", computed.len(), page.text);
    let balances = program.account(&ids[0], "/balances").await;
    let at_bank = |row: &[String]| {
        let points = balances["at_bank"].as_array().unwrap().iter();
        let mut points =
            points.map(|point| (point["at"].as_i64().unwrap(), point["current"].as_i64().unwrap()));
        // The balance at midnight is the one at the end of the day before.
        points.find(|(at, _)| at % 86_400 == 0 && day(at - 1) == row[0]).map(|(_, amount)| amount)
    };
    // The bank of the sandbox books a bill up to two days after the day that it gives it, so its balance lacks the bill until then.
    let mut bills = Vec::new();
    for name in ["payroll", "rent", "power"] {
        let found = program.account(&ids[0], &format!("/transactions?search={name}&limit=100")).await;
        bills.extend(
            found["transactions"].as_array().unwrap().iter().map(|bill| bill["amount"].as_i64().unwrap()),
        );
    }
    let (mut same, mut late) = (0, 0);
    for row in &computed {
        let Some(amount) = at_bank(row) else { continue };
        if row[1] == dollars(amount) {
            same += 1;
        } else {
            late += 1;
            assert!(
                bills.iter().any(|bill| row[1] == dollars(amount + bill)),
                "{row:?}, at the bank {amount}"
            );
        }
    }
    assert!(same > 60 && late < 25, "{same} days are those of the bank, and {late} are ahead of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_transactions_have_each_one_once_and_the_search_finds_parts() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (ids, _) = jane.link(checking()).await;
    let total = program.account(&ids[0], "/transactions?limit=1").await["total"].as_u64().unwrap();

    let mut found = Vec::new();
    let mut path = "/transactions".to_owned();
    loop {
        let page = jane.get(&path).await;
        assert!(page.text.contains(&format!("{total} transactions")), "{total}: {}", page.text);
        found.extend(rows(&page));
        let field = |name: &str| {
            page.between(&format!("name=\"{name}\" value=\""), "\"").last().map(|it| (*it).to_owned())
        };
        if !page.text.contains("Older transactions") {
            break;
        }
        path = format!("/transactions?at={}&id={}", field("at").unwrap(), field("id").unwrap());
    }
    assert_eq!(found.len() as u64, total);

    let wages = found.iter().filter(|row| row[1].contains("PAYROLL")).count();
    assert!(wages > 5, "{wages}");
    let page = jane.get("/transactions?q=payroll").await;
    assert_eq!(rows(&page).len(), wages);
    // Signs of a pattern stand for themselves.
    assert!(jane.get("/transactions?q=%25").await.text.contains("0 transactions"));
    assert!(jane.get("/transactions?account=fca_of_someone_else").await.text.contains("0 transactions"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_connection_has_a_banner_until_the_account_is_linked_again() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (old, _) = jane.link(checking()).await;
    assert!(!jane.get("/accounts").await.text.contains("Link again"));

    let path = format!("accounts/{}/expected_deactivation", old[0]);
    let now = program.control("clock", None).await["now"].as_i64().unwrap();
    let end = now + 20 * 86_400;
    program.control(&path, Some(json!({ "at": end }))).await;
    let soon = format!("ends on {}", day(end));
    jane.until("/accounts", |page| page.text.contains(&soon) && page.text.contains("Link again")).await;

    program.control(&format!("accounts/{}/status", old[0]), Some(json!({ "status": "inactive" }))).await;
    let page = jane.until("/transactions", |page| page.text.contains("has ended")).await;
    assert!(page.text.contains("Everyday ••6789"), "{}", page.text);
    // A day later the balance is no longer fresh.
    program.control("clock", Some(json!({ "advance": 86_400 }))).await;
    let refreshed = jane.post(&format!("/accounts/{}/refresh", old[0]), "").await;
    assert!(refreshed.leads_to().ends_with("done=ended"));

    // The user links another account first: the old one stays.
    let other = json!([{ "kind": "checking", "display_name": "Everyday", "last4": "1111" }]);
    assert_eq!(jane.link(other).await.1, "/accounts?done=linked");
    assert!(jane.get("/accounts").await.text.contains("has ended"));

    let (new, next) = jane.link(checking()).await;
    assert_eq!(next, "/accounts?done=replaced");
    let page = jane.get(&next).await;
    assert!(!page.text.contains("Link again") && page.text.contains("Disconnected"), "{}", page.text);
    assert_eq!(program.account(&old[0], "").await["account"]["status"], "disconnected");
    assert_eq!(program.account(&new[0], "").await["account"]["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_replaced_even_if_the_browser_never_says_that_linking_ended() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (old, _) = jane.link(checking()).await;
    program.control(&format!("accounts/{}/status", old[0]), Some(json!({ "status": "inactive" }))).await;
    program.control("clock", Some(json!({ "advance": 86_400 }))).await;
    jane.until("/accounts", |page| page.text.contains("has ended")).await;

    let secret = jane.client_secret().await;
    program.control("link", Some(json!({ "session": secret, "accounts": checking() }))).await;
    let page = jane.until("/accounts", |page| !page.text.contains("Link again")).await;
    assert!(page.text.contains("history only"), "{}", page.text);
    assert_eq!(program.account(&old[0], "").await["account"]["status"], "disconnected");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_a_replaced_account_are_shown_only_when_it_is_chosen() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (old, _) = jane.link(checking()).await;
    program.control(&format!("accounts/{}/status", old[0]), Some(json!({ "status": "inactive" }))).await;
    program.control("clock", Some(json!({ "advance": 86_400 }))).await;
    jane.until("/accounts", |page| page.text.contains("has ended")).await;
    let (new, next) = jane.link(checking()).await;
    assert_eq!(next, "/accounts?done=replaced");

    let count = |page: &Answer| page.between("class=\"count\">", "<")[0].to_owned();
    let all = jane.get("/transactions").await;
    let chosen = jane.get(&format!("/transactions?account={}", new[0])).await;
    assert_eq!(count(&all), count(&chosen));
    assert!(!all.text.contains(&format!("href=\"/accounts/{}\"", old[0])), "{}", all.text);
    let history = jane.get(&format!("/transactions?account={}", old[0])).await;
    assert!(!rows(&history).is_empty(), "{}", history.text);

    jane.post(&format!("/accounts/{}/disconnect", new[0]), "").await;
    assert_eq!(count(&jane.get("/transactions").await), count(&chosen));
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_an_account_that_stripe_no_longer_has_are_not_shown() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    jane.link(checking()).await;
    assert!(!rows(&jane.get("/transactions").await).is_empty());
    program.mirror().execute("UPDATE fc_account SET vanished_ms = 1", []).unwrap();
    assert!(rows(&jane.get("/transactions").await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_keeps_the_history_and_erasing_leaves_nothing() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (first, _) = jane.link(checking()).await;
    let savings = json!([{ "kind": "savings", "display_name": "Rainy day", "last4": "4321" }]);
    let (second, _) = jane.link(savings).await;

    let answer = jane.post(&format!("/accounts/{}/disconnect", first[0]), "").await;
    assert_eq!(answer.leads_to(), "/accounts?done=disconnected");
    assert_eq!(program.account(&first[0], "").await["account"]["status"], "disconnected");
    let page = jane.get("/accounts").await;
    assert!(page.text.contains("history only"), "{}", page.text);
    assert!(!rows(&jane.get(&format!("/transactions?account={}", first[0])).await).is_empty());

    assert_eq!(jane.post("/data/erase", "sure=yes").await.leads_to(), "/accounts?done=erased");
    assert_eq!(program.account(&second[0], "").await["account"]["status"], "disconnected");
    assert!(jane.get("/accounts").await.text.contains("No bank is linked yet"));
    assert!(jane.get("/transactions").await.text.contains("0 transactions"));
    let mirror = program.mirror();
    for table in ["fc_transaction", "fc_transaction_version", "fc_balance", "fc_owner"] {
        let rows: i64 =
            mirror.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_later_the_refresh_button_brings_the_new_balance() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    let (ids, _) = jane.link(checking()).await;
    let page = format!("/accounts/{}", ids[0]);
    let again = jane.post(&format!("{page}/refresh"), "").await;
    assert_eq!(again.leads_to(), format!("{page}?done=fresh"), "a balance of this minute is fresh");

    program.control("clock", Some(json!({ "advance": 3 * 86_400 }))).await;
    assert!(jane.post(&format!("{page}/refresh"), "").await.leads_to().ends_with("done=fresh"));
    let read = program.account(&ids[0], "/balances").await["last_read"].clone();
    let shown = dollars(read["current"].as_i64().unwrap());
    let page = jane.until(&page, |page| page.text.contains(&shown)).await;
    let given =
        rows(&page).into_iter().filter(|row| row.last().is_some_and(|source| source == "bank")).count();
    assert_eq!(given, 2, "the chart has both balances: {}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_killed_goes_on() {
    let program = Program::start();
    let mut jane = program.signed_in("jane").await;
    jane.link(checking()).await;
    let cookie = jane.cookie.clone();
    let program = program.restarted();
    let mut jane = program.browser();
    jane.cookie = cookie;
    assert!(jane.get("/accounts").await.text.contains("Everyday ••6789"));
    // The webhooks come to the new address. The mirror waits some seconds, because the killed one may still be calling Stripe.
    jane.link(json!([{ "kind": "savings", "display_name": "Rainy day" }])).await;
    jane.until("/accounts", |page| page.text.contains("Rainy day")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_is_said_only_when_no_account_can_come_back() {
    let program = Program::without_patience();
    // The first listing of the mirror is over, so that the next one follows the erasure.
    program.mirror_until("SELECT count(*) FROM fc_tenant WHERE listing_done_ms IS NOT NULL").await;
    let mut jane = program.signed_in("jane").await;
    // The webhooks of the account are lost, and the mirror's listing fails. The first list is the one of the erasure.
    program.control("faults", Some(json!({ "fault": "webhook_lost", "times": 100 }))).await;
    let refused = json!({ "fault": "permission_denied", "on": "list_accounts", "from": 2, "times": 1 });
    program.control("faults", Some(refused)).await;
    let secret = jane.client_secret().await;
    program.control("link", Some(json!({ "session": secret, "accounts": checking() }))).await;

    let answer = jane.post("/data/erase", "sure=yes").await;
    assert_eq!(answer.leads_to(), "/data?done=erasing");
    assert!(jane.get("/data?done=erasing").await.text.contains("Erase it again in a moment"));
    // The next listing finds the account, and the same form erases it.
    program.mirror_until("SELECT count(*) FROM fc_tenant WHERE failures > 0").await;
    assert_eq!(jane.post("/data/erase", "sure=yes").await.status, 303);
    program.mirror_until("SELECT count(*) FROM fc_health WHERE state = 'disconnected'").await;
    assert_eq!(jane.post("/data/erase", "sure=yes").await.leads_to(), "/accounts?done=erased");
    assert!(jane.get("/accounts").await.text.contains("No bank is linked yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_up_to_date_only_when_the_page_has_it() {
    let program = Program::without_patience();
    let mut jane = program.signed_in("jane").await;
    let (ids, _) = jane.link(checking()).await;
    let page = format!("/accounts/{}", ids[0]);
    program.mirror_until("SELECT count(*) FROM fc_health WHERE state = 'active' AND behind = 0").await;
    let refused = json!({ "fault": "permission_denied", "on": "list_transactions", "times": 100 });
    program.control("faults", Some(refused)).await;
    let next = jane.post(&format!("{page}/refresh"), "").await.leads_to().to_owned();
    assert_eq!(next, format!("{page}?done=fresh-later"));
    assert!(jane.get(&next).await.text.contains("Load this page again in a moment"));
}
