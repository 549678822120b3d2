//! Comparison of the classes of changes with the compiler's errors.

use super::change::{Change, Class};

/// Result of compiling a consumer of the old version against the new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// Number of compiled uses.
    pub uses: usize,
    /// Items whose use no longer compiles, with the compiler's first message.
    pub broken: Vec<(String, String)>,
}

impl Compiled {
    /// Whether the class of this change agrees with the compiler.
    #[must_use]
    pub fn agrees(&self, change: &Change) -> bool {
        let broken = self.broken.iter().any(|(item, _)| change.rust.iter().any(|named| is_of(item, named)));
        broken || change.class != Class::BreaksCallers
    }

    /// Items that no longer compile although no change says so.
    pub fn unexplained<'a>(&'a self, changes: &'a [Change]) -> impl Iterator<Item = &'a (String, String)> {
        self.broken.iter().filter(|(item, _)| {
            let mut breaking = changes.iter().filter(|change| change.class == Class::BreaksCallers);
            !breaking.any(|change| change.rust.iter().any(|named| is_of(item, named)))
        })
    }

    /// Disagreements of classes and compiler, one line each; empty if the verdict is right.
    #[must_use]
    pub fn disagreements(&self, changes: &[Change]) -> Vec<String> {
        let unconfirmed = changes.iter().filter(|change| !self.agrees(change)).map(|change| {
            let item = change.rust.first().map_or("", String::as_str);
            format!(
                "{item}: {} is classed as breaking for callers, but every use of it compiles",
                change.kind
            )
        });
        let unexplained = self
            .unexplained(changes)
            .map(|(item, message)| format!("{item}: no longer compiles, but no change says so: {message}"));
        unconfirmed.chain(unexplained).collect()
    }
}

/// Whether an item is the named one or a part of it.
fn is_of(item: &str, named: &str) -> bool {
    !named.is_empty()
        && item
            .strip_prefix(named)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with(' '))
}
