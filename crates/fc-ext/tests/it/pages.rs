//! Pagination.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use fc_ext::types::{AccountId, AccountOwner, List, Transaction};
use fc_ext::{ByHolder, ErrorKind, FinancialConnections, NewAccountHolder, Paged, RefreshFeature};
use fc_sandbox::{AccountOwner as Owner, AccountSpec};
use futures_core::Stream;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Linked, Server, TestClock};

fn id() -> AccountId {
    AccountId::unchecked("fca_1")
}

/// Page of owners, the shortest objects of the API.
fn page(ids: &[&str], has_more: bool) -> (u16, String) {
    let data: Vec<_> = ids
        .iter()
        .map(|id| {
            json!({"id": id, "object": "financial_connections.account_owner", "email": null, "name": "Jane",
                "ownership": "fcaowns_1", "phone": null, "raw_address": null, "refreshed_at": null})
        })
        .collect();
    (200, json!({"object": "list", "data": data, "has_more": has_more, "url": "/v1/x?y=z"}).to_string())
}

/// Server with a response for each path and query.
async fn serving<const N: usize>(pages: [(&str, (u16, String)); N]) -> Server {
    let pages: BTreeMap<String, (u16, String)> =
        pages.into_iter().map(|(path, page)| (path.to_owned(), page)).collect();
    Server::scripted(move |path| {
        let answer = pages.get(&path).cloned();
        async move {
            answer.unwrap_or_else(|| {
                (400, format!(r#"{{"error": {{"message": "not in the script: {path}"}}}}"#))
            })
        }
    })
    .await
}

fn ids(owners: &[AccountOwner]) -> Vec<&str> {
    owners.iter().map(|owner| owner.id.as_str()).collect()
}

#[tokio::test]
async fn the_next_page_starts_after_the_last_item_and_keeps_the_filters() {
    let list = "accounts/fca_1/owners?ownership=fcaowns_1";
    let server = serving([
        (&format!("{list}&expand[0]=data.x&limit=2"), page(&["fcaown_1", "fcaown_2"], true)),
        (&format!("{list}&expand[0]=data.x&limit=2&starting_after=fcaown_2"), page(&["fcaown_3"], false)),
    ])
    .await;
    let fc = server.fc();
    let owners = fc.accounts().owners(id(), owned("fcaowns_1")).page_size(2).expand(["data.x"]);
    let items = owners.clone().items().into_vec().await.unwrap();
    assert_eq!(ids(&items), ["fcaown_1", "fcaown_2", "fcaown_3"]);
    let mut pages = owners.pages();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().data.len());
    }
    assert_eq!(sizes, [2, 1]);
    assert_eq!(server.requests().len(), 4);
}

fn owned(id: &str) -> fc_ext::types::AccountOwnershipId {
    id.parse().unwrap()
}

#[tokio::test]
async fn backward_pagination_starts_at_the_cursor_and_returns_the_oldest_first() {
    let list = "accounts/fca_1/owners?ownership=fcaowns_1";
    let server = serving([
        (&format!("{list}&ending_before=fcaown_9&limit=2"), page(&["fcaown_7", "fcaown_8"], true)),
        (&format!("{list}&ending_before=fcaown_7&limit=2"), page(&["fcaown_6"], false)),
    ])
    .await;
    let fc = server.fc();
    let owners =
        fc.accounts().owners(id(), owned("fcaowns_1")).page_size(2).ending_before(owner_id("fcaown_9"));
    let items = owners.clone().items().into_vec().await.unwrap();
    assert_eq!(ids(&items), ["fcaown_8", "fcaown_7", "fcaown_6"]);
    let mut pages = owners.pages();
    assert_eq!(ids(&pages.next().await.unwrap().unwrap().data), ["fcaown_7", "fcaown_8"]);
    assert_eq!(pages.cursor().unwrap(), &"fcaown_7");
}

fn owner_id(id: &str) -> fc_ext::types::AccountOwnerId {
    id.parse().unwrap()
}

