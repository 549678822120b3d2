//! The report on a comparison: for the reviewer of a pull request as Markdown, for tools as JSON.

mod markdown;
mod overlay_text;

use serde_json::{Value, json};

use crate::consumer::Compiled;
use crate::diff::{self, Change, Class};
use crate::normalize::Gap;
use crate::overlay::Unmatched;
use crate::verdict::{self, Verdict};
use crate::version::Version;

/// What there is to say about the way from one version to another.
#[derive(Clone, Debug)]
pub struct Report {
    /// The API version before, and what it holds.
    pub from: Contents,
    /// The API version after.
    pub to: Contents,
    /// Everything that changes, the gravest first.
    pub changes: Vec<Change>,
    /// What that means for the crates' version.
    pub verdict: Verdict,
    /// Items of the new version that the overlay does not describe.
    pub undocumented: Vec<Gap>,
    /// Overlay text to fill in for them.
    pub overlay_text: String,
    /// Overlay actions that match nothing in the new version.
    pub unmatched: Vec<Unmatched>,
    /// Oddities that stop nothing.
    pub notes: Vec<String>,
    /// What the compiler says, where it was asked.
    pub compiled: Option<Compiled>,
}

/// How much a version holds.
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
        let changes = diff::compare(old.side(), new.side());
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
            overlay_text: overlay_text::skeleton(&new.inputs.slice, &undocumented),
            undocumented,
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

    /// One line: versions, verdict, how much of what.
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

    /// As Markdown for a pull request, of `limit` characters at most: what does not fit is counted.
    #[must_use]
    pub fn to_markdown(&self, limit: usize) -> String {
        markdown::render(self, limit)
    }

    /// As JSON for tools.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let contents = |contents: &Contents| {
            let mut value = json!({ "api_version": contents.api_version });
            for (what, count) in contents.counts {
                value[what.replace(' ', "_")] = count.into();
            }
            value
        };
        json!({
            "summary": self.summary(),
            "from": contents(&self.from),
            "to": contents(&self.to),
            "verdict": {
                "class": self.verdict.class.map(Class::as_str),
                "bump": self.verdict.bump.as_str(),
                "breaking": self.verdict.is_breaking(),
                "from": self.verdict.from.to_string(),
                "to": self.verdict.to.to_string(),
            },
            "changes": self.changes.iter().map(|change| json!({
                "class": change.class.as_str(),
                "kind": change.kind,
                "rust": change.rust,
                "wire": change.wire,
                "reason": change.reason,
                "migration": change.migration,
                "rename_candidate": change.rename_candidate,
                "refuses_older_payloads": change.refuses_older_payloads,
                "compiler_agrees": self.compiled.as_ref().map(|compiled| compiled.agrees(change)),
            })).collect::<Vec<_>>(),
            "undocumented": self.undocumented.iter().map(|gap| json!({
                "wire": gap.wire,
                "rust": gap.rust,
            })).collect::<Vec<_>>(),
            "overlay_actions_to_remove": self.unmatched.iter().map(|action| json!({
                "index": action.index,
                "target": action.target,
            })).collect::<Vec<_>>(),
            "compiled": self.compiled.as_ref().map(|compiled| json!({
                "uses": compiled.uses,
                "broken": compiled.broken.iter().map(|(item, message)| json!({
                    "item": item,
                    "message": message,
                })).collect::<Vec<_>>(),
                "disagreements": compiled.disagreements(&self.changes),
            })),
            "notes": self.notes,
        })
    }
}
