//! Fills the placeholders of a route, so that no id can change which route is called.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::refusal::Refusal;

/// Everything but RFC 3986's unreserved characters.
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

    use super::fill;
    use crate::base_url::BaseUrl;

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
        let base = BaseUrl::parse("https://api.stripe.com").unwrap();
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
    fn a_template_and_its_values_must_match() {
        assert!(fill(REFRESH, &[]).unwrap_err().to_string().ends_with("lacks a value for `account`"));
        assert!(fill("/v1", &["a"]).unwrap_err().to_string().ends_with("fewer placeholders than values"));
        assert!(fill("/v1/{a", &["a"]).unwrap_err().to_string().ends_with("an open placeholder"));
    }
}
