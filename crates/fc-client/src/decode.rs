//! Turns an answer into the value that was asked for, or into an error that says where it is not.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads the body of a successful answer as a `T`, or says why it is none.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // One check of the whole body, then `from_str`: faster than `from_slice`, which checks string by string.
    let text = str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    serde_json::from_str(text).map_err(|error| explain::<T>(text, &error))
}

/// Says where the JSON is not a `T`. The path is found by decoding once more, so that success does not pay for it.
fn explain<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> String {
    let reason = reason(error);
    let place = format!("line {} column {}", error.line(), error.column());
    match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text)) {
        Err(traced) if traced.path().iter().next().is_some() => {
            format!("{reason} at `{}`, {place}", traced.path())
        }
        _ => format!("{reason} at {place}"),
    }
}

/// Serde's reason without its place and without the offending value: that may be a client secret or a person's data.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if error.classify() != Category::Data || text.starts_with("missing field `") {
        return text.to_owned();
    }
    // Serde writes "invalid type: string "abc", expected u64". The kind comes before the first quote, and nothing that
    // was received comes after the last "expected".
    let found = text.strip_prefix("invalid type: ").and_then(|found| found.split(['"', '`', ',']).next());
    let expected = text.rsplit_once(", expected ").map(|(_, expected)| expected);
    match (found, expected) {
        (Some(found), Some(expected)) => format!("found {}, expected {expected}", found.trim()),
        (None, Some(expected)) if text.starts_with("invalid ") || text.starts_with("unknown ") => {
            format!("found another value, expected {expected}")
        }
        _ => "the value does not fit".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::decode;
    use crate::answer::{Answer, RawResponse};
    use crate::{Error, ErrorKind, Response};

    #[derive(Debug, Deserialize)]
    struct Account {
        id: String,
        #[serde(rename = "balance")]
        _balance: Balance,
    }

    #[derive(Debug, Deserialize)]
    struct Balance {
        #[serde(rename = "as_of")]
        _as_of: i64,
    }

    #[derive(Debug, Deserialize)]
    struct Page {
        #[serde(rename = "data")]
        _data: Vec<Account>,
    }

    #[derive(Debug, Deserialize)]
    enum Closed {
        #[serde(rename = "A")]
        _A,
    }

    fn answer(body: &[u8]) -> Answer {
        let headers =
            HeaderMap::from_iter([("request-id".parse().unwrap(), HeaderValue::from_static("req_1"))]);
        let body = Bytes::copy_from_slice(body);
        Answer { response: RawResponse { status: StatusCode::OK, headers, body }, attempts: 2 }
    }

    fn failure<T: DeserializeOwned + std::fmt::Debug>(body: &[u8]) -> Error {
        Error::decode(decode::<T>(body).unwrap_err(), answer(body))
    }

    #[test]
    fn a_readable_answer_keeps_its_metadata() {
        let body = br#"{"id":"fca_1","balance":{"as_of":1}}"#;
        let response = Response::new(decode::<Account>(body).unwrap(), answer(body));
        assert_eq!((response.id.as_str(), response.status().as_u16()), ("fca_1", 200));
        assert_eq!(response.request_id(), Some("req_1"));
        let mapped = response.map(|account| account.id.len());
        assert_eq!((*mapped, mapped.request_id(), mapped.attempts()), (5, Some("req_1"), 2));
        assert_eq!(mapped.body(), body);
    }

    #[test]
    fn a_decode_error_names_the_place_and_keeps_the_answer() {
        let body = br#"{"data":[{"id":"a","balance":{"as_of":1}},{"id":"b","balance":{"as_of":"secret, expected x"}}]}"#;
        let error = failure::<Page>(body);
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(
            error.to_string(),
            "unreadable answer: found string, expected i64 at `data[1].balance.as_of`, line 1 column 91 \
             (status 200, request req_1, attempts 2)"
        );
        assert_eq!(error.body(), Some(&body[..]));
        assert!(error.may_have_executed() && !error.is_retryable());
    }

    #[test]
    fn a_decode_error_never_repeats_a_value() {
        for (error, reason) in [
            (
                failure::<Account>(br#"{"id":"x","balance":"SECRET"}"#),
                "found string, expected struct Balance at `balance`",
            ),
            (failure::<Closed>(br#""SECRET""#), "found another value, expected `A` at line 1"),
            (failure::<std::net::IpAddr>(br#""SECRET""#), "the value does not fit at line 1"),
            (failure::<i8>(br#"4242"#), "found another value, expected i8 at line 1"),
            (failure::<char>(br#""SECRET""#), "found another value, expected a character at line 1"),
            (failure::<String>(br#"4242"#), "found integer, expected a string at line 1"),
        ] {
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(reason), "{shown}");
            assert!(!shown.contains("SECRET") && !shown.contains("4242"), "{shown}");
        }
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        let reason = |body: &[u8]| failure::<Account>(body).message().to_owned();
        assert_eq!(reason(b"<html>"), "expected value at line 1 column 1");
        assert_eq!(reason(b""), "EOF while parsing a value at line 1 column 0");
        assert_eq!(reason(b"{\"id\":\"a"), "EOF while parsing a string at `id`, line 1 column 8");
        assert_eq!(reason(b"\xff"), "the body is not UTF-8");
        assert_eq!(reason(br#"{"id":"a"}"#), "missing field `balance` at line 1 column 10");
    }
}
