//! Questions that Stripe's reference leaves open, and the calls that would answer them.

use std::sync::LazyLock;

use toml_edit::{DocumentMut, Item};

/// The file of the questions.
static QUESTIONS: LazyLock<DocumentMut> =
    LazyLock::new(|| include_str!("known.toml").parse().unwrap_or_default());

/// The question that a difference answers, if it is a known one.
pub(super) fn question(step: &str, aspect: &str) -> Option<String> {
    let entries = QUESTIONS.get("question").and_then(Item::as_array_of_tables)?;
    let text =
        |entry: &toml_edit::Table, name: &str| entry.get(name).and_then(Item::as_str).map(str::to_owned);
    let entry = entries.iter().find(|entry| {
        text(entry, "step").as_deref() == Some(step)
            && text(entry, "aspect").is_none_or(|start| aspect.starts_with(&start))
    })?;
    text(entry, "asks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::probe::script;

    #[test]
    fn every_question_belongs_to_a_call() {
        let entries = QUESTIONS.get("question").and_then(Item::as_array_of_tables).expect("questions");
        assert!(entries.len() > 5);
        let names: Vec<&str> = script::steps().iter().map(|step| step.name).collect();
        for entry in entries {
            let step = entry.get("step").and_then(Item::as_str).expect("a step");
            assert!(names.contains(&step), "no call is named {step:?}");
            assert!(
                entry.get("asks").and_then(Item::as_str).is_some_and(|asks| asks.ends_with('?')),
                "{step}"
            );
        }
    }

    #[test]
    fn a_question_is_found_by_the_beginning_of_its_aspect() {
        assert!(question("refresh an unknown account", "error.message").is_some());
        assert!(question("create a customer", "status").is_none());
    }
}
