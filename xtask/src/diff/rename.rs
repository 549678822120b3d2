//! What was removed and what was added in the same place, and look alike: perhaps a rename. A person decides.

use std::collections::BTreeSet;

use similar::TextDiff;

use super::Change;
use super::types::{mentions, path};
use crate::model::{Kind, Model};

/// From here on two names look alike; `countries` and `country` have 0.75.
const ALIKE: f32 = 0.6;

/// How many pairs are looked at.
const MOST_PAIRS: usize = 40_000;

/// Gives every removal the addition that it resembles most, if any, and the addition the removal.
pub(super) fn suggest(changes: &mut [Change], old: &Model, new: &Model) {
    let removed = changes.iter().filter(|change| change.kind.ends_with(" removed")).count();
    let added = changes.iter().filter(|change| change.kind.ends_with(" added")).count();
    // Another API altogether: nobody would look through that many, and comparing them all takes minutes.
    if removed * added > MOST_PAIRS {
        return;
    }
    let mut pairs = Vec::new();
    for (at, gone) in changes.iter().enumerate().filter(|(_, change)| change.kind.ends_with(" removed")) {
        let Some(what) = what(gone) else { continue };
        for (to, come) in changes.iter().enumerate() {
            if come.kind.ends_with(" added") && self::what(come) == Some(what) && owner(gone) == owner(come) {
                let likeness = likeness(gone, come, old, new);
                if likeness >= ALIKE {
                    pairs.push((likeness, at, to));
                }
            }
        }
    }
    // The most alike first, each item once.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = BTreeSet::new();
    for (_, gone, come) in pairs {
        if !taken.contains(&gone) && !taken.contains(&come) {
            taken.extend([gone, come]);
            let (old, new) = (changes[gone].rust[0].clone(), changes[come].rust[0].clone());
            changes[gone].rename_candidate = Some(new);
            changes[come].rename_candidate = Some(old);
        }
    }
}

/// What kind of thing came or went.
fn what(change: &Change) -> Option<&'static str> {
    let (what, happened) = change.kind.rsplit_once(' ')?;
    let what = if what.starts_with("required ") { "field" } else { what };
    matches!(happened, "added" | "removed").then_some(what)
}

/// What the item belongs to: a field to its struct, a type or an operation to its crate.
fn owner(change: &Change) -> Option<&str> {
    change.rust[0].rsplit_once("::").map(|(owner, _)| owner)
}

fn likeness(gone: &Change, come: &Change, old: &Model, new: &Model) -> f32 {
    if gone.wire == come.wire {
        return 1.0;
    }
    let name = |change: &Change| change.rust[0].rsplit("::").next().unwrap_or_default().to_lowercase();
    let (gone_name, come_name) = (name(gone), name(come));
    let by_name = TextDiff::from_chars(&gone_name, &come_name).ratio();
    let by_members = members(gone, old).zip(members(come, new)).map_or(0.0, |(a, b)| overlap(&a, &b));
    by_name.max(by_members)
}

/// What a type consists of: fields with their types, or values.
fn members(change: &Change, model: &Model) -> Option<BTreeSet<String>> {
    let def = model.types.values().find(|def| path(&def.name) == change.rust[0])?;
    Some(match &def.kind {
        // A type that mentions itself mentions the other name after a rename.
        Kind::Struct(structure) => structure
            .fields
            .iter()
            .map(|field| {
                let ty = if mentions(&field.ty, &def.name) { "Self" } else { &field.ty };
                format!("{}: {ty}", field.wire)
            })
            .collect(),
        Kind::Enum(variants) => variants.iter().map(|variant| variant.wire.clone()).collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a type has a few dozen members")]
fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f32 {
    match a.union(b).count() {
        0 => 0.0,
        all => a.intersection(b).count() as f32 / all as f32,
    }
}
