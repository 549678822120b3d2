//! The format of what is kept: a state that an earlier build exported is read, and goes on as it would have there.
//!
//! This fails when a record changed its shape, or when ids or the data of banks no longer follow from the seed as they did.
//! Then either mend that, such as by a default for a new member, or count `FORMAT` in `src/snapshot.rs` up and run
//! `FC_SANDBOX_NEW_FORMAT=1 cargo test -p fc-sandbox --test it format::`.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bench::Bench;
use crate::story;

/// Whom the story went on about, and a hash of what they saw.
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
async fn a_state_of_this_format_is_read_as_it_was_when_the_format_was_new() {
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
    bench
        .sandbox
        .import(&kept["state"].to_string())
        .expect("the format did not change, so the state is read");
    let accounts: Vec<String> = serde_json::from_value(kept["later"]["accounts"].clone()).expect("a list");
    assert_eq!(later(&bench, &accounts).await, kept["later"]);
}
