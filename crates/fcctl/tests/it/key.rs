//! The key stays inside: no argument takes it, no text has it, no core dump.

use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::Command;

use crate::bank::Bank;
#[cfg(target_os = "linux")]
use crate::listen::Endpoint;
use crate::program::{Home, KEY, Running, run};
use crate::sandbox::start;

#[test]
fn no_option_of_any_command_takes_a_key() {
    let home = Home::new();
    let help = run(&mut home.command(&["--help"])).ok();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let help = run(&mut home.command(&[command, "--help"])).ok();
        // An example with a key before the command would be in the history of a shell.
        for option in ["--api-key", "--key ", "--secret ", "--secret-key", "STRIPE_API_KEY=", "_SECRET="] {
            assert!(!help.contains(option), "{command} {option}");
        }
        let ran = run(&mut home.command(&[command, "--api-key", KEY]));
        assert_eq!(ran.code, 2, "{command}");
    }
}

#[test]
fn a_secret_among_the_arguments_is_refused_and_not_repeated() {
    let home = Home::new();
    let key = format!("--api-key={KEY}");
    let secret = "whsec_neverprintthiskey0123456789";
    for arguments in [
        &[KEY][..],
        &["accounts", KEY],
        &["account", KEY],
        &["--profile", KEY, "accounts"],
        &["accounts", &key],
        &["sign", secret],
        &["mirror", "erase", "--store", "sqlite:bank.db", KEY],
    ] {
        let ran = run(&mut home.command(arguments));
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("is no argument") && ran.err.contains("STRIPE_API_KEY"), "{}", ran.err);
    }
}

/// Every file under a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The check on what is printed is in `Ran`.
#[test]
fn no_file_and_no_log_of_a_run_has_the_key() {
    let home = Home::new();
    let (running, url) = start(&home, "0", &["--data", "data.db"]);
    let ran = |arguments: &[&str]| run(home.at(&url, arguments).env("RUST_LOG", "trace"));
    ran(&["sandbox", "seed", "--kind", "checking"]).ok();
    let id = ran(&["accounts", "--csv", "--fields", "id", "--limit", "1"]).ok();
    let id = id.lines().nth(1).expect("an account");
    ran(&["refresh", id, "--feature", "transactions", "--wait"]).ok();
    ran(&["transactions", id, "--position", "place"]).ok();
    ran(&["mirror", "run", "--store", "sqlite:bank.db", "--until-idle"]).ok();
    // An error of authentication, which Stripe words with the key in it.
    ran(&["sandbox", "faults", "add", "api_key_expired", "on=list_accounts", "times=9"]).ok();
    assert_eq!(ran(&["accounts"]).code, 4);
    let ended = running.end("-INT");
    assert_eq!(ended.code, 0, "{}", ended.err);

    let mut found = Vec::new();
    files(home.path(), &mut found);
    for name in ["data.db", "bank.db", "place"] {
        assert!(found.iter().any(|path| path.ends_with(name)), "{name} is not among {found:?}");
    }
    // A sandbox stores its worlds under their keys, in a file for its owner alone. Those keys open nothing else.
    for path in found.iter().filter(|path| !path.to_string_lossy().contains("/data.db")) {
        let bytes = std::fs::read(path).expect("readable");
        assert!(!String::from_utf8_lossy(&bytes).contains(KEY), "{} has the key", path.display());
    }
}

/// `listen` with its key in the environment, after its first event.
#[cfg(target_os = "linux")]
fn listening(bank: &Bank, command: &mut Command) -> (Running, Endpoint) {
    let endpoint = Endpoint::start();
    bank.seed(&["checking"]);
    command.env("STRIPE_BASE_URL", bank.sandbox.base_url()).env("STRIPE_API_KEY", KEY);
    let running = Running::start(command.args(["listen", "--forward-to", &endpoint.url(), "--from-start"]));
    let start = std::time::Instant::now();
    while endpoint.ids().is_empty() {
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "nothing is forwarded");
        std::thread::yield_now();
    }
    (running, endpoint)
}

/// Lets a program run as a user from whom the system hides something: root sees all.
#[cfg(target_os = "linux")]
fn as_user(command: &mut Command) -> &mut Command {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    if std::fs::metadata("/proc/self").expect("this process").uid() == 0 {
        command.uid(65_534);
    }
    command
}

#[test]
#[cfg(target_os = "linux")]
fn a_running_program_shows_its_key_to_no_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let bank = Bank::new();
    let everyone = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(bank.home.path(), everyone).expect("changed");
    let seen = |process: u32, file: &str| {
        let output = as_user(Command::new("cat").arg(format!("/proc/{process}/{file}"))).output();
        String::from_utf8_lossy(&output.expect("cat runs").stdout).into_owned()
    };
    // Another program with the same variable shows it.
    let mut other = Command::new("sleep");
    let other = Running::start(as_user(other.arg("600").env("STRIPE_API_KEY", KEY)));
    assert!(seen(other.0.id(), "environ").contains(KEY));

    let (running, _endpoint) = listening(&bank, as_user(&mut bank.home.command(&[])));
    assert!(seen(running.0.id(), "cmdline").contains("listen"), "it is looked at");
    for file in ["cmdline", "environ", "comm", "status"] {
        assert!(!seen(running.0.id(), file).contains(KEY), "{file}");
    }
    let ran = running.end("-INT");
    assert_eq!(ran.code, 130, "{}", ran.err);
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_crashes_leaves_no_core_dump() {
    use std::os::unix::process::ExitStatusExt as _;
    let bank = Bank::new();
    // The shell permits core dumps, as far as this machine does.
    let dumping = |program: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"", program]);
        command.env_clear().env("HOME", bank.home.path()).current_dir(bank.home.path());
        command
    };
    let crash = |mut running: Running| {
        running.signal("-ABRT");
        running.0.wait().expect("it ends")
    };
    let other = Running::start(dumping("sleep").arg("600"));
    while std::fs::read_to_string(format!("/proc/{}/comm", other.0.id())).expect("it runs") != "sleep\n" {
        std::thread::yield_now();
    }
    let other = crash(other);
    if !other.core_dumped() {
        eprintln!("note: SKIPPED: no program dumps core on this machine");
    }
    let (running, _endpoint) = listening(&bank, &mut dumping(env!("CARGO_BIN_EXE_fcctl")));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.0.id())).expect("text");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    let status = crash(running);
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
}