#[tokio::test]
async fn two_cursors_are_rejected_before_anything_is_sent() {
    let server = serving([]).await;
    let owners = server.fc().accounts().owners(id(), owned("fcaowns_1"));
    let both = owners.starting_after(owner_id("fcaown_1")).ending_before(owner_id("fcaown_2"));
    let mut items = both.items();
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("`starting_after`") && error.to_string().contains("`ending_before`"));
    assert!(items.next().await.is_none());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn two_cursors_are_rejected_also_when_the_first_page_is_known() {
    let server = serving([]).await;
    let owners = server.fc().accounts().owners(id(), owned("fcaowns_1"));
    let both = owners.starting_after(owner_id("fcaown_1")).ending_before(owner_id("fcaown_2"));
    let known: List<AccountOwner> = serde_json::from_str(&page(&["fcaown_3"], false).1).unwrap();
    let error = both.items_from(known).next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn items_use_the_largest_pages_by_default() {
    let server = serving([
        ("accounts/fca_1/owners?ownership=fcaowns_1&limit=100", page(&[], false)),
        ("accounts/fca_1/owners?ownership=fcaowns_1", page(&[], false)),
    ])
    .await;
    let owners = server.fc().accounts().owners(id(), owned("fcaowns_1"));
    assert!(owners.clone().items().next().await.is_none());
    assert!(owners.pages().next().await.unwrap().unwrap().data.is_empty());
}

/// Number of items in these pages, and the error at the end.
async fn end<const N: usize>(pages: [(&str, (u16, String)); N]) -> (usize, Option<fc_ext::CallError>) {
    let server = serving(pages).await;
    let mut items = server.fc().accounts().owners(id(), owned("fcaowns_1")).page_size(2).items();
    let mut count = 0;
    loop {
        match items.next().await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => {
                assert!(items.next().await.is_none(), "nothing comes after an error");
                return (count, Some(error));
            }
            None => return (count, None),
        }
    }
}

const FIRST: &str = "accounts/fca_1/owners?ownership=fcaowns_1&limit=2";

fn after(id: &str) -> String {
    format!("{FIRST}&starting_after={id}")
}

#[tokio::test]
async fn an_empty_page_with_has_more_is_an_error() {
    let (count, error) =
        end([(FIRST, page(&["fcaown_1"], true)), (&after("fcaown_1"), page(&[], true))]).await;
    assert_eq!((count, error.as_ref().map(fc_ext::CallError::kind)), (1, Some(ErrorKind::Decode)));
    assert!(error.unwrap().to_string().contains("an empty page has `has_more: true`"));

    let (count, error) = end([(FIRST, page(&[], true))]).await;
    assert_eq!((count, error.map(|error| error.kind())), (0, Some(ErrorKind::Decode)));
}

#[tokio::test]
async fn an_empty_last_page_ends_the_stream() {
    let (count, error) =
        end([(FIRST, page(&["fcaown_1", "fcaown_2"], true)), (&after("fcaown_2"), page(&[], false))]).await;
    assert_eq!((count, error.is_none()), (2, true));
}

#[tokio::test]
async fn a_page_that_holds_its_own_cursor_is_an_error() {
    let same = page(&["fcaown_1", "fcaown_2"], true);
    let (count, error) = end([(FIRST, same.clone()), (&after("fcaown_2"), same)]).await;
    assert_eq!(count, 2);
    assert!(error.unwrap().to_string().contains("holds fcaown_2 again"));

    // Also on the last page.
    let (count, error) =
        end([(FIRST, page(&["fcaown_1"], true)), (&after("fcaown_1"), page(&["fcaown_1"], false))]).await;
    assert_eq!((count, error.map(|error| error.kind())), (1, Some(ErrorKind::Decode)));
}

