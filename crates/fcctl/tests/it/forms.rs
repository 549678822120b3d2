//! Forms of the output: JSON against its schema, JSON lines, CSV, fields, and readers that stop early.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::bank::Bank;
use crate::program::{Ran, run};
use crate::schema;

/// Checks a document against the schema that it names.
#[track_caller]
fn valid(bank: &Bank, ran: Ran) -> String {
    let json: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let id = json["schema"].as_str().expect("a schema").to_owned();
    let name = id.split('/').nth(1).expect("a name").to_owned();
    let schema = bank.run(&["schema", &name]).json();
    assert_eq!(schema["$id"], id.as_str());
    let problems = schema::problems(&schema, &json);
    assert!(problems.is_empty(), "{id}: {problems:?}\n{json:#}");
    assert!(!json["data"].as_array().expect("rows").is_empty(), "no rows to check: {id}");
    name
}

#[test]
fn the_json_of_every_command_has_its_schema_and_every_schema_is_used() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking", "credit_card"]);
    let store = format!("sqlite:{}", bank.home.path().join("bank.db").display());
    let id = ids[0].as_str();
    let mut used = BTreeSet::new();
    for arguments in [
        vec!["accounts"],
        vec!["account", id],
        vec!["owners", id],
        vec!["transactions", id],
        vec!["refresh", id, "--feature", "balance"],
        vec!["balance", id],
        vec!["balance", &ids[1]],
        vec!["events"],
        vec!["sessions", "create", "--holder", "cus_1", "--permission", "balances"],
        vec!["sandbox", "clock"],
        vec!["sandbox", "faults", "add", "internal_error", "on=list_customers"],
        vec!["sandbox", "seed"],
        vec!["mirror", "run", "--until-idle", "--store", &store],
        vec!["mirror", "changes", "--store", &store],
        vec!["subscribe", id],
    ] {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let arguments = match arguments.iter().position(|argument| *argument == "cus_1") {
            None => arguments,
            Some(at) => {
                let mut arguments = arguments;
                arguments[at] = "acct_1MwVK82eZvKYlo2C";
                arguments
            }
        };
        used.insert(valid(&bank, bank.run(&arguments)));
    }
    // A difference: the mirror does not know what happened after it.
    bank.seed(&["savings"]);
    used.insert(valid(&bank, bank.run(&["mirror", "verify", "--json", "--store", &store])));

    let names = bank.run(&["schema"]).ok();
    let known: BTreeSet<String> = names.lines().map(str::to_owned).collect();
    let elsewhere = ["checks", "deliveries", "probes", "sandboxes", "signatures"].map(str::to_owned).into();
    let unchecked: BTreeSet<String> = known.difference(&used).cloned().collect();
    assert_eq!(unchecked, elsewhere, "the tests of those commands check these");
}

#[test]
fn fields_are_printed_in_their_order_in_every_form() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    let run = |form: &str| bank.run(&["accounts", form, "--fields", "status,id"]).ok();
    let id = &ids[0];
    assert_eq!(run("--jsonl"), format!("{{\"status\":\"active\",\"id\":\"{id}\"}}\n"));
    assert_eq!(run("--csv"), format!("status,id\nactive,{id}\n"));
    assert_eq!(
        run("--json"),
        format!(
            "{{\"schema\":\"fcctl/accounts/1\",\"data\":[\n{{\"status\":\"active\",\"id\":\"{id}\"}}\n]}}\n"
        )
    );
    let table = bank.run(&["accounts", "--fields", "status,id"]).ok();
    assert_eq!(table, format!("status  id\nactive  {id}\n"));
}

#[test]
fn an_empty_list_is_an_empty_document() {
    let bank = Bank::new();
    assert_eq!(bank.run(&["accounts", "--json"]).json()["data"], serde_json::json!([]));
    assert_eq!(bank.run(&["accounts", "--jsonl"]).ok(), "");
    assert!(bank.run(&["accounts", "--csv"]).ok().starts_with("id,institution,"));
}

