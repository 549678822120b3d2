//! `kill -9` at the moments when much is written at once: a population, a step of the clock, an import.
//!
//! After each kill nothing acknowledged is lost, nothing is half there, and no event is from the future of the clock.
//! `FC_SANDBOX_KILLS=100 cargo test -p fc-sandbox --test it kill_shapes:: -- --nocapture` kills a hundred times in each.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{NOW, PATIENCE};
use crate::process::{Client, Program};

const ACCOUNTS: &str = "/v1/financial_connections/accounts";
const DAY: i64 = 86_400;

/// How many times each test kills the program.
fn kills() -> u32 {
    std::env::var("FC_SANDBOX_KILLS").map_or(4, |text| text.parse().expect("a number"))
}

/// Runs `act` on a connection until the program is killed, early in some rounds and late in others. Returns what `act` had
/// acknowledged before.
fn kill_during<T: Send + 'static>(
    program: &mut Program,
    key: &str,
    round: u32,
    act: impl FnOnce(&mut Client, &dyn Fn(T)) -> std::io::Result<()> + Send + 'static,
) -> Vec<T> {
    let (address, key) = (program.address().to_owned(), key.to_owned());
    let (sender, acknowledged) = channel();
    let acting = thread::spawn(move || {
        let mut client = Client::connect(&address, &key)?;
        // The receiver is gone once the program is to be killed.
        act(&mut client, &|value| drop(sender.send(value)))
    });
    // A third of the rounds waits for some acknowledgements. The others kill after 0 to 60 ms, whatever is under way.
    let mut seen = Vec::new();
    if round.is_multiple_of(3) {
        for _ in 0..1 + round % 3 {
            seen.push(acknowledged.recv_timeout(PATIENCE).expect("the program answers in time"));
        }
    } else if let Ok(value) =
        acknowledged.recv_timeout(Duration::from_micros(u64::from(round * 7919 % 60_000)))
    {
        seen.push(value);
    }
    program.kill();
    // The connection breaks, or the act was done before.
    let _ = acting.join().expect("no wrong response");
    seen.extend(acknowledged.try_iter());
    seen
}

