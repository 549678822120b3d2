//! Text of a server, made safe for one line of a log.

/// The most characters of one text that are shown.
const LONGEST: usize = 500;

/// The text with spaces in place of characters that break or reorder a line, cut after [`LONGEST`] characters.
pub(crate) fn printable(text: &str) -> String {
    let shown = text.chars().take(LONGEST).map(|c| if breaks_a_line(c) { ' ' } else { c });
    let end = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    shown.chain(end.chars()).collect()
}

/// Control characters, line and paragraph separators, and the marks of bidirectional text.
fn breaks_a_line(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(printable(&"é".repeat(500)), "é".repeat(500));
        assert_eq!(printable(&"é".repeat(501)), "é".repeat(500) + "…");
    }

    #[test]
    fn no_character_breaks_or_reorders_a_line() {
        for c in
            "\n\r\t\u{0}\u{1b}\u{85}\u{2028}\u{2029}\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}"
                .chars()
        {
            assert_eq!(printable(&format!("a{c}b")), "a b", "{c:?}");
        }
        assert_eq!(printable("Jürgen 銀行 \u{1f600}"), "Jürgen 銀行 \u{1f600}");
    }
}
