//! The binary: what it prints, and how it ends.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn start(arguments: &[&str]) -> (Child, serde_json::Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fc-sandbox"))
        .args(arguments)
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    (child, serde_json::from_str(&line).expect("the ready line is JSON"))
}

/// Ends the program as ctrl-c would; whether it ended well, and its log.
fn interrupt(mut child: Child) -> (bool, String) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let mut log = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut log).expect("text");
    (child.wait().expect("it ends").success(), log)
}

#[test]
fn the_ready_line_says_where_it_listens_and_an_interrupt_ends_it_well() {
    let (child, ready) = start(&["--seed", "9"]);
    assert_eq!((&ready["ready"], &ready["seed"]), (&true.into(), &9.into()));
    let address = ready["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
    assert!(address.starts_with("127.0.0.1:"), "this machine only, unless told otherwise");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let key = "sk_test_secretsecretsecret";
    write!(
        stream,
        "GET /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    )
    .expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("read");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    let (ended_well, log) = interrupt(child);
    assert!(ended_well);
    assert!(log.contains("/v1/customers") && log.contains("status=200"), "{log}");
    assert!(!log.contains("secretsecret"), "no key in the log");
    assert!(!log.contains("other machines"), "{log}");
}

#[test]
fn listening_beyond_this_machine_is_said() {
    let (child, _) = start(&["--host", "0.0.0.0"]);
    assert!(interrupt(child).1.contains("other machines can reach the sandbox"));
}

#[test]
fn a_taken_port_is_a_failure_that_names_it() {
    let (child, ready) = start(&[]);
    let port = ready["url"].as_str().and_then(|url| url.rsplit(':').next()).expect("a port").to_owned();
    let second =
        Command::new(env!("CARGO_BIN_EXE_fc-sandbox")).args(["--port", &port]).output().expect("it runs");
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains(&format!("127.0.0.1:{port}")));
    interrupt(child);
}

#[test]
fn webhooks_leave_this_machine_only_when_told_to() {
    for (arguments, status) in [(&[][..], "400"), (&["--remote-webhooks"][..], "200")] {
        let (child, ready) = start(arguments);
        let address = ready["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let form = "url=http://192.0.2.1/&enabled_events[]=*";
        write!(
            stream,
            "POST /v1/webhook_endpoints HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_1\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        )
        .expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        interrupt(child);
    }
}
