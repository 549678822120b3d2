//! Possible renames: a removed and an added item of one owner with similar names or members. A person decides.

use std::collections::BTreeSet;

use similar::TextDiff;

use super::items::path;
use crate::changes::change::Change;
use crate::generator::model::{Kind, Model};

/// Lowest similarity of a rename; `countries` and `country` have 0.75.
const SIMILAR: f32 = 0.6;

/// Limit of compared pairs.
const MOST_PAIRS: usize = 40_000;

/// Pairs removals with the additions most similar to them.
pub(super) fn suggest(changes: &mut [Change], old: &Model, new: &Model) {
    let removed = changes.iter().filter(|change| change.kind.removed().is_some()).count();
    let added = changes.iter().filter(|change| change.kind.added().is_some()).count();
    // Two versions with so little in common would take minutes, and no reviewer reads so many candidates.
    if removed * added > MOST_PAIRS {
        return;
    }
    let mut pairs = Vec::new();
    for (at, gone) in changes.iter().enumerate() {
        let Some(item) = gone.kind.removed() else { continue };
        for (to, come) in changes.iter().enumerate() {
            if come.kind.added() == Some(item) && owner(gone) == owner(come) {
                let similarity = similarity(gone, come, old, new);
                if similarity >= SIMILAR {
                    pairs.push((similarity, at, to));
                }
            }
        }
    }
    // The most similar pairs first, each item once.
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

/// Owner of the item: the struct of a field, the crate of a type or an operation.
fn owner(change: &Change) -> Option<&str> {
    change.rust[0].rsplit_once("::").map(|(owner, _)| owner)
}

fn similarity(gone: &Change, come: &Change, old: &Model, new: &Model) -> f32 {
    if gone.wire == come.wire {
        return 1.0;
    }
    let name = |change: &Change| change.rust[0].rsplit("::").next().unwrap_or_default().to_lowercase();
    let (gone_name, come_name) = (name(gone), name(come));
    let by_name = TextDiff::from_chars(&gone_name, &come_name).ratio();
    let by_members = members(gone, old).zip(members(come, new)).map_or(0.0, |(a, b)| overlap(&a, &b));
    by_name.max(by_members)
}

/// Members of a type: fields with their types, or values.
fn members(change: &Change, model: &Model) -> Option<BTreeSet<String>> {
    let def = model.types.values().find(|def| path(&def.name) == change.rust[0])?;
    Some(match &def.kind {
        // A renamed type that contains itself contains its new name.
        Kind::Struct(structure) => structure
            .fields
            .iter()
            .map(|field| {
                let ty = if field.ty.own_names().any(|name| name == def.name) {
                    "Self".to_owned()
                } else {
                    field.ty.to_string()
                };
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
