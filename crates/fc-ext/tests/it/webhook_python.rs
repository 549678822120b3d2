//! Webhooks against stripe-python, the official SDK: each verifies the other's signatures, and both read the same events.
//!
//! `.ci/run` installs stripe-python and runs these. By hand:
//!
//! ```console
//! python3 -m venv /somewhere && /somewhere/bin/pip install stripe==16.1.0
//! FC_PEER_PYTHON=/somewhere/bin/python cargo test -p fc-ext --test it webhook_python -- --ignored
//! ```

use std::io::Write;
use std::process::{Command, Stdio};

use fc_ext::types::{EventObject, Timestamp, json};
use fc_ext::webhook::{Secret, Signer, ThinEvent, Verifier, WebhookEvent};

use crate::fuzz::{corpus, events};

const SNAPSHOT: &str = include_str!("../../testdata/event_refreshed_transactions.json");
const THIN: &str = include_str!("../../testdata/thin_refreshed_balance.json");
const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
const NEXT_SECRET: &str = "whsec_lU1HfYjPu0tEaXkJ2m9gRvC7sQzW4dNb";
const AT: Timestamp = Timestamp::from_secs(1_681_422_301);

/// Runs the script of the peer and returns the line that it prints.
fn python(arguments: &[&str], body: &str) -> String {
    let interpreter = std::env::var("FC_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut child = Command::new(interpreter)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/webhook_python.py"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("FC_PEER_PYTHON names a Python");
    child.stdin.take().expect("it is piped").write_all(body.as_bytes()).expect("the script reads the body");
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "{arguments:?}: the script failed; is stripe-python installed?");
    String::from_utf8(output.stdout).expect("the script prints UTF-8").trim_end().to_owned()
}

fn secret(secret: &str) -> Secret {
    Secret::new(secret).expect("it is a secret")
}

#[test]
#[ignore = "needs stripe-python; see the top of this file"]
fn webhook_python_and_this_crate_verify_each_others_signatures() {
    let reencoded = SNAPSHOT.replace('\n', "");
    for body in [SNAPSHOT, THIN, "", "Zürich, 東京, \u{1f3e6}"] {
        let ours = Signer::new(secret(SECRET)).sign(body, AT);
        let theirs = python(&["sign", SECRET, &AT.to_string()], body);
        assert_eq!(ours, theirs);
        assert!(Verifier::new(secret(SECRET)).verify(body, &theirs, AT).is_ok());
        assert_eq!(python(&["verify", SECRET, &ours], body), "ok");

        let rolling = Signer::new(secret(SECRET)).with_secret(secret(NEXT_SECRET)).sign(body, AT);
        for secret in [SECRET, NEXT_SECRET] {
            assert_eq!(python(&["verify", secret, &rolling], body), "ok");
        }
        let refusal = "refused: No signatures found matching the expected signature for payload";
        assert_eq!(python(&["verify", SECRET, &ours], &format!("{body} ")), refusal);
        assert_eq!(python(&["verify", NEXT_SECRET, &ours], body), refusal);
        assert!(Verifier::new(secret(NEXT_SECRET)).verify(body, &theirs, AT).is_err());
        assert!(Verifier::new(secret(SECRET)).verify(&reencoded, &theirs, AT).is_err());
    }
}

#[test]
#[ignore = "needs stripe-python; see the top of this file"]
fn webhook_python_and_this_crate_read_the_same_events() {
    let event = WebhookEvent::parse(SNAPSHOT).expect("it is an event");
    let EventObject::Account(account) = &event.data.object else { panic!("{event:?}") };
    assert_eq!(python(&["event"], SNAPSHOT), format!("{} {} {}", event.id, event.type_, account.id));

    let event = ThinEvent::parse(THIN).expect("it is a thin event");
    let account = event.account_id().expect("it is about an account");
    assert_eq!(python(&["thin"], THIN), format!("{} {} {account}", event.id, event.type_));

    let enveloped = format!(r#"{{"version": "0", "detail-type": "x", "detail": {SNAPSHOT}}}"#);
    let opened = fc_ext::webhook::open_envelope(&enveloped).expect("it is an envelope");
    assert_eq!(python(&["event"], &enveloped), python(&["event"], opened));
}

#[test]
#[ignore = "needs stripe-python; see the top of this file"]
fn webhook_python_reads_no_event_that_this_crate_loses() {
    let corpus = corpus("event").into_iter().filter_map(|(_, body)| String::from_utf8(body).ok());
    let texts: Vec<String> = corpus.chain(events(500)).collect();
    let read = python(&["read"], &serde_json::to_string(&texts).expect("texts"));
    let read: Vec<Option<(String, String)>> = json::from_str(&read).expect("the script prints JSON");
    assert_eq!(read.len(), texts.len());
    for (text, theirs) in texts.iter().zip(&read) {
        let ours =
            WebhookEvent::parse(text).ok().map(|event| (event.id.to_string(), event.type_.to_string()));
        assert_eq!(&ours, theirs, "{text}");
    }
    assert!(read.iter().flatten().count() > 400, "Python read most of them");
}
