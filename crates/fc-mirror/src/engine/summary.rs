//! Failures in one line, as the database keeps them.

use crate::error::Error;

/// The most characters of one text of an answer.
const LONGEST: usize = 100;

/// Why a sync failed, in a line without what Stripe's message may say of people.
///
/// The texts of the answer are escaped, so that none of them breaks or reorders the line, and cut.
pub(super) fn summary(error: &Error) -> String {
    let Some(api) = error.api() else { return error.to_string() };
    let mut line = format!("{:?}", api.kind());
    for (name, value) in [
        ("status", api.status().map(|status| status.as_str().to_owned())),
        ("code", api.code().map(ToString::to_string)),
        ("param", api.param().map(str::to_owned)),
        ("request", api.request_id().map(str::to_owned)),
    ] {
        if let Some(value) = value {
            line.push_str(&format!(", {name} {}", shown(&value)));
        }
    }
    line
}

/// A text of an answer, escaped and cut.
fn shown(text: &str) -> String {
    text.chars().take(LONGEST).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_text_of_an_answer_is_long_or_breaks_a_line() {
        assert_eq!(shown("account_holder[customer]"), "account_holder[customer]");
        assert_eq!(shown("a\n\u{202e}\u{2028}b"), r"a\n\u{202e}\u{2028}b");
        assert_eq!(shown(&"p".repeat(5_000)).len(), 100);
    }
}
