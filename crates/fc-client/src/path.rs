//! Routes: ids are percent-encoded into the placeholders, so that none can change the route.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::refusal::Refusal;

/// All characters but the unreserved ones of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Replaces the placeholders of `template` by `values`, in order.
pub(crate) fn fill(template: &str, values: &[&str]) -> Result<String, Refusal> {
    let mut path = String::with_capacity(template.len() + 32);
    let mut values = values.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return Err(Refusal::new(format!("the route {template} has an open placeholder")));
        };
        let Some(value) = values.next() else {
            return Err(Refusal::new(format!("the route {template} lacks a value for `{name}`")));
        };
        path.push_str(before);
        path.extend(segment(name, value)?);
        rest = after;
    }
    if values.next().is_some() {
        return Err(Refusal::new(format!("the route {template} has fewer placeholders than values")));
    }
    path.push_str(rest);
    Ok(path)
}

/// Checks a whole path that a caller gave.
pub(crate) fn check(path: &str) -> Result<(), Refusal> {
    let refuse = |reason: &str| Err(Refusal::new(format!("the path {reason}")));
    if !path.starts_with('/') {
        return refuse("does not begin with a slash");
    }
    if let Some(at) = path.bytes().position(|byte| !byte.is_ascii_graphic() || b"?#\\".contains(&byte)) {
        return refuse(&format!("holds a character that no path may hold, at byte {at}; percent-encode it"));
    }
    let decoded = |step: &str| step.to_ascii_lowercase().replace("%2e", ".");
    if path[1..].split('/').any(|step| step.is_empty() || matches!(decoded(step).as_str(), "." | "..")) {
        return refuse("has an empty step, or one that is `.` or `..`");
    }
    Ok(())
}

fn segment<'v>(name: &str, value: &'v str) -> Result<impl Iterator<Item = &'v str>, Refusal> {
    match value {
        // Without an id the URL would be that of the list.
        "" => Err(Refusal::new(format!("the id in `{name}` is empty"))),
        // URL parsers resolve these even when they are percent-encoded, so there is no way to send them.
        "." | ".." => {
            Err(Refusal::new(format!("the id in `{name}` is `{value}`, which is a step in a path")))
        }
        _ => Ok(utf8_percent_encode(value, SEGMENT)),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{check, fill};
    use crate::base_url::{BaseUrl, PlainHttp};

    const REFRESH: &str = "/v1/financial_connections/accounts/{account}/refresh";

    #[test]
    fn an_id_is_put_in_its_place() {
        assert_eq!(
            fill(REFRESH, &["fca_1Mw-K~8.2"]).unwrap(),
            "/v1/financial_connections/accounts/fca_1Mw-K~8.2/refresh"
        );
        assert_eq!(fill("/v1/{a}/x/{b}", &["1", "2"]).unwrap(), "/v1/1/x/2");
        assert_eq!(fill("/v1/accounts", &[]).unwrap(), "/v1/accounts");
    }

    /// What counts is the URL, where dots, backslashes and control characters have their effect.
    #[test]
    fn no_id_changes_the_route() {
        let plain = PlainHttp { test_host: None, live_key: false };
        let base = BaseUrl::parse("https://api.stripe.com", plain).unwrap();
        let hostile = [
            "fca_x/../y?z",
            "..%2f..",
            "%2e%2e",
            "%2E.",
            ".%2e",
            "%2e",
            "../..",
            "...",
            "a/b",
            "a\\b",
            "\\..\\",
            "a?b",
            "a#b",
            "a;b",
            "a b",
            "a%",
            "a\n\tb",
            "\0",
            "\u{202e}é",
            "{account}",
            "//evil.example",
            "@evil.example",
            ":",
        ];
        for id in hostile {
            let path = fill(REFRESH, &[id]).unwrap();
            let url = base.join(&path, "");
            assert_eq!(Url::parse(url.as_str()).as_ref(), Ok(&url), "{id:?}");
            assert_eq!(url.host_str(), Some("api.stripe.com"), "{id:?}");
            assert_eq!((url.query(), url.fragment()), (None, None), "{id:?}");
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 5, "{id:?} gave {}", url.path());
            assert_eq!((segments[2], segments[4]), ("accounts", "refresh"), "{id:?}");
            let received = percent_encoding::percent_decode_str(segments[3]).decode_utf8().unwrap();
            assert_eq!(received, id);
        }
    }

    #[test]
    fn an_empty_id_is_refused_because_it_would_name_the_list() {
        let refusal = fill("/v1/financial_connections/accounts/{account}", &[""]).unwrap_err();
        assert_eq!(refusal.to_string(), "the id in `account` is empty");
    }

    #[test]
    fn a_dot_segment_is_refused_because_no_encoding_keeps_it() {
        assert_eq!(Url::parse("https://h/a/%2e%2e/b").unwrap().path(), "/b");
        for id in [".", ".."] {
            assert!(fill(REFRESH, &[id]).unwrap_err().to_string().contains("a step in a path"));
        }
    }

    #[test]
    fn a_whole_path_is_one_that_an_operation_can_have() {
        for path in ["/v1/customers", "/v1/customers/cus_%2F1", "/v1/a.b/c~d"] {
            assert!(check(path).is_ok(), "{path}");
        }
        for (path, reason) in [
            ("", "does not begin with a slash"),
            ("v1/customers", "does not begin with a slash"),
            ("@evil.example/v1", "does not begin with a slash"),
            ("//evil.example/v1", "has an empty step"),
            ("/v1/customers/", "has an empty step"),
            ("/v1//refresh", "has an empty step"),
            ("/v1/../x", "has an empty step, or one that is `.` or `..`"),
            ("/v1/%2e%2E/x", "has an empty step, or one that is `.` or `..`"),
            ("/v1/x?limit=1", "at byte 5"),
            ("/v1/x#y", "at byte 5"),
            ("/v1\\x", "at byte 3"),
            ("/v1/a b", "at byte 5"),
            ("/v1/é", "at byte 4"),
            ("/v1/a\r\nX: 1", "at byte 5"),
        ] {
            let refusal = check(path).unwrap_err().to_string();
            assert!(refusal.starts_with("the path ") && refusal.contains(reason), "{path}: {refusal}");
        }
    }

    #[test]
    fn a_template_and_its_values_must_match() {
        assert!(fill(REFRESH, &[]).unwrap_err().to_string().ends_with("lacks a value for `account`"));
        assert!(fill("/v1", &["a"]).unwrap_err().to_string().ends_with("fewer placeholders than values"));
        assert!(fill("/v1/{a", &["a"]).unwrap_err().to_string().ends_with("an open placeholder"));
    }
}
