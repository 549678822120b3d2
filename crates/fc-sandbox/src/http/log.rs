//! Paths as the log shows them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::secrets::masked;

/// The longest path in the log, in characters.
const LONGEST: usize = 200;

/// A path without secrets, cut to a readable length.
pub(crate) fn path(path: &str) -> String {
    let segments: Vec<Cow<'_, str>> = path.split('/').take(LONGEST).map(segment).collect();
    let path = segments.join("/");
    match path.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path,
    }
}

/// An escape must not hide a secret, so a segment with one is decoded to look for it.
fn segment(segment: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(segment).decode_utf8_lossy();
    match masked(&decoded) {
        Cow::Owned(masked) => Cow::Owned(masked),
        Cow::Borrowed(_) => Cow::Borrowed(segment),
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_path_is_logged_without_secrets() {
        let sessions = "/v1/financial_connections/sessions";
        for secret in [
            "fcsess_client_secret_abcdef",
            "fcsess%5Fclient_secret%5Fabcdef",
            "sk_test_abcdef",
            "rk_live_abcdef",
            "whsec_abcdef",
            "x%00fcsess_client_secret_abcdef",
        ] {
            let logged = path(&format!("{sessions}/{secret}/x"));
            assert!(logged.starts_with(sessions) && logged.ends_with("****/x"), "{logged}");
            assert!(!logged.contains("abcdef"), "{logged}");
        }
        let id = format!("{sessions}/fcsess_1MRxk2%20");
        assert_eq!(path(&id), id);
    }

    #[test]
    fn a_long_path_is_cut() {
        for long in ["/x".repeat(40_000), "é".repeat(80_000)] {
            assert_eq!(path(&long).chars().count(), 201);
        }
    }
}
