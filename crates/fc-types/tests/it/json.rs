//! Errors of decoding, and values that serde_json cannot hold.

use std::fmt::Debug;

use fc_types::{Account, List, json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(rename = "data")]
    _data: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "balance")]
    _balance: Option<Balance>,
}

#[derive(Debug, Deserialize)]
struct Balance {
    #[serde(rename = "as_of")]
    _as_of: i64,
}

#[derive(Debug, Deserialize)]
enum Closed {
    #[serde(rename = "A")]
    _A,
    #[serde(rename = "B")]
    _B { _x: u8 },
}

fn error<T: DeserializeOwned + Debug>(text: &str) -> json::Error {
    json::from_str::<T>(text).unwrap_err()
}

#[test]
fn an_error_names_the_first_place_and_its_reason() {
    let text = r#"{"data":[{"id":"a","balance":{"as_of":1}},{"id":"b","balance":{"as_of":"x"},"id":7}]}"#;
    let error = error::<Page>(text);
    assert_eq!(error.path(), "data[1].balance.as_of");
    assert_eq!(error.reason(), "found string, expected i64");
    assert_eq!((error.line(), error.column(), error.is_data()), (1, 74, true));
    assert_eq!(error.to_string(), "found string, expected i64 at `data[1].balance.as_of`, line 1 column 74");
}

#[test]
fn an_error_never_repeats_a_value() {
    for (error, reason) in [
        (
            error::<Item>(r#"{"id":"x","balance":"SECRET"}"#),
            "found string, expected struct Balance at `balance`",
        ),
        (error::<Closed>(r#""SECRET""#), "found another value, expected `A` or `B` at line 1"),
        (error::<Closed>(r#"{"B":{"_x":"SECRET"}}"#), "found string, expected u8 at `B._x`"),
        (error::<std::net::IpAddr>(r#""SECRET""#), "the value does not fit at line 1"),
        (error::<i8>("4242"), "found another value, expected i8 at line 1"),
        (error::<char>(r#""SECRET""#), "found another value, expected a character at line 1"),
        (error::<String>("4242"), "found integer, expected a string at line 1"),
        (error::<Item>("{}"), "missing field `id`"),
        (error::<Account>(r#"["SECRET"]"#), "found sequence, expected an object (Account) at line 1"),
        (
            error::<List<Account>>(r#"{"data":[{"id":null}]}"#),
            "found null, expected a string at `data[0].id`",
        ),
    ] {
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(reason), "{reason}: {shown}");
        assert!(!shown.contains("SECRET") && !shown.contains("4242"), "{shown}");
    }
}

#[test]
fn the_keys_of_a_path_are_bounded_and_escaped() {
    let text = format!(r#"{{"{}":{{"\u202e":"x"}}}}"#, "k".repeat(1_000));
    let error = error::<std::collections::HashMap<String, std::collections::HashMap<String, u8>>>(&text);
    assert_eq!(error.path(), format!("{}.\\u{{202e}}", "k".repeat(64)));
}

#[test]
fn a_text_that_is_no_json_is_told_from_one_that_ends_early() {
    for (text, message, is_truncated) in [
        ("<html>", "expected value at line 1 column 1", false),
        ("", "EOF while parsing a value at line 1 column 0", true),
        ("{\"id\":\"a", "EOF while parsing a string at line 1 column 8", true),
        ("{} x", "trailing characters at line 1 column 4", false),
    ] {
        let error = error::<Value>(text);
        assert_eq!((error.to_string().as_str(), error.is_truncated()), (message, is_truncated), "{text}");
        assert!(!error.is_data());
    }
    assert_eq!(json::from_slice::<Value>(b"\xff").unwrap_err().to_string(), "the bytes are not UTF-8");
}

#[test]
fn a_value_that_does_not_decode_has_a_place_too() {
    let error = json::from_value::<Page>(json!({ "data": [{ "id": "a", "balance": { "as_of": -0.5 } }] }));
    assert_eq!(
        error.unwrap_err().to_string(),
        "found floating point, expected i64 at `data[0].balance.as_of`"
    );
    assert!(json::from_value::<Page>(json!({ "data": [] })).is_ok());
}

/// The members that every account has, and one more.
fn account(member: &str) -> String {
    format!(
        r#"{{"id":"fca_1","object":"financial_connections.account","category":"cash","created":1681412208,
            "institution_name":"StripeBank","livemode":false,"status":"active","subcategory":"checking",
            "supported_payment_method_types":[],{member}}}"#
    )
}

/// The JSON readers of Python and Node take all of these, and so does Stripe.
#[test]
fn an_odd_value_in_one_object_does_not_lose_its_page() {
    let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
    // Three levels lie around the member: the page, its items and the account.
    let shallow = format!("{}\"[[[[[[]]]]]]\"{}", "[".repeat(124), "]".repeat(124));
    for (member, kept) in [
        (r#""new":"Caf\ud83d""#, r#""Caf\ufffd""#.to_owned()),
        (r#""new":1e400"#, r#""1e400""#.to_owned()),
        (r#""new":123456789012345678901234567890"#, r#""123456789012345678901234567890""#.to_owned()),
        (r#""new":18446744073709551616"#, r#""18446744073709551616""#.to_owned()),
        (r#""new":-9223372036854775809"#, r#""-9223372036854775809""#.to_owned()),
        (&format!(r#""new":{deep}"#), shallow),
    ] {
        let text =
            format!(r#"{{"object":"list","data":[{}],"has_more":false,"url":"/v1/x"}}"#, account(member));
        let page: List<Account> = json::from_str(&text).unwrap_or_else(|error| panic!("{member}: {error}"));
        let expected: Value = serde_json::from_str(&kept).unwrap();
        assert!(page.data[0].extra.get("new") == Some(&expected), "{member}");
    }
}

#[test]
fn a_known_text_with_half_a_pair_is_read_and_a_known_number_beyond_64_bits_is_refused() {
    let read: Account = json::from_str(&account(r#""display_name":"Caf\ud83d""#)).unwrap();
    assert_eq!(read.display_name.as_deref(), Some("Caf\u{fffd}"));
    let balance = r#""balance":{"as_of":1,"current":{"usd":18446744073709551616},"type":"cash"}"#;
    let error = error::<Account>(&account(balance));
    assert_eq!(error.reason(), "found floating point, expected i64");
    assert_eq!(error.path(), "balance.current.usd");
}
