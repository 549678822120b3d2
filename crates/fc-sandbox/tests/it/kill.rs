//! `kill -9` under load: what was acknowledged is there, and what was not happened once or not at all.
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

/// What a writer was told.
#[derive(Debug, Default)]
struct Told {
    /// The path of an object and its last acknowledged state.
    objects: HashMap<String, Value>,
    /// Sessions that two accounts were to be linked in; whether it was acknowledged.
    links: HashMap<String, bool>,
    /// Forms with their idempotency keys and their answers, none where the process died first.
    keyed: Vec<(String, String, Option<Value>)>,
}

#[test]
fn every_acknowledged_write_survives_a_kill() {
    let kills = std::env::var("FC_SANDBOX_KILLS").map_or(5, |text| text.parse().expect("a number"));
    let path = crate::data::new_file("kill");
    let arguments = ["--data", path.to_str().expect("a readable path"), "--refresh-delay", "20"];
    let mut program = Program::start_silent(&arguments);
    let mut everything: Vec<Told> = (0..WRITERS).map(|_| Told::default()).collect();
    let (mut acknowledged, mut undecided) = (0, 0);
    for round in 0..kills {
        // Early and late in the load, and at another place each time.
        let enough = 3 + (round * 37) % 150;
        let told = load(&mut program, round, enough);
        program = Program::start_silent(&arguments);
        for (writer, told) in told.into_iter().enumerate() {
            let mut client = program.client(key(writer));
            acknowledged +=
                told.objects.len() + told.keyed.iter().filter(|(.., answer)| answer.is_some()).count();
            undecided += told.keyed.iter().filter(|(.., answer)| answer.is_none()).count();
            check(&mut client, &told);
            everything[writer].objects.extend(told.objects);
            everything[writer].links.extend(told.links);
            everything[writer].keyed.extend(told.keyed);
        }
    }
    for (writer, told) in everything.iter().enumerate() {
        check(&mut program.client(key(writer)), told);
    }
    check_names(&program, &everything);
    eprintln!(
        "{kills} kills, {acknowledged} acknowledged writes found, {undecided} repeated that died unanswered"
    );
    assert!(acknowledged > kills * 3);
}

/// Writes from all sides until `enough` writes were acknowledged, and kills the program in the midst of it.
fn load(program: &mut Program, round: usize, enough: usize) -> Vec<Told> {
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
        assert_eq!(acknowledgements.iter().take(enough).count(), enough, "the program died by itself");
        program.kill();
        writers.into_iter().map(|writer| writer.join().expect("the writer saw nothing wrong")).collect()
    })
}

/// Writes until the connection breaks.
fn write(address: &str, writer: usize, round: usize, acknowledged: &Sender<()>) -> Told {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mut told = Told::default();
    let Ok(mut client) = Client::connect(address, key(writer)) else { return told };
    loop {
        let name = format!("customer {writer}-{round}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        if write_once(&mut client, &name, &mut told, acknowledged).is_err() {
            return told;
        }
    }
}

/// A customer by an idempotency key, a session, two accounts at once, a refresh and a disconnection.
fn write_once(
    client: &mut Client,
    name: &str,
    told: &mut Told,
    acknowledged: &Sender<()>,
) -> std::io::Result<()> {
    let mut post = |path: &str, body: &str, key: Option<&str>| {
        let reply = client.request("POST", path, body, key)?;
        assert_eq!(reply.status, 200, "{}", reply.body);
        // Nobody listens any more once the program is to be killed.
        let _ = acknowledged.send(());
        Ok::<_, std::io::Error>(reply.body)
    };
    told.keyed.push((name.to_owned(), format!("name={name}"), None));
    let customer = post("/v1/customers", &format!("name={name}"), Some(name))?;
    if let Some((_, _, answer)) = told.keyed.last_mut() {
        *answer = Some(customer.clone());
    }
    let id = customer["id"].as_str().expect("an id").to_owned();
    told.objects.insert(format!("/v1/customers/{id}"), customer);

    let form = format!(
        "account_holder[type]=customer&account_holder[customer]={id}&permissions[]=transactions&permissions[]=balances"
    );
    let session = post("/v1/financial_connections/sessions", &form, None)?;
    let session = session["id"].as_str().expect("an id").to_owned();
    told.links.insert(session.clone(), false);
    let link = json!({ "session": session, "accounts": [{ "kind": "checking" }, { "kind": "savings" }] });
    let linked = post("/_sandbox/link", &link.to_string(), None)?;
    told.links.insert(session, true);

    let [first, second] =
        [0, 1].map(|place| format!("{ACCOUNTS}/{}", linked["accounts"][place].as_str().expect("an id")));
    let refreshed = post(&format!("{first}/refresh"), "features[]=transactions", None)?;
    told.objects.insert(first, refreshed);
    let disconnected = post(&format!("{second}/disconnect"), "", None)?;
    told.objects.insert(second, disconnected);
    Ok(())
}

fn check(client: &mut Client, told: &Told) {
    for (path, acknowledged) in &told.objects {
        let (status, object) = client.get(path);
        assert_eq!(status, 200, "{path} is lost");
        // A refresh goes on after it was acknowledged; which one it is does not change.
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
    for (session, acknowledged) in &told.links {
        let (_, session) = client.get(&format!("/v1/financial_connections/sessions/{session}"));
        let linked = session["accounts"]["data"].as_array().expect("an array").len();
        assert!(linked == 2 || (linked == 0 && !acknowledged), "{linked} of two accounts, {acknowledged}");
    }
    for (key, form, answer) in &told.keyed {
        let reply = client.request("POST", "/v1/customers", form, Some(key)).expect("an answer");
        assert_eq!(reply.status, 200);
        if let Some(answer) = answer {
            assert!(reply.replayed, "the answer to {key} is lost");
            assert_eq!(&reply.body, answer);
        }
    }
}

/// Every customer once: also those whose requests were repeated because nobody had answered.
fn check_names(program: &Program, everything: &[Told]) {
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
        let mut asked: Vec<String> = everything
            .iter()
            .skip(world)
            .step_by(2)
            .flat_map(|told| &told.keyed)
            .map(|(name, ..)| name.clone())
            .collect();
        names.sort();
        asked.sort();
        assert_eq!(names, asked);
    }
}
