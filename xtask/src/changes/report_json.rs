//! The report as JSON, for tools.

use serde_json::{Value, json};

use super::change::Class;
use super::report::{Contents, Report};

/// Renders the report.
#[must_use]
pub fn render(report: &Report) -> Value {
    let contents = |contents: &Contents| {
        let mut value = json!({ "api_version": contents.api_version });
        for (what, count) in contents.counts {
            value[what.replace(' ', "_")] = count.into();
        }
        value
    };
    json!({
        "summary": report.summary(),
        "from": contents(&report.from),
        "to": contents(&report.to),
        "verdict": {
            "class": report.verdict.class.map(Class::as_str),
            "bump": report.verdict.bump.as_str(),
            "breaking": report.verdict.is_breaking(),
            "from": report.verdict.from.to_string(),
            "to": report.verdict.to.to_string(),
        },
        "changes": report.changes.iter().map(|change| json!({
            "class": change.class.as_str(),
            "kind": change.kind.as_str(),
            "rust": change.rust,
            "wire": change.wire,
            "reason": change.reason,
            "migration": change.migration,
            "rename_candidate": change.rename_candidate,
            "refuses_older_payloads": change.refuses_older_payloads,
            "compiler_agrees": report.compiled.as_ref().map(|compiled| compiled.agrees(change)),
        })).collect::<Vec<_>>(),
        "undocumented": report.undocumented.iter().map(|gap| json!({
            "wire": gap.wire,
            "rust": gap.rust,
        })).collect::<Vec<_>>(),
        "needs_decision": report.decisions.iter().map(|decision| json!({
            "wire": decision.wire,
            "kind": decision.kind.as_str(),
            "outcome": decision.outcome,
            "remedy": decision.kind.remedy(),
        })).collect::<Vec<_>>(),
        "overlay_actions_to_remove": report.unmatched.iter().map(|action| json!({
            "overlay": action.overlay,
            "index": action.index,
            "target": action.target,
        })).collect::<Vec<_>>(),
        "compiled": report.compiled.as_ref().map(|compiled| json!({
            "uses": compiled.uses,
            "broken": compiled.broken.iter().map(|(item, message)| json!({
                "item": item,
                "message": message,
            })).collect::<Vec<_>>(),
            "disagreements": compiled.disagreements(&report.changes),
        })),
        "notes": report.notes,
    })
}
