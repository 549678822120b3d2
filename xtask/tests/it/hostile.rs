//! Specs and overlays that try to break out: of the report's Markdown, and of documentation.

use serde_json::{Value, json};
use xtask::changes::report::Report;
use xtask::changes::{markdown, verdict};
use xtask::generator::overlay::Overlay;
use xtask::generator::render;

use crate::guards::{message, newer, read, slice};

/// Each has a word that no other text has.
const PAYLOADS: [&str; 12] = [
    "PWN`PWN",
    "PWN``PWN`",
    "PWN|PWN",
    "PWN\\|PWN",
    "PWN\n# PWN heading",
    "PWN\r\n\r\n## PWN",
    "![PWN](https://example.com/PWN.png)",
    "`](https://example.com/PWN) @PWN",
    "<img src=x onerror=PWN>` <b>PWN",
    "PWN\u{2028}PWN\u{202e}PWN",
    "```\n@PWN #1 PWN",
    "PWN: &x # PWN\n  - target: $.PWN",
];

/// The text outside of code spans and code blocks, as CommonMark reads them.
fn outside_of_code(text: &str) -> String {
    let mut left = String::new();
    let mut fence: Option<usize> = None;
    for line in text.split('\n') {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) => {
                if ticks >= open && line.trim_matches('`').trim().is_empty() {
                    fence = None;
                }
            }
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some(ticks),
            None => left.push_str(&outside_of_spans(line)),
        }
        left.push('\n');
    }
    assert_eq!(fence, None, "a code block has no end");
    left
}

fn outside_of_spans(line: &str) -> String {
    let mut left = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let (before, from) = rest.split_at(start);
        // A backslash takes away the meaning of the first backtick.
        if before.len() - before.trim_end_matches('\\').len() == 1 {
            left.push_str(before);
            rest = &from[1..];
            continue;
        }
        left.push_str(before);
        let ticks = from.len() - from.trim_start_matches('`').len();
        let body = &from[ticks..];
        let mut end = None;
        let mut at = 0;
        while let Some(found) = body[at..].find('`') {
            let run = body[at + found..].len() - body[at + found..].trim_start_matches('`').len();
            if run == ticks {
                end = Some(at + found);
                break;
            }
            at += found + run;
        }
        match end {
            Some(end) => rest = &body[end + ticks..],
            None => {
                left.push_str(&from[..ticks]);
                rest = body;
            }
        }
    }
    left + rest
}