#[tokio::test]
async fn an_api_error_ends_the_stream_and_the_cursor_says_where() {
    let server = serving([(FIRST, page(&["fcaown_1", "fcaown_2"], true))]).await;
    let mut items = server.fc().accounts().owners(id(), owned("fcaowns_1")).page_size(2).items();
    assert_eq!(items.cursor(), None);
    assert_eq!(items.next().await.unwrap().unwrap().id, "fcaown_1");
    assert_eq!(items.cursor().unwrap(), &"fcaown_1");
    assert_eq!(items.next().await.unwrap().unwrap().id, "fcaown_2");
    assert_eq!(items.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(items.next().await.is_none());
    assert_eq!(items.cursor().unwrap(), &"fcaown_2");
}

#[tokio::test]
async fn dropping_a_read_loses_nothing_and_requests_nothing_twice() {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let server = Server::scripted(move |path| {
        let gate = Arc::clone(&opened);
        async move {
            gate.notified().await;
            if path == FIRST { page(&["fcaown_1"], true) } else { page(&["fcaown_2"], false) }
        }
    })
    .await;
    let mut items = server.fc().accounts().owners(id(), owned("fcaowns_1")).page_size(2).items();
    for wanted in ["fcaown_1", "fcaown_2"] {
        let before = server.requests().len();
        while server.requests().len() == before {
            // Polled once and dropped, repeatedly, until the request has reached the server.
            assert!(poll_once(items.next()).await.is_none());
            tokio::task::yield_now().await;
        }
        gate.notify_one();
        assert_eq!(items.next().await.unwrap().unwrap().id, wanted);
    }
    assert!(items.next().await.is_none());
    assert_eq!(server.requests().len(), 2);
}

async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// List with pages of 5,000 items. The second page waits for the gate.
async fn long_pages(gate: &Arc<Notify>) -> Server {
    let gate = Arc::clone(gate);
    Server::scripted(move |path| {
        let gate = Arc::clone(&gate);
        async move {
            let start: usize =
                path.split_once("starting_after=fcaown_").map_or(0, |(_, id)| id.parse().unwrap());
            if start > 0 {
                gate.notified().await;
            }
            let ids: Vec<String> =
                (start + 1..=start + 5_000).map(|number| format!("fcaown_{number}")).collect();
            page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), true)
        }
    })
    .await
}

#[tokio::test]
async fn prefetch_requests_one_page_ahead() {
    let gate = Arc::new(Notify::new());
    let server = long_pages(&gate).await;
    let mut items = server.fc().accounts().owners(id(), owned("fcaowns_1")).items().prefetch();
    let mut read = 0;
    while server.requests().len() < 2 {
        assert!(items.next().await.unwrap().is_ok());
        read += 1;
        assert!(read < 5_000, "the second page was requested only after the first one was read");
        tokio::task::yield_now().await;
    }
    gate.notify_one();
    // The second page arrives while the first one is read. The third is not requested until that is done.
    while read < 5_000 {
        assert!(items.next().await.unwrap().is_ok());
        read += 1;
        tokio::task::yield_now().await;
    }
    assert_eq!(server.requests().len(), 2);
    // The second page is here: the gate lets no other response through.
    assert_eq!(items.next().await.unwrap().unwrap().id, "fcaown_5001");
}

#[test]
fn the_next_page_is_requested_before_a_caller_works_that_never_awaits() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let (received, requests) = std::sync::mpsc::channel();
    let server = servers.block_on(Server::scripted(move |path| {
        received.send(path).unwrap();
        async { page(&["fcaown_1", "fcaown_2"], true) }
    }));
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    own.block_on(async {
        let owners = server.fc().accounts().owners(id(), owned("fcaowns_1")).limit(2);
        let mut items = owners.items().prefetch();
        assert!(items.next().await.unwrap().is_ok());
        // From here on the only thread of the runtime is taken.
        for wanted in [FIRST, &after("fcaown_2")] {
            let requested = requests.recv_timeout(std::time::Duration::from_secs(60));
            assert_eq!(requested.expect("the page is requested"), wanted);
        }
    });
}

