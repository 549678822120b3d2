//! The chapters of the guide: in the contents, with links that lead somewhere, and with tested samples only.

use std::collections::BTreeSet;
use std::fs;

use crate::structure::document::{self, Span};
use crate::structure::{files as sources, joined};
use crate::workspace::{read, root};

const CHAPTERS: &str = "docs/guide/src";
const SAMPLES: &str = "docs/guide/samples";

/// Where the tests of samples are. A file that none of them names is not tested.
const TESTS: [&str; 5] = [
    "tests/Cargo.toml",
    "tests/it/guide/commands.rs",
    "tests/it/guide/programs.rs",
    "tests/it/samples.rs",
    "crates/fc-sandbox/peers/run",
];

fn files(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Chapters by their file, with their text.
fn chapters() -> Vec<(String, String)> {
    let names = files(CHAPTERS).into_iter().filter(|name| name.ends_with(".md") && name != "SUMMARY.md");
    names.map(|name| (name.clone(), read(format!("{CHAPTERS}/{name}")))).collect()
}

/// An include of mdBook, `{{#include PATH:ANCHOR}}`: the file by its path from the root, and the anchor.
fn include(line: &str) -> Option<(String, Option<&str>)> {
    let target = line.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    let (path, anchor) = target.split_once(':').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    Some((joined(CHAPTERS, path), anchor))
}

/// What is wrong with the blocks of a chapter.
fn problems(chapter: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for block in document::blocks(text) {
        let place = format!("{chapter}:{}", block.line);
        let [(_, line)] = block.lines[..] else {
            problems.push(format!(
                "{place} is a sample in the text: move it to a file of {SAMPLES}, and include it"
            ));
            continue;
        };
        let Some((path, anchor)) = include(line) else {
            problems.push(format!(
                "{place} is a sample in the text: move it to a file of {SAMPLES}, and include it"
            ));
            continue;
        };
        let Ok(file) = fs::read_to_string(root().join(&path)) else {
            problems.push(format!("{place} includes {path}, which does not exist"));
            continue;
        };
        if let Some(anchor) = anchor {
            let marks = [format!("ANCHOR: {anchor}"), format!("ANCHOR_END: {anchor}")];
            if marks.iter().any(|mark| !file.lines().any(|line| line.ends_with(mark.as_str()))) {
                problems.push(format!("{place} includes {anchor}, which {path} does not have"));
            }
        }
        if !is_tested(&path) {
            problems
                .push(format!("{place} includes {path}, which no test runs: name it in one of {TESTS:?}"));
        }
    }
    problems
}

/// Whether a test names the file. A program is named without its ending, and so is an output.
fn is_tested(path: &str) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let name = file.split('.').next().unwrap_or_default();
    let named = match file.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "out" => vec![format!("is_shown(\"{name}\")")],
        "sql" | "html" => {
            return files(folder).iter().any(|sample| {
                sample.ends_with(".rs")
                    && is_tested(&format!("{folder}/{sample}"))
                    && read(format!("{folder}/{sample}")).contains(&format!("include_str!(\"{file}\")"))
            });
        }
        "rs" => vec![format!("../{path}")],
        _ => vec![path.to_owned(), format!("\"{file}\"")],
    };
    TESTS.iter().any(|test| named.iter().any(|name| read(test).contains(name.as_str())))
}

#[test]
fn chapters_show_tested_files_only() {
    let chapters = chapters();
    assert!(chapters.len() >= 14, "the guide has chapters");
    let problems: Vec<String> = chapters.iter().flat_map(|(name, text)| problems(name, text)).collect();
    assert!(problems.is_empty(), "samples of {CHAPTERS}:\n{}", problems.join("\n"));
}

#[test]
fn a_sample_in_the_text_is_a_problem_and_so_is_a_file_without_a_test() {
    let block = |info: &str, line: &str| format!("# Chapter\n\n```{info}\n{line}\n```\n");
    let of = |text: &str| problems("chapter.md", text).join("\n");
    assert!(of(&block("rust", "let x = 1;")).contains("a sample in the text"));
    assert!(of(&block("sh", "cargo test\ncargo run")).contains("a sample in the text"));
    assert!(of(&block("rust", "{{#include ../samples/missing.rs}}")).contains("does not exist"));
    assert!(of(&block("rust", "{{#include ../samples/debit.rs:missing}}")).contains("does not have"));
    assert!(of(&block("toml", "{{#include ../book.toml}}")).contains("no test runs"));
    assert_eq!(of(&block("rust", "{{#include ../samples/debit.rs:decide}}")), "");
}

