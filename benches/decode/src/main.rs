//! Decoding with our types, with async-stripe's, and with the floors.

mod floor;

use bench_harness::inputs::{self, Input};
use bench_harness::measure::{Case, Effort, Spread, measure};
use bench_harness::table::Table;
use serde::de::{DeserializeOwned, IgnoredAny};

fn main() {
    let effort = Effort::from_args();
    println!("## Decoding\n");
    println!(
        "From the bytes of a response to a typed value, which is then dropped. MB/s of input per CPU second, \
         median of {} interleaved rounds of {:?}. In brackets: the ratio to async-stripe, median and quartiles \
         of the rounds.\n",
        effort.rounds, effort.turn
    );
    let mut columns = Vec::new();
    columns.push(column::<fc_types::Account, peer::Account, floor::Account>(inputs::account(), effort));
    columns.push(page::<fc_types::Account, peer::Account, floor::Account>(inputs::account_page(), effort));
    columns.push(page::<fc_types::Transaction, peer::Transaction, floor::Transaction>(
        inputs::transaction_page(),
        effort,
    ));
    columns
        .push(page::<fc_types::Account, peer::Account, floor::Account>(inputs::full_account_page(), effort));

    let mut inputs = Table::new(["input", "bytes", "what it is"]);
    for column in &columns {
        inputs.row([column.input.name, &column.input.json.len().to_string(), column.input.what]);
    }
    println!("{inputs}");
    let mut speeds = Table::new(["way"].into_iter().chain(columns.iter().map(|column| column.input.name)));
    for case in 0..columns[0].cells.len() {
        let (name, _) = columns[0].cells[case];
        let cells = columns.iter().map(|column| column.cells[case].1.clone());
        speeds.row([name.to_owned()].into_iter().chain(cells));
    }
    println!("{speeds}");
}

struct Column {
    input: Input,
    cells: Vec<(&'static str, String)>,
}

fn page<Ours, Peer, Plain>(input: Input, effort: Effort) -> Column
where
    Ours: DeserializeOwned,
    Peer: miniserde::Deserialize,
    Plain: DeserializeOwned,
    stripe_types::List<Peer>: miniserde::Deserialize,
    fc_types::List<Ours>: DeserializeOwned,
{
    column::<fc_types::List<Ours>, stripe_types::List<Peer>, floor::List<Plain>>(input, effort)
}

fn column<Ours, Peer, Plain>(input: Input, effort: Effort) -> Column
where
    Ours: DeserializeOwned,
    Peer: miniserde::Deserialize,
    Plain: DeserializeOwned,
{
    let bytes = input.json.as_bytes();
    let mut cases = [
        Case::new("async-stripe, as its client does: UTF-8 check, miniserde", || {
            miniserde::json::from_str::<Peer>(text(bytes)).expect("the peer decodes it")
        }),
        Case::new("**fc-types**, as fc-client does: UTF-8 check, serde_json `from_str`", || {
            serde_json::from_str::<Ours>(text(bytes)).expect("we decode it")
        }),
        Case::new("plain derive, UTF-8 check, serde_json `from_str`", || {
            serde_json::from_str::<Plain>(text(bytes)).expect("a derive decodes it")
        }),
        Case::new("plain derive, serde_json `from_slice`", || {
            serde_json::from_slice::<Plain>(bytes).expect("a derive decodes it")
        }),
        Case::new("floor: UTF-8 check, serde_json `IgnoredAny`", || {
            serde_json::from_str::<IgnoredAny>(text(bytes)).expect("it is JSON")
        }),
    ];
    let outcomes = measure(&mut cases, effort);
    let megabytes = bytes.len() as f64 / 1e6;
    let cells = outcomes.iter().map(|outcome| {
        let speed = megabytes / Spread::of(&outcome.seconds).middle;
        let ratio = Spread::of(&outcome.ratios);
        (outcome.name, format!("{speed:.0} ({:.2}; {:.2}–{:.2})", ratio.middle, ratio.low, ratio.high))
    });
    let cells = cells.collect();
    drop(cases);
    Column { input, cells }
}

/// The UTF-8 check that every client needs, because a response body is bytes.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(std::hint::black_box(bytes)).expect("the inputs are UTF-8")
}

mod peer {
    pub(crate) use stripe_misc::FinancialConnectionsAccount as Account;
    pub(crate) use stripe_misc::FinancialConnectionsTransaction as Transaction;
}