#[tokio::test]
async fn the_cursor_moves_when_a_prefetched_page_is_returned_and_not_before() {
    let server = serving([
        (FIRST, page(&["fcaown_1"], true)),
        (&after("fcaown_1"), page(&["fcaown_2"], true)),
        (&after("fcaown_2"), page(&["fcaown_3"], false)),
    ])
    .await;
    let mut pages = server.fc().accounts().owners(id(), owned("fcaowns_1")).limit(2).pages().prefetch();
    let mut before = None;
    for wanted in ["fcaown_1", "fcaown_2", "fcaown_3"] {
        let page = loop {
            if let Some(page) = poll_once(pages.next()).await {
                break page.unwrap().unwrap();
            }
            assert_eq!(pages.cursor(), before.as_ref());
            tokio::task::yield_now().await;
        };
        assert_eq!(ids(&page.data), [wanted]);
        before = Some(owner_id(wanted));
        assert_eq!(pages.cursor(), before.as_ref());
    }
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn without_prefetch_a_page_is_requested_when_it_is_needed() {
    let gate = Arc::new(Notify::new());
    let server = long_pages(&gate).await;
    let mut items = server.fc().accounts().owners(id(), owned("fcaowns_1")).items();
    for _ in 0..5_000 {
        assert!(items.next().await.unwrap().is_ok());
        tokio::task::yield_now().await;
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_prefetched_error_comes_after_the_items_before_it() {
    let ids: Vec<String> = (1..=5_000).map(|number| format!("fcaown_{number}")).collect();
    let first = page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), true);
    let server = serving([(FIRST, first)]).await;
    let mut items = server.fc().accounts().owners(id(), owned("fcaowns_1")).page_size(2).items().prefetch();
    let mut requested_ahead = false;
    for _ in 0..5_000 {
        assert!(items.next().await.unwrap().is_ok());
        requested_ahead |= server.requests().len() == 2;
        tokio::task::yield_now().await;
    }
    assert!(requested_ahead);
    assert!(items.next().await.unwrap().is_err());
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn a_prefetched_page_is_retried_while_the_items_before_it_are_returned() {
    let ids: Vec<String> = (1..=5_000).map(|number| format!("fcaown_{number}")).collect();
    let first = page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), true);
    let server = Server::scripted(move |path| {
        let answer = if path == FIRST { first.clone() } else { (500, "{}".to_owned()) };
        async move { answer }
    })
    .await;
    let config = server.config().with_max_retries(1).with_clock(TestClock::new());
    let fc = FinancialConnections::new(config).unwrap();
    let mut items = fc.accounts().owners(id(), owned("fcaowns_1")).page_size(2).items().prefetch();
    // The first page, the second one, and its retry.
    while server.requests().len() < 3 {
        assert!(items.next().await.unwrap().is_ok(), "the retry waited until the first page was read");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn pages_and_items_are_streams_and_can_move_between_threads() {
    fn assert_stream<S: Stream + Send + Unpin>(stream: S) -> S {
        stream
    }
    let server = serving([(FIRST, page(&["fcaown_1"], false))]).await;
    let owners = server.fc().accounts().owners(id(), owned("fcaowns_1")).page_size(2);
    let mut pages = assert_stream(owners.clone().pages());
    let mut items = assert_stream(owners.items());
    let page: List<AccountOwner> =
        poll_fn(|context| Pin::new(&mut pages).poll_next(context)).await.unwrap().unwrap();
    let item = poll_fn(|context| Pin::new(&mut items).poll_next(context)).await.unwrap().unwrap();
    assert_eq!(page.data, [item]);
}

/// Account with this many transactions, after a refresh.
async fn with_transactions(count: u32) -> Linked {
    let linked = Linked::new(AccountSpec::checking().transactions(count)).await;
    let refresh = linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Transactions]);
    assert!(refresh.until_settled(std::time::Duration::from_secs(60)).await.unwrap().is_success());
    linked.requests();
    linked
}

