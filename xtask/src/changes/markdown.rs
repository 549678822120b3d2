//! The report as Markdown, for the reviewer of a pull request.

use std::fmt::Write as _;

use super::change::{Change, Class};
use super::report::Report;
use crate::generator::markdown::{code_span, longest_run};

/// Number of places in one row.
const PLACES: usize = 3;

/// Renders the report in at most `limit` characters. Rows are left out from the end, and counted, until it fits.
#[must_use]
pub fn render(report: &Report, limit: usize) -> String {
    let whole = with_rows(report, report.changes.len(), true);
    if whole.len() <= limit {
        return whole;
    }
    // Without a row, the work before a release may be too long alone.
    let has_work = with_rows(report, 0, true).len() <= limit;
    // The most severe rows come first, so the least severe ones are left out.
    let (mut fits, mut too_many) = (0, report.changes.len());
    while fits + 1 < too_many {
        let rows = usize::midpoint(fits, too_many);
        if with_rows(report, rows, has_work).len() <= limit {
            fits = rows;
        } else {
            too_many = rows;
        }
    }
    let mut text = with_rows(report, fits, has_work);
    if text.len() > limit {
        // No code span goes over the end of a line.
        let mut end = limit;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(text[..end].rfind('\n').map_or(0, |line| line + 1));
    }
    text
}

fn with_rows(report: &Report, rows: usize, has_work: bool) -> String {
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
    if has_work {
        work(report, &mut text);
    } else {
        text.push_str("\nWhat is to be described and removed is left out: run `cargo xtask diff`.\n");
    }
    text
}

fn head(report: &Report, text: &mut String) {
    let (from, to, verdict) = (&report.from, &report.to, &report.verdict);
    let _ =
        writeln!(text, "# Stripe API {} → {}\n\n{}.\n", from.api_version, to.api_version, report.summary());
    let rule = match (verdict.class, verdict.from.0) {
        (None, _) => "Nothing changed.",
        (Some(Class::BreaksCallers | Class::BreaksWire), 0) => {
            "Before 1.0 a breaking change moves the second number. A break on the wire is a breaking change."
        }
        (Some(Class::BreaksCallers | Class::BreaksWire), _) => {
            "A breaking change moves the first number. A break on the wire is a breaking change."
        }
        (Some(_), 0) => "Before 1.0 a compatible change moves the third number.",
        (Some(Class::Additive), _) => "An addition moves the second number.",
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
            let _ = writeln!(text, "\nThe compiler did not check this report: add `--compile`.");
        }
        Some(compiled) => {
            let disagreements = compiled.disagreements(&report.changes);
            let _ = writeln!(
                text,
                "\nThe compiler checked this report: of {} uses of the old crates' public items, {} no longer compile; {}.",
                compiled.uses,
                compiled.broken.len(),
                match disagreements.len() {
                    0 => "the classes below agree".to_owned(),
                    count => format!("the classes below are wrong in {count} places"),
                }
            );
            for line in disagreements {
                let _ = writeln!(text, "- {}", code_span(&line));
            }
        }
    }
    let _ = writeln!(text, "\n| | {} | {} |\n|---|---|---|", from.api_version, to.api_version);
    for ((what, before), (_, after)) in from.counts.iter().zip(&to.counts) {
        let _ = writeln!(text, "| {what} | {before} | {after} |");
    }
    let refusing = report.changes.iter().filter(|change| change.refuses_older_payloads).count();
    let _ = match refusing {
        0 => writeln!(text, "\nEvery payload recorded with the older version still decodes."),
        count => writeln!(
            text,
            "\n**Payloads recorded with the older version may fail to decode: {count} changes, marked †.**"
        ),
    };
}

fn table(changes: &[&Change], text: &mut String) {
    text.push_str("| change | Rust | wire | why |\n|---|---|---|---|\n");
    for change in changes {
        let rust = change.rust.first().map(|item| code_span(item)).unwrap_or_default();
        let mut why = change.reason.clone();
        if let Some(candidate) = &change.rename_candidate {
            let _ = write!(why, " Possible rename: {}.", code_span(candidate));
        }
        let mark = if change.refuses_older_payloads { " †" } else { "" };
        let _ = writeln!(
            text,
            "| {}{mark} | {} | {} | {} |",
            change.kind,
            cell(&rust),
            cell(&places(&change.wire)),
            cell(&why)
        );
    }
}

