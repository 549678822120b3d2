//! The report on a comparison.

use serde_json::Value;

use super::change::{Change, Class};
use super::compiled::Compiled;
use super::verdict::{self, Verdict};
use super::version::Version;
use super::{diff, skeleton};
use crate::generator::normalize::{Decision, Gap};
use crate::generator::overlay::Unmatched;

/// The report on the changes from one version to another.
#[derive(Clone, Debug)]
pub struct Report {
    /// The API version before, with counts.
    pub from: Contents,
    /// The API version after, with counts.
    pub to: Contents,
    /// Every change, the most severe first.
    pub changes: Vec<Change>,
    /// Next version of the crates.
    pub verdict: Verdict,
    /// Items of the new version that the overlay does not describe.
    pub undocumented: Vec<Gap>,
    /// What is new and was generated, or left out, without an answer of the overlay.
    pub decisions: Vec<Decision>,
    /// Overlay text to fill in for the items.
    pub overlay_text: String,
    /// The overlay that describes what is new in the target.
    pub overlay_name: String,
    /// Overlay actions that match nothing in the new version.
    pub unmatched: Vec<Unmatched>,
    /// Notes that are no errors.
    pub notes: Vec<String>,
    /// Result of the compiler, if it checked the changes.
    pub compiled: Option<Compiled>,
}

/// Counts of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The API version.
    pub api_version: String,
    /// Operations, types, event types.
    pub counts: [(&'static str, usize); 3],
}

impl Contents {
    fn of(version: &Version) -> Self {
        let model = &version.reading.model;
        let events = version.inputs.slice.get("x-webhook-event-types").and_then(Value::as_object);
        Self {
            api_version: model.api_version.clone(),
            counts: [
                ("operations", model.operations.len()),
                ("types", model.types.len()),
                ("event types", events.map_or(0, serde_json::Map::len)),
            ],
        }
    }
}

impl Report {
    /// Compares two versions. `crates` is the version of the crates now.
    #[must_use]
    pub fn of(old: &Version, new: &Version, crates: verdict::Version) -> Self {
        let mut changes = diff::compare(old.side(), new.side());
        for item in
            changes.iter_mut().flat_map(|change| change.rust.iter_mut().chain(&mut change.rename_candidate))
        {
            *item = new.inputs.output.path(item);
        }
        let undocumented = new.reading.undocumented.clone();
        let mut notes: Vec<String> = old.notes.iter().chain(&new.notes).cloned().collect();
        if !diff::is_comparable_in_absence(old.side(), new.side()) {
            notes.push(
                "Only one of the two specs came with Stripe's SDK spec, which alone says whether a field without a value is \
                 sent as null or left out: that is not compared."
                    .to_owned(),
            );
        }
        Self {
            from: Contents::of(old),
            to: Contents::of(new),
            verdict: Verdict::of(&changes, crates),
            overlay_text: skeleton::skeleton(&new.inputs.slice, &undocumented),
            undocumented,
            decisions: new.reading.decisions.clone(),
            overlay_name: new.inputs.overlays.last().map(|overlay| overlay.name.clone()).unwrap_or_default(),
            unmatched: new.reading.unmatched.clone(),
            notes,
            compiled: None,
            changes,
        }
    }

    /// Changes of one class.
    pub fn of_class(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.class == class)
    }

    /// One line with versions, verdict and counts.
    #[must_use]
    pub fn summary(&self) -> String {
        let counts: Vec<String> = Class::ALL
            .iter()
            .map(|class| format!("{} {}", self.of_class(*class).count(), class.as_str()))
            .collect();
        format!(
            "Stripe API {} → {}: {}, crates {} → {}; {}",
            self.from.api_version,
            self.to.api_version,
            match (self.verdict.class, self.verdict.is_breaking()) {
                (None, _) => "no change",
                (_, true) => "breaking",
                _ => "compatible",
            },
            self.verdict.from,
            self.verdict.to,
            counts.join(", ")
        )
    }
}
