//! Markdown: code spans that no text can leave, and the lines that open and close code blocks.

/// The text as a code span on one line. Characters that would move to another line or change the direction of the text are
/// written as escapes.
#[must_use]
pub fn code_span(text: &str) -> String {
    let text = visible(text);
    // A code span ends at a run of as many backticks as it began with.
    let ticks = "`".repeat(longest_run(&text, '`') + 1);
    let pad = if text.is_empty() || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// The text without control characters: each is written as an escape, `\n`, `\u{202e}`.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut visible = String::new();
    for c in text.chars() {
        if is_control(c) { visible.extend(c.escape_default()) } else { visible.push(c) }
    }
    visible
}

/// Whether the character does not show itself, but changes lines, the direction of the text, or a terminal.
#[must_use]
pub fn is_control(c: char) -> bool {
    let moves_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || moves_lines || turns || c == '\u{feff}'
}

/// Length of the longest run of a character.
#[must_use]
pub fn longest_run(text: &str, c: char) -> usize {
    text.split(|other| other != c).map(str::len).max().unwrap_or_default()
}

/// The mark that opens a code block: three or more backticks or tildes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that the line opens, and what stands behind it: the language.
    #[must_use]
    pub fn opened_by(line: &str) -> Option<(Self, &str)> {
        let line = line.trim();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let language = line.trim_start_matches(mark);
        let length = line.len() - language.len();
        let is_span = mark == '`' && language.contains('`');
        (length >= 3 && !is_span).then_some((Self { mark, length }, language.trim()))
    }

    /// Whether the line closes the block.
    #[must_use]
    pub fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_has_more_backticks_than_its_text() {
        for (text, span) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("", "`  `"),
            ("a\nb\u{202e}", "`a\\nb\\u{202e}`"),
        ] {
            assert_eq!(code_span(text), span);
        }
    }

    #[test]
    fn a_fence_is_closed_by_as_many_of_its_marks() {
        let (fence, language) = Fence::opened_by("  ````rust").unwrap();
        assert_eq!(language, "rust");
        assert!(fence.is_closed_by("`````  ") && !fence.is_closed_by("```") && !fence.is_closed_by("~~~~"));
        assert!(!fence.is_closed_by("````rust"));
        assert_eq!(Fence::opened_by("``x"), None);
        assert_eq!(Fence::opened_by("```a`b"), None);
    }
}
