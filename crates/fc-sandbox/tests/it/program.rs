//! The program: its output, its arguments and its exit status.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use crate::process::{Program, Response, program, run};

const KEY: &str = "sk_test_secretsecretsecret";

/// The exit status and the message of a start that fails.
fn refused(arguments: &[&str]) -> (i32, String) {
    let output = run(&mut program(arguments));
    assert!(output.stdout.is_empty(), "there is no ready line");
    (output.status.code().expect("it ended by itself"), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_ready_line_has_the_address_and_a_signal_ends_the_program_with_status_0() {
    for signal in ["-INT", "-TERM"] {
        let program = Program::start(&["--seed", "9"]);
        assert_eq!((&program.ready["ready"], &program.ready["seed"]), (&true.into(), &9.into()));
        assert!(program.address().starts_with("127.0.0.1:"), "this machine only by default");
        let mut client = program.client(KEY);
        assert_eq!(client.get("/v1/customers?name=Jane").0, 400);
        assert_eq!(client.get("/_sandbox/clock").0, 200);

        // The client's connection is still open and idle.
        let (status, log) = program.end(signal);
        assert_eq!(status, Some(0));
        assert!(log.contains("/v1/customers") && log.contains("status=400"), "{log}");
        assert!(log.contains("/_sandbox/clock"), "requests to the controls are logged too: {log}");
        assert!(
            !log.contains("secretsecret") && !log.contains("jane"),
            "the log holds neither key nor query: {log}"
        );
        assert!(!log.contains("other machines"), "{log}");
    }
}

#[test]
fn listening_beyond_this_machine_logs_a_warning() {
    let program = Program::start(&["--host", "0.0.0.0"]);
    assert!(program.end("-INT").1.contains("other machines can reach the sandbox"));
}

#[test]
fn the_error_for_a_taken_port_names_the_port() {
    let program = Program::start(&[]);
    let port = program.address().rsplit(':').next().expect("a port").to_owned();
    let (status, message) = refused(&["--port", &port]);
    assert_eq!(status, 1);
    assert!(message.contains(&format!("127.0.0.1:{port}")), "{message}");
    program.end("-INT");
}

#[test]
fn the_data_file_restores_the_state_after_a_restart() {
    let path = crate::data::new_file("program");
    let data = path.to_str().expect("a readable path");
    let first = Program::start(&["--data", data, "--seed", "4"]);
    let (_, customer) = first.client(KEY).post("/v1/customers", "name=Jane", None);
    first.end("-TERM");
    let second = Program::start(&["--data", data]);
    assert_eq!(second.ready["seed"], 4, "the seed of the file");
    let path = format!("/v1/customers/{}", customer["id"].as_str().expect("an id"));
    assert_eq!(second.client(KEY).get(&path), (200, customer));
    let (status, message) = refused(&["--data", data]);
    assert_eq!(status, 1);
    assert!(message.contains("is in use"), "{message}");
    second.end("-INT");
}

#[test]
fn the_error_for_an_unwritable_data_file_names_the_file() {
    let (status, message) = refused(&["--data", "/no-such-folder/state.db"]);
    assert_eq!(status, 1);
    assert!(message.contains("/no-such-folder/state.db cannot be opened"), "{message}");
}

#[test]
fn an_export_is_imported_into_a_new_data_file_only() {
    let path = crate::data::new_file("program-import");
    let export = path.with_extension("json");
    let (data, export) = (path.to_str().expect("a path"), export.to_str().expect("a path"));
    let first = Program::start(&["--accounts", "3", "--transactions", "6"]);
    let mut client = first.client(KEY);
    let accounts = client.get("/v1/financial_connections/accounts");
    let (status, state) = client.get("/_sandbox/state");
    assert_eq!(status, 200);
    std::fs::write(export, state.to_string()).expect("written");
    first.end("-INT");

    let second = Program::start(&["--import", export, "--data", data]);
    assert_eq!(second.client(KEY).get("/v1/financial_connections/accounts"), accounts);
    second.end("-INT");
    let (status, message) = refused(&["--import", export, "--data", data]);
    assert_eq!(status, 1);
    assert!(message.contains("--import would replace what the data file holds"), "{message}");

    std::fs::write(export, "{}").expect("written");
    let (status, message) = refused(&["--import", export]);
    assert_eq!(status, 1);
    assert!(message.contains(export) && message.contains("not the export"), "{message}");
}

#[test]
fn wrong_arguments_exit_with_2_and_help_with_0() {
    assert_eq!(refused(&["--sead", "9"]).0, 2);
    assert_eq!(refused(&["--transactions", "9"]).0, 2, "transactions without accounts");
    for (accounts, transactions, remedy) in
        [("0", "5", "--accounts to 1 or more"), ("2", "2000001", "--accounts to 3 or more")]
    {
        // If the arguments were accepted, the missing folder would end the program with 1.
        let arguments =
            ["--accounts", accounts, "--transactions", transactions, "--data", "/no-such-folder/state.db"];
        let (status, message) = refused(&arguments);
        assert_eq!(status, 2, "{message}");
        assert!(message.contains(remedy), "{message}");
    }
    let help = run(&mut program(&["--help"]));
    assert!(help.status.success());
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for part in ["Usage:", "--data <FILE>", "--import <FILE>", "Examples:", "Exit status: 0", "SIGTERM"] {
        assert!(help.contains(part), "{part} is missing from {help}");
    }
}

#[test]
fn standard_output_holds_only_the_ready_line() {
    let program = Program::start(&[]);
    program.client(KEY).get("/v1/customers");
    let (output, _) = program.end_with_output("-TERM");
    assert_eq!(output, "");
}

/// Without the ready line, a script that waits for it would hang.
#[cfg(target_os = "linux")]
#[test]
fn an_unprintable_ready_line_ends_the_program_with_status_1() {
    let full = std::fs::File::create("/dev/full").expect("Linux has it");
    let output = run(program(&[]).stdout(full));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("failed to print the ready line"));
}

/// A request whose response comes after `milliseconds` of real time, once the sandbox is processing it.
fn slow_request(program: &Program, milliseconds: u32) -> JoinHandle<std::io::Result<Response>> {
    let mut control = program.client(KEY);
    let fault = format!(r#"{{"fault":"slow_head","milliseconds":{milliseconds}}}"#);
    assert_eq!(control.post("/_sandbox/faults", &fault, None).0, 200);
    let mut client = program.client(KEY);
    let request = std::thread::spawn(move || client.request("GET", "/v1/customers", "", None));
    let mut taken = || control.get("/_sandbox/faults").1["faults"] == serde_json::json!([]);
    assert!((0..100_000).any(|_| taken()), "the request did not reach the fault");
    request
}

#[test]
fn an_open_request_gets_its_response_before_the_program_ends() {
    let program = Program::start(&[]);
    let request = slow_request(&program, 200);
    let (status, log) = program.end("-TERM");
    assert_eq!(status, Some(0));
    assert!(log.contains("ending: open requests have 5 s"), "{log}");
    assert_eq!(request.join().expect("the thread ends").expect("a response").status, 200);
}

#[test]
fn a_second_signal_does_not_wait_for_open_requests() {
    let mut program = Program::start(&[]);
    let request = slow_request(&program, 30_000);
    program.signal("-TERM");
    program.wait_for_log("ending: open requests");
    let (status, log) = program.end("-TERM");
    assert_eq!(status, Some(0));
    assert!(log.contains("ended at once"), "{log}");
    assert!(request.join().expect("the thread ends").is_err(), "there is no response");
}

/// A limit on the size of files simulates a full disk.
#[test]
fn a_full_disk_ends_the_program_and_no_acknowledged_write_is_lost() {
    let path = crate::data::new_file("full");
    let data = path.to_str().expect("a readable path");
    // With the signal ignored, a write beyond the limit is an error.
    let limited =
        format!("trap '' XFSZ; ulimit -f 400; exec '{}' --data '{data}'", env!("CARGO_BIN_EXE_fc-sandbox"));
    let mut program = Program::spawn(
        Command::new("sh").args(["-c", &limited]).env("RUST_LOG", "error").stderr(Stdio::piped()),
    );
    let mut client = program.client(KEY);
    let mut acknowledged = Vec::new();
    let refusal = loop {
        let response = client.request("POST", "/v1/customers", "name=Jane", None).expect("a response");
        if response.status != 200 {
            break response;
        }
        acknowledged.push(response.body);
        assert!(acknowledged.len() < 10_000, "the limit was never reached");
    };
    assert_eq!((refusal.status, &refusal.body["error"]["type"]), (500, &"api_error".into()));
    let message = refusal.body["error"]["message"].as_str().expect("a message");
    assert!(message.contains("can no longer be saved") && message.contains(data), "{message}");
    let (status, log) = program.ended();
    assert_eq!(status, Some(1));
    assert!(log.contains("can no longer be saved"), "{log}");

    let program = Program::start_silent(&["--data", data]);
    let mut client = program.client(KEY);
    for customer in acknowledged {
        let path = format!("/v1/customers/{}", customer["id"].as_str().expect("an id"));
        assert_eq!(client.get(&path), (200, customer));
    }
}

#[test]
fn webhooks_to_other_machines_require_the_option() {
    for (arguments, status) in [(&[][..], 400), (&["--remote-webhooks"][..], 200)] {
        let program = Program::start(arguments);
        let form = "url=http://192.0.2.1/&enabled_events[]=*";
        assert_eq!(program.client(KEY).post("/v1/webhook_endpoints", form, None).0, status);
    }
}
