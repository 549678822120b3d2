//! The program beside hostile clients, in containers, and on both loopback addresses.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::PATIENCE;
use crate::process::{Client, Program, program, run};

const KEY: &str = "sk_test_serving";

/// Starts the program with a limit on open files.
fn with_files(files: u32, arguments: &str) -> Program {
    let limited = format!("ulimit -n {files}; exec '{}' {arguments}", env!("CARGO_BIN_EXE_fc-sandbox"));
    Program::spawn(
        Command::new("sh").args(["-c", &limited]).env("RUST_LOG", "error").stderr(Stdio::inherit()),
    )
}

/// Connections that send `text` and nothing more.
fn held(address: &str, count: usize, text: &[u8]) -> Vec<TcpStream> {
    let address: SocketAddr = address.parse().expect("an address");
    (0..count)
        .map(|_| {
            let mut stream = TcpStream::connect_timeout(&address, PATIENCE).expect("a connection");
            stream.set_nonblocking(true).expect("a socket");
            // As much as the sandbox takes.
            let mut rest = text;
            while let Ok(written @ 1..) = stream.write(rest) {
                rest = &rest[written..];
            }
            stream
        })
        .collect()
}

/// Three calls on new connections. None of them waits for the silent ones, which have 30 s.
fn assert_served(address: &str) {
    for _ in 0..3 {
        let began = Instant::now();
        let mut client = Client::connect(address, KEY).expect("a connection");
        assert_eq!(client.get("/v1/customers").0, 200);
        assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
    }
}

#[test]
fn silent_and_half_sent_connections_delay_no_call_with_128_files() {
    let program = with_files(128, "");
    let mut all = Vec::new();
    for text in [&b""[..], b"GET /v1/customers HTTP/1.1\r\nX-Slow: a"] {
        all.extend(held(program.address(), 200, text));
        assert_served(program.address());
    }
    let files = std::fs::read_dir(format!("/proc/{}/fd", program.id())).expect("its files").count();
    assert!(files < 100, "{files} files are open");
    drop(all);
    assert_eq!(program.end_with_output("-TERM").1, Some(0));
}

/// The resident memory of a process, in MiB.
fn memory(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line");
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number")
        / 1024
}

#[test]
fn unfinished_bodies_take_little_memory_with_and_without_a_key() {
    let program = Program::start_silent(&[]);
    assert_served(program.address());
    let before = memory(&program);
    for key in ["", "Authorization: Bearer sk_test_serving\r\n"] {
        let head =
            format!("POST /v1/customers HTTP/1.1\r\nHost: localhost\r\n{key}Content-Length: 1048576\r\n\r\n");
        let mut text = head.into_bytes();
        text.extend(vec![b'a'; 1_048_566]);
        let all = held(program.address(), 200, &text);
        assert_served(program.address());
        let grown = memory(&program).saturating_sub(before);
        assert!(grown < 100, "{} unfinished bodies with {key:?} take {grown} MiB", all.len());
    }
}

