//! The format of exports and data files: the sandbox reads a state of an earlier build and continues exactly like it.
//!
//! This fails when a record changes its shape, or when the same seed gives other ids or bank data. Fix that, for example
//! with a default for a new member. Otherwise increase the constant `FORMAT` and run
//! `FC_SANDBOX_NEW_FORMAT=1 cargo test -p fc-sandbox --test it format::`.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bench::Bench;
use crate::story;

/// The accounts of the story and a hash of what they show forty days later.
async fn later(bench: &Bench, accounts: &[String]) -> Value {
    bench.advance(40 * 86_400);
    let mut seen = Vec::new();
    for account in accounts {
        bench.refresh(account, "features[]=balance&features[]=transactions").await;
        bench.advance(2);
        seen.push(bench.account(account).await);
        seen.push(
            bench.get(&format!("{}?account={account}&limit=100", crate::bench::TRANSACTIONS)).await.body,
        );
    }
    let seen = story::without_requests(json!(seen)).to_string();
    let hash: String = Sha256::digest(seen).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "accounts": accounts, "sha256": hash })
}

#[tokio::test]
async fn an_old_export_of_this_format_is_read_and_continues_the_same() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/format.json");
    if std::env::var_os("FC_SANDBOX_NEW_FORMAT").is_some() {
        let bench = Bench::of(&story::builder().build());
        let accounts = story::begin(&bench).await.accounts;
        let state: Value = serde_json::from_str(&bench.sandbox.export()).expect("JSON");
        let kept = json!({ "later": later(&bench, &accounts).await, "state": state });
        std::fs::write(&path, format!("{kept:#}\n")).expect("the checkout can be written");
    }
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("it is there")).expect("JSON");
    let bench = Bench::of(&fc_sandbox::Sandbox::builder().build());
    bench.sandbox.import(&kept["state"].to_string()).expect("a state of this format can be read");
    let accounts: Vec<String> = serde_json::from_value(kept["later"]["accounts"].clone()).expect("a list");
    assert_eq!(later(&bench, &accounts).await, kept["later"]);
}
