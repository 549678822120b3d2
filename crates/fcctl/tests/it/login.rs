//! Profiles and where the key comes from.

use std::os::unix::fs::PermissionsExt as _;

use crate::bank::Bank;
use crate::program::{Home, KEY, run, run_with_input};

#[test]
fn a_stored_key_is_used_and_only_its_owner_can_read_it() {
    let bank = Bank::new();
    let arguments = ["login", "--base-url", bank.sandbox.base_url()];
    let stored = run_with_input(&mut bank.home.command(&arguments), &format!("{KEY}\n"));
    assert_eq!(stored.code, 0, "{}", stored.err);
    let path = bank.home.path().join(".config/fcctl/config.toml");
    assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    assert!(stored.err.contains("0600"), "{}", stored.err);
    bank.seed(&["checking"]);
    for profile in [&[][..], &["--profile", "default"]] {
        let arguments = [&["accounts", "--jsonl"][..], profile].concat();
        assert_eq!(
            run(&mut bank.home.command(&arguments)).ok().lines().count(),
            1,
            "the world of the stored key"
        );
    }
}

#[test]
fn another_profile_keeps_the_rest_of_the_file() {
    let home = Home::new();
    let folder = home.path().join(".config/fcctl");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("config.toml");
    std::fs::write(&path, "# mine\n[profile.a]\nkey = \"sk_test_a\"\n").expect("written");
    run_with_input(&mut home.command(&["login", "--as", "b"]), "rk_test_b\n");
    let text = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(text, "# mine\n[profile.a]\nkey = \"sk_test_a\"\n\n[profile.b]\nkey = \"rk_test_b\"\n");
    let missing = run(&mut home.command(&["accounts", "--profile", "c"]));
    insta::assert_snapshot!("missing_profile", missing.shown());
    assert_eq!(missing.code, 2);
}

#[test]
fn a_key_that_can_do_everything_is_not_stored() {
    let home = Home::new();
    let ran = run_with_input(&mut home.command(&["login"]), "sk_live_neverprintthiskey\n");
    insta::assert_snapshot!("login_secret_live_key", ran.shown());
    assert_eq!(ran.code, 4);
    assert!(!home.path().join(".config").exists());
    let publishable = run_with_input(&mut home.command(&["login"]), "pk_test_1\n");
    assert_eq!(publishable.code, 4, "{}", publishable.err);
}

#[test]
fn a_key_of_a_profile_never_goes_to_the_address_of_the_environment() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    // The profile's own address is a port without a server.
    let stored = run_with_input(
        &mut bank.home.command(&["login", "--base-url", "http://127.0.0.1:9"]),
        &format!("{KEY}\n"),
    );
    assert_eq!(stored.code, 0, "{}", stored.err);
    let mut command = bank.home.command(&["accounts", "--profile", "default"]);
    command.env("STRIPE_BASE_URL", bank.sandbox.base_url());
    assert_eq!(run(&mut command).code, 5, "the server of the environment was not called");
}

#[test]
fn a_key_file_is_read_without_its_line_break() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    let file = bank.home.file("key", &format!("{KEY}\n"));
    let mut command =
        bank.home.command(&["accounts", "--jsonl", "--key-file", file.to_str().expect("a path")]);
    command.env("STRIPE_BASE_URL", bank.sandbox.base_url());
    assert_eq!(run(&mut command).ok().lines().count(), 1);
    let missing = run(&mut bank.home.command(&["accounts", "--key-file", "nothing"]));
    assert_eq!(missing.code, 3, "{}", missing.err);
}

#[test]
fn the_settings_file_is_where_xdg_says() {
    let home = Home::new();
    let place = home.path().join("elsewhere");
    let mut login = home.command(&["login", "--as", "shop", "--publishable-key", "pk_test_1"]);
    assert_eq!(run_with_input(login.env("XDG_CONFIG_HOME", &place), &format!("{KEY}\n")).code, 0);
    let text = std::fs::read_to_string(place.join("fcctl/config.toml")).expect("the file");
    assert_eq!(text, format!("[profile.shop]\nkey = \"{KEY}\"\npublishable_key = \"pk_test_1\"\n"));
    assert!(!home.path().join(".config").exists());
    let other = run(&mut home.command(&["accounts", "--profile", "shop"]));
    assert_eq!(other.code, 2, "there is no such profile: {}", other.err);
}
