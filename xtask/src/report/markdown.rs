//! The report for the reviewer of a pull request.

use std::fmt::Write as _;

use super::Report;
use crate::diff::{Change, Class};

/// How many places one row names.
const PLACES: usize = 3;

/// Renders the report. Rows are left out from the end, and counted, until it fits.
pub(super) fn render(report: &Report, limit: usize) -> String {
    let whole = with_rows(report, report.changes.len());
    if whole.len() <= limit {
        return whole;
    }
    // The gravest come first, so that what is left out is what matters least.
    let (mut fits, mut too_many) = (0, report.changes.len());
    while fits + 1 < too_many {
        let rows = usize::midpoint(fits, too_many);
        if with_rows(report, rows).len() <= limit {
            fits = rows;
        } else {
            too_many = rows;
        }
    }
    let mut text = with_rows(report, fits);
    if text.len() > limit {
        let mut end = limit;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

fn with_rows(report: &Report, rows: usize) -> String {
    let mut text = String::new();
    head(report, &mut text);
    let mut left = rows;
    for class in Class::ALL {
        let changes: Vec<&Change> = report.of_class(class).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n## {} ({})\n", capitalised(class.as_str()), changes.len());
        let shown = changes.len().min(left);
        left -= shown;
        if shown > 0 {
            table(&changes[..shown], &mut text);
        }
        if shown < changes.len() {
            let _ = writeln!(text, "\n{} more: run `cargo xtask diff`.", changes.len() - shown);
        }
    }
    if rows > 0 {
        migration(report, &mut text);
    }
    work(report, &mut text);
    text
}

fn head(report: &Report, text: &mut String) {
    let (from, to, verdict) = (&report.from, &report.to, &report.verdict);
    let _ =
        writeln!(text, "# Stripe API {} → {}\n\n{}.\n", from.api_version, to.api_version, report.summary());
    let rule = match (verdict.class, verdict.from.0) {
        (None, _) => "Nothing changed.",
        (Some(Class::BreaksCallers | Class::BreaksWire), 0) => {
            "Before 1.0 a breaking change moves the second number. A break on the wire counts as one."
        }
        (Some(Class::BreaksCallers | Class::BreaksWire), _) => {
            "A breaking change moves the first number. A break on the wire counts as one."
        }
        (Some(_), 0) => "Before 1.0 a compatible change moves the third number.",
        (Some(Class::Additive), _) => "Something new moves the second number.",
        (Some(Class::DocsOnly), _) => "Documentation moves the third number.",
    };
    let _ = writeln!(
        text,
        "**Verdict: {}, crates {} → {}.** {rule}",
        verdict.bump.as_str(),
        verdict.from,
        verdict.to
    );
    match &report.compiled {
        None => {
            let _ = writeln!(text, "\nNot checked by the compiler: add `--compile`.");
        }
        Some(compiled) => {
            let disagreements = compiled.disagreements(&report.changes);
            let _ = writeln!(
                text,
                "\nChecked by the compiler: of {} uses of the old crates' public items, {} no longer compile; {}.",
                compiled.uses,
                compiled.broken.len(),
                match disagreements.len() {
                    0 => "that is what the classes below say".to_owned(),
                    count => format!("the classes below are wrong in {count} places"),
                }
            );
            for line in disagreements {
                let _ = writeln!(text, "- {}", escaped(&line));
            }
        }
    }
    let _ = writeln!(text, "\n| | {} | {} |\n|---|---|---|", from.api_version, to.api_version);
    for ((what, before), (_, after)) in from.counts.iter().zip(&to.counts) {
        let _ = writeln!(text, "| {what} | {before} | {after} |");
    }
    let refusing = report.changes.iter().filter(|change| change.refuses_older_payloads).count();
    let _ = match refusing {
        0 => writeln!(text, "\nEvery payload that was recorded before still decodes."),
        count => writeln!(
            text,
            "\n**Payloads that were recorded before may no longer decode: {count} changes, marked †.**"
        ),
    };
}

fn table(changes: &[&Change], text: &mut String) {
    text.push_str("| change | Rust | wire | why |\n|---|---|---|---|\n");
    for change in changes {
        let rust = change.rust.first().map(|item| format!("`{item}`")).unwrap_or_default();
        let mut why = change.reason.clone();
        if let Some(candidate) = &change.rename_candidate {
            let _ = write!(why, " Perhaps a rename: `{candidate}`?");
        }
        let mark = if change.refuses_older_payloads { " †" } else { "" };
        let _ = writeln!(
            text,
            "| {}{mark} | {} | {} | {} |",
            change.kind,
            escaped(&rust),
            escaped(&places(&change.wire)),
            escaped(&why)
        );
    }
}

fn places(wire: &[String]) -> String {
    let mut shown: Vec<String> = wire.iter().take(PLACES).map(|place| format!("`{place}`")).collect();
    if wire.len() > PLACES {
        shown.push(format!("and {} more", wire.len() - PLACES));
    }
    shown.join("<br>")
}

/// What callers must do, and what may be a rename.
fn migration(report: &Report, text: &mut String) {
    let notes: Vec<&Change> = report.changes.iter().filter(|change| !change.migration.is_empty()).collect();
    if !notes.is_empty() {
        text.push_str("\n## Migration\n\n");
        for change in notes {
            let item = change.rust.first().filter(|item| !item.is_empty()).or(change.wire.first());
            let item = item.map(String::as_str).unwrap_or_default();
            let candidate = change.rename_candidate.as_ref();
            let candidate = candidate.map(|name| format!(" Perhaps it is `{name}` now.")).unwrap_or_default();
            let _ = writeln!(text, "- `{item}`: {}{candidate}", change.migration);
        }
    }
    let renames = report.changes.iter().filter(|change| change.kind.ends_with(" removed"));
    let renames: Vec<_> = renames
        .filter_map(|change| Some((change.rust.first()?, change.rename_candidate.as_ref()?)))
        .collect();
    if !renames.is_empty() {
        text.push_str("\n## Rename candidates\n\nFound by likeness; a person decides.\n\n");
        for (old, new) in renames {
            let _ = writeln!(text, "- `{old}` → `{new}`");
        }
    }
}

/// What is left to do before a release.
fn work(report: &Report, text: &mut String) {
    if !report.undocumented.is_empty() {
        let _ = writeln!(
            text,
            "\n## To describe ({})\n\nThe overlay says nothing of these. They are documented as new until it does; `cargo \
             xtask check --strict`, the gate of a release, refuses them.\n",
            report.undocumented.len()
        );
        for gap in &report.undocumented {
            let _ = writeln!(text, "- `{}` (`{}`)", gap.wire, gap.rust);
        }
        if !report.overlay_text.is_empty() {
            let _ = writeln!(text, "\nFor `openapi/overlay.yaml`:\n\n```yaml\n{}```", report.overlay_text);
        }
    }
    if !report.unmatched.is_empty() {
        let _ = writeln!(
            text,
            "\n## Overlay actions to remove ({})\n\nThey match nothing any more; `cargo xtask check` fails until they are \
             gone from `openapi/overlay.yaml`.\n",
            report.unmatched.len()
        );
        for action in &report.unmatched {
            let _ = writeln!(text, "- actions[{}] `{}`", action.index, action.target);
        }
    }
    if !report.notes.is_empty() {
        text.push_str("\n## Notes\n\n");
        for note in &report.notes {
            let _ = writeln!(text, "- {}", note.replace('\n', " "));
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// A cell of a table holds no line break and no bar.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