#[test]
fn a_csv_field_with_a_comma_is_quoted() {
    let bank = Bank::new();
    bank.seed(&["checking"]);
    bank.run(&["sandbox", "seed", "--kind", "checking", "--institution", "Test Institution"]).ok();
    let csv = bank.run(&["accounts", "--csv", "--fields", "id,holder"]).ok();
    let row = csv.lines().nth(1).expect("a row");
    assert!(row.contains(",\"{\"\"customer\"\":"), "{row}");
}

#[test]
fn two_forms_at_once_are_refused() {
    let bank = Bank::new();
    for forms in [["--json", "--csv"], ["--json", "--jsonl"], ["--jsonl", "--csv"]] {
        assert_eq!(bank.run(&["accounts", forms[0], forms[1]]).code, 2, "{forms:?}");
    }
}

#[test]
fn a_list_that_fails_midway_is_no_whole_document() {
    let bank = Bank::with(|builder| builder.population(230, 0));
    bank.run(&["accounts", "--limit", "1"]).ok();
    let fault = ["sandbox", "faults", "add", "permission_denied", "on=list_accounts", "from=2"];
    bank.run(&fault).ok();
    let ran = bank.run(&["accounts", "--json"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.out.contains("fca_"), "the first page was printed");
    assert!(serde_json::from_str::<Value>(&ran.out).is_err(), "half a list looks like a whole one");
}

#[test]
fn a_reader_that_stops_ends_the_program_quietly() {
    let bank = Bank::with(|builder| builder.population(5000, 0));
    let mut command = bank.home.at(bank.sandbox.base_url(), &["accounts", "--jsonl"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut out = child.stdout.take().expect("a pipe");
    let mut first = [0; 10];
    out.read_exact(&mut first).expect("a beginning");
    drop(out);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_reader_that_stops_does_not_hide_the_verdict() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking"]);
    bank.run(&["mirror", "run", "--until-idle", "--store", "sqlite:bank.db"]).ok();
    bank.run(&["sandbox", "clock", "advance", "1d"]).ok();
    bank.run(&["refresh", &ids[0], "--feature", "balance", "--wait"]).ok();
    bank.run(&["sandbox", "clock", "advance", "30s"]).ok();
    for (arguments, code) in [
        (vec!["doctor"], 1),
        (vec!["mirror", "verify", "--store", "sqlite:bank.db"], 1),
        (vec!["refresh", &ids[0], "--feature", "balance", "--wait"], 5),
        (vec!["refresh", &ids[0], "--feature", "balance"], 5),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = bank.home.at(bank.sandbox.base_url(), &arguments);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().expect("the program starts");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
        assert!(err.contains("error:"), "{arguments:?}: {err}");
    }
}

#[test]
fn man_pages_and_completions_are_printed() {
    let bank = Bank::new();
    let page = run(&mut bank.home.command(&["man"])).ok();
    assert!(page.contains(".TH fcctl 1") && page.contains("Exit codes"), "{page}");
    let folder = bank.home.path().join("man1");
    run(&mut bank.home.command(&["man", "--out", folder.to_str().expect("a path")])).ok();
    assert!(folder.join("fcctl.1").exists() && folder.join("fcctl-balance.1").exists());
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&mut bank.home.command(&["completions", shell])).ok();
        assert!(script.contains("COMPLETE") && script.contains("fcctl"), "{shell}: {script}");
    }
}

#[test]
fn ids_of_real_accounts_are_completed() {
    let bank = Bank::new();
    let ids = bank.seed(&["checking", "savings"]);
    for shell in ["bash", "zsh", "fish"] {
        let mut command = bank.home.at(bank.sandbox.base_url(), &["--", "fcctl", "balance", "fca_"]);
        // What the script of the shell sets.
        command.envs([("COMPLETE", shell), ("_CLAP_COMPLETE_INDEX", "2"), ("_CLAP_IFS", "\n")]);
        let out = run(&mut command).ok();
        for id in &ids {
            assert!(out.contains(id), "{shell}: {out}");
        }
    }
    let mut without_server = bank.home.at("http://127.0.0.1:9", &["--", "fcctl", "balance", "fca_"]);
    without_server.env("COMPLETE", "fish");
    assert_eq!(run(&mut without_server).ok().trim(), "");
}
