//! Secrets in texts that a caller sent by mistake, such as a client secret instead of an id.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What the secrets of the API begin with.
const PREFIXES: [&str; 7] =
    ["fcsess_client_secret_", "whsec_", "sk_test_", "sk_live_", "rk_test_", "rk_live_", "_secret_"];

/// A text without what follows the prefix of a secret.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let end = |prefix: &&str| text.find(*prefix).map(|at| at + prefix.len());
    match PREFIXES.iter().filter_map(end).min() {
        Some(end) if end < text.len() => Cow::Owned(format!("{}****", &text[..end])),
        _ => Cow::Borrowed(text),
    }
}

/// A text with many values, such as a body, in which each secret is masked on its own.
pub(crate) fn masked_each(text: &str) -> Cow<'_, str> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut shown = String::new();
    let mut rest = text;
    loop {
        let end = |prefix: &&str| rest.find(*prefix).map(|at| at + prefix.len());
        let Some(end) = PREFIXES.iter().filter_map(end).min() else { break };
        let secret = rest.as_bytes()[end..].iter().take_while(|byte| is_part(byte)).count();
        shown.push_str(&rest[..end]);
        if secret > 0 {
            shown.push_str("****");
        }
        rest = &rest[end + secret..];
    }
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// A query or a form in which each secret is masked. An escape hides none: a value with a secret is shown decoded.
pub(crate) fn masked_form(form: &str) -> String {
    let parts = form.split_inclusive(['&', '=', '?', '/']).map(|part| {
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        match masked_each(&decoded) {
            Cow::Owned(masked) => Cow::Owned(masked),
            Cow::Borrowed(_) => Cow::Borrowed(part),
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::{masked, masked_each, masked_form};

    #[test]
    fn each_secret_of_a_body_is_masked_and_nothing_else() {
        let body = r#"{"client_secret":"fcsess_client_secret_abc","id":"fcsess_1","secret": "whsec_xyz", "k":["sk_test_a","rk_live_b"]}"#;
        assert_eq!(
            masked_each(body),
            r#"{"client_secret":"fcsess_client_secret_****","id":"fcsess_1","secret": "whsec_****", "k":["sk_test_****","rk_live_****"]}"#
        );
        assert_eq!(masked_each("sk_test_"), "sk_test_");
        assert_eq!(masked_each("é whsec_é"), "é whsec_é");
    }

    #[test]
    fn an_escape_hides_no_secret_of_a_form() {
        assert_eq!(masked_form("a=sk_test_1&b=x%20y"), "a=sk_test_****&b=x%20y");
        assert_eq!(masked_form("/v1/x?name=whsec%5Fabc&b=1"), "/v1/x?name=whsec_****&b=1");
        assert_eq!(masked_form("%73k_test_1=x"), "sk_test_****=x");
    }

    #[test]
    fn nothing_of_a_secret_is_shown() {
        assert_eq!(masked("fcsess_client_secret_abc"), "fcsess_client_secret_****");
        assert_eq!(masked("pi_1_secret_abc"), "pi_1_secret_****");
        assert_eq!(masked("(sk_live_abc)"), "(sk_live_****");
        assert_eq!(masked("fcsess_abc"), "fcsess_abc");
        assert_eq!(masked("sk_test_"), "sk_test_");
    }
}
