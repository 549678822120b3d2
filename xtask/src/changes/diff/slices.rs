//! Changes that the slices show and the models do not: constraints, serialisation, annotations, and changes under a type that
//! the overlay set. Every difference between two slices is reported.

mod difference;
mod walk;

use std::collections::BTreeMap;

use serde_json::Value;

use self::difference::Finding;
use self::walk::Walk;
use super::covered::Covered;
use crate::changes::change::{Change, ChangeKind, Class};

/// Every difference of the slices that no change in `changes` covers.
pub(super) fn compare(old: &Value, new: &Value, changes: &[Change]) -> Vec<Change> {
    let mut walk = Walk::default();
    walk.document(old, new);
    let covered = Covered::of(changes);
    let mut groups: BTreeMap<(Class, ChangeKind, String), Vec<String>> = BTreeMap::new();
    let mut singles = Vec::new();
    for difference in walk.found {
        if difference.is_structure() && covered.has(&difference.place) {
            continue;
        }
        if covered.is_whole(&difference.place) {
            continue;
        }
        let Finding { class, kind, reason } = difference.judge();
        match class {
            // One line for what many places have in common.
            Class::DocsOnly => groups.entry((class, kind, reason)).or_default().push(difference.place),
            Class::BreaksWire => singles.push(
                of_places(class, kind, reason, &[difference.place])
                    .migrate("No change in code. Check the data that the program sends and stores."),
            ),
            _ => singles.push(of_places(class, kind, reason, &[difference.place])),
        }
    }
    let grouped =
        groups.into_iter().map(|((class, kind, reason), places)| of_places(class, kind, reason, &places));
    singles.into_iter().chain(grouped).collect()
}

/// A change of places that no Rust item stands for.
fn of_places(class: Class, kind: ChangeKind, reason: String, places: &[String]) -> Change {
    let mut change = Change::new(class, kind, String::new(), places).because(reason);
    change.rust.clear();
    change
}