#[tokio::test]
async fn pages_prefetch_direction_and_filters_give_the_same_list() {
    let linked = with_transactions(250).await;
    let list = || linked.fc.transactions().list(&linked.id);
    let all = list().items().into_vec().await.unwrap();
    assert!(all.len() > 230, "{}", all.len());
    assert_eq!(linked.requests().len(), all.len().div_ceil(100));
    assert!(all.is_sorted_by(|a, b| a.transacted_at >= b.transacted_at));

    let prefetched = list().page_size(7).items().prefetch().into_vec().await.unwrap();
    assert_eq!(prefetched, all);

    let oldest = all.last().unwrap();
    let mut backward = list().page_size(7).ending_before(&oldest.id).items().into_vec().await.unwrap();
    backward.reverse();
    assert_eq!(backward, all[..all.len() - 1]);

    let filtered = list().transacted_at_lt(all[20].transacted_at).items().into_vec().await.unwrap();
    assert_eq!(filtered, all[21..]);
}

#[tokio::test]
async fn a_list_resumes_from_the_cursor_of_any_item() {
    let linked = with_transactions(30).await;
    let list = || linked.fc.transactions().list(&linked.id).page_size(7);
    let all = list().items().into_vec().await.unwrap();
    for stop in 0..all.len() {
        let mut first = list().items();
        let mut read: Vec<Transaction> = Vec::new();
        for _ in 0..stop {
            read.push(first.next().await.unwrap().unwrap());
        }
        let rest = match first.cursor() {
            Some(cursor) => list().starting_after(cursor),
            None => list(),
        };
        read.extend(rest.items().into_vec().await.unwrap());
        assert_eq!(read, all, "stopped after {stop}");
    }
}

#[tokio::test]
async fn owners_of_reads_an_expanded_and_a_plain_account() {
    let owners: Vec<Owner> = (0..13).map(|number| Owner::new(format!("Owner {number}"))).collect();
    let linked = Linked::new(AccountSpec::checking().owners(owners)).await;
    assert!(linked.fc.accounts().owners_of(&linked.account().await).is_none());
    let refresh = linked.fc.accounts().refresh(&linked.id, [RefreshFeature::Ownership]);
    let refreshed =
        refresh.expand(["ownership"]).until_settled(std::time::Duration::from_secs(60)).await.unwrap();

    let expanded = refreshed.account;
    let snapshot = expanded.ownership.as_ref().unwrap().object().unwrap();
    assert!(snapshot.owners.url.contains("?ownership=fcaowns_"), "{}", snapshot.owners.url);
    assert_eq!((snapshot.owners.data.len(), snapshot.owners.has_more), (10, true));
    linked.requests();
    let from_expanded = linked
        .fc
        .accounts()
        .owners_of(&expanded)
        .unwrap()
        .items_from(snapshot.owners.clone())
        .into_vec()
        .await
        .unwrap();
    let last = snapshot.owners.data.last().unwrap();
    assert_eq!(
        linked.requests(),
        [format!("GET accounts/ID/owners?ownership={}&limit=100&starting_after={}", snapshot.id, last.id)]
    );

    let plain = linked.account().await;
    let from_plain = linked.fc.accounts().owners_of(&plain).unwrap().items().into_vec().await.unwrap();
    assert_eq!(from_plain, from_expanded);
    let mut names: Vec<_> = from_plain.iter().map(|owner| owner.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 13);
}

#[tokio::test]
async fn the_accounts_of_a_session_come_from_one_list() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let holder = fc_ext::NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
    let session = linked.fc.sessions().create(holder, fc_ext::Permission::ALL).send().await.unwrap();
    let specs: Vec<AccountSpec> = (0..12).map(|_| AccountSpec::savings()).collect();
    let ids = linked.sandbox.link(&session.id, specs).unwrap();
    let mut session = linked.fc.sessions().retrieve(&session.id).send().await.unwrap();
    // The order inside the session is not documented.
    session.accounts.data.reverse();
    linked.requests();
    let accounts = linked.fc.sessions().accounts(&session).page_size(5).items().into_vec().await.unwrap();
    assert_eq!(accounts.into_iter().rev().map(|account| account.id).collect::<Vec<_>>(), ids);
    assert_eq!(linked.requests()[0], format!("GET accounts?limit=5&session={}", session.id));
}

