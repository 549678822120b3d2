//! Walks: in which order a call or an event enters the files of a crate.

use std::collections::BTreeSet;

use super::arrows::Arrow;
use super::document::Block;

/// Marks a file that its parent reaches without an import.
const INDIRECT: &str = "~";

/// Steps of a walk that the code does not have: a file that is missing or comes twice, or that its parent does not use. A walk is
/// a fenced block `walk FOLDER`: files below the folder, the name first on each line, indented under their parent.
pub(crate) fn problems(
    document: &str,
    block: &Block<'_>,
    files: &BTreeSet<&str>,
    arrows: &[Arrow],
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, line) in &block.lines {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        let is_indirect = first == INDIRECT;
        let Some(name) = (if is_indirect { words.next() } else { Some(first) }) else { continue };
        let indent = line.len() - line.trim_start().len();
        open.retain(|(outer, _)| *outer < indent);
        let problem = if !files.contains(name) {
            Some(format!("`{name}`, which does not exist"))
        } else if !seen.insert(name) {
            Some(format!("`{name}` twice"))
        } else {
            open.last().and_then(|(_, parent)| {
                let uses = arrows.iter().any(|arrow| arrow.from == *parent && arrow.to == name);
                match (uses, is_indirect) {
                    (false, false) => Some(format!("`{name}` under {parent}, which does not use it")),
                    (true, true) => Some(format!("`{name}` with {INDIRECT}, but {parent} imports it")),
                    _ => None,
                }
            })
        };
        problems.extend(problem.map(|problem| format!("{document}:{number} lists {problem}")));
        open.push((indent, name));
    }
    problems
}
