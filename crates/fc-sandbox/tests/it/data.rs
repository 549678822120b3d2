//! The data file.

use std::path::PathBuf;

use fc_sandbox::{Clock, Sandbox};
use rusqlite::Connection;

use crate::bench::{Bench, NOW};
use crate::story;

/// Where a test's data file goes; there is none yet.
pub(crate) fn new_file(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder.join("state.db")
}

fn open(path: &PathBuf) -> Result<Sandbox, fc_sandbox::DataError> {
    Sandbox::builder().clock(Clock::frozen(5)).seed(99).open(path)
}

#[tokio::test]
async fn a_restart_changes_nothing_that_a_caller_can_see() {
    let path = new_file("restart");
    let memory = Bench::of(&story::builder().build());
    let file = Bench::of(&story::builder().open(&path).expect("a new file"));
    let cast = story::begin(&memory).await;
    story::begin(&file).await;
    drop(file);
    // Neither the seed nor the clock of the second start counts.
    let file = Bench::of(&open(&path).expect("it was closed"));
    assert_eq!(file.sandbox.export(), memory.sandbox.export());
    assert_eq!(story::go_on(&file, &cast).await, story::go_on(&memory, &cast).await);
    drop(file);
    let file = open(&path).expect("it was closed");
    let [file, memory] = [file.export(), memory.sandbox.export()]
        .map(|state| story::without_requests(serde_json::from_str(&state).expect("JSON")));
    assert_eq!(file, memory);
}

#[tokio::test]
async fn a_running_clock_is_kept_as_far_ahead_as_it_was() {
    let path = new_file("clock");
    let sandbox = Sandbox::builder().open(&path).expect("a new file");
    let year = 365 * 24 * 60 * 60;
    sandbox.clock().advance(std::time::Duration::from_secs(year));
    let before = sandbox.clock().now();
    sandbox.flush().await.expect("the file can be written");
    drop(sandbox);
    let sandbox = open(&path).expect("it was closed");
    assert!(!sandbox.clock().is_frozen());
    assert!(sandbox.clock().now() >= before);
}

#[tokio::test]
async fn requests_of_two_starts_have_different_ids() {
    let path = new_file("request-ids");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let bench = Bench::of(&open(&path).expect("it was closed"));
        ids.push(bench.get("/v1/customers").await.header("request-id").expect("an id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn an_imported_state_is_kept_in_the_place_of_the_old() {
    let other = Bench::of(&story::builder().build());
    story::begin(&other).await;
    let path = new_file("import");
    let bench = Bench::of(&open(&path).expect("a new file"));
    bench.customer().await;
    bench.sandbox.import(&other.sandbox.export()).expect("it was just exported");
    let more = bench.customer().await;
    drop(bench);
    let bench = Bench::of(&open(&path).expect("it was closed"));
    other.customer().await;
    assert_eq!(bench.sandbox.export(), other.sandbox.export());
    bench.get(&format!("/v1/customers/{more}")).await.ok();
}

#[tokio::test]
async fn a_file_that_another_sandbox_has_is_refused_until_it_is_let_go() {
    let path = new_file("in-use");
    let first = open(&path).expect("a new file");
    let refused = open(&path).expect_err("it is in use").to_string();
    assert!(refused.contains("in use") && refused.contains("state.db"), "{refused}");
    drop(first);
    open(&path).expect("it was let go");
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_is() {
    let path = new_file("foreign");
    std::fs::write(&path, "my only copy of the novel, which is longer than a page of SQLite's".repeat(99))
        .expect("written");
    let before = std::fs::read(&path).expect("read");
    let refused = open(&path).expect_err("it is a text").to_string();
    assert!(refused.contains("is not one of fc-sandbox's"), "{refused}");
    assert_eq!(std::fs::read(&path).expect("read"), before);

    let path = new_file("foreign-database");
    let database = Connection::open(&path).expect("a new file");
    database.execute_batch("CREATE TABLE novel (page TEXT)").expect("a table");
    drop(database);
    let refused = open(&path).expect_err("it is another database").to_string();
    assert!(refused.contains("is not one of fc-sandbox's"), "{refused}");
}

#[test]
fn a_file_of_another_version_is_refused_with_both_versions() {
    let path = new_file("version");
    drop(open(&path).expect("a new file"));
    let database = Connection::open(&path).expect("it was closed");
    database.pragma_update(None, "user_version", 999).expect("updated");
    drop(database);
    let refused = open(&path).expect_err("it is from the future").to_string();
    assert!(refused.contains("has format 999, and this version reads format 2"), "{refused}");
}

#[tokio::test]
async fn a_damaged_record_is_named() {
    let path = new_file("damaged");
    let bench = Bench::of(&open(&path).expect("a new file"));
    bench.customer().await;
    drop(bench);
    for (damage, named) in [
        ("UPDATE record SET json = '{' WHERE kind = 'customer'", "customer 0"),
        ("UPDATE record SET json = '{}' WHERE kind = 'customer'", "missing field `id`"),
        ("UPDATE record SET number = 7 WHERE kind = 'customer'", "the record before number 7 is missing"),
        ("UPDATE record SET kind = 'refund' WHERE kind = 'customer'", "no kind of record called refund"),
        ("UPDATE world SET api_key = 'x'", "the key of world 0"),
        ("UPDATE setting SET value = 'x' WHERE name = 'seed'", "seed"),
    ] {
        let database = Connection::open(&path).expect("it was closed");
        database.execute(damage, []).expect("damaged");
        drop(database);
        let refused = open(&path).expect_err(named).to_string();
        assert!(refused.contains(named) && refused.contains("is damaged"), "{refused}");
    }
}

#[test]
fn a_file_in_no_folder_is_refused_with_the_remedy() {
    let path = new_file("nowhere").join("x/state.db");
    let refused = open(&path).expect_err("the folder is missing").to_string();
    assert!(refused.contains("its folder must be there"), "{refused}");
    let folder = new_file("folder").parent().expect("it has one").to_owned();
    assert!(open(&folder).is_err());
}

#[tokio::test]
async fn reading_writes_nothing() {
    let path = new_file("reading");
    let bench = Bench::of(&open(&path).expect("a new file"));
    let customer = bench.customer().await;
    drop(bench);
    let bench = Bench::of(&open(&path).expect("it was closed"));
    let size = || std::fs::metadata(path.with_extension("db-wal")).expect("a write-ahead log").len();
    let before = size();
    for _ in 0..20 {
        bench.get(&format!("/v1/customers/{customer}")).await.ok();
        bench.get("/v1/events").await.ok();
    }
    assert_eq!(size(), before);
    bench.customer().await;
    assert!(size() > before, "a write does");
    assert_eq!(bench.sandbox.clock().now(), 5, "and the test is on its own clock, not {NOW}");
}
