//! Libraries that only some files may use: the list in ARCHITECTURE.md, held against the paths that files name.
//!
//! The list is a fenced block `libraries`. Each line is a crate of someone else and the files and folders that may use it.

use std::collections::BTreeSet;

use super::document::Block;

/// What uses of libraries have against the list: each use is a file from the root, its line, and the crate.
pub(crate) fn problems(document: &str, block: &Block<'_>, uses: &[(String, usize, String)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in &block.lines {
        let Some((library, allowed)) = line.trim().split_once(' ') else { continue };
        let allowed: Vec<&str> = allowed.split_whitespace().collect();
        let mut needed = BTreeSet::new();
        for (file, line, _) in uses.iter().filter(|(.., name)| name == library) {
            let by = allowed.iter().find(|allowed| match allowed.strip_suffix('/') {
                Some(folder) => {
                    file.strip_prefix(folder).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
                }
                None => file == *allowed,
            });
            match by {
                Some(by) => drop(needed.insert(by)),
                None => problems.push(format!(
                    "{file}:{line} uses {library}, which the list at {document}:{number} keeps to {}",
                    allowed.join(" and ")
                )),
            }
        }
        let idle = allowed.iter().filter(|allowed| !needed.contains(allowed));
        problems.extend(
            idle.map(|idle| format!("{document}:{number}: {idle} does not use {library}: remove it")),
        );
    }
    problems
}
