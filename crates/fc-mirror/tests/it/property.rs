//! Whatever happens, the mirror equals the bank in the end.
//!
//! Another worker runs meanwhile in half of the cases. 24 cases on each engine, or as many as `FC_MIRROR_CASES` says.

use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_ext::types::AccountId;
use fc_sandbox::{AccountSpec, Fault, Feature, RateLimit, RefreshOutcome};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::bank::Bank;
use crate::copy::{Address, Copy, new_postgres, new_sqlite, remove};

/// Something that happens at the bank, at Stripe, on the way, or to the mirror.
#[derive(Clone, Debug)]
enum Step {
    Link {
        transactions: u32,
    },
    Refresh {
        account: usize,
        features: Vec<RefreshFeature>,
    },
    /// The next refresh of an account fails.
    FailRefresh {
        account: usize,
    },
    Days(u64),
    Deactivate {
        account: usize,
    },
    Reactivate {
        account: usize,
    },
    Disconnect {
        account: usize,
    },
    Fault {
        kind: usize,
        times: u32,
    },
    /// Events of a while arrive: lost, twice, and in any order.
    Deliver {
        lose: bool,
        twice: bool,
        reverse: bool,
    },
    /// The mirror runs until idle.
    Run,
    /// The mirror runs for a moment and is dropped in the middle of what it does.
    Interrupt {
        milliseconds: u64,
    },
    /// Time of day is corrected, by minutes.
    CorrectClock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let account = 0..6_usize;
    prop_oneof![
        2 => (0..260_u32).prop_map(|transactions| Step::Link { transactions }),
        5 => (account.clone(), prop::collection::btree_set(0..3_usize, 1..=3)).prop_map(|(account, features)| {
            Step::Refresh { account, features: features.into_iter().map(|it| RefreshFeature::ALL[it]).collect() }
        }),
        1 => account.clone().prop_map(|account| Step::FailRefresh { account }),
        3 => (0..5_u64).prop_map(Step::Days),
        1 => account.clone().prop_map(|account| Step::Deactivate { account }),
        1 => account.clone().prop_map(|account| Step::Reactivate { account }),
        1 => account.prop_map(|account| Step::Disconnect { account }),
        3 => (0..11_usize, 1..3_u32).prop_map(|(kind, times)| Step::Fault { kind, times }),
        4 => any::<(bool, bool, bool)>().prop_map(|(lose, twice, reverse)| Step::Deliver { lose, twice, reverse }),
        2 => Just(Step::Run),
        2 => (0..40_u64).prop_map(|milliseconds| Step::Interrupt { milliseconds }),
        1 => (-300..300_i64).prop_map(Step::CorrectClock),
    ]
}

fn fault(kind: usize) -> Fault {
    match kind {
        0 => Fault::rate_limited(RateLimit::GlobalRate),
        1 => Fault::rate_limited(RateLimit::EndpointRate),
        2 => Fault::rate_limited(RateLimit::GlobalConcurrency),
        3 => Fault::rate_limited(RateLimit::EndpointConcurrency),
        4 => Fault::lock_timeout(),
        5 => Fault::internal_error(),
        6 => Fault::reply_lost(),
        7 => Fault::truncated_json(),
        8 => Fault::broken_body(),
        9 => Fault::connection_closed(),
        _ => Fault::bad_gateway(),
    }
}

struct World {
    bank: Bank,
    copy: Copy,
    ids: Vec<AccountId>,
    held: Vec<String>,
}

