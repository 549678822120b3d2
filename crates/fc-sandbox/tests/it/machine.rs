//! A property test of the state machine: after any sequence of calls, the sandbox behaves like a small model.
//!
//! After every step each account must equal the model's, so the sandbox has no transition that the model lacks. At the end
//! the event log must hold exactly the model's events. In between, readers page through transactions and sync them from
//! refresh to refresh, and exports move the sandbox into a new one.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use fc_sandbox::{AccountSpec, Clock, Fault, RefreshOutcome, Sandbox};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use self::model::{Account, FEATURES, Model, NAMES, Status};
use crate::bench::{ACCOUNTS, ALL, Bench, NOW, Response, TRANSACTIONS, post};

#[derive(Clone, Debug)]
enum Step {
    Link {
        kind: usize,
        transactions: u32,
    },
    Refresh {
        account: Index,
        features: Vec<usize>,
    },
    /// The response is lost, and the call is retried with its idempotency key.
    RefreshTwice {
        account: Index,
        features: Vec<usize>,
    },
    Subscribe(Index),
    Unsubscribe(Index),
    Disconnect(Index),
    Deactivate(Index),
    Reactivate(Index),
    Plan {
        account: Index,
        feature: usize,
        outcome: RefreshOutcome,
    },
    Fault {
        feature: usize,
    },
    Advance {
        seconds: i64,
    },
    Follow(Index),
    Page {
        account: Index,
        limit: usize,
    },
    CarryOver,
}

fn step() -> impl Strategy<Value = Step> {
    let features = || proptest::sample::subsequence(vec![0, 1, 2], 1..=3);
    let outcomes =
        [RefreshOutcome::Succeeded, RefreshOutcome::Failed, RefreshOutcome::FailedAndInactive].to_vec();
    let account = any::<Index>;
    // Few accounts and long steps, so that much happens to each account between two reads.
    prop_oneof![
        1 => (0..6usize, 0..60u32).prop_map(|(kind, transactions)| Step::Link { kind, transactions }),
        6 => (account(), features()).prop_map(|(account, features)| Step::Refresh { account, features }),
        2 => (account(), features()).prop_map(|(account, features)| Step::RefreshTwice { account, features }),
        5 => account().prop_map(Step::Subscribe),
        3 => account().prop_map(Step::Unsubscribe),
        1 => account().prop_map(Step::Disconnect),
        2 => account().prop_map(Step::Deactivate),
        4 => account().prop_map(Step::Reactivate),
        2 => (account(), 0..3usize, proptest::sample::select(outcomes))
            .prop_map(|(account, feature, outcome)| Step::Plan { account, feature, outcome }),
        1 => (0..3usize).prop_map(|feature| Step::Fault { feature }),
        10 => proptest::sample::select(vec![0, 1, 2, 59, 3600, 86_400, 3 * 86_400, 5 * 86_400])
            .prop_map(|seconds| Step::Advance { seconds }),
        10 => account().prop_map(Step::Follow),
        2 => (account(), 1..12usize).prop_map(|(account, limit)| Step::Page { account, limit }),
        2 => Just(Step::CarryOver),
    ]
}

/// The sandbox, the model, and the copies that readers of the transactions keep.
struct Run {
    bench: Bench,
    model: Model,
    ids: Vec<String>,
    readers: Vec<Reader>,
    keys: u32,
}

/// A reader that keeps a copy of an account's transactions up to date.
#[derive(Default)]
struct Reader {
    copy: BTreeMap<String, Value>,
    /// The refresh up to which the copy is complete.
    cursor: Option<String>,
}

/// The number of cases: a few seconds' worth, unless `PROPTEST_CASES` sets another.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(32, |text| text.parse().expect("a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sandbox_behaves_like_the_model(steps in proptest::collection::vec(step(), 1..100)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut run = Run::new().await;
            for step in &steps {
                run.take(step).await;
                run.compare().await;
            }
            run.compare_events();
        });
    }
}

impl Run {
    /// A run that starts with one account.
    async fn new() -> Self {
        let bench = Bench::new();
        bench.keep_events().await;
        let mut run = Self { bench, model: Model::new(NOW), ids: Vec::new(), readers: Vec::new(), keys: 0 };
        run.link(0, 200).await;
        run
    }

    async fn link(&mut self, kind: usize, transactions: u32) {
        let kinds = ["checking", "savings", "credit_card", "line_of_credit", "mortgage", "investment"];
        let spec = AccountSpec::of_kind(kinds[kind]).expect("a kind").transactions(transactions);
        self.ids.extend(self.bench.link(ALL, [spec]).await);
        self.readers.push(Reader::default());
        self.model.link();
    }

