//! Changes of enum values and of the objects that events carry.

use std::collections::BTreeSet;

use super::items::{docs, path};
use crate::changes::change::{Change, ChangeKind, Class};
use crate::generator::markdown::code_span;
use crate::generator::model::{Model, TypeDef, Variant};
use crate::generator::wire;

pub(super) fn enums(after: &TypeDef, old: &[Variant], new: &[Variant], changes: &mut Vec<Change>) {
    let name = path(&after.name);
    let at =
        |value: &str| -> Vec<String> { after.wire.iter().map(|place| wire::value(place, value)).collect() };
    let mut seen = BTreeSet::new();
    for variant in old {
        let item = format!("{name}::{}", variant.ident);
        let same = new.iter().find(|other| other.wire == variant.wire).or_else(|| {
            new.iter()
                .find(|other| other.ident == variant.ident && !old.iter().any(|old| old.wire == other.wire))
        });
        let Some(other) = same else {
            changes.push(
                Change::new(Class::BreaksCallers, ChangeKind::ValueRemoved, item, &at(&variant.wire))
                    .because(format!(
                        "The variant is gone; where Stripe still sends {}, it is `Unknown`.",
                        code_span(&variant.wire)
                    ))
                    .migrate("Remove the match arm, or match `Unknown` by its text."),
            );
            continue;
        };
        seen.insert(other.wire.as_str());
        if other.wire != variant.wire {
            let mut both = at(&other.wire);
            both.extend(at(&variant.wire));
            changes.push(
                Change::new(Class::BreaksWire, ChangeKind::WireValueChanged, item.clone(), &both)
                    .because(format!(
                        "It is {} on the wire, no longer {}.",
                        code_span(&other.wire),
                        code_span(&variant.wire)
                    ))
                    .migrate("Update text that contains the value. Older payloads decode to `Unknown`."),
            );
        }
        if other.doc != variant.doc {
            changes.push(docs(item, &at(&other.wire)));
        }
    }
    for variant in new.iter().filter(|variant| !seen.contains(variant.wire.as_str())) {
        changes.push(
            Change::new(
                Class::Additive,
                ChangeKind::ValueAdded,
                format!("{name}::{}", variant.ident),
                &at(&variant.wire),
            )
            .because("It was `Unknown` before. A match on `Unknown` with its text no longer matches."),
        );
    }
}

pub(super) fn event_objects(old: &Model, new: &Model, changes: &mut Vec<Change>) {
    let places =
        |model: &Model, name: &str| model.types.get(name).map(|def| def.wire.clone()).unwrap_or_default();
    let (before, after) = (old.event_objects(), new.event_objects());
    for name in before.difference(&after) {
        let item = format!("fc_types::EventObject::{name}");
        changes.push(
            Change::new(Class::BreaksCallers, ChangeKind::EventObjectRemoved, item, &places(old, name))
                .because("No event carries it now.")
                .migrate("Remove the match arm."),
        );
    }
    for name in after.difference(&before) {
        let item = format!("fc_types::EventObject::{name}");
        changes.push(
            Change::new(Class::Additive, ChangeKind::EventObjectAdded, item, &places(new, name))
                .because("Events carry it now. It was `Unknown` before."),
        );
    }
}
