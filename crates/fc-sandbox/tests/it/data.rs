//! The data file.

use std::path::PathBuf;

use fc_sandbox::{Clock, Sandbox};
use rusqlite::Connection;

use crate::bench::{Bench, NOW};
use crate::story;

/// The path for the data file of a test; the file does not exist yet.
pub(crate) fn new_file(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder of an earlier run can be removed");
    }
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder.join("state.db")
}

fn open(path: &PathBuf) -> Result<Sandbox, fc_sandbox::DataError> {
    Sandbox::builder().clock(Clock::frozen(5)).seed(99).open(path)
}

#[tokio::test]
async fn a_restart_changes_no_response() {
    let path = new_file("restart");
    let memory = Bench::of(&story::builder().build());
    let file = Bench::of(&story::builder().open(&path).expect("a new file"));
    let cast = story::begin(&memory).await;
    story::begin(&file).await;
    drop(file);
    // The file's seed and clock override those of the second start.
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
async fn a_running_clock_keeps_its_offset_across_a_restart() {
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
async fn request_ids_do_not_repeat_after_a_restart() {
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
async fn an_imported_state_replaces_the_old_one_in_the_file() {
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
async fn a_file_in_use_is_refused_until_the_other_sandbox_closes_it() {
    let path = new_file("in-use");
    let first = open(&path).expect("a new file");
    let refused = open(&path).expect_err("it is in use").to_string();
    assert!(refused.contains("in use") && refused.contains("state.db"), "{refused}");
    drop(first);
    open(&path).expect("it was closed");
}

#[test]
fn a_foreign_file_is_refused_and_left_unchanged() {
    let path = new_file("foreign");
    std::fs::write(&path, "text that is longer than a page of SQLite".repeat(99)).expect("written");
    let before = std::fs::read(&path).expect("read");
    let refused = open(&path).expect_err("it is a text file").to_string();
    assert!(refused.contains("is not a data file of fc-sandbox"), "{refused}");
    assert_eq!(std::fs::read(&path).expect("read"), before);

    let path = new_file("foreign-database");
    let database = Connection::open(&path).expect("a new file");
    database.execute_batch("CREATE TABLE other (value TEXT)").expect("a table");
    drop(database);
    let refused = open(&path).expect_err("it is another database").to_string();
    assert!(refused.contains("is not a data file of fc-sandbox"), "{refused}");
}

#[test]
fn a_file_of_another_format_is_refused_and_both_formats_are_named() {
    let path = new_file("version");
    drop(open(&path).expect("a new file"));
    let database = Connection::open(&path).expect("it was closed");
    database.pragma_update(None, "user_version", 999).expect("updated");
    drop(database);
    let refused = open(&path).expect_err("it has a newer format").to_string();
    assert!(refused.contains("has format 999, and this version reads format 3"), "{refused}");
}

#[tokio::test]
async fn the_error_for_a_damaged_file_names_the_record() {
    let path = new_file("damaged");
    let bench = Bench::of(&open(&path).expect("a new file"));
    bench.customer().await;
    drop(bench);
    for (damage, named) in [
        ("UPDATE record SET json = '{' WHERE kind = 'customer'", "customer 0"),
        ("UPDATE record SET json = '{}' WHERE kind = 'customer'", "missing field `id`"),
        ("UPDATE record SET number = 7 WHERE kind = 'customer'", "customer 7: the number must be 0"),
        ("UPDATE record SET kind = 'refund' WHERE kind = 'customer'", "no kind of record called refund"),
        ("UPDATE world SET api_key = 'x'", "the key of world 0"),
        ("UPDATE setting SET value = 'x' WHERE name = 'seed'", "seed"),
        (
            "UPDATE setting SET value = '7' WHERE name = 'seed'; UPDATE setting SET value = '18446744073709551615' WHERE name = 'starts'",
            "starts",
        ),
        (
            "UPDATE setting SET value = '7' WHERE name = 'starts'; UPDATE world SET api_key = 'sk_test_a'; DELETE FROM record; INSERT INTO world VALUES (9, 'sk_test_a', NULL)",
            "world 9: an earlier world has the same key",
        ),
        (
            "DELETE FROM world WHERE number = 9; UPDATE world SET number = 4294967295; UPDATE record SET world = 4294967295",
            "world 4294967295",
        ),
    ] {
        let database = Connection::open(&path).expect("it was closed");
        database.execute_batch(damage).expect("damaged");
        drop(database);
        let refused = open(&path).expect_err(named).to_string();
        assert!(refused.contains(named) && refused.contains("is damaged"), "{refused}");
    }
}

#[test]
fn a_file_in_a_missing_folder_is_refused_with_the_remedy() {
    let path = new_file("nowhere").join("x/state.db");
    let refused = open(&path).expect_err("the folder is missing").to_string();
    assert!(refused.contains("create its folder"), "{refused}");
    let folder = new_file("folder").parent().expect("it has one").to_owned();
    assert!(open(&folder).is_err());
}

#[tokio::test]
async fn reads_write_nothing_to_the_file() {
    let path = new_file("reading");
    let bench = Bench::of(&open(&path).expect("a new file"));
    let customer = bench.customer().await;
    drop(bench);
    let bench = Bench::of(&open(&path).expect("it was closed"));
    let log = || std::fs::read(path.with_extension("db-wal")).expect("a write-ahead log");
    let before = log();
    for _ in 0..20 {
        bench.get(&format!("/v1/customers/{customer}")).await.ok();
        bench.get("/v1/events").await.ok();
    }
    assert!(log() == before, "reads changed the log");
    bench.customer().await;
    assert!(log() != before, "a write changes it");
    assert_eq!(bench.sandbox.clock().now(), 5, "the clock of the file, not {NOW}");
}

#[test]
fn a_name_under_which_sqlite_keeps_nothing_is_refused() {
    for name in [":memory:", "", "file:bank.db", "file:bank.db?mode=memory", "file::memory:?cache=shared"] {
        let refused = open(&name.into()).expect_err(name).to_string();
        assert!(refused.contains("is no file"), "{refused}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_data_file_and_its_log() {
    use std::os::unix::fs::PermissionsExt as _;

    let path = new_file("private");
    let modes = || {
        let files = std::fs::read_dir(path.parent().expect("a folder")).expect("readable");
        let mode = |file: std::io::Result<std::fs::DirEntry>| {
            file.and_then(|file| file.metadata()).expect("readable").permissions().mode() & 0o777
        };
        files.map(mode).collect::<Vec<_>>()
    };
    let sandbox = open(&path).expect("a new file");
    assert_eq!(modes(), [0o600; 2], "the file and its log");
    drop(sandbox);
    // As an earlier version of the sandbox created it.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("the owner");
    let sandbox = open(&path).expect("it was closed");
    assert_eq!(modes(), [0o600; 2]);
    drop(sandbox);
}

#[tokio::test]
async fn a_data_file_that_is_deleted_or_replaced_refuses_the_next_change() {
    for (test, gone) in [("gone", "state.db"), ("gone-log", "state.db-wal")] {
        for replaced in [false, true] {
            let path = new_file(test);
            let bench = Bench::of(&open(&path).expect("a new file"));
            bench.customer().await;
            let gone = path.with_file_name(gone);
            let content = std::fs::read(&gone).expect("readable");
            std::fs::remove_file(&gone).expect("deleted");
            if replaced {
                std::fs::write(&gone, content).expect("written");
            }
            let error = bench.post("/v1/customers", "name=Ben").await.refused(500);
            assert!(
                error["message"].as_str().is_some_and(|text| text.contains("was deleted or replaced")),
                "{error}"
            );
        }
    }
}

/// A copy of a data file that is in use is what a killed sandbox leaves behind.
#[tokio::test]
async fn a_missing_or_truncated_log_is_named_and_not_taken_for_an_older_state() {
    let path = new_file("log");
    let bench = Bench::of(&open(&path).expect("a new file"));
    let customer = bench.customer().await;
    let log = path.with_file_name("state.db-wal");
    for length in [None, Some(0), Some(32), Some(100)] {
        let copy = new_file("log-copy");
        std::fs::copy(&path, &copy).expect("copied");
        let copied_log = copy.with_file_name("state.db-wal");
        std::fs::copy(&log, &copied_log).expect("copied");
        match length {
            Some(length) => {
                let log =
                    std::fs::OpenOptions::new().write(true).open(&copied_log).expect("it was just copied");
                log.set_len(length).expect("cut");
            }
            None => std::fs::remove_file(&copied_log).expect("deleted"),
        }
        let before = std::fs::read(&copy).expect("readable");
        let refused = open(&copy).expect_err("the customer is missing").to_string();
        assert!(refused.contains("state.db-wal is missing or truncated"), "{refused}");
        assert_eq!(std::fs::read(&copy).expect("readable"), before);
        // With its log, the file is complete again.
        std::fs::copy(&log, &copied_log).expect("copied");
        let again = Bench::of(&open(&copy).expect("file and log"));
        again.get(&format!("/v1/customers/{customer}")).await.ok();
    }
    drop(bench);
    assert!(!log.exists());
    open(&path).expect("a sandbox that ended needs no log");
}

#[tokio::test]
async fn a_refused_file_is_unchanged() {
    let path = new_file("unchanged");
    let bench = Bench::of(&open(&path).expect("a new file"));
    bench.customer().await;
    drop(bench);
    let database = Connection::open(&path).expect("it was closed");
    // Its records would belong to no world.
    database.execute("UPDATE world SET number = 4294967295", []).expect("damaged");
    drop(database);
    let before = std::fs::read(&path).expect("readable");
    open(&path).expect_err("no number follows");
    assert_eq!(std::fs::read(&path).expect("readable"), before);
}
