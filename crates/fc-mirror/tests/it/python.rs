//! The mirror's rows against what stripe-python, the official SDK, reads from the same bank.
//!
//! `.ci/run` installs stripe-python and runs this. By hand:
//!
//! ```console
//! python3 -m venv /somewhere && /somewhere/bin/pip install stripe==16.1.0
//! FC_PEER_PYTHON=/somewhere/bin/python cargo test -p fc-mirror --all-features --test it python -- --ignored
//! ```

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_sandbox::AccountSpec;

use crate::bank::KEY;
use crate::copy::everywhere;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs stripe-python; see the top of this file"]
async fn stripe_python_reads_the_transactions_that_the_mirror_has() {
    everywhere(async |bank, copy| {
        let ids = bank.link((0..3).map(|_| AccountSpec::checking().transactions(220))).await;
        copy.run().await;
        // Pending transactions post, some are void, and some move.
        for _ in 0..4 {
            bank.advance(Duration::from_secs(2 * 86_400));
            for id in &ids {
                bank.refresh(id, RefreshFeature::ALL).await;
            }
            for event in bank.new_events() {
                copy.deliver(&event).await;
            }
            copy.run().await;
        }
        let statuses = copy.value("SELECT count(DISTINCT status) FROM fc_transaction");
        assert_eq!(statuses, "3", "pending, posted and void");
        let rows = copy.value("SELECT count(*) FROM fc_transaction");
        let (arguments, json) = match copy.address().strip_prefix("sqlite:") {
            Some(path) => (vec!["sqlite", path], String::new()),
            None => (vec!["json"], copy.value("SELECT json_agg(t) FROM fc_transaction t").replace('\n', "")),
        };
        assert_eq!(compared(&bank.url, &arguments, &json), rows);
    })
    .await;
}

/// Runs the script of the peer and returns the line that it prints.
fn compared(url: &str, arguments: &[&str], input: &str) -> String {
    let interpreter = std::env::var("FC_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut child = Command::new(interpreter)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/mirror_python.py"))
        .args([url, KEY])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("FC_PEER_PYTHON names a Python");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the script failed; is stripe-python installed?");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}