/// Bars that separate cells: all that no backslash escapes, in code spans too.
fn bars(line: &str) -> usize {
    let mut escaped = false;
    let mut count = 0;
    for c in line.chars() {
        count += usize::from(c == '|' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    count
}

#[test]
fn the_scanner_reads_code_as_commonmark_does() {
    assert_eq!(outside_of_spans("a `b` c ``d`e`` f `g"), "a  c  f `g");
    assert_eq!(outside_of_code("a\n````yaml\n```\nb\n````\nc"), "a\n\n\n\n\nc\n");
    assert_eq!(bars("| a | `b\\|c` |"), 3);
}

fn hostile(payload: &str) -> Value {
    newer(|slice| {
        let account = &mut slice["components"]["schemas"]["financial_connections.account"]["properties"];
        account["status"]["enum"].as_array_mut().unwrap().push(payload.into());
        account["subcategory"]["enum"].as_array_mut().unwrap().remove(0);
        account["display_name"]["pattern"] = payload.into();
        account["display_name"]["default"] = payload.into();
        account["category"]["title"] = payload.into();
        account[payload] = json!({ "type": "string", "enum": ["a", payload] });
        account["formatted"] = json!({ "type": "string", "format": payload });
        slice["components"]["schemas"]["financial_connections.session"]["properties"]["object"]["enum"] =
            json!([payload]);
        let parameters = &mut slice["paths"]["/v1/financial_connections/accounts"]["get"]["parameters"];
        parameters.as_array_mut().unwrap().push(
            json!({ "in": "query", "name": payload, "required": false, "schema": { "type": "string" } }),
        );
        slice["components"]["schemas"]["api_errors"]["properties"][payload] = json!({ "type": "string" });
    })
}

#[test]
fn names_and_values_stay_in_their_cells_and_code_spans() {
    let old = read(&slice()).unwrap();
    for payload in PAYLOADS {
        let new = read(&hostile(payload)).unwrap();
        for (from, to) in [(&old, &new), (&new, &old)] {
            let report = Report::of(from, to, verdict::Version(0, 1, 0));
            let text = markdown::render(&report, usize::MAX);
            assert!(text.contains("PWN"), "{payload:?} is not in the report");
            assert!(!text.contains(['\r', '\u{2028}', '\u{202e}']), "{payload:?}: {text}");
            let outside = outside_of_code(&text);
            assert!(!outside.contains("PWN"), "{payload:?} breaks out:\n{outside}\n---\n{text}");
            for row in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")) {
                assert!(matches!(bars(row), 4 | 5), "{payload:?}: {row}");
            }
        }
    }
}

#[test]
fn the_overlay_text_of_a_report_is_the_overlay_that_it_describes() {
    for payload in PAYLOADS {
        let new = read(&hostile(payload)).unwrap();
        let report = Report::of(&read(&slice()).unwrap(), &new, verdict::Version(0, 1, 0));
        let text = format!(
            "overlay: 1.0.0\ninfo: {{title: t, version: 2026-09-30.endive}}\nactions:\n{}",
            report.overlay_text
        );
        // A value with such a character cannot be described, because no text of an overlay has it.
        if payload.contains(['\r', '\u{202e}']) {
            let error = format!("{:#}", Overlay::parse("o.yaml", &text).unwrap_err());
            assert!(error.contains("actions[0]: ") || error.contains("has the character U+"), "{error}");
            continue;
        }
        let overlay =
            Overlay::parse("o.yaml", &text).unwrap_or_else(|error| panic!("{payload:?}: {error:#}\n{text}"));
        let mut document = new.inputs.slice.clone();
        let unmatched = xtask::generator::overlay::apply(&mut document, &overlay).unwrap();
        assert_eq!(unmatched, [], "{payload:?}: {text}");
    }
}

#[test]
fn a_limited_report_ends_outside_of_its_code_block() {
    let new = read(&hostile("PWN")).unwrap();
    let report = Report::of(&read(&slice()).unwrap(), &new, verdict::Version(0, 1, 0));
    let whole = markdown::render(&report, usize::MAX).len();
    for limit in (300..whole).step_by(97) {
        let text = markdown::render(&report, limit);
        assert!(text.len() <= limit, "{limit}");
        let outside = outside_of_code(&text);
        assert!(!outside.contains("PWN"), "{limit}: {outside}");
    }
}

#[test]
fn a_version_has_the_form_of_a_version_or_is_refused() {
    for version in ["2027-01-27", "2027-01-27.test", "2027-01-27.preview_2-b"] {
        let slice = newer(|slice| slice["info"]["version"] = version.into());
        assert!(read(&slice).is_ok(), "{version}");
    }
    for version in [
        "",
        "2027-01-27.",
        "2027-01-27.<b>",
        "2027-01-27.a`b",
        "2027-01-27.a\nb",
        "2027-01-27 # x",
        "![x](y)",
        "1.0",
        "v1",
        "2027-01-27.\u{202e}",
        "2027-13-45.a|b",
        &format!("2027-01-27.{}", "a".repeat(300)),
    ] {
        let text = message(&newer(|slice| slice["info"]["version"] = version.into()));
        assert!(text.contains("info.version") && text.contains("2026-09-30.endive"), "{version:?}: {text}");
        assert!(!text.contains(['\n', '\u{202e}']), "{version:?}: {text:?}");
    }
}

/// JSON without the one control character that `serde_json` writes as it is.
fn escaped(document: &Value) -> String {
    document.to_string().replace('\u{7f}', "\\u007f")
}

fn overlay(update: &Value) -> anyhow::Result<Overlay> {
    let document = json!({
        "overlay": "1.0.0",
        "info": { "title": "t", "version": "2026-09-30.endive" },
        "actions": [{ "target": "$", "update": {} }, { "target": "$.components", "update": update }],
    });
    Overlay::parse("openapi/overlay.yaml", &escaped(&document))
}

#[test]
fn characters_that_change_how_a_text_is_read_are_refused_with_their_place() {
    for c in [
        '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
        '\u{2069}', '\u{200e}', '\u{200f}', '\u{61c}', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}',
        '\r', '\u{0}', '\u{1b}', '\u{7f}', '\u{feff}',
    ] {
        let code = format!("U+{:04X}", u32::from(c));
        let text = format!(
            "{:#}",
            overlay(&json!({ "schemas": { "a": [{ "description": format!("x{c}y") }] } })).unwrap_err()
        );
        for part in ["openapi/overlay.yaml", "actions[1]", "update.schemas.a[0].description", &code] {
            assert!(text.contains(part), "{code}, {part}: {text}");
        }
        assert!(!text.contains(c), "{code}: {text:?}");
        let key = format!("{:#}", overlay(&json!({ format!("x{c}y"): 1 })).unwrap_err());
        assert!(key.contains("actions[1]") && key.contains(&code) && !key.contains(c), "{key:?}");
        let reason = json!({
            "overlay": "1.0.0", "info": { "version": "2026-09-30" },
            "actions": [{ "target": format!("$['{c}']"), "update": {}, "description": format!("a{c}") }],
        });
        let text = format!("{:#}", Overlay::parse("o", &escaped(&reason)).unwrap_err());
        assert!(text.contains("actions[0]") && text.contains(&code) && !text.contains(c), "{text:?}");
    }
    for text in ["a\n\nb\tc", "größer", "日本", "a — b"] {
        assert!(overlay(&json!({ "description": text })).is_ok(), "{text:?}");
    }
}

