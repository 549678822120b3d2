//! Hostile webhooks: the kept corpus, and generated headers, bodies and events. `PROPTEST_CASES` sets how many are generated.
//!
//! An input that once failed belongs into `tests/corpus`. The name of a file there says what must become of it. Signatures
//! are checked with another crate than the one that is tested, and events with another reader of JSON.

use std::path::Path;

use data_encoding::HEXLOWER;
use fc_ext::types::{Event, Timestamp, json};
use fc_ext::webhook::{Secret, ThinEvent, Verified, Verifier, WebhookEvent, open_envelope};
use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use sha2::Sha256;

const SECRETS: [&str; 3] = ["whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH", "whsec_next", "whsec_foreign"];
const NOW: i64 = 1_681_422_301;

/// The files of one folder of the corpus, with their names.
pub(crate) fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() > 10, "the corpus of {folder} is there");
    files
}

/// The verifier that all webhooks go to. It knows the first two secrets.
fn verifier() -> Verifier {
    let secret = |number: usize| Secret::new(SECRETS[number]).unwrap();
    Verifier::new(secret(0)).with_secret(secret(1))
}

/// The signature as Stripe documents it: HMAC-SHA256 of `<time>.<body>`.
fn signature(secret: &str, time: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in [time, b".", body] {
        mac.update(part);
    }
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// An item of a header.
#[derive(Clone, Debug)]
enum Item {
    Time(String),
    /// A `v1` item with the signature of a secret, or something that is none.
    Signature(usize, Spoilt),
    /// Another scheme, with a right signature.
    OtherScheme(&'static str),
    /// No `scheme=value`.
    Broken(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Spoilt {
    No,
    UpperCase,
    Short,
    Long,
    OtherBody,
    Bit(usize),
}

fn item() -> impl Strategy<Value = Item> {
    let spoilt = prop_oneof![
        6 => Just(Spoilt::No),
        1 => select(vec![Spoilt::UpperCase, Spoilt::Short, Spoilt::Long, Spoilt::OtherBody]),
        1 => (0..256_usize).prop_map(Spoilt::Bit),
    ];
    prop_oneof![
        6 => (0..SECRETS.len(), spoilt).prop_map(|(secret, spoilt)| Item::Signature(secret, spoilt)),
        1 => select(vec!["v0", "v11", "V1", " v1", "v1 ", ""]).prop_map(Item::OtherScheme),
        1 => select(vec!["", "v1", "t", " "]).prop_map(Item::Broken),
    ]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (-303..=303_i64).prop_map(|off| (NOW + off).to_string()),
        1 => select(vec!["", "-1", "+1681422301", " 1681422301", "1681422301.0", "01681422301", "9223372036854775808", "x"])
            .prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|time| time.to_string()),
    ]
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let times = prop_oneof![
        10 => time().prop_map(|time| vec![time]),
        1 => prop::collection::vec(time(), 0..3),
    ];
    let others =
        prop_oneof![10 => prop::collection::vec(item(), 0..4), 1 => prop::collection::vec(item(), 14..20)];
    (times, others, any::<Index>()).prop_map(|(times, mut items, place)| {
        for time in times {
            items.insert(place.index(items.len() + 1), Item::Time(time));
        }
        items
    })
}

/// Writes a header, and says whether it verifies `body` at `NOW`.
fn written(items: &[Item], body: &[u8]) -> (String, bool) {
    let times: Vec<&String> =
        items.iter().filter_map(|item| if let Item::Time(time) = item { Some(time) } else { None }).collect();
    let time = times.first().map_or("", |time| time.as_str());
    let signed = |secret: &str| signature(secret, time.as_bytes(), body);
    let (mut texts, mut signatures, mut right, mut broken) = (Vec::new(), 0, false, false);
    for item in items {
        texts.push(match item {
            Item::Time(time) => format!("t={time}"),
            Item::OtherScheme(scheme) => format!("{scheme}={}", signed(SECRETS[0])),
            Item::Broken(text) => {
                broken = true;
                (*text).to_owned()
            }
            Item::Signature(number, spoilt) => {
                signatures += 1;
                let hex = signed(SECRETS[*number]);
                let spoilt = match spoilt {
                    Spoilt::No => hex.clone(),
                    Spoilt::UpperCase => hex.to_uppercase(),
                    Spoilt::Short => hex[..62].to_owned(),
                    Spoilt::Long => format!("{hex}00"),
                    Spoilt::OtherBody => signature(SECRETS[*number], time.as_bytes(), &[body, b" "].concat()),
                    Spoilt::Bit(bit) => {
                        let mut bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
                        bytes[bit / 8] ^= 1 << (bit % 8);
                        HEXLOWER.encode(&bytes)
                    }
                };
                right |= *number < 2 && spoilt == hex;
                format!("v1={spoilt}")
            }
        });
    }
    let is_recent = !time.is_empty()
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && time.parse::<i64>().is_ok_and(|time| (NOW - 300..=NOW + 300).contains(&time));
    (texts.join(","), right && !broken && times.len() == 1 && signatures <= 16 && is_recent)
}

/// A header that was accepted has a right signature, by the simplest reading of it.
fn check_verified(header: &[u8], body: &[u8], verified: &Verified) {
    let items: Vec<(&[u8], &[u8])> = header
        .split(|byte| *byte == b',')
        .filter_map(|item| {
            item.iter().position(|byte| *byte == b'=').map(|at| (&item[..at], &item[at + 1..]))
        })
        .collect();
    let (_, time) = items.iter().find(|(name, _)| name == b"t").unwrap();
    assert_eq!(Ok(verified.signed_at.as_secs()), std::str::from_utf8(time).unwrap().parse());
    let right = signature(SECRETS[verified.secret], time, body);
    assert!(items.contains(&(b"v1", right.as_bytes())), "{}", String::from_utf8_lossy(header));
}

/// What holds for the text of every error: one readable line.
fn check_line(text: impl ToString) {
    let text = text.to_string();
    let is_odd = |letter: char| {
        letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(text.chars().count() <= 600 && !text.contains(is_odd), "{text:?}");
}

fn check_webhook(header: &[u8], body: &[u8]) -> bool {
    match verifier().verify(body, header, Timestamp::from_secs(NOW)) {
        Ok(verified) => {
            check_verified(header, body, &verified);
            true
        }
        Err(error) => {
            check_line(&error);
            false
        }
    }
}

/// The first line of a file is the header, and the rest is the body.
fn split(file: &[u8]) -> (&[u8], &[u8]) {
    let end = file.iter().position(|byte| *byte == b'\n').unwrap_or(file.len());
    (&file[..end], file.get(end + 1..).unwrap_or_default())
}

#[test]
fn each_webhook_of_the_corpus_is_verified_or_refused() {
    for (name, file) in corpus("webhook") {
        let (header, body) = split(&file);
        assert_eq!(check_webhook(header, body), name.starts_with("verified_"), "{name}");
    }
}

/// Whether the JSON reader of this workspace finds what makes a snapshot event.
fn is_event(text: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return false };
    value.get("object").is_none_or(|object| object == "event")
        && value["id"].is_string()
        && value["type"].is_string()
        && value["data"]["object"].is_object()
}

/// What holds for every body. Returns the event, if it is one.
fn check_body(body: &[u8]) -> Option<WebhookEvent> {
    for error in [ThinEvent::parse(body).err(), open_envelope(body).err()].into_iter().flatten() {
        check_line(&error);
    }
    match WebhookEvent::parse(body) {
        Ok(event) => {
            let text = std::str::from_utf8(body).unwrap();
            assert_eq!(*event, json::from_str::<Event>(text).unwrap(), "both ways of reading agree: {text}");
            // Reporting does not fail either.
            let _ = (event.kind(), format!("{event:?}"));
            event.decode_error().iter().for_each(check_line);
            event.version_mismatch().iter().for_each(check_line);
            Some(event)
        }
        Err(error) => {
            check_line(&error);
            assert!(!is_event(body), "{error}: {}", String::from_utf8_lossy(body));
            None
        }
    }
}

#[test]
fn each_event_of_the_corpus_is_delivered_or_refused() {
    for (name, body) in corpus("event") {
        assert_eq!(check_body(&body).is_some(), name.starts_with("delivered_"), "{name}");
    }
}

/// JSON as text, so that it can have what no value of serde_json has.
fn json_string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,6}",
        1 => "[^\"\\\\\\x00-\\x1f]{0,4}",
        2 => "\\\\u[0-9a-fA-F]{4}",
        1 => "\\\\ud[89a-fA-F][0-9a-f]{2}",
        1 => "\\\\[\"\\\\/bfnrt]",
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        2 => json_string(),
        2 => "-?(0|[1-9][0-9]{0,25})",
        1 => "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        1 => select(vec!["null", "true", "false", "18446744073709551616", "-9223372036854775809"]).prop_map(str::to_owned),
        1 => (100..300_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
        1 => (100..300_usize).prop_map(|depth| format!("{}0{}", "{\"a\":".repeat(depth), "}".repeat(depth))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" ,\n"))),
            prop::collection::vec((json_string(), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(members: Vec<(String, String)>) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{name} : {value}")).collect();
    format!("{{{}}}", members.join(","))
}

const TYPES: [&str; 4] = [
    "financial_connections.account.created",
    "financial_connections.authorization.upcoming_deactivation",
    "financial_connections.session.updated",
    "some.new_type",
];

/// Members of an object, some of them with a known name and an odd value.
fn members(names: &'static [&'static str]) -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![3 => select(names).prop_map(|name| format!("\"{name}\"")), 1 => json_string()];
    prop::collection::vec((name, json_value()), 0..5)
}