#[test]
fn attempts_that_were_never_made_do_not_count() {
    let program = with_files(48, "");
    // Receivers that accept and say nothing, until they are dropped.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let mut control = program.client(KEY);
    for key in ["sk_test_a", "sk_test_b", "sk_test_c"] {
        let mut client = program.client(key);
        for number in 0..16 {
            let form = format!("enabled_events[]=*&url=http://127.0.0.1:{port}/{number}");
            assert_eq!(client.post("/v1/webhook_endpoints", &form, None).0, 200);
        }
        let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances";
        let (_, session) = client.post("/v1/financial_connections/sessions", form, None);
        let body = json!({ "session": session["id"], "accounts": [{ "kind": "checking" }] }).to_string();
        assert_eq!(control.post("/_sandbox/link", &body, None).0, 200);
    }
    // The first 32 time out after 10 s, and the others get their files then.
    let began = Instant::now();
    let made = loop {
        let (_, listed) = control.get("/_sandbox/deliveries");
        let deliveries = listed["deliveries"].as_array().expect("a list").clone();
        if deliveries
            .iter()
            .all(|one| one["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()))
        {
            break deliveries;
        }
        assert!(began.elapsed() < PATIENCE, "not all were attempted");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(made.len(), 48);
    let errors: Vec<&Value> = made.iter().map(|one| &one["attempts"][0]["error"]).collect();
    assert!(
        errors.iter().all(|error| error.as_str().is_some_and(|text| text.contains("no response"))),
        "{errors:?}"
    );
    drop(silent);
    assert_eq!(program.end_with_output("-TERM").1, Some(0));
}

#[test]
fn deliveries_do_not_delay_the_end() {
    let program = Program::start_silent(&["--remote-webhooks"]);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let mut client = program.client(KEY);
    for number in 0..16 {
        let form = format!("enabled_events[]=*&url=http://127.0.0.1:{port}/{number}");
        assert_eq!(client.post("/v1/webhook_endpoints", &form, None).0, 200);
    }
    let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=balances";
    let (_, session) = client.post("/v1/financial_connections/sessions", form, None);
    let body =
        json!({ "session": session["id"], "accounts": vec![json!({ "kind": "checking" }); 300] }).to_string();
    assert_eq!(client.post("/_sandbox/link", &body, None).0, 200);
    assert_eq!(client.get("/v1/customers").0, 200, "a call beside the deliveries");
    let began = Instant::now();
    assert_eq!(program.end_with_output("-TERM").1, Some(0));
    // 5 s for open requests; a busy machine adds some. Without the rule it took 20 s.
    assert!(began.elapsed() < Duration::from_secs(15), "it took {:?}", began.elapsed());
}

#[test]
fn both_addresses_of_localhost_are_served_by_default() {
    let program = Program::start_silent(&[]);
    let port = program.address().rsplit(':').next().expect("a port").to_owned();
    assert_eq!(Client::connect(&format!("127.0.0.1:{port}"), KEY).expect("IPv4").get("/v1/customers").0, 200);
    if TcpListener::bind("[::1]:0").is_ok() {
        assert_eq!(Client::connect(&format!("[::1]:{port}"), KEY).expect("IPv6").get("/v1/customers").0, 200);
        // The port is taken on both addresses.
        assert!(TcpListener::bind(format!("[::1]:{port}")).is_err());
    }
}

#[test]
fn the_ready_line_has_an_address_that_can_be_called() {
    for (host, url) in
        [("0.0.0.0", "http://127.0.0.1:"), ("127.0.0.1", "http://127.0.0.1:"), ("::", "http://[::1]:")]
    {
        if host == "::" && TcpListener::bind("[::1]:0").is_err() {
            continue;
        }
        let program = Program::start_silent(&["--host", host]);
        assert!(
            program.ready["url"].as_str().is_some_and(|ready| ready.starts_with(url)),
            "{:?}",
            program.ready
        );
        assert_eq!(program.client(KEY).get("/v1/customers").0, 200);
        assert_eq!(program.client(KEY).get("/_sandbox/clock").0, 200, "this machine calls the controls");
    }
}

#[test]
fn beyond_loopback_the_seed_is_drawn() {
    let seed = |arguments: &[&str]| Program::start_silent(arguments).ready["seed"].as_u64().expect("a seed");
    assert_eq!(seed(&[]), 0);
    assert_eq!(seed(&["--host", "127.0.0.2"]), 0);
    let drawn = [seed(&["--host", "0.0.0.0"]), seed(&["--host", "0.0.0.0"])];
    assert!(drawn[0] != drawn[1] && drawn.iter().all(|seed| (1..1 << 53).contains(seed)), "{drawn:?}");
    assert_eq!(seed(&["--host", "0.0.0.0", "--seed", "7"]), 7);
}

/// The status of a request with a `Host`, and a token if it is not empty.
fn status(address: &str, path: &str, host: &str, token: &str) -> u16 {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("written");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("read");
    response.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

/// An address of this machine that is not loopback. The look-up sends nothing.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then(|| address.to_string())
}

#[test]
fn in_a_container_the_sandbox_has_a_name_and_its_controls_a_token() {
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    let mut command = program(&["--host", "0.0.0.0", "--allow-host", "sandbox"]);
    let program = Program::spawn(command.env("FC_SANDBOX_CONTROL_TOKEN", TOKEN).env("RUST_LOG", "error"));
    let local = program.address();
    assert_eq!(status(local, "/v1/customers", "sandbox:12111", KEY), 200);
    assert_eq!(status(local, "/_sandbox/clock", "sandbox:12111", ""), 200);
    assert_eq!(status(local, "/v1/customers", "rebound.example", KEY), 403);
    if let Some(own) = own_address() {
        let remote = format!("{own}:{}", local.rsplit(':').next().expect("a port"));
        assert_eq!(status(&remote, "/v1/customers", "sandbox:12111", KEY), 200);
        assert_eq!(status(&remote, "/_sandbox/clock", "sandbox:12111", ""), 403);
        assert_eq!(status(&remote, "/_sandbox/clock", "sandbox:12111", "0123456789abcdef"), 403);
        assert_eq!(status(&remote, "/_sandbox/clock", "sandbox:12111", TOKEN), 200);
        assert_eq!(status(&remote, "/_sandbox/clock", &own, TOKEN), 200);
    }
}

#[test]
fn a_short_control_token_and_a_host_that_is_none_are_refused() {
    for (arguments, remedy) in [
        (["--control-token", "short"], "16 random characters"),
        (["--host", "sandbox.example"], "neither an IP address nor localhost"),
    ] {
        let output = run(&mut program(&arguments));
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(remedy), "{message}");
    }
}

#[test]
fn the_log_holds_no_secret_that_was_sent_as_an_id_and_no_long_path() {
    let program = Program::start(&[]);
    let mut client = program.client(KEY);
    for path in [
        "/v1/financial_connections/sessions/fcsess_client_secret_kestrelkestrel".to_owned(),
        "/v1/customers/fcsess%5Fclient%5Fsecret%5Fkestrelkestrel".to_owned(),
        "/v1/customers/sk_live_kestrelkestrel".to_owned(),
        format!("/v1/nothing/{}", "x".repeat(35_000)),
    ] {
        assert_eq!(client.get(&path).0, 404);
    }
    let (_, log) = program.end("-INT");
    assert!(log.contains("fcsess_client_secret_****"), "{log}");
    assert!(!log.contains("kestrel"), "{log}");
    assert!(log.lines().all(|line| line.len() < 1_000), "no line is long");
}
