//! Circles of arrows.

use std::collections::{BTreeMap, BTreeSet};

use super::arrows::Arrow;

/// Groups of files of which each reaches each other one, largest first.
pub(crate) fn circles(arrows: &[Arrow]) -> Vec<BTreeSet<&str>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(&arrow.from).or_default().push(&arrow.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        next.keys().map(|file| (*file, reach(&next, file))).collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|files| files.contains(to));
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (&file, files) in &reached {
        if files.contains(file) && !circles.iter().any(|circle| circle.contains(file)) {
            circles.push(files.iter().copied().filter(|other| reaches(other, file)).collect());
        }
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// The arrows between the files of a circle.
pub(crate) fn within<'a>(circle: &BTreeSet<&str>, arrows: &'a [Arrow]) -> Vec<&'a Arrow> {
    let inside = |file: &str| circle.contains(file);
    arrows.iter().filter(|arrow| inside(&arrow.from) && inside(&arrow.to)).collect()
}

fn reach<'a>(next: &BTreeMap<&'a str, Vec<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut todo: Vec<&str> = next.get(from).cloned().unwrap_or_default();
    while let Some(file) = todo.pop() {
        if reached.insert(file) {
            todo.extend(next.get(file).into_iter().flatten());
        }
    }
    reached
}

/// A line for each circle, with the arrows that make it.
pub(crate) fn problems(folder: &str, arrows: &[Arrow]) -> Vec<String> {
    let describe = |circle: &BTreeSet<&str>| {
        let arrows: Vec<String> = within(circle, arrows)
            .iter()
            .map(|Arrow { from, to, line, name }| {
                format!("\n    {folder}/{from}:{line} uses `{name}` of {folder}/{to}")
            })
            .collect();
        format!(
            "{folder}: {} files use each other in a circle; move what they share into a file of its own:{}",
            circle.len(),
            arrows.concat()
        )
    };
    circles(arrows).iter().map(describe).collect()
}
