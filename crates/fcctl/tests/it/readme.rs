//! The recording in the README of the workspace: what it shows is what the program prints.

use fc_sandbox::AccountSpec;

use crate::bank::Bank;
use crate::link::{ended, start};
use crate::program::redacted;

/// Links an account, refreshes it, and reads balance and transactions, as the README shows it.
fn recording() -> String {
    let bank = Bank::new();
    let (running, url) = start(&mut bank.home.at(bank.sandbox.base_url(), &["link", "--no-browser"]));
    let (_, secret) = url.split_once('#').expect("a secret");
    let linked = bank.sandbox.link(secret, [AccountSpec::checking()]).expect("linked");
    let id = linked[0].as_ref();
    let mut recording = format!("$ fcctl link\nlink accounts at {url}\n{}", ended(running).ok());
    for arguments in [
        &["refresh", id, "--feature", "balance,transactions", "--wait"][..],
        &["balance", id, "--max-age", "10m"],
        &["transactions", id, "--limit", "3"],
    ] {
        recording.push_str(&format!("$ fcctl {}\n{}", arguments.join(" "), bank.run(arguments).ok()));
    }
    recording
}

#[test]
fn the_recording_in_the_readme_is_what_the_program_prints() {
    let readme = include_str!("../../../../README.md");
    let shown =
        readme.split("```console\n").find(|block| block.starts_with("$ fcctl link")).expect("the recording");
    let shown = shown.split("```").next().unwrap_or_default();
    let printed = recording();
    assert_eq!(redacted(shown), redacted(&printed), "the README shows something else than:\n{printed}");
}