    async fn take(&mut self, step: &Step) {
        let pick = |account: &Index| account.index(self.ids.len());
        match step {
            Step::Link { kind, transactions } => self.link(*kind, *transactions).await,
            Step::Refresh { account, features } => {
                let account = pick(account);
                let response = self.bench.refresh(&self.ids[account], &form(features)).await;
                let accepted = self.model.refresh(account, features);
                self.expect(account, response, accepted, true);
            }
            Step::RefreshTwice { account, features } => {
                let account = pick(account);
                let response = self.refresh_twice(account, features).await;
                let accepted = self.model.refresh(account, features);
                assert_eq!(response.header("idempotent-replayed"), Some("true"));
                self.expect(account, response, accepted, true);
            }
            Step::Subscribe(account) => {
                let account = pick(account);
                let response = self.post(account, "subscribe", "features[]=transactions").await;
                let accepted = self.model.subscribe(account);
                self.expect(account, response, accepted, true);
            }
            Step::Unsubscribe(account) => {
                let account = pick(account);
                let response = self.post(account, "unsubscribe", "features[]=transactions").await;
                let accepted = self.model.unsubscribe(account);
                self.expect(account, response, accepted, false);
            }
            Step::Disconnect(account) => {
                let account = pick(account);
                let response = self.post(account, "disconnect", "").await;
                self.model.disconnect(account);
                self.expect(account, response, true, false);
            }
            Step::Deactivate(account) => {
                let account = pick(account);
                let done = self.bench.sandbox.deactivate(&self.ids[account]).is_ok();
                assert_eq!(done, self.model.deactivate(account));
            }
            Step::Reactivate(account) => {
                let account = pick(account);
                let done = self.bench.sandbox.reactivate(&self.ids[account]).is_ok();
                assert_eq!(done, self.model.reactivate(account));
            }
            Step::Plan { account, feature, outcome } => {
                let account = pick(account);
                let planned =
                    self.bench.sandbox.plan_refresh(&self.ids[account], FEATURES[*feature], *outcome);
                assert_eq!(planned.is_ok(), self.model.plan(account, *feature, *outcome));
            }
            Step::Fault { feature } => {
                let fault = Fault::refresh_fails(FEATURES[*feature]);
                self.bench.sandbox.faults().inject(fault).expect("a valid fault");
                self.model.faults[*feature] += 1;
            }
            Step::Advance { seconds } => {
                self.bench.advance(seconds.unsigned_abs());
                self.model.advance(*seconds);
            }
            Step::Follow(account) => self.follow(pick(account)).await,
            Step::Page { account, limit } => self.page(pick(account), *limit).await,
            Step::CarryOver => {
                let next = Sandbox::builder().clock(Clock::frozen(0)).build();
                next.import(&self.bench.sandbox.export()).expect("it was just exported");
                self.bench = Bench::of(&next);
                // Injected faults are not part of an exported state.
                self.model.faults = [0; 3];
            }
        }
    }

    async fn post(&self, account: usize, action: &str, form: &str) -> Response {
        self.bench.post(&format!("{ACCOUNTS}/{}/{action}", self.ids[account]), form).await
    }

    async fn refresh_twice(&mut self, account: usize, features: &[usize]) -> Response {
        self.keys += 1;
        let request = || {
            post(&format!("{ACCOUNTS}/{}/refresh", self.ids[account]))
                .header("idempotency-key", format!("key {}", self.keys))
                .body(Body::from(form(features)))
                .expect("a request")
        };
        let lost = Fault::reply_lost().on("refresh_account");
        self.bench.sandbox.faults().inject(lost).expect("a valid fault");
        // A server would close the connection instead of sending this response.
        let _ = self.bench.respond(request()).await;
        self.bench.send(request()).await
    }

    /// Checks that the response is the account in the right state, or the error for its status.
    fn expect(&self, account: usize, response: Response, accepted: bool, needs_active: bool) {
        if accepted {
            assert_eq!(Account::seen(&response.ok()), self.model.accounts[account].shown());
            return;
        }
        let code = &response.refused(400)["code"];
        match self.model.accounts[account].status {
            Status::Inactive if needs_active => assert_eq!(code, "financial_connections_account_inactive"),
            Status::Disconnected => assert_eq!(*code, Value::Null),
            status => panic!("an account that is {status:?} does not refuse this"),
        }
    }

    async fn compare(&self) {
        for (id, account) in self.ids.iter().zip(&self.model.accounts) {
            let shown = self.bench.account(id).await;
            assert_eq!(Account::seen(&shown), account.shown());
            if account.status == Status::Disconnected {
                assert_eq!((&shown["balance"], &shown["ownership"]), (&Value::Null, &Value::Null));
            }
        }
    }

