//! Markdown as doc comments.

/// Columns that a doc comment may fill, its marker and indentation not counted.
const WIDTH: usize = 100;

/// The lines of a doc comment, `///` included, each ending in a line feed.
pub(super) fn doc_comment(text: &str) -> String {
    comment(text, "///")
}

fn comment(text: &str, marker: &str) -> String {
    let mut lines = String::new();
    let paragraphs: Vec<&str> = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).collect();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        if index > 0 {
            lines.push_str(marker);
            lines.push('\n');
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push_str(&format!("{marker} {line}\n"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push_str(&format!("{marker} {line}\n"));
    }
    lines
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
}
