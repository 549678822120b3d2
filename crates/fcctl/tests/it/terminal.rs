//! A pseudo-terminal: colours, progress, prompts and Ctrl-C.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty};
use rustix::termios::LocalModes;

use crate::bank::Bank;
use crate::live::{LIVE, LiveServer};
use crate::program::{Home, KEY};

const PATIENCE: Duration = Duration::from_secs(60);

/// The program on a terminal, and what it has shown so far.
struct Screen {
    pty: Pty,
    child: std::process::Child,
    shown: String,
}

impl Screen {
    fn start(bank: &Bank, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::at(&bank.home, bank.sandbox.base_url(), arguments, variables)
    }

    fn at(home: &Home, server: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(24, 200)).expect("a size");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fcctl"))
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("TERM", "xterm-256color")
            .env("STRIPE_API_KEY", KEY)
            .env("STRIPE_BASE_URL", server);
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let child = command.spawn(pts).expect("the program starts");
        Self { pty, child, shown: String::new() }
    }

    /// Reads until the text is on the screen.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let start = Instant::now();
        let mut bytes = [0; 4096];
        while !self.shown.contains(text) {
            assert!(start.elapsed() < PATIENCE, "{:?}", self.shown);
            match self.pty.read(&mut bytes) {
                Ok(read) if read > 0 => self.shown.push_str(&String::from_utf8_lossy(&bytes[..read])),
                _ => panic!("it ended without {text:?}: {:?}", self.shown),
            }
        }
    }

    fn type_keys(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("written");
    }

    /// Reads to the end; the exit code and all that was shown.
    fn end(mut self) -> (Option<i32>, String) {
        let mut bytes = [0; 4096];
        // A terminal whose program has ended is an error to read, not an end.
        while let Ok(read @ 1..) = self.pty.read(&mut bytes) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        let status = self.child.wait().expect("it ends");
        assert!(!self.shown.contains("neverprintthiskey"), "{}", self.shown);
        let terminal = rustix::termios::tcgetattr(&self.pty).expect("a terminal");
        assert!(terminal.local_modes.contains(LocalModes::ECHO), "it no longer shows what is typed");
        (status.code(), self.shown)
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    let shown =
        |variables: &[(&str, &str)], arguments: &[&str]| Screen::start(&bank, arguments, variables).end().1;
    assert!(shown(&[], &["accounts"]).contains("\u{1b}[1m"), "the heading is bold");
    assert!(!shown(&[("NO_COLOR", "1")], &["accounts"]).contains("\u{1b}["));
    assert!(!shown(&[], &["accounts", "--color", "never"]).contains("\u{1b}["));
    assert!(!shown(&[("TERM", "dumb")], &["accounts"]).contains("\u{1b}["));
    assert!(!shown(&[], &["accounts", "--json"]).contains("\u{1b}["), "JSON has no colours");
    let always = bank.run(&["accounts", "--color", "always"]).ok();
    assert!(always.contains("\u{1b}[1m"), "{always:?}");
    assert!(!bank.run(&["accounts"]).ok().contains('\u{1b}'), "a pipe is no terminal");
}

#[test]
fn a_wait_shows_progress_and_ctrl_c_says_how_to_go_on() {
    let bank = Bank::with(|builder| builder.refresh_delay(Duration::from_secs(3600)));
    let id = bank.seed(&["checking"]).remove(0);
    bank.run(&["sandbox", "clock", "advance", "2h"]).ok();
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    let mut screen = Screen::start(&bank, &["refresh", &id, "--feature", "balance", "--wait"], &[]);
    screen.wait_for("waiting for balance");
    screen.type_keys("\u{3}");
    let (code, shown) = screen.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains(&format!("fcctl refresh {id} --feature balance --wait")), "{shown}");
}

#[test]
fn a_pipe_gets_no_progress() {
    let bank = Bank::new();
    let id = bank.seed(&["checking"]).remove(0);
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    let ran = bank.run(&["refresh", &id, "--feature", "balance", "--wait"]);
    assert_eq!(ran.err, "");
}

#[test]
fn a_key_that_is_typed_is_not_shown() {
    let bank = Bank::new();
    let mut screen = Screen::start(&bank, &["login", "--base-url", bank.sandbox.base_url()], &[]);
    screen.wait_for("Restricted key");
    assert!(screen.shown.contains("only you can read"), "it says so before: {}", screen.shown);
    screen.type_keys(&format!("{KEY}\n"));
    let (code, shown) = screen.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("sk_test_…6789"), "{shown}");
    assert!(bank.home.path().join(".config/fcctl/config.toml").exists());
}

#[test]
fn ctrl_c_ends_the_program_at_every_prompt() {
    let server = LiveServer::start();
    let id = server.account();
    for (arguments, prompt) in [(vec!["login"], "Restricted key"), (vec!["disconnect", &id], "Type Everyday")]
    {
        let mut screen = Screen::at(&server.home, &server.url, &arguments, &[("STRIPE_API_KEY", LIVE)]);
        screen.wait_for(prompt);
        screen.type_keys("\u{3}");
        let (code, shown) = screen.end();
        assert_eq!(code, Some(130), "{arguments:?}: {shown}");
    }
}

#[test]
fn in_live_mode_the_name_of_the_account_is_typed_before_a_disconnect() {
    let server = LiveServer::start();
    let id = server.account();
    let live = [("STRIPE_API_KEY", LIVE)];
    for (typed, code, status) in
        [("Savings", 1, "active"), ("", 1, "active"), ("Everyday", 0, "disconnected")]
    {
        let mut screen = Screen::at(&server.home, &server.url, &["disconnect", &id], &live);
        screen.wait_for("Type Everyday to go on:");
        assert!(screen.shown.contains("LIVE MODE"), "{}", screen.shown);
        screen.type_keys(&format!("{typed}\n"));
        let (ended, shown) = screen.end();
        assert_eq!(ended, Some(code), "{typed:?}: {shown}");
        let account = server.run(&["account", &id, "--json"]).json();
        assert_eq!(account["data"][0]["status"], status, "{typed:?}");
    }
}

#[test]
fn in_live_mode_the_holder_is_typed_before_an_erasure() {
    let server = LiveServer::start();
    server.account();
    let store = format!("sqlite:{}", server.home.path().join("bank.db").display());
    server.run(&["mirror", "run", "--store", &store, "--until-idle"]).ok();
    let holder = "acct_1MwVK82eZvKYlo2C";
    let arguments = ["mirror", "erase", "--store", &store, holder];
    for (typed, code, shows) in
        [("acct_1", 1, "nothing was done"), ("", 1, "nothing was done"), (holder, 0, "erased 1 accounts")]
    {
        let mut screen = Screen::at(&server.home, &server.url, &arguments, &[("STRIPE_API_KEY", LIVE)]);
        screen.wait_for(&format!("Type {holder} to go on:"));
        assert!(screen.shown.contains("LIVE MODE"), "{}", screen.shown);
        screen.type_keys(&format!("{typed}\n"));
        let (ended, shown) = screen.end();
        assert_eq!(ended, Some(code), "{typed:?}: {shown}");
        assert!(shown.contains(shows), "{typed:?}: {shown}");
    }
}
