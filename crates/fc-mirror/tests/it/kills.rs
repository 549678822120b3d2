//! Workers that are killed at any moment, as `kill -9` does, under load and with faults.
//!
//! 20 kills on each engine, or as many as `FC_MIRROR_KILLS` says.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_sandbox::{AccountSpec, Fault, RateLimit};

use crate::bank::{Bank, SECRET, signature};
use crate::clock::TestClock;
use crate::copy::{Copy, addresses, headers, until};

/// Set in a worker process: the address of the sandbox and that of the database.
const CHILD: &str = "FC_MIRROR_CHILD";

/// The worker process. It runs a mirror, accepts webhooks on its standard input, and says on its output which it accepted.
#[tokio::test]
#[ignore = "it is the other process of the tests below"]
async fn worker() {
    let Ok(settings) = std::env::var(CHILD) else { return };
    let (url, address) = settings.split_once(' ').unwrap();
    let clock = TestClock::fast();
    let wall = clock.clone();
    let key = fc_ext::ApiKey::new(crate::bank::KEY).unwrap();
    let mirror = fc_mirror::Mirror::builder()
        .config(fc_ext::Config::new(key).with_base_url(url).with_clock(clock))
        .webhook_secret(SECRET)
        .time_of_day(move || wall.now_ms())
        .open(address)
        .await
        .unwrap();
    let (lines, mut received) = tokio::sync::mpsc::unbounded_channel::<String>();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
        // The test has ended.
        std::process::exit(0);
    });
    let endpoint = mirror.clone();
    tokio::spawn(async move {
        while let Some(body) = received.recv().await {
            if endpoint.webhook(&headers(&signature(&body)), &body).await.is_ok() {
                let event: serde_json::Value = serde_json::from_str(&body).unwrap();
                writeln!(std::io::stdout(), "accepted {}", event["id"].as_str().unwrap()).unwrap();
            }
        }
    });
    mirror.run(std::future::pending()).await.unwrap();
}

/// A worker process, killed when it is dropped.
struct Worker {
    process: Child,
    webhooks: ChildStdin,
}

impl Worker {
    fn start(bank: &Bank, copy: &Copy, accepted: &Arc<Mutex<BTreeSet<String>>>) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::worker", "--ignored", "--nocapture"])
            .env(CHILD, format!("{} {}", bank.url, copy.address()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let accepted = Arc::clone(accepted);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, id)) = line.split_once("accepted ") {
                    accepted.lock().unwrap().insert(id.to_owned());
                }
            }
        });
        let webhooks = process.stdin.take().unwrap();
        Self { process, webhooks }
    }

    fn deliver(&mut self, body: &str) {
        // A worker that just died accepts nothing.
        let _ = writeln!(self.webhooks, "{body}");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn kills() -> usize {
    std::env::var("FC_MIRROR_KILLS").map_or(20, |kills| kills.parse().expect("a number"))
}

async fn check(engine: usize, workers: usize) {
    let mut found = addresses();
    if found.len() <= engine {
        return;
    }
    let (kind, address, folder) = found.swap_remove(engine);
    let bank = Bank::new().await;
    let copy = Copy::open(kind, address, folder, &bank).await;
    let mut ids = bank.link((0..8).map(|_| AccountSpec::checking().transactions(220))).await;
    let accepted: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let mut processes: Vec<Worker> = (0..workers).map(|_| Worker::start(&bank, &copy, &accepted)).collect();
    let faults = [
        Fault::rate_limited(RateLimit::GlobalRate),
        Fault::internal_error(),
        Fault::reply_lost(),
        Fault::truncated_json(),
        Fault::lock_timeout(),
    ];
    for round in 0..kills() {
        bank.advance(Duration::from_secs(86_400));
        for id in ids.iter().skip(round % 2).step_by(2) {
            bank.refresh(id, RefreshFeature::ALL).await;
        }
        if round % 10 == 9 {
            ids.extend(bank.link([AccountSpec::savings().transactions(120)]).await);
        }
        let fault = faults[round % faults.len()].clone();
        bank.sandbox.faults().inject(fault.on("list_transactions")).unwrap();
        for (number, event) in bank.new_events().iter().enumerate() {
            processes[number % workers].deliver(event);
        }
        // At another moment of its work each time, from its start to its idleness.
        let moment = round % 7;
        bank.calls();
        until(|| if moment == 6 { copy.is_idle() } else { bank.call_count() >= 2 * moment }).await;
        processes[round % workers] = Worker::start(&bank, &copy, &accepted);
    }
    drop(processes);
    bank.sandbox.faults().clear();
    bank.advance(Duration::from_secs(60));
    // The leases of the dead run out, and a listing is due.
    copy.clock.step(12 * 3_600_000);
    copy.run().await;
    copy.assert_equal(&bank).await;
    let stored: BTreeSet<String> = copy.sql("SELECT id FROM fc_event").into_iter().collect();
    let accepted = accepted.lock().unwrap();
    assert!(accepted.len() > kills(), "webhooks were accepted: {}", accepted.len());
    let lost: Vec<_> = accepted.difference(&stored).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_on_sqlite_that_is_killed_again_and_again_ends_equal() {
    check(0, 1).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_on_postgres_of_which_one_is_killed_again_and_again_end_equal() {
    check(usize::from(cfg!(feature = "sqlite")), 4).await;
}
