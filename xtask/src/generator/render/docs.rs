//! Markdown as doc comments.

use crate::generator::markdown::Fence;

/// Columns that a doc comment may fill, its marker and indentation not counted.
const WIDTH: usize = 100;

/// The lines of a doc comment, `///` included, each ending in a line feed.
///
/// Paragraphs and list items are wrapped. A code block, a table and a heading keep their lines, because a line break means
/// something there.
pub(super) fn doc_comment(text: &str) -> String {
    let mut lines = Vec::new();
    // Columns of the list item around a block. More spaces would make it a code block, and so a doc test.
    let mut room = 0;
    for block in blocks(text) {
        // Blocks are set apart by an empty line, except the items of one list.
        if !lines.is_empty() && !block.continues {
            lines.push(String::new());
        }
        match block.kind {
            Kind::Verbatim => lines.extend(verbatim(&block)),
            Kind::Wrapped { indent } => room = wrap(&block.lines, indent, room, &mut lines),
        }
    }
    lines.iter().map(|line| format!("{}\n", format!("/// {line}").trim_end())).collect()
}

/// The lines of a block. rustdoc runs a code block without a language as a test, so it gets the language `text`.
fn verbatim(block: &Block<'_>) -> Vec<String> {
    let mut lines: Vec<String> = block.lines.iter().map(|line| (*line).to_owned()).collect();
    if let Some(first) = lines.first_mut()
        && Fence::opened_by(first).is_some_and(|(_, language)| language.is_empty())
    {
        first.push_str("text");
    }
    lines
}

struct Block<'a> {
    lines: Vec<&'a str>,
    kind: Kind,
    /// Whether it is the next item of a list.
    continues: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Lines as they are.
    Verbatim,
    /// Words that fill lines; all lines but the first are indented by this many spaces.
    Wrapped { indent: usize },
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut code: Option<Fence> = None;
    let mut after_gap = true;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(open) = code {
            push(&mut blocks, line);
            if open.is_closed_by(line) {
                code = None;
                after_gap = true;
            }
            continue;
        }
        let opened = Fence::opened_by(line);
        let fence = opened.is_some();
        if line.is_empty() {
            after_gap = true;
            continue;
        }
        let kind = match marker(line) {
            Some(indent) => Kind::Wrapped { indent },
            None if fence || line.starts_with(['#', '|']) => Kind::Verbatim,
            None => Kind::Wrapped { indent: 0 },
        };
        let previous = blocks.last().map(|block| block.kind);
        let is_item = |kind: Option<Kind>| matches!(kind, Some(Kind::Wrapped { indent }) if indent > 0);
        let starts = match (previous, kind) {
            _ if after_gap || fence || is_item(Some(kind)) => true,
            // A table and headings stay together; the second line of a paragraph or an item belongs to it.
            (Some(Kind::Verbatim), Kind::Verbatim) => false,
            (Some(Kind::Wrapped { .. }), Kind::Wrapped { .. }) => false,
            _ => true,
        };
        if starts {
            let continues = !after_gap && is_item(previous) && is_item(Some(kind));
            blocks.push(Block { lines: vec![line], kind, continues });
        } else {
            push(&mut blocks, line);
        }
        code = opened.map(|(fence, _)| fence);
        after_gap = false;
    }
    blocks
}

fn push<'a>(blocks: &mut [Block<'a>], line: &'a str) {
    if let Some(block) = blocks.last_mut() {
        block.lines.push(line);
    }
}

/// Columns before the text of a list item, its own indentation and its marker included; `None` for any other line.
fn marker(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let bullet = ["- ", "* ", "+ "].iter().any(|bullet| text.starts_with(bullet)).then_some(2);
    let number = || {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0 && text[digits..].starts_with(". ")).then_some(digits + 2)
    };
    Some(indent + bullet.or_else(number)?)
}

/// Adds the lines, and returns the columns that a block inside this one is indented by.
fn wrap(block: &[&str], indent: usize, room: usize, lines: &mut Vec<String>) -> usize {
    // A nested item keeps the indentation before its marker.
    let own = block.first().map_or(0, |line| line.len() - line.trim_start().len());
    let first = own.min(room);
    let indent = indent.saturating_sub(own - first);
    let mut line = " ".repeat(first);
    for word in block.iter().flat_map(|line| line.split_whitespace()) {
        let is_empty = line.trim().is_empty();
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        } else if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    indent.max(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_and_wrapped() {
        let text = format!("First\nline.\n\n{}", "word ".repeat(30));
        let lines = doc_comment(&text);
        assert!(lines.starts_with("/// First line.\n///\n/// word word"));
        assert!(lines.lines().all(|line| line.len() <= WIDTH + 4));
        assert_eq!(lines.matches("word").count(), 30);
    }

    #[test]
    fn lists_code_and_tables_keep_their_lines() {
        let text = "A list:\n- one\n  goes on\n- two\n  - inner\n\n1. first\n2. second\n\n```text\na  b\n\n  c\n```\nAfter.\n\n\
                    # Heading\n\n| a | b |\n|---|---|\n";
        let expected = "/// A list:\n///\n/// - one goes on\n/// - two\n///   - inner\n///\n/// 1. first\n/// 2. second\n\
                        ///\n/// ```text\n/// a  b\n///\n///   c\n/// ```\n///\n/// After.\n///\n/// # Heading\n///\n\
                        /// | a | b |\n/// |---|---|\n";
        assert_eq!(doc_comment(text), expected);
    }

    #[test]
    fn a_long_list_item_is_indented_under_its_text() {
        let lines = doc_comment(&format!("- {}", "word ".repeat(30)));
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("/// - word") && lines[1].starts_with("///   word"), "{lines:?}");
    }
}