#[test]
fn the_contents_list_each_chapter_once_and_nothing_else() {
    let summary = read(format!("{CHAPTERS}/SUMMARY.md"));
    let mut listed: Vec<&str> = document::spans(&summary)
        .into_iter()
        .map(|(_, span)| match span {
            Span::Link(target) => target.trim_start_matches("./"),
            Span::Code(code) => panic!("the contents have titles and links, not `{code}`"),
        })
        .collect();
    listed.sort_unstable();
    let chapters = chapters();
    assert_eq!(listed, chapters.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    for (name, text) in &chapters {
        for (line, span) in document::spans(text) {
            if let Span::Link(target) = span {
                let leads = target.contains(':') || target.starts_with('#') || !target.contains('/');
                assert!(
                    leads,
                    "{name}:{line} links to {target}, which is not in the book: name the file in backticks"
                );
            }
        }
        let title =
            text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a chapter has a title");
        assert!(summary.contains(&format!("[{title}]({name})")), "the contents call {name} \"{title}\"");
    }
}

#[test]
fn each_sample_is_shown() {
    let chapters = chapters();
    let shown: BTreeSet<String> = chapters
        .iter()
        .flat_map(|(_, text)| text.lines().filter_map(include).map(|(path, _)| path))
        .collect();
    for file in files(SAMPLES) {
        assert!(shown.contains(&format!("{SAMPLES}/{file}")), "no chapter shows {file}");
    }
}

/// Items that the guide names are public: `fc_ext::Refresh::until_settled` is in the text of the public API, and a generated item is
/// in the generated files.
#[test]
fn items_that_the_guide_names_exist() {
    let items = Items::read();
    let mut checked = 0;
    for (chapter, text) in chapters() {
        for (line, span) in document::spans(&text) {
            let Span::Code(code) = span else { continue };
            if !code.starts_with("fc_") || !code.contains("::") || code.contains(' ') {
                continue;
            }
            checked += 1;
            assert!(items.has(code), "{chapter}:{line} names `{code}`, which is not in the public API");
        }
    }
    assert!(checked >= 20, "the guide names where the reference is: {checked}");
}

#[test]
fn an_item_of_another_kind_or_place_is_not_the_named_one() {
    let items = Items::read();
    for public in [
        "fc_ext::Refresh::until_settled",
        "fc_ext::Paged::page_size",
        "fc_ext::webhook",
        "fc_ext::types::Account::is_inactive",
        "fc_ext::types::Account::last4",
        "fc_ext::types::AccountStatus::Inactive",
        "fc_ext::Config::with_timeout",
        "fc_ext::CallError::may_have_executed",
        "fc_mirror::Mirror::run",
    ] {
        assert!(items.has(public), "{public}");
    }
    for other in [
        "fc_ext::Accounts::until", // a private module is called so, and a method of another type
        "fc_ext::Refresh::page_size", // a method of another type
        "fc_ext::wait::Refresh",   // a private path
        "fc_ext::types::Account::Inactive", // a variant of another type
        "fc_ext::types::AccountStatus::last4", // a field of another type
        "fc_ext::retry",           // a private module of fc-client
        "fc_mirror::engine",       // a private module
        "fc_ext::Missing",
    ] {
        assert!(!items.has(other), "{other}");
    }
}

/// The public items of our crates.
struct Items {
    /// Paths of hand-written items, from the accepted texts of the public API.
    paths: BTreeSet<String>,
    /// Generated files, each with the path of its crate or module.
    generated: Vec<(&'static str, String)>,
    /// Names under which fc-ext exports items of the other two, with their names there.
    renamed: Vec<(String, String)>,
}

impl Items {
    fn read() -> Self {
        let snapshots = files("tests/api").into_iter().filter(|file| file.ends_with(".snap"));
        let paths = snapshots.flat_map(|file| {
            let text = read(format!("tests/api/{file}"));
            text.lines().filter_map(declared).collect::<Vec<_>>()
        });
        let roots = [
            ("fc_types", "crates/fc-types/src"),
            ("fc_client", "crates/fc-client/src"),
            ("fc_ext::webhook", "crates/fc-ext/src"),
        ];
        let generated = roots.into_iter().flat_map(|(root, folder)| {
            let files = sources(folder).into_iter().filter(|(path, _)| path.starts_with("generated/"));
            files.map(move |(_, text)| (root, text))
        });
        let lib = read("crates/fc-ext/src/lib.rs");
        let words: Vec<&str> =
            lib.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let renamed = words.windows(3).filter(|words| words[1] == "as");
        Self {
            paths: paths.collect(),
            generated: generated.collect(),
            renamed: renamed.map(|words| (words[2].to_owned(), words[0].to_owned())).collect(),
        }
    }

    fn has(&self, code: &str) -> bool {
        let (crate_name, path) = code.split_once("::").unwrap_or((code, ""));
        if self.paths.contains(code) || self.has_generated(code) {
            return true;
        }
        if crate_name != "fc_ext" {
            return false;
        }
        // fc-ext exports the two crates below it, and some of their items.
        if let Some(path) = path.strip_prefix("types::") {
            return self.has(&format!("fc_types::{path}"));
        }
        if let Some(path) = path.strip_prefix("client::") {
            return self.has(&format!("fc_client::{path}"));
        }
        let (name, rest) = path.split_once("::").map_or((path, None), |(name, rest)| (name, Some(rest)));
        if rest.is_none() || !self.paths.contains(&format!("fc_ext::{name}")) {
            return false;
        }
        let original =
            self.renamed.iter().find(|(as_, _)| as_ == name).map_or(name, |(_, original)| original);
        self.has(&format!("fc_client::{original}::{}", rest.unwrap_or_default()))
    }

    /// Whether a path is a generated type or constant, or a field, variant or method of a type.
    fn has_generated(&self, code: &str) -> bool {
        let below = |root: &str| code.strip_prefix(root)?.strip_prefix("::");
        let Some(path) = ["fc_types", "fc_client", "fc_ext::webhook"].iter().find_map(|root| below(root))
        else {
            return false;
        };
        let (name, member) =
            path.split_once("::").map_or((path, None), |(name, member)| (name, Some(member)));
        let files = || self.generated.iter().filter(|(root, _)| below(root).is_some()).map(|(_, text)| text);
        let blocks = |head: String| {
            let bodies = files().flat_map(move |file| file.split(&head).skip(1).collect::<Vec<_>>());
            bodies.map(|body| body.split("\n}\n").next().unwrap_or_default())
        };
        // The kinds of events borrow the event.
        let heads =
            ["struct ", "enum "].map(|kind| ["", "<'e>"].map(|of| format!("\npub {kind}{name}{of} {{\n")));
        let types = || heads.iter().flatten().cloned().flat_map(blocks);
        let Some(member) = member else {
            return types().next().is_some()
                || files().any(|file| file.contains(&format!("\npub const {name}: ")));
        };
        let is_member =
            |line: &str| line.starts_with(&format!("pub {member}: ")) || line == format!("{member},");
        let is_method = |line: &str| line.starts_with(&format!("pub fn {member}("));
        types().any(|body| body.lines().map(str::trim_start).any(is_member))
            || blocks(format!("\nimpl {name} {{\n"))
                .any(|body| body.lines().map(str::trim_start).any(is_method))
    }
}

/// The path of the item that a line of the public API declares, without generic arguments.
fn declared(line: &str) -> Option<String> {
    if line.starts_with("impl") {
        return None;
    }
    let mut depth = 0_usize;
    let mut path = String::new();
    for c in line[line.find("fc_")?..].chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c if c.is_alphanumeric() || c == '_' || c == ':' => path.push(c),
            _ => break,
        }
    }
    Some(path.trim_end_matches(':').to_owned())
}
