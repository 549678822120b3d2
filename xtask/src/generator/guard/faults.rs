//! Faults and their places.

use std::collections::BTreeSet;
use std::fmt::Display;

/// The faults found so far, sorted, each once.
#[derive(Default)]
pub(super) struct Faults(BTreeSet<String>);

impl Faults {
    pub(super) fn add(&mut self, place: &str, fault: impl Display) {
        self.0.insert(format!("{place}: {fault}"));
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}