fn event_object() -> impl Strategy<Value = String> {
    let account = include_str!("../corpus/event/refused_account.json");
    let tag = select(vec![
        r#""financial_connections.account""#,
        r#""financial_connections.authorization""#,
        r#""linked_account""#,
        r#""new_thing""#,
        "null",
    ]);
    let names = &["id", "object", "created", "status", "balance", "new"];
    let odd = (tag, members(names)).prop_map(|(tag, mut members)| {
        members.insert(members.len() / 2, ("\"object\"".to_owned(), tag.to_owned()));
        object(members)
    });
    let with_one = json_value().prop_map(move |value| account.replace("\"NEW\"", &value));
    prop_oneof![odd, with_one]
}

/// The id, the type and the text of an event. Other names of its envelope may come twice.
fn event_text() -> impl Strategy<Value = (String, &'static str, String)> {
    const NAMES: &[&str] =
        &["created", "api_version", "livemode", "request", "pending_webhooks", "account", "new"];
    let known = ("evt_[a-z0-9]{1,8}", select(&TYPES[..]), event_object(), any::<bool>());
    (known, members(NAMES), members(&["previous_attributes", "new"]), any::<Index>()).prop_map(
        |((id, type_, inner, is_tagged), mut all, mut data, place)| {
            let pair = |name: &str, value: String| (format!("\"{name}\""), value);
            data.insert(place.index(data.len() + 1), pair("object", inner));
            all.push(pair("data", object(data)));
            all.push(pair("id", format!("\"{id}\"")));
            if is_tagged {
                all.push(pair("object", "\"event\"".to_owned()));
            }
            all.push(pair("type", format!("\"{type_}\"")));
            (id, type_, object(all))
        },
    )
}

