//! Samples that documents show: each runs against a sandbox and prints what the documents promise.
//!
//! The programs are fc-ext's examples, built as binaries of this package. What depends on the day or the port is replaced by
//! its name before it is compared.

use std::process::Command;

use insta::{Settings, assert_snapshot};

use crate::structure::document::{self, Block};
use crate::workspace::read;

/// What varies from run to run, and what stands for it.
const VARIES: [(&str, &str); 12] = [
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\b(cus|fca|fcsess|fctxn|fctxnref|req)_[0-9A-Za-z]{8,}", "${1}_ID"),
    (r"Timestamp\(\d+\)", "Timestamp(TIME)"),
    (r"amount: -?\d+", "amount: AMOUNT"),
    (r"-?\d+\.\d\d usd", "AMOUNT usd"),
    (r" +\d+ (pending|posted|void) +-?\d+ cents", "COUNT $1 AMOUNT cents"),
    (r" +[1-9]\d* updated", " COUNT updated"),
    (r"\d{4}-\d\d-\d\d +(pending|posted|void) .*", "DATE STATUS AMOUNT DESCRIPTION"),
    (r"date +status +amount +description", "date status amount description"),
    (r"\d{10} \(Unix seconds\)", "TIME (Unix seconds)"),
    (r"\d+ transactions are stored", "COUNT transactions are stored"),
    (r"spent in \d{4}-\d\d", "spent in MONTH"),
];

/// Runs a sample and returns what it prints, and then what it complains of.
fn run(program: &str) -> String {
    let output = Command::new(program).env_clear().output().expect("the sample was built with this test");
    let text = |bytes| String::from_utf8(bytes).expect("samples print UTF-8");
    let (printed, complaints) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{program}: {}\n{printed}{complaints}", output.status);
    printed + &complaints
}

/// Holds text against the snapshot of a sample.
pub(crate) fn compare(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, name) in VARIES {
        settings.add_filter(pattern, name);
    }
    settings.bind(|| assert_snapshot!(format!("sample_{name}"), text));
}

macro_rules! samples {
    ($($name:ident: $promise:ident,)+) => { $(
        #[test]
        fn $promise() {
            compare(stringify!($name), &run(env!(concat!("CARGO_BIN_EXE_sample_", stringify!($name)))));
        }
    )+ };
}

samples! {
    connect_account: connect_account_prints_what_a_platform_and_its_account_see,
    error_handling: error_handling_prints_a_remedy_for_each_error,
    incremental_sync: incremental_sync_prints_each_change_once,
    quickstart: quickstart_prints_the_fresh_balance_of_each_account,
    refresh_and_wait: refresh_and_wait_prints_the_outcome_of_each_feature,
    stream_transactions: stream_transactions_prints_sums_over_all_pages,
    tour: tour_prints_the_life_of_an_account,
    webhook_receiver: webhook_receiver_accepts_genuine_events_once,
    without_mirror: without_mirror_survives_a_kill_and_checks_balances_before_debits,
}

/// The blocks of the README with this word after the fence.
fn readme_blocks(info: &str) -> Vec<String> {
    let readme = read("README.md");
    let blocks = document::blocks(&readme);
    let lines = |block: &Block<'_>| block.lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    blocks.iter().filter(|block| block.info == info).map(lines).collect()
}

#[test]
fn the_readme_shows_the_quickstart_and_what_it_prints() {
    let example = read("crates/fc-ext/examples/quickstart.rs");
    let code = example.find("use ").expect("the example has imports");
    assert_eq!(
        readme_blocks("rust"),
        [&example[code..]],
        "the README's Rust block is the code of the example"
    );
    compare("quickstart", &readme_blocks("text")[0]);
}

#[test]
fn the_readme_shows_a_part_of_the_tour() {
    let part = &readme_blocks("text")[1];
    let tour = run(env!("CARGO_BIN_EXE_sample_tour"));
    let from = tour.find(part.lines().next().expect("the part has lines")).expect("the tour has the part");
    let length = tour[from..].lines().take(part.lines().count()).map(|line| line.len() + 1).sum::<usize>();
    let printed = &tour[from..from + length];
    assert_eq!(without_figures(part), without_figures(printed), "the README's part of the tour");
}

/// Text without the figures that depend on the day.
fn without_figures(text: &str) -> String {
    let words = text.split_inclusive(' ');
    words.filter(|word| !word.contains('.') || !word.contains(|c: char| c.is_ascii_digit())).collect()
}

#[test]
fn the_readme_has_the_figures_of_the_benches() {
    let benchmarks = read("BENCHMARKS.md");
    let figures: Vec<&str> = benchmarks.split(|c: char| c.is_whitespace() || c == '|').collect();
    let readme = read("README.md");
    let rows = readme.lines().filter(|line| line.starts_with('|'));
    let units = ["s", "MB", "calls/s", "calls/s,", "MB/s", "µs"];
    let mut checked = 0;
    for cell in rows.flat_map(|row| row.split('|')) {
        if let [figure, unit, ..] = cell.split_whitespace().collect::<Vec<_>>()[..]
            && units.contains(&unit)
        {
            checked += 1;
            assert!(
                figures.contains(&figure),
                "BENCHMARKS.md does not have {figure} {unit}, which the README has"
            );
        }
    }
    assert_eq!(checked, 14, "the README's table has this many figures");
}
