//! `kill -9` under load: every acknowledged write is durable, and every other write happened once or not at all.
//!
//! `FC_SANDBOX_KILLS=100 cargo test -p fc-sandbox --test it kill:: -- --nocapture` kills a hundred times.
#![cfg(unix)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde_json::{Value, json};

use crate::process::{Client, Program};

const WRITERS: usize = 6;
const ACCOUNTS: &str = "/v1/financial_connections/accounts";

/// Two keys, so that two worlds are written at once.
fn key(writer: usize) -> &'static str {
    ["sk_test_kill_one", "sk_test_kill_two"][writer % 2]
}

/// The writes of one writer and their acknowledgements.
#[derive(Debug, Default)]
struct WriteLog {
    /// The path of an object and its last acknowledged state.
    objects: HashMap<String, Value>,
    /// The sessions in which the writer linked two accounts, and whether that was acknowledged.
    links: HashMap<String, bool>,
    /// Idempotency keys with their forms and responses; no response if the process died first.
    keyed: Vec<(String, String, Option<Value>)>,
}

#[test]
fn every_acknowledged_write_survives_a_kill() {
    let kills = std::env::var("FC_SANDBOX_KILLS").map_or(5, |text| text.parse().expect("a number"));
    let path = crate::data::new_file("kill");
    let arguments = ["--data", path.to_str().expect("a readable path"), "--refresh-delay", "20"];
    let mut program = Program::start_silent(&arguments);
    let mut logs: Vec<WriteLog> = (0..WRITERS).map(|_| WriteLog::default()).collect();
    let (mut acknowledged, mut unacknowledged) = (0, 0);
    for round in 0..kills {
        // Each round kills at a different point of the load, early or late.
        let enough = 3 + (round * 37) % 150;
        let round_logs = load(&mut program, round, enough);
        program = Program::start_silent(&arguments);
        for (writer, log) in round_logs.into_iter().enumerate() {
            let mut client = program.client(key(writer));
            acknowledged +=
                log.objects.len() + log.keyed.iter().filter(|(.., response)| response.is_some()).count();
            unacknowledged += log.keyed.iter().filter(|(.., response)| response.is_none()).count();
            check(&mut client, &log);
            logs[writer].objects.extend(log.objects);
            logs[writer].links.extend(log.links);
            logs[writer].keyed.extend(log.keyed);
        }
    }
    for (writer, log) in logs.iter().enumerate() {
        check(&mut program.client(key(writer)), log);
    }
    check_names(&program, &logs);
    eprintln!(
        "{kills} kills: {acknowledged} acknowledged writes found, {unacknowledged} unacknowledged writes retried"
    );
    assert!(acknowledged > kills * 3);
}

/// Writes from many threads until `enough` writes are acknowledged, and kills the program meanwhile.
fn load(program: &mut Program, round: usize, enough: usize) -> Vec<WriteLog> {
    let (sender, acknowledgements) = channel();
    let address = program.address().to_owned();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (address, sender) = (&address, sender.clone());
                scope.spawn(move || write(address, writer, round, &sender))
            })
            .collect();
        drop(sender);
        assert_eq!(acknowledgements.iter().take(enough).count(), enough, "the program died or hung");
        program.kill();
        writers.into_iter().map(|writer| writer.join().expect("the writer saw no wrong response")).collect()
    })
}

/// Writes until the connection breaks.
fn write(address: &str, writer: usize, round: usize, acknowledged: &Sender<()>) -> WriteLog {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mut log = WriteLog::default();
    let Ok(mut client) = Client::connect(address, key(writer)) else { return log };
    loop {
        let name = format!("customer {writer}-{round}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        if write_once(&mut client, &name, &mut log, acknowledged).is_err() {
            return log;
        }
    }
}