/// All objects of a list, newest first.
fn all(client: &mut Client, list: &str) -> Vec<Value> {
    let mut objects: Vec<Value> = Vec::new();
    loop {
        let last = objects.last().map(|last| last["id"].as_str().expect("an id").to_owned());
        let after = last.map_or(String::new(), |last| format!("&starting_after={last}"));
        let (status, page) = client.get(&format!("{list}limit=100{after}"));
        assert_eq!(status, 200, "{page}");
        objects.extend(page["data"].as_array().expect("an array").iter().cloned());
        if page["has_more"] == false {
            return objects;
        }
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

/// The time on the sandbox's clock.
fn now(client: &mut Client) -> i64 {
    client.get("/_sandbox/clock").1["now"].as_i64().expect("a time")
}

/// All events, none of which is from the future.
fn events(client: &mut Client) -> Vec<Value> {
    let now = now(client);
    let events = all(client, "/v1/events?");
    for event in &events {
        assert!(event["created"].as_i64().is_some_and(|created| created <= now), "{event} at {now}");
    }
    events
}

#[test]
fn a_population_is_there_completely_or_not_at_all() {
    const COUNT: usize = 100;
    let path = crate::data::new_file("kill-population");
    let data = path.to_str().expect("a readable path");
    let arguments = ["--data", data, "--accounts", "100", "--transactions", "1000"];
    let mut program = Program::start_silent(&arguments);
    let mut first_pages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut early = 0;
    for round in 0..kills() {
        // Each round populates new worlds. There are few, because each start reads those of all rounds.
        let seen = kill_during(&mut program, "sk_test_first", round, move |client, acknowledge| {
            for number in 0..3 {
                let key = format!("sk_test_{round}_{number}");
                client.set_key(&key);
                let page = client.request("GET", &format!("{ACCOUNTS}?limit=3"), "", None)?.body;
                let ids = page["data"].as_array().expect("an array").iter().map(id).collect::<Vec<_>>();
                acknowledge((key, ids));
            }
            Ok(())
        });
        early += u32::from(seen.is_empty());
        let next = format!("sk_test_{round}_{}", seen.len());
        program = Program::start_silent(&arguments);
        let mut client = program.client("sk_test_first");
        // The world that was under way is populated now, if it was not before.
        for key in
            seen.iter().map(|(key, _)| key.clone()).chain([next]).collect::<Vec<_>>().iter().rev().take(3)
        {
            client.set_key(key);
            let accounts: BTreeSet<String> =
                all(&mut client, &format!("{ACCOUNTS}?")).iter().map(id).collect();
            assert_eq!(accounts.len(), COUNT, "{key}");
            assert_eq!(events(&mut client).len(), 2 * COUNT, "linked and refreshed");
        }
        first_pages.extend(seen);
    }
    let mut client = program.client("sk_test_first");
    for (key, ids) in &first_pages {
        client.set_key(key);
        let (_, page) = client.get(&format!("{ACCOUNTS}?limit=3"));
        assert_eq!(
            page["data"].as_array().expect("an array").iter().map(id).collect::<Vec<_>>(),
            *ids,
            "{key}"
        );
    }
    eprintln!(
        "{} kills, {early} before the first of {} acknowledged populations",
        kills(),
        first_pages.len()
    );
}

#[test]
fn a_step_of_the_clock_and_its_events_are_written_together() {
    const COUNT: usize = 30;
    let path = crate::data::new_file("kill-clock");
    let arguments = ["--data", path.to_str().expect("a readable path")];
    let mut program = Program::start_silent(&arguments);
    let key = "sk_test_clock";
    let mut client = program.client(key);
    assert_eq!(client.post("/_sandbox/clock", &json!({ "frozen": true }).to_string(), None).0, 200);
    let form = "account_holder[type]=account&account_holder[account]=acct_1&permissions[]=transactions";
    let (_, session) = client.post("/v1/financial_connections/sessions", form, None);
    let link = json!({ "session": session["id"], "accounts": vec![json!({ "kind": "checking" }); COUNT] });
    let (_, linked) = client.post("/_sandbox/link", &link.to_string(), None);
    for account in linked["accounts"].as_array().expect("an array") {
        let path = format!("{ACCOUNTS}/{}/subscribe", account.as_str().expect("an id"));
        assert_eq!(client.post(&path, "features[]=transactions", None).0, 200);
    }
    let begun = now(&mut client);
    let mut steps = 0;
    for round in 0..kills() {
        let before = now(&mut program.client(key));
        let seen = kill_during(&mut program, key, round, |client, acknowledge| {
            loop {
                let step = json!({ "advance": DAY }).to_string();
                let clock = client.request("POST", "/_sandbox/clock", &step, None)?.body;
                acknowledge(clock["now"].as_i64().expect("a time"));
                // A read plays the day.
                client.request("GET", "/v1/events?limit=1", "", None)?;
            }
        });
        steps += seen.len();
        program = Program::start_silent(&arguments);
        let mut client = program.client(key);
        let at_least = seen.last().copied().unwrap_or(before);
        let shown = now(&mut client);
        assert!((at_least..=at_least + DAY).contains(&shown), "{shown} after {at_least}");
        assert_eq!((shown - begun) % DAY, 0, "the clock stands still between the steps");
        check_days(&events(&mut client), begun, shown, COUNT);
    }
    eprintln!("{} kills, {steps} acknowledged steps", kills());
}

/// Checks that each account was refreshed on every day that an event can be read of.
fn check_days(events: &[Value], begun: i64, now: i64, accounts: usize) {
    let mut days: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for event in events
        .iter()
        .filter(|event| event["type"].as_str().is_some_and(|kind| kind.ends_with("_transactions")))
    {
        let day = (event["created"].as_i64().expect("a time") - begun) / DAY;
        let is_new = days.entry(id(&event["data"]["object"])).or_default().insert(day);
        assert!(is_new, "an account was refreshed twice on day {day}");
    }
    // A refresh ends a second after its start, so the one of today is not done yet.
    let today = (now - begun) / DAY;
    let readable = (today - 30).max(0)..today;
    if !readable.is_empty() {
        assert_eq!(days.len(), accounts);
    }
    for (account, days) in days {
        assert_eq!(days, readable.clone().collect(), "{account} on day {today}");
    }
}

#[test]
fn an_import_is_there_completely_or_not_at_all() {
    let states = [(NOW, 0), (NOW - 100 * DAY, 1)].map(|(at, seed)| {
        let clock = fc_sandbox::Clock::frozen(at);
        let sandbox = fc_sandbox::Sandbox::builder().clock(clock).seed(seed).population(400, 4_000).build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let bench = crate::bench::Bench::of(&sandbox);
        runtime.block_on(bench.get(ACCOUNTS));
        serde_json::from_str::<Value>(&sandbox.export()).expect("JSON")
    });
    let path = crate::data::new_file("kill-import");
    let arguments = ["--data", path.to_str().expect("a readable path")];
    let mut program = Program::start_silent(&arguments);
    let key = crate::bench::KEY;
    let put = |client: &mut Client, state: &Value| {
        client.request("PUT", "/_sandbox/state", &state.to_string(), None)
    };
    assert_eq!(put(&mut program.client(key), &states[0]).expect("a response").status, 200);
    let (mut last, mut imports) = (0, 0);
    for round in 0..kills() {
        let imported = states.clone();
        let seen = kill_during(&mut program, key, round, move |client, acknowledge| {
            for state in imported.iter().cycle().skip(last + 1) {
                let response = client.request("PUT", "/_sandbox/state", &state.to_string(), None)?;
                assert_eq!(response.status, 200, "{}", response.body);
                acknowledge(());
            }
            Ok(())
        });
        imports += seen.len();
        program = Program::start_silent(&arguments);
        let mut client = program.client(key);
        let (_, state) = client.get("/_sandbox/state");
        let acknowledged = (last + seen.len()) % 2;
        let place = [acknowledged, 1 - acknowledged].into_iter().find(|place| state == states[*place]);
        last = place.expect("the last acknowledged state, or the one that was under way");
        events(&mut client);
    }
    eprintln!("{} kills, {imports} acknowledged imports", kills());
}
