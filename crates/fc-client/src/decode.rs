//! Decoding of successful responses, with errors that name the place in the JSON.

use fc_types::json;
use reqwest::header::CONTENT_ENCODING;
use serde::de::DeserializeOwned;

use crate::answer::RawResponse;
use crate::header;

/// Why the body of a successful response does not decode.
#[derive(Debug)]
pub(crate) struct Undecoded {
    pub(crate) reason: String,
    /// Whether the body ends in its middle, so that another attempt may get all of it.
    pub(crate) is_truncated: bool,
}

/// Reads the body of a successful response as a `T`.
pub(crate) fn decode<T: DeserializeOwned>(response: &RawResponse) -> Result<T, Undecoded> {
    json::from_slice(&response.body).map_err(|error| match other_format(response) {
        Some(format) => {
            let reason = format!("the body is {format}, not JSON; a proxy or another server sent it");
            Undecoded { reason, is_truncated: false }
        }
        None => Undecoded { reason: error.to_string(), is_truncated: error.is_truncated() },
    })
}

/// The format of a body that is no JSON, as proxies and captive portals send it.
fn other_format(response: &RawResponse) -> Option<String> {
    let text = response.body.trim_ascii_start();
    if response.body.starts_with(&[0x1F, 0x8B]) {
        return Some("gzip".to_owned());
    }
    if text.starts_with(b"<?xml") {
        return Some("XML".to_owned());
    }
    if text.starts_with(b"<") {
        return Some("HTML".to_owned());
    }
    // The request names no encoding that it accepts.
    let encoding = header::text(&response.headers, CONTENT_ENCODING.as_str())?;
    (!encoding.eq_ignore_ascii_case("identity")).then(|| format!("encoded as `{encoding}`"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde::Deserialize;

    use super::decode;
    use crate::answer::{Answer, RawResponse};
    use crate::{Error, ErrorKind, Response};

    #[derive(Debug, Deserialize)]
    struct Account {
        id: String,
        #[serde(rename = "as_of")]
        _as_of: i64,
    }

    fn answer(body: &[u8]) -> Answer {
        let headers =
            HeaderMap::from_iter([("request-id".parse().unwrap(), HeaderValue::from_static("req_1"))]);
        let body = Bytes::copy_from_slice(body);
        Answer { response: RawResponse { status: StatusCode::OK, headers, body }, attempts: 2 }
    }

    fn failure(answer: Answer) -> Error {
        Error::decode(decode::<Account>(&answer.response).unwrap_err(), answer)
    }

    #[test]
    fn a_readable_answer_keeps_its_metadata() {
        let body = br#"{"id":"fca_1","as_of":1}"#;
        let answer = answer(body);
        let response = Response::new(decode::<Account>(&answer.response).unwrap(), answer);
        assert_eq!((response.id.as_str(), response.status().as_u16()), ("fca_1", 200));
        assert_eq!(response.request_id(), Some("req_1"));
        let mapped = response.map(|account| account.id.len());
        assert_eq!((*mapped, mapped.request_id(), mapped.attempts()), (5, Some("req_1"), 2));
        assert_eq!(mapped.body(), body);
    }

    #[test]
    fn a_decode_error_names_the_place_and_keeps_the_answer() {
        let body = br#"{"id":"b","as_of":"SECRET"}"#;
        let error = failure(answer(body));
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(
            error.to_string(),
            "unreadable answer: found string, expected i64 at `as_of`, line 1 column 26 \
             (status 200, request req_1, attempts 2)"
        );
        assert_eq!(error.body(), Some(&body[..]));
        assert!(error.may_have_executed() && !error.is_retryable());
        assert!(!format!("{error:?}").contains("SECRET"));
    }

    #[test]
    fn a_body_that_ends_in_its_middle_is_retryable_and_another_one_is_not() {
        for (body, message, is_retryable) in [
            (&b""[..], "EOF while parsing a value at line 1 column 0", true),
            (b"{\"id\":\"a", "EOF while parsing a string at line 1 column 8", true),
            (br#"{"id":"a"}"#, "missing field `as_of` at line 1 column 10", false),
            (b"{\"id\":,", "expected value at line 1 column 7", false),
            (b"\xff", "the bytes are not UTF-8", false),
        ] {
            let error = failure(answer(body));
            assert_eq!((error.message(), error.is_retryable()), (message, is_retryable));
            assert!(error.is_decode() && error.may_have_executed());
        }
    }

    #[test]
    fn a_body_in_another_format_is_named() {
        let zlib = |mut answer: Answer| {
            answer.response.headers.insert("content-encoding", HeaderValue::from_static("deflate"));
            answer
        };
        for (answer, format) in [
            (answer(b"<html>"), "HTML"),
            (answer(b"\r\n <!DOCTYPE html>"), "HTML"),
            (answer(b"<?xml version=\"1.0\"?>"), "XML"),
            (answer(b"\x1f\x8b\x08\x00"), "gzip"),
            (zlib(answer(b"\x78\x9c\x03\x00")), "encoded as `deflate`"),
        ] {
            let error = failure(answer);
            let message = format!("the body is {format}, not JSON; a proxy or another server sent it");
            assert_eq!((error.message(), error.is_retryable()), (message.as_str(), false));
        }
    }
}
