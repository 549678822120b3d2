//! Errors: exit code, what happened, what to do next.

use crate::bank::Bank;
use crate::program::{Home, run};

#[test]
fn without_a_key_and_a_sandbox_the_error_says_how_to_start_one() {
    let home = Home::new();
    // No sandbox has this port: it is reserved.
    let mut command = home.command(&["accounts"]);
    command.env("STRIPE_BASE_URL", "http://127.0.0.1:9");
    let ran = run(&mut command);
    insta::assert_snapshot!("no_sandbox", ran.shown());
    assert_eq!(ran.code, 5);
}

#[test]
fn a_sandbox_needs_no_key() {
    let bank = Bank::new();
    let mut command = bank.home.command(&["accounts"]);
    command.env("STRIPE_BASE_URL", bank.sandbox.base_url());
    assert_eq!(run(&mut command).code, 0);
}

#[test]
fn another_server_than_this_machine_needs_a_key() {
    let home = Home::new();
    let mut command = home.command(&["accounts"]);
    command.env("STRIPE_BASE_URL", "https://api.stripe.com");
    let ran = run(&mut command);
    insta::assert_snapshot!("no_key", ran.shown());
    assert_eq!(ran.code, 4);
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let id = ids[0].as_str();
    assert_eq!(bank.run(&["account", "fca_doesnotexist"]).code, 3);
    assert_eq!(bank.run(&["account", "cus_1"]).code, 2, "not the id of an account");
    assert_eq!(bank.run(&["accounts", "--no-such-option"]).code, 2);
    assert_eq!(bank.run(&["accounts", "--fields", "nope"]).code, 2);
    for (fault, code) in [
        ("permission_denied", 4),
        ("api_key_expired", 4),
        ("internal_error", 5),
        ("unavailable", 5),
        ("connection_closed", 5),
    ] {
        bank.run(&["sandbox", "faults", "add", fault, "on=retrieve_account", "times=9"]).ok();
        let ran = bank.run(&["account", id]);
        assert_eq!(ran.code, code, "{fault}: {}", ran.err);
        assert!(ran.err.contains("next:"), "{fault}: no remedy in {}", ran.err);
        bank.run(&["sandbox", "faults", "clear"]).ok();
    }
    bank.run(&["sandbox", "faults", "add", "rate_limited", "reason=endpoint-rate", "times=9"]).ok();
    assert_eq!(bank.run(&["account", id]).code, 5);
}

#[test]
fn wrong_arguments_change_nothing() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    for form in ["--json", "--csv", "--color=never"] {
        assert_eq!(bank.run(&["disconnect", &ids[0], form, "--fields", "nope"]).code, 2);
    }
    assert!(bank.run(&["account", &ids[0]]).ok().contains("active"));
}

#[test]
fn a_mistyped_command_or_field_is_answered_with_those_that_exist() {
    let bank = Bank::new();
    insta::assert_snapshot!("mistyped_command", bank.run(&["acounts"]).shown());
    insta::assert_snapshot!("unknown_field", bank.run(&["owners", "fca_1", "--fields", "nam"]).shown());
}

#[test]
fn a_text_of_a_server_cannot_steer_the_terminal() {
    let bank = Bank::new();
    let ran = bank.run(&["account", "fca_\u{1b}[31mred"]);
    assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
}

#[test]
fn help_begins_with_examples_and_ends_with_exit_codes() {
    let home = Home::new();
    insta::assert_snapshot!("help", run(&mut home.command(&["--help"])).shown());
    for command in ["accounts", "balance", "refresh", "transactions", "listen", "link", "sandbox", "mirror"] {
        let help = run(&mut home.command(&[command, "--help"])).ok();
        assert!(help.contains("Example"), "{command}: {help}");
    }
}
