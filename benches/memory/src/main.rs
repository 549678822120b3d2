//! Memory of values and of decoded pages, beside async-stripe.

use bench_harness::allocations::{self, Counting};
use bench_harness::inputs::{self, Input};
use bench_harness::table::Table;
use fc_types::{Account, List, Transaction};
use stripe_misc::{FinancialConnectionsAccount, FinancialConnectionsTransaction};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    allocations::begin();
    println!("## Memory\n");
    println!(
        "The size of the value, and the memory of a decoded page: bytes requested from the allocator, compared \
         with the bytes of the JSON. A stream of items holds one page, and two with prefetch.\n"
    );
    let mut sizes = Table::new(["type", "fc-types bytes", "async-stripe bytes"]);
    sizes.row([
        "account".to_owned(),
        size_of::<Account>().to_string(),
        size_of::<FinancialConnectionsAccount>().to_string(),
    ]);
    sizes.row([
        "transaction".to_owned(),
        size_of::<Transaction>().to_string(),
        size_of::<FinancialConnectionsTransaction>().to_string(),
    ]);
    println!("{sizes}");
    let mut pages = Table::new([
        "page",
        "JSON bytes",
        "fc-types bytes",
        "of JSON",
        "allocations",
        "async-stripe bytes",
        "of JSON",
        "allocations",
    ]);
    page::<List<Account>, stripe_types::List<FinancialConnectionsAccount>>(
        &mut pages,
        &inputs::account_page(),
    );
    page::<List<Transaction>, stripe_types::List<FinancialConnectionsTransaction>>(
        &mut pages,
        &inputs::transaction_page(),
    );
    page::<List<Account>, stripe_types::List<FinancialConnectionsAccount>>(
        &mut pages,
        &inputs::full_account_page(),
    );
    println!("{pages}");
}

fn page<Ours: serde::de::DeserializeOwned, Peer: miniserde::Deserialize>(table: &mut Table, input: &Input) {
    let json = input.json.len();
    let ours = held(|| serde_json::from_str::<Ours>(&input.json).expect("we decode it"));
    let peer = held(|| miniserde::json::from_str::<Peer>(&input.json).expect("the peer decodes it"));
    let mut row = vec![input.name.to_owned(), json.to_string()];
    for (bytes, allocations) in [ours, peer] {
        row.extend([
            bytes.to_string(),
            format!("{:.2}", bytes as f64 / json as f64),
            allocations.to_string(),
        ]);
    }
    table.row(row);
}

/// Heap bytes of the value, and the number of allocations that made it.
fn held<T>(decode: impl Fn() -> T) -> (u64, u64) {
    drop(decode());
    let (live, (calls, _)) = (allocations::live(), allocations::count());
    let value = decode();
    let held = (allocations::live().wrapping_sub(live), allocations::count().0 - calls);
    drop(value);
    held
}
