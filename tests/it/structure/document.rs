//! Markdown documents: fenced blocks, code spans, links and headings.

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block<'d> {
    /// What follows the opening fence.
    pub(crate) info: &'d str,
    /// Line of the opening fence.
    pub(crate) line: usize,
    /// Lines of the block, each with its number.
    pub(crate) lines: Vec<(usize, &'d str)>,
}

/// A code span or the target of a link, outside fenced blocks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Span<'d> {
    Code(&'d str),
    Link(&'d str),
}

/// Fenced blocks of a document.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (number, line) in numbered(text) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some(Block { info: info.trim(), line: number, lines: Vec::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push((number, line)),
            (None, None) => {}
        }
    }
    blocks
}

/// Code spans and links of a document, each with its line.
pub(crate) fn spans(text: &str) -> Vec<(usize, Span<'_>)> {
    let mut spans = Vec::new();
    for (number, line) in prose(text) {
        let code = line.split('`').skip(1).step_by(2).map(Span::Code);
        let links =
            line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|link| Span::Link(link.0));
        spans.extend(code.chain(links).map(|span| (number, span)));
    }
    spans
}

/// Anchors of a document's headings, as GitHub makes them.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter(|(_, line)| line.starts_with('#'));
    headings
        .map(|(_, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    numbered(text).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line))
}
