//! Places that the changes found so far cover.

use std::collections::HashSet;

use crate::changes::change::Change;
use crate::generator::wire;

/// Places that some changes cover.
#[derive(Debug, Default)]
pub(super) struct Covered<'a> {
    exactly: HashSet<&'a str>,
    whole: HashSet<&'a str>,
}

impl<'a> Covered<'a> {
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let places = |changes: &mut dyn Iterator<Item = &'a Change>| {
            changes.flat_map(|change| change.wire.iter().map(String::as_str)).collect()
        };
        Self {
            exactly: places(&mut changes.iter()),
            whole: places(&mut changes.iter().filter(|change| change.kind.is_whole())),
        }
    }

    /// Whether a change covers this place, or a whole item that contains it was added or removed.
    pub(super) fn has(&self, place: &str) -> bool {
        // A change of a field covers its values.
        let field = place.split_once(" = ").map_or(place, |(field, _)| field);
        self.exactly.contains(place)
            || self.exactly.contains(field)
            || wire::holders(place).any(|holder| self.whole.contains(holder))
    }

    /// Whether this place itself was added or removed.
    pub(super) fn is_whole(&self, place: &str) -> bool {
        self.whole.contains(place)
    }
}