/// Creates a customer with an idempotency key and a session, links two accounts, refreshes one and disconnects the other.
fn write_once(
    client: &mut Client,
    name: &str,
    log: &mut WriteLog,
    acknowledged: &Sender<()>,
) -> std::io::Result<()> {
    let mut post = |path: &str, body: &str, key: Option<&str>| {
        let response = client.request("POST", path, body, key)?;
        assert_eq!(response.status, 200, "{}", response.body);
        // The receiver is gone once the program is to be killed.
        let _ = acknowledged.send(());
        Ok::<_, std::io::Error>(response.body)
    };
    log.keyed.push((name.to_owned(), format!("name={name}"), None));
    let customer = post("/v1/customers", &format!("name={name}"), Some(name))?;
    if let Some((_, _, response)) = log.keyed.last_mut() {
        *response = Some(customer.clone());
    }
    let id = customer["id"].as_str().expect("an id").to_owned();
    log.objects.insert(format!("/v1/customers/{id}"), customer);

    let form = format!(
        "account_holder[type]=customer&account_holder[customer]={id}&permissions[]=transactions&permissions[]=balances"
    );
    let session = post("/v1/financial_connections/sessions", &form, None)?;
    let session = session["id"].as_str().expect("an id").to_owned();
    log.links.insert(session.clone(), false);
    let link = json!({ "session": session, "accounts": [{ "kind": "checking" }, { "kind": "savings" }] });
    let linked = post("/_sandbox/link", &link.to_string(), None)?;
    log.links.insert(session, true);

    let [first, second] =
        [0, 1].map(|place| format!("{ACCOUNTS}/{}", linked["accounts"][place].as_str().expect("an id")));
    let refreshed = post(&format!("{first}/refresh"), "features[]=transactions", None)?;
    log.objects.insert(first, refreshed);
    let disconnected = post(&format!("{second}/disconnect"), "", None)?;
    log.objects.insert(second, disconnected);
    Ok(())
}

fn check(client: &mut Client, log: &WriteLog) {
    for (path, acknowledged) in &log.objects {
        let (status, object) = client.get(path);
        assert_eq!(status, 200, "{path} is missing");
        // A refresh finishes after its acknowledgement, so only its id is compared.
        let lasting = |object: &Value| {
            ["id", "name", "created", "status", "account_holder", "last4"]
                .map(|name| object[name].clone())
                .to_vec()
                .into_iter()
                .chain([object["transaction_refresh"]["id"].clone()])
                .collect::<Vec<_>>()
        };
        assert_eq!(lasting(&object), lasting(acknowledged), "{path}");
    }
    for (session, acknowledged) in &log.links {
        let (_, session) = client.get(&format!("/v1/financial_connections/sessions/{session}"));
        let linked = session["accounts"]["data"].as_array().expect("an array").len();
        assert!(linked == 2 || (linked == 0 && !acknowledged), "{linked} of two accounts, {acknowledged}");
    }
    for (key, form, acknowledged) in &log.keyed {
        let response = client.request("POST", "/v1/customers", form, Some(key)).expect("a response");
        assert_eq!(response.status, 200);
        if let Some(acknowledged) = acknowledged {
            assert!(response.replayed, "the response to {key} is missing");
            assert_eq!(&response.body, acknowledged);
        }
    }
}

/// Checks that every customer exists once, including those whose requests were retried.
fn check_names(program: &Program, logs: &[WriteLog]) {
    for world in 0..2 {
        let mut client = program.client(key(world));
        let mut names = Vec::new();
        let mut page = "/v1/customers?limit=100".to_owned();
        loop {
            let (_, list) = client.get(&page);
            let customers = list["data"].as_array().expect("an array");
            names.extend(
                customers.iter().map(|customer| customer["name"].as_str().expect("a name").to_owned()),
            );
            if list["has_more"] == false {
                break;
            }
            let last = customers.last().expect("a page")["id"].as_str().expect("an id");
            page = format!("/v1/customers?limit=100&starting_after={last}");
        }
        let mut asked: Vec<String> = logs
            .iter()
            .skip(world)
            .step_by(2)
            .flat_map(|log| &log.keyed)
            .map(|(name, ..)| name.clone())
            .collect();
        names.sort();
        asked.sort();
        assert_eq!(names, asked);
    }
}