/// Bytes of the corpus, some of them changed, and cut off.
fn changed(folder: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..4);
    (any::<Index>(), changes, prop::option::weighted(0.3, any::<Index>())).prop_map(
        move |(file, changes, cut)| {
            let files = corpus(folder);
            let (_, mut bytes) = files[file.index(files.len())].clone();
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        },
    )
}

/// Events of which the official SDK's reader says whether they are any; see `webhook_python`.
pub(crate) fn events(count: usize) -> Vec<String> {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = event_text();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current().2).collect()
}

proptest! {
    #[test]
    fn a_webhook_is_verified_if_and_only_if_its_signature_is_right(
        items in items(),
        body in prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 0..80)],
    ) {
        let (header, is_right) = written(&items, &body);
        prop_assert_eq!(check_webhook(header.as_bytes(), &body), is_right, "{}", header);
    }

    #[test]
    fn changed_webhooks_are_verified_only_with_a_right_signature(file in changed("webhook")) {
        let (header, body) = split(&file);
        check_webhook(header, body);
    }

    #[test]
    fn every_event_is_delivered_whatever_its_members_are((id, type_, text) in event_text()) {
        let event = WebhookEvent::parse(&text);
        prop_assert!(event.is_ok(), "{}: {}", event.unwrap_err(), text);
        let event = check_body(text.as_bytes()).unwrap();
        prop_assert_eq!(event.id.as_str(), id);
        prop_assert_eq!(event.type_.as_str(), type_);
    }

    #[test]
    fn changed_bodies_are_events_or_errors(body in changed("event")) {
        check_body(&body);
    }

    #[test]
    fn any_bytes_are_an_event_or_an_error(body in prop::collection::vec(any::<u8>(), 0..60)) {
        check_body(&body);
    }
}