#[tokio::test]
async fn owners_and_accounts_of_a_connected_account_are_requested_on_its_behalf() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let refresh = linked.fc.accounts().refresh(&linked.id, RefreshFeature::Ownership).expand(["ownership"]);
    let account = refresh.until_settled(std::time::Duration::from_secs(60)).await.unwrap().account;
    let holder = fc_ext::NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap());
    let session = linked.fc.sessions().create(holder, fc_ext::Permission::ALL).send().await.unwrap();
    linked.requests();
    let shop: fc_ext::types::ConnectedAccountId = "acct_1".parse().unwrap();
    // In the sandbox each connected account has its own data, so neither exists there.
    let owners = linked.fc.accounts().owners_of(&account).unwrap().stripe_account(&shop);
    assert!(owners.items().next().await.unwrap().is_err());
    let accounts = linked.fc.sessions().accounts(&session).stripe_account(&shop);
    assert!(accounts.items().next().await.unwrap().is_err());
    let requests = linked.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.ends_with(" as acct_1")), "{requests:?}");
}

#[tokio::test]
async fn accounts_are_listed_by_their_holder() {
    let linked = Linked::new(AccountSpec::checking()).await;
    let account = linked.account().await;
    let holder = NewAccountHolder::try_from(account.account_holder.as_ref().unwrap()).unwrap();
    assert_eq!(holder, NewAccountHolder::Account("acct_1MwVK82eZvKYlo2C".parse().unwrap()));
    linked.requests();
    let accounts = linked.fc.accounts().list().holder(&holder).items().into_vec().await.unwrap();
    assert_eq!(accounts, [account]);
    let other = NewAccountHolder::Account("acct_other".parse().unwrap());
    assert!(linked.fc.accounts().list().holder(&other).items().into_vec().await.unwrap().is_empty());
    for (holder, name) in [
        (NewAccountHolder::Customer("cus_1".parse().unwrap()), "customer]=cus_1"),
        (NewAccountHolder::CustomerAccount("acct_2".parse().unwrap()), "customer_account]=acct_2"),
    ] {
        linked.requests();
        let _ = linked.fc.accounts().list().holder(&holder).send().await;
        assert!(linked.requests()[0].ends_with(&format!("account_holder[{name}")), "{name}");
    }
}

#[test]
fn a_holder_in_a_response_becomes_a_holder_of_a_request() {
    for (json, expected) in [
        (
            json!({"type": "account", "account": "acct_1"}),
            Some(NewAccountHolder::Account("acct_1".parse().unwrap())),
        ),
        (
            json!({"type": "customer", "customer": "cus_1"}),
            Some(NewAccountHolder::Customer("cus_1".parse().unwrap())),
        ),
        (
            json!({"type": "customer", "customer_account": "acct_1"}),
            Some(NewAccountHolder::CustomerAccount("acct_1".parse().unwrap())),
        ),
        (json!({"type": "something"}), None),
    ] {
        let holder: fc_ext::types::AccountHolder = serde_json::from_value(json).unwrap();
        assert_eq!(NewAccountHolder::try_from(&holder).ok(), expected);
    }
}

#[tokio::test]
async fn debug_of_a_stream_shows_its_cursor_and_no_key() {
    let server = serving([]).await;
    let fc = server.fc();
    let items = fc.accounts().list().starting_after(id()).items();
    let shown = format!("{items:?} {:?}", fc.accounts().list().pages());
    assert!(shown.contains("fca_1"), "{shown}");
    assert!(!shown.contains(crate::support::KEY), "{shown}");
}