impl World {
    async fn act(&mut self, step: &Step) {
        let account = |index: &usize| self.ids.get(*index).cloned();
        match step {
            Step::Link { transactions } => {
                let linked = self.bank.link([AccountSpec::checking().transactions(*transactions)]).await;
                self.ids.extend(linked);
            }
            Step::Refresh { account: index, features } => {
                if let Some(id) = account(index) {
                    // Refused where the account is inactive or disconnected.
                    let _ = self.bank.fc().accounts().refresh(&id, features.iter().copied()).send().await;
                    self.bank.advance(Duration::from_secs(6));
                }
            }
            Step::FailRefresh { account: index } => {
                if let Some(id) = account(index) {
                    let _ =
                        self.bank.sandbox.plan_refresh(&id, Feature::Transactions, RefreshOutcome::Failed);
                }
            }
            Step::Days(days) => self.bank.advance(Duration::from_secs(days * 86_400)),
            Step::Deactivate { account: index } => {
                if let Some(id) = account(index) {
                    let _ = self.bank.sandbox.deactivate(&id);
                }
            }
            Step::Reactivate { account: index } => {
                if let Some(id) = account(index) {
                    let _ = self.bank.sandbox.reactivate(&id);
                }
            }
            Step::Disconnect { account: index } => {
                if let Some(id) = account(index) {
                    let _ = self.bank.fc().accounts().disconnect(&id).send().await;
                }
            }
            Step::Fault { kind, times } => {
                // Listed calls only: the bank's own calls must not take the fault.
                let on = ["list_transactions", "retrieve_account", "list_accounts", "list_account_owners"]
                    [kind % 4];
                self.bank.sandbox.faults().inject(fault(*kind).on(on).times(*times)).unwrap();
            }
            Step::Deliver { lose, twice, reverse } => {
                let mut events = self.bank.new_events();
                if *reverse {
                    events.reverse();
                }
                if *lose {
                    // Half of them are delayed; the rest never comes.
                    let late = events.split_off(events.len() / 2);
                    self.held.extend(late.into_iter().step_by(2));
                }
                for event in &events {
                    self.copy.deliver(event).await;
                    if *twice {
                        self.copy.deliver(event).await;
                    }
                }
            }
            Step::Run => drop(self.copy.run().await),
            Step::Interrupt { milliseconds } => {
                let run = self.copy.mirror.run(std::future::pending());
                let _ = tokio::time::timeout(Duration::from_millis(*milliseconds), run).await;
            }
            Step::CorrectClock(minutes) => self.copy.clock.step(minutes * 60_000),
        }
    }

    /// The faults are over, late events arrive, and a reconciliation is due.
    async fn settle(&mut self) {
        self.bank.sandbox.faults().clear();
        // Refreshes under way end, so that what a reader sees stands still.
        self.bank.advance(Duration::from_secs(60));
        for event in std::mem::take(&mut self.held) {
            self.copy.deliver(&event).await;
        }
        self.copy.clock.step(12 * 3_600_000);
        self.copy.run().await;
    }
}

fn cases() -> u32 {
    std::env::var("FC_MIRROR_CASES").map_or(24, |cases| cases.parse().expect("a number"))
}

/// How many cases run at the same time. A case mostly waits.
const AT_ONCE: u32 = 5;

fn check(new_database: fn() -> Option<Address>) {
    if new_database().is_none() {
        return;
    }
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| run_cases(cases().div_ceil(AT_ONCE), new_database));
        }
    });
}

fn run_cases(cases: u32, new_database: fn() -> Option<Address>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    let strategy = (any::<bool>(), prop::collection::vec(step(), 1..24));
    let result = runner.run(&strategy, |(runs_meanwhile, steps)| {
        let database = new_database().expect("the engine was there before");
        let address = database.1.clone();
        runtime.block_on(one_case(database, runs_meanwhile, &steps));
        remove(&address);
        Ok(())
    });
    result.unwrap();
}

async fn one_case((kind, address, folder): Address, runs_meanwhile: bool, steps: &[Step]) {
    let bank = Bank::new().await;
    let copy = Copy::open(kind, address, folder, &bank).await;
    let mut world = World { bank, copy, ids: Vec::new(), held: Vec::new() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let other = world.copy.reopened(&world.bank).await;
    let running =
        runs_meanwhile.then(|| tokio::spawn(async move { other.run(async { drop(stopped.await) }).await }));
    for step in steps {
        world.act(step).await;
        // Each query of the test starts a program on Postgres, so it looks when the mirror has worked.
        if matches!(step, Step::Run | Step::Interrupt { .. }) {
            world.copy.assert_history();
        }
    }
    let _ = stop.send(());
    if let Some(running) = running {
        let ended = tokio::time::timeout(Duration::from_secs(30), running).await;
        ended.expect("the run ends").unwrap().unwrap();
    }
    world.settle().await;
    world.copy.assert_equal(&world.bank).await;
}

#[cfg(feature = "sqlite")]
#[test]
fn on_sqlite_the_mirror_equals_the_bank_after_any_run() {
    check(new_sqlite);
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgres_the_mirror_equals_the_bank_after_any_run() {
    check(new_postgres);
}
