//! Prose of the workspace: words that hand-written text does not use, and first lines that say what a file is.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::workspace::{hand_written, read};

/// The list of words: what is not written, and what is.
const WORDS: &str = "tests/data/words.toml";

/// This file, whose tests use the listed words.
const THIS: &str = "tests/it/prose.rs";

#[derive(Deserialize)]
struct Words {
    word: Vec<Word>,
}

#[derive(Deserialize)]
struct Word {
    /// A word or words, in all forms that occur. A colon at the end stands for itself.
    not: Vec<String>,
    /// What to write instead.
    but: String,
}

/// A word of a text, in lower case.
struct Token<'t> {
    text: &'t str,
    line: usize,
    /// Whether a full stop or the like comes before it, so that no phrase reaches across.
    begins: bool,
    /// Whether it is a whole string literal, such as `"nobody"`, the name of a Unix account.
    quoted: bool,
    colon: bool,
}

fn words() -> Vec<Word> {
    toml::from_str::<Words>(&read(WORDS)).expect("the list is TOML").word
}

/// Each place where a text uses a listed word: line, word, better word.
fn found<'w>(text: &str, words: &'w [Word]) -> Vec<(usize, &'w str, &'w str)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for word in words {
        for phrase in &word.not {
            let parts: Vec<&str> = phrase.trim_end_matches(':').split(' ').collect();
            for window in tokens.windows(parts.len()) {
                let quoted = window.len() == 1 && window[0].quoted;
                let same = !quoted && parts.iter().zip(window).all(|(part, token)| is_word(part, token.text));
                let joined = window[1..].iter().all(|token| !token.begins);
                let colon = !phrase.ends_with(':') || window[window.len() - 1].colon;
                if same && joined && colon {
                    found.push((window[0].line, phrase.as_str(), word.but.as_str()));
                }
            }
        }
    }
    found.sort_unstable();
    found
}

/// A part with a capital letter is found with a capital letter only.
fn is_word(part: &str, text: &str) -> bool {
    if part.starts_with(char::is_uppercase) { part == text } else { part.eq_ignore_ascii_case(text) }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut begins = line.trim().is_empty();
        let mut opened = false;
        for piece in line.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’') {
            let text = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
            let end = &piece[text.len()..];
            if !text.is_empty() {
                let quoted = opened && end.starts_with('"');
                tokens.push(Token { text, line: at + 1, begins, quoted, colon: end.starts_with(':') });
                begins = false;
            }
            opened = end.ends_with('"');
            begins |= end.contains(['.', ';', '(', ')', '{', '}', '"', '=']);
        }
    }
    tokens
}

#[test]
fn hand_written_text_uses_plain_words() {
    let words = words();
    let mut problems = Vec::new();
    for path in hand_written().iter().filter(|path| ![WORDS, THIS].contains(&path.as_str())) {
        for (line, word, better) in found(&read(path), &words) {
            problems.push(format!("{path}:{line}: \"{word}\": write {better}"));
        }
    }
    assert!(problems.is_empty(), "words of {WORDS}:\n{}", problems.join("\n"));
}

#[test]
fn a_listed_word_is_found_in_every_form_and_across_lines() {
    let words = words();
    let lines = |text| found(text, &words).iter().map(|(line, ..)| *line).collect::<Vec<_>>();
    assert_eq!(lines("# A fault is mended here"), [1]);
    assert_eq!(lines("/// It is kept for\n/// ever."), [1]);
    assert_eq!(lines("fn nobody_waits_in_vain() {}"), [1, 1]);
    assert_eq!(lines("Whoever calls, once\nmore"), [1, 1]);
    assert_eq!(lines("**A decision.** Lost: a table."), [1]);
    assert_eq!(lines("panic!(\"it tells of it\")"), [1]);
    assert_eq!(lines("panic!(\"nobody calls\")"), [1]);
}

#[test]
fn words_that_only_look_like_a_listed_one_are_left_alone() {
    let words = words();
    for text in [
        "We recommend amendments.",
        "The reply was lost: retry it.",
        "for everyone",
        "Let it go.",
        "[\"root\", \"nobody\"]",
    ] {
        assert!(found(text, &words).is_empty(), "{text}");
    }
    assert!(found("Retry once. More follows.", &words).is_empty());
}

#[test]
fn every_listed_word_is_found_and_has_a_better_one() {
    let words = words();
    let mut seen = BTreeSet::new();
    for word in &words {
        assert!(!word.but.is_empty());
        for phrase in &word.not {
            assert!(seen.insert(phrase), "{phrase} is listed twice");
            assert_eq!(found(phrase, &words).len(), 1, "{phrase}");
            assert!(found(&word.but, &words).is_empty(), "{} is no better word for {phrase}", word.but);
        }
    }
}

#[test]
fn the_first_line_of_a_hand_written_file_says_what_it_is() {
    let mut problems = Vec::new();
    for path in hand_written() {
        let mark = match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "rs" => "//! ",
            "js" | "mjs" => "// ",
            "py" => "\"\"\"",
            "md" => "#",
            "yaml" | "yml" => "# ",
            _ => continue,
        };
        let text = read(&path);
        let first = text.lines().next().unwrap_or_default();
        if first.len() <= mark.len() || !first.starts_with(mark) {
            problems.push(format!("{path}:1: begin with `{mark}` and what the file is, not with {first:?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_docs_of_the_sdk_have_the_words_that_readers_search() {
    let sources = hand_written().into_iter().filter(|path| {
        (path.starts_with("crates/fc-client/src/") || path.starts_with("crates/fc-ext/src/"))
            && path.ends_with(".rs")
    });
    let docs: String = sources
        .flat_map(|path| {
            let text = read(path);
            let docs = text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
            docs.map(|line| line.to_lowercase() + "\n").collect::<Vec<_>>()
        })
        .collect();
    for word in
        ["retry", "backoff", "jitter", "deadline", "pagination", "rate limit", "cursor", "idempotency key"]
    {
        assert!(docs.contains(word), "no doc of fc-client or fc-ext has the word \"{word}\"");
    }
}