/// The documentation of `Account`, whose lines rustdoc reads.
fn documentation(description: &str) -> anyhow::Result<String> {
    let version = read(&newer(|slice| {
        slice["components"]["schemas"]["financial_connections.account_owner"]["properties"]["note"] =
            json!({ "type": "string", "description": description });
    }))?;
    let files = render::unformatted(&version.reading.model, "");
    let (_, text) =
        files.iter().find(|(path, _)| path.ends_with("fc-types/src/generated/account_owner.rs")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().position(|line| line.starts_with("pub note:")).unwrap();
    let start = lines[..end].iter().rposition(|line| !line.starts_with("///")).unwrap();
    Ok(lines[start + 1..end].join("\n"))
}

#[test]
fn a_code_block_of_a_description_is_no_doc_test() {
    for (description, expected) in [
        (
            "A:\n\n```\nstd::process::exit(1)\n```",
            "/// A:\n///\n/// ```text\n/// std::process::exit(1)\n/// ```",
        ),
        ("~~~\nx\n~~~", "/// ~~~text\n/// x\n/// ~~~"),
        ("````\n```\nx\n````", "/// ````text\n/// ```\n/// x\n/// ````"),
        ("```   \nx\n```", "/// ```text\n/// x\n/// ```"),
        ("```rust\nx\n```", "/// ```rust\n/// x\n/// ```"),
        ("```json\n{}\n```", "/// ```json\n/// {}\n/// ```"),
        // Four spaces are a code block too.
        ("    std::process::exit(1)", "/// std::process::exit(1)"),
        ("A:\n\n    std::process::exit(1)", "/// A:\n///\n/// std::process::exit(1)"),
        ("A:\n\n\tstd::process::exit(1)", "/// A:\n///\n/// std::process::exit(1)"),
    ] {
        assert_eq!(documentation(description).unwrap(), expected, "{description:?}");
    }
    for description in [
        "- ```\n  x\n  ```",
        "> ```\n> x\n> ```",
        "1. ~~~\n   x\n   ~~~",
        "```\nx",
        "~~~\nx\n```",
        "````\nx\n```",
    ] {
        let text = format!("{:#}", documentation(description).unwrap_err());
        assert!(
            text.contains("financial_connections.account_owner.note") && text.contains("code block"),
            "{description:?}: {text}"
        );
    }
}

#[test]
fn an_object_constant_cannot_leave_its_comment() {
    let slice = newer(|slice| {
        let name = "financial_connections.x`\npub fn injected() {}\n//";
        slice["components"]["schemas"]["financial_connections.thing"] = json!({
            "type": "object",
            "properties": { "object": { "type": "string", "enum": [name] }, "a": { "type": "string" } },
        });
        slice["components"]["schemas"][name] =
            slice["components"]["schemas"]["financial_connections.thing"].clone();
        slice["components"]["schemas"][name]["x-rust-name"] = "OddThing".into();
        slice["components"]["schemas"].as_object_mut().unwrap().remove("financial_connections.thing");
        slice["x-webhook-event-types"]["financial_connections.odd"] = json!({ "object": name });
    });
    if let Ok(version) = read(&slice) {
        for (path, text) in render::unformatted(&version.reading.model, "") {
            assert!(!text.contains("\npub fn injected"), "{}", path.display());
        }
    }
}

/// A parameter that is named like a method of each request has another setter, and the report names that one.
#[test]
fn the_report_names_the_setter_that_the_code_has() {
    let with = |ty: &str| {
        newer(|slice| {
            let body = &mut slice["paths"]["/v1/financial_connections/sessions"]["post"]["requestBody"];
            body["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]["send"] =
                json!({ "type": ty });
        })
    };
    let (old, new) = (read(&with("string")).unwrap(), read(&with("boolean")).unwrap());
    let report = Report::of(&old, &new, verdict::Version(0, 1, 0));
    let items: Vec<&str> =
        report.changes.iter().flat_map(|change| &change.rust).map(String::as_str).collect();
    assert!(items.contains(&"fc_client::CreateSession::send_param"), "{items:?}");
    assert!(!items.contains(&"fc_client::CreateSession::send"), "{items:?}");
}
