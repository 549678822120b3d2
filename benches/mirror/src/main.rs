//! First loads and webhooks of the mirror, on SQLite and on Postgres.
//!
//! The program starts itself again as the sandbox, and as the mirror, so that the memory of the mirror can be read alone.

#[path = "../../../crates/fc-mirror/src/testing/cluster.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod cluster;
mod copy;
mod events;
mod floor;
mod load;
mod sandbox;

use bench_harness::table::Table;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Accounts, and transactions of all of them.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) accounts: u32,
    pub(crate) transactions: u32,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match words[..] {
        ["serve", accounts, transactions] => {
            let size = Size { accounts: accounts.parse()?, transactions: transactions.parse()? };
            runtime.block_on(sandbox::serve(size))
        }
        ["load", url, store] => runtime.block_on(load::child(url, store)),
        ["events", url, store] => runtime.block_on(events::child(url, store)),
        _ => runtime.block_on(compare(words.contains(&"--quick"))),
    }
}

async fn compare(quick: bool) -> Result<(), Failure> {
    let size = if quick {
        Size { accounts: 1_000, transactions: 100_000 }
    } else {
        Size { accounts: 10_000, transactions: 1_000_000 }
    };
    let folder = tempfile::tempdir()?;
    let mut stores = vec![("SQLite", format!("sqlite:{}", folder.path().join("bank.db").display()))];
    match cluster::shared() {
        Some(cluster) => stores.push(("Postgres", cluster.new_database())),
        None => eprintln!("note: SKIPPED: the mirror on Postgres, which is not installed"),
    }
    println!("## The mirror\n");
    println!(
        "First load of {} accounts with {} transactions from the sandbox in another process, 16 accounts at a time. The floor is \
         the sum of reading the same pages by raw reqwest, 16 at a time, and of inserting the same rows by prepared statements, a \
         commit per page. Peak memory is VmHWM of the process of the mirror. Then 1,000 webhooks at 50 per second, each about \
         another account with a new balance: time from the webhook until SQL shows the balance.\n",
        size.accounts, size.transactions
    );
    let mut table = Table::new([
        "store",
        "load s",
        "reading s",
        "inserting s",
        "ratio",
        "peak MiB",
        "webhook p50 ms",
        "p99 ms",
    ]);
    for (name, store) in &stores {
        // One for each store: a bank computes a balance every few minutes only, so the second store would see no new one.
        let server = sandbox::start(size)?;
        // Once before it counts: the sandbox computes transactions when they are first read.
        floor::read(&server.url).await?;
        let loaded = load::run(&server.url, store)?;
        let reading = floor::read(&server.url).await?;
        let rows = copy::rows(store)?;
        let target = folder.path().join(format!("{name}.floor"));
        let inserting = if *name == "SQLite" {
            floor::insert_into_sqlite(&target, &rows)?
        } else {
            let cluster = cluster::shared().ok_or("there is no Postgres")?;
            floor::insert_into_postgres(&cluster.new_database(), &rows).await?
        };
        drop(rows);
        let (p50, p99) = events::run(&server.url, store)?;
        eprintln!(
            "{name}: {:.1} s, {reading:.1} s, {inserting:.1} s, {p50:.1} ms, {p99:.1} ms",
            loaded.seconds
        );
        table.row([
            (*name).to_owned(),
            format!("{:.1}", loaded.seconds),
            format!("{reading:.1}"),
            format!("{inserting:.1}"),
            format!("{:.2}", loaded.seconds / (reading + inserting)),
            format!("{:.0}", loaded.peak_kib / 1024.0),
            format!("{p50:.1}"),
            format!("{p99:.1}"),
        ]);
    }
    println!("{table}");
    Ok(())
}

/// Client that makes no TLS connection.
pub(crate) fn client() -> Result<reqwest::Client, Failure> {
    // reqwest wants a provider of TLS, whether it is used or not.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().build()?)
}