    /// Checks that every transition has exactly one event, in order.
    fn compare_events(&self) {
        for (id, account) in self.ids.iter().zip(&self.model.accounts) {
            assert_eq!(self.bench.events_about(id), account.events);
        }
        let events = self.bench.sandbox.events(crate::bench::KEY);
        let ids: BTreeSet<&str> = events.iter().filter_map(|event| event["id"].as_str()).collect();
        assert_eq!(ids.len(), events.len());
        assert_eq!(
            events.len(),
            self.model.accounts.iter().map(|account| account.events.len()).sum::<usize>()
        );
        assert!(events.is_sorted_by_key(|event| event["created"].as_i64()));
    }

    /// Whether transactions can be read; checks that an error is the one for the account's state.
    async fn readable(&self, account: usize) -> bool {
        let row = &self.model.accounts[account];
        let response = self.bench.get(&format!("{TRANSACTIONS}?account={}", self.ids[account])).await;
        if row.status == Status::Disconnected {
            assert_eq!(response.refused(400)["code"], Value::Null);
            return false;
        }
        if !row.synced {
            let code = "financial_connections_no_successful_transaction_refresh";
            assert_eq!(response.refused(400)["code"], code);
            return false;
        }
        response.ok();
        true
    }

    /// Reads the changes since the cursor, and checks that each change comes once and nothing else does.
    async fn follow(&mut self, account: usize) {
        if !self.readable(account).await {
            return;
        }
        let id = &self.ids[account];
        let all = self.walk(&format!("account={id}"), 100, "starting_after").await;
        let all: BTreeMap<String, Value> = all.into_iter().map(|item| (id_of(&item), item)).collect();
        let reader = &self.readers[account];
        if let Some(cursor) = &reader.cursor {
            let query = format!("account={id}&transaction_refresh[after]={cursor}");
            let changes = self.walk(&query, 7, "starting_after").await;
            let changed: BTreeSet<String> = changes.iter().map(id_of).collect();
            assert_eq!(changed.len(), changes.len(), "a change came twice");
            let differs = |(id, item): &(&String, &Value)| reader.copy.get(*id) != Some(item);
            let differing: BTreeSet<String> = all.iter().filter(differs).map(|(id, _)| id.clone()).collect();
            assert_eq!(changed, differing);
            assert!(changes.iter().all(|item| all.get(&id_of(item)) == Some(item)));
            assert!(reader.copy.keys().all(|id| all.contains_key(id)), "a transaction disappeared");
        }
        if self.model.accounts[account].is_fresh() {
            let latest = self.bench.account(id).await["transaction_refresh"]["id"].clone();
            let cursor = Some(latest.as_str().expect("a refresh has an id").to_owned());
            self.readers[account] = Reader { copy: all, cursor };
        }
    }

    /// Checks that pages of any size, in either direction, hold the whole list in order.
    async fn page(&self, account: usize, limit: usize) {
        if !self.readable(account).await {
            return;
        }
        let query = format!("account={}", self.ids[account]);
        let whole = self.walk(&query, 100, "starting_after").await;
        assert!(whole.iter().rev().is_sorted_by_key(|item| item["transacted_at"].as_i64()));
        assert_eq!(self.walk(&query, limit, "starting_after").await, whole);
        let Some(oldest) = whole.last() else { return };
        let mut newer =
            self.walk(&format!("{query}&ending_before={}", id_of(oldest)), limit, "ending_before").await;
        newer.push(oldest.clone());
        assert_eq!(newer, whole);
    }

    /// All pages of a list, newest first, by the given kind of cursor.
    async fn walk(&self, query: &str, limit: usize, cursor: &str) -> Vec<Value> {
        let first = query.split_once(&format!("&{cursor}="));
        let (query, mut at) = first.map_or((query, None), |(query, id)| (query, Some(id.to_owned())));
        let mut items: Vec<Value> = Vec::new();
        loop {
            let place = at.map_or(String::new(), |id| format!("&{cursor}={id}"));
            let page = self.bench.get(&format!("{TRANSACTIONS}?{query}&limit={limit}{place}")).await.ok();
            let data = page["data"].as_array().expect("an array").clone();
            assert!(data.len() == limit || (data.len() < limit && page["has_more"] == false));
            let forward = cursor == "starting_after";
            at = if forward { data.last() } else { data.first() }.map(id_of);
            let place = if forward { items.len() } else { 0 };
            items.splice(place..place, data);
            if page["has_more"] == false {
                return items;
            }
        }
    }
}

fn form(features: &[usize]) -> String {
    let names: Vec<String> =
        features.iter().map(|feature| format!("features[]={}", NAMES[*feature])).collect();
    names.join("&")
}

fn id_of(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}