fn places(wire: &[String]) -> String {
    let mut shown: Vec<String> = wire.iter().take(PLACES).map(|place| code_span(place)).collect();
    if wire.len() > PLACES {
        shown.push(format!("and {} more", wire.len() - PLACES));
    }
    shown.join("<br>")
}

/// Instructions for callers, and possible renames.
fn migration(report: &Report, text: &mut String) {
    let notes: Vec<&Change> = report.changes.iter().filter(|change| !change.migration.is_empty()).collect();
    if !notes.is_empty() {
        text.push_str("\n## Migration\n\n");
        for change in notes {
            let item = change.rust.first().filter(|item| !item.is_empty()).or(change.wire.first());
            let item = item.map(String::as_str).unwrap_or_default();
            let candidate = change.rename_candidate.as_ref();
            let candidate =
                candidate.map(|name| format!(" Possible new name: {}.", code_span(name))).unwrap_or_default();
            let _ = writeln!(text, "- {}: {}{candidate}", code_span(item), change.migration);
        }
    }
    let renames = report.changes.iter().filter(|change| change.kind.removed().is_some());
    let renames: Vec<_> = renames
        .filter_map(|change| Some((change.rust.first()?, change.rename_candidate.as_ref()?)))
        .collect();
    if !renames.is_empty() {
        text.push_str("\n## Rename candidates\n\nFound by similarity; a person decides.\n\n");
        for (old, new) in renames {
            let _ = writeln!(text, "- {} → {}", code_span(old), code_span(new));
        }
    }
}

/// Work before a release.
fn work(report: &Report, text: &mut String) {
    if !report.decisions.is_empty() {
        let _ = writeln!(
            text,
            "\n## Needs a decision ({})\n\nThese places are new in a way that the generator does not know. What was generated \
             is right, or is left out. `cargo xtask check --strict`, which a release requires, fails until the overlay \
             answers, or accepts what was generated with `x-accepted: [kind]` beside the place.\n\n\
             | place | what was generated | kind | instead |\n|---|---|---|---|",
            report.decisions.len()
        );
        for decision in &report.decisions {
            let _ = writeln!(
                text,
                "| {} | {} | `{}` | {} |",
                cell(&code_span(&decision.wire)),
                cell(&decision.outcome),
                decision.kind.as_str(),
                decision.kind.remedy()
            );
        }
    }
    if !report.undocumented.is_empty() {
        let _ = writeln!(
            text,
            "\n## To describe ({})\n\nThe overlay does not describe these items. Until then their documentation says that they are new; `cargo xtask check \
             --strict`, which a release requires, fails.\n",
            report.undocumented.len()
        );
        for gap in &report.undocumented {
            let _ = writeln!(text, "- {} ({})", code_span(&gap.wire), code_span(&gap.rust));
        }
        if !report.overlay_text.is_empty() {
            let fence = "`".repeat(longest_run(&report.overlay_text, '`').max(2) + 1);
            let _ = writeln!(
                text,
                "\nFor `{}`:\n\n{fence}yaml\n{}{fence}",
                report.overlay_name, report.overlay_text
            );
        }
    }
    if !report.unmatched.is_empty() {
        let _ = writeln!(
            text,
            "\n## Overlay actions to remove ({})\n\nThey match nothing. `cargo xtask check` fails until they are removed.\n",
            report.unmatched.len()
        );
        for action in &report.unmatched {
            let _ = writeln!(
                text,
                "- `{}`: actions[{}] {}",
                action.overlay,
                action.index,
                code_span(&action.target)
            );
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

/// Text of a table cell. A bar ends a cell even in a code span, unless a backslash stands before it.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    let mut is_escape = false;
    for c in text.chars() {
        match c {
            // Behind a backslash of the text, another one would not help.
            '|' if is_escape => cell.push_str("\\u{7c}"),
            '|' => cell.push_str("\\|"),
            '\n' => cell.push(' '),
            other => cell.push(other),
        }
        is_escape = c == '\\' && !is_escape;
    }
    cell
}
