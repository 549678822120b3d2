//! The check-up, with a remedy for each finding.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::bank::Bank;
use crate::program::{Home, KEY, Ran, run};

/// Results by check.
fn results(ran: &Ran) -> Vec<(String, String)> {
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let rows = json["data"].as_array().expect("rows").iter();
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    rows.map(|row| {
        let result = text(row, "result");
        assert!(result == "good" || row["remedy"].is_string(), "a finding without a remedy: {row}");
        (text(row, "check"), result)
    })
    .collect()
}

fn result<'r>(results: &'r [(String, String)], check: &str) -> &'r str {
    results.iter().find(|(name, _)| name == check).map_or("not checked", |(_, result)| result)
}

#[test]
fn a_sandbox_with_a_right_clock_is_healthy() {
    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    let ran = bank.run(&["doctor", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for (check, result) in results(&ran) {
        assert_eq!(result, "good", "{check}: {}", ran.out);
    }
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let schema = bank.run(&["schema", "checks"]).json();
    assert_eq!(crate::schema::problems(&schema, &json), [""; 0]);
}

#[test]
fn no_server_a_refused_key_and_a_missing_right_are_found() {
    let home = Home::new();
    let ran = run(&mut home.at("http://127.0.0.1:9", &["doctor", "--json"]));
    assert_eq!((ran.code, result(&results(&ran), "server")), (5, "bad"), "{}", ran.err);

    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    bank.run(&["sandbox", "faults", "add", "api_key_expired", "on=list_accounts"]).ok();
    let ran = bank.run(&["doctor", "--json"]);
    assert_eq!((ran.code, result(&results(&ran), "read accounts")), (4, "bad"), "{}", ran.err);

    bank.run(&["sandbox", "faults", "add", "permission_denied", "on=list_events"]).ok();
    let ran = bank.run(&["doctor", "--json"]);
    assert_eq!((ran.code, result(&results(&ran), "read events")), (4, "bad"), "{}", ran.err);
    assert!(ran.err.contains("grant the key"), "{}", ran.err);
}

#[test]
fn a_server_that_is_broken_or_is_not_stripe_is_found() {
    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    let elsewhere = format!("{}/elsewhere", bank.sandbox.base_url());
    let ran = run(&mut bank.home.at(&elsewhere, &["doctor", "--json"]));
    assert_eq!((ran.code, result(&results(&ran), "server")), (1, "bad"), "{}", ran.err);
    assert!(ran.err.contains("check the address"), "{}", ran.err);

    bank.run(&["sandbox", "faults", "add", "internal_error", "on=list_accounts", "from=1"]).ok();
    let ran = bank.run(&["doctor", "--json"]);
    assert_eq!((ran.code, result(&results(&ran), "server")), (5, "bad"), "{}", ran.err);
}

#[test]
fn a_settings_file_that_others_can_read_is_found() {
    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    let folder = bank.home.path().join(".config/fcctl");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("config.toml");
    std::fs::write(&path, format!("[profile.default]\nkey = \"{KEY}\"\n")).expect("written");
    let check = |mode: u32| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("changed");
        let ran = bank.run(&["doctor", "--json"]);
        (ran.code, result(&results(&ran), "settings file").to_owned())
    };
    assert_eq!(check(0o644), (1, "bad".to_owned()));
    assert_eq!(check(0o600), (0, "good".to_owned()));
}

#[test]
fn a_wrong_clock_is_found() {
    let bank = Bank::new();
    let ran = bank.run(&["doctor", "--json"]);
    assert_eq!((ran.code, result(&results(&ran), "clock")), (1, "bad"), "{}", ran.out);
}

#[test]
fn webhook_endpoints_are_checked() {
    let bank = Bank::with(|builder| builder.clock(fc_sandbox::Clock::real()));
    let config =
        fc_ext::Config::new(fc_ext::ApiKey::new(KEY).expect("a key")).with_base_url(bank.sandbox.base_url());
    let client = fc_ext::FinancialConnections::new(config).expect("a client");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let event = fc_ext::types::EventType::AccountCreated;
    let create = |version: &str| {
        let request = client.webhook_endpoints().create("http://127.0.0.1:9/", [event.clone()]);
        runtime.block_on(request.api_version(version).send()).expect("created").id
    };
    create(fc_ext::types::API_VERSION);
    let good = results(&bank.run(&["doctor", "--json"]));
    assert_eq!(result(&good, "webhook endpoint"), "good");

    let old = create("2024-06-20");
    // As one that was created in the dashboard.
    let call = client.client().raw_call(fc_ext::client::Method::Post, "/v1/webhook_endpoints");
    let call = call.extra_param("url", "http://127.0.0.1:9/").extra_param("enabled_events", ["*"]);
    let unsaid = runtime.block_on(call.send()).expect("created")["id"].as_str().expect("an id").to_owned();
    let ran = bank.run(&["doctor", "--jsonl"]);
    assert_eq!(ran.code, 0, "a warning is no failure: {}", ran.err);
    let rows: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (id, version) in [(&old, "2024-06-20"), (&unsaid, "the account's default version")] {
        let about = |row: &&Value| row["detail"].as_str().is_some_and(|detail| detail.contains(id.as_str()));
        let row = rows.iter().find(about).expect("a check of the endpoint");
        assert_eq!((&row["check"], &row["result"]), (&"webhook endpoint".into(), &"warning".into()), "{row}");
        assert!(row["detail"].as_str().expect("text").contains(version), "{row}");
        assert!(row["remedy"].as_str().expect("text").contains(fc_ext::types::API_VERSION), "{row}");
    }
}

#[test]
fn the_form_of_the_key_is_checked_before_anything_is_called() {
    let home = Home::new();
    for key in ["pk_test_neverprintthiskey0123456789", "neverprintthiskey", "sk_test_neverprintthiskey 0"] {
        let ran = run(home.at("http://127.0.0.1:9", &["doctor"]).env("STRIPE_API_KEY", key));
        assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{}", ran.err);
    }
}

/// A server behind TLS, and a proxy on the way to it.
#[cfg(target_os = "linux")]
mod secure {
    use super::*;
    use crate::secure::{Proxy, Secure};

    /// The check-up of the server, with these variables.
    fn doctor(server: &Secure, variables: &[(&str, &str)]) -> Ran {
        let mut command = server.bank.home.at(&server.url, &["doctor", "--json"]);
        run(command.env("SSL_CERT_FILE", server.roots()).envs(variables.iter().copied()))
    }

    fn connection(ran: &Ran) -> String {
        let json: Value = serde_json::from_str(&ran.out).expect("JSON");
        let rows = json["data"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["check"] == "connection").expect("the check");
        row["detail"].as_str().expect("text").to_owned()
    }

    #[test]
    fn a_proxy_is_named_and_sees_neither_the_key_nor_a_call() {
        let server = Secure::start();
        let proxy = Proxy::start();
        let address = format!("http://user:HIDDEN@{}", proxy.address);
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "STRIPE_PROXY"] {
            let ran = doctor(&server, &[(variable, &address)]);
            assert_eq!(ran.code, 0, "{variable}: {}", ran.err);
            let way = match variable {
                "STRIPE_PROXY" => "TLS, through the proxy of STRIPE_PROXY".to_owned(),
                _ => format!("TLS, through the proxy {}", proxy.address),
            };
            assert_eq!(connection(&ran), way, "{variable}");
            assert!(!format!("{ran:?}").contains("HIDDEN"), "{ran:?}");
            let seen = proxy.seen();
            assert!(seen.starts_with("CONNECT localhost:"), "{variable}: {seen}");
            assert!(!seen.contains(KEY) && !seen.contains("financial_connections"), "{seen}");
        }
        for variables in [&[][..], &[("HTTPS_PROXY", address.as_str()), ("NO_PROXY", "localhost")]] {
            let ran = doctor(&server, variables);
            assert_eq!((ran.code, connection(&ran).as_str()), (0, "TLS, without a proxy"), "{}", ran.err);
            assert_eq!(proxy.seen(), "");
        }
    }

    #[test]
    fn a_proxy_that_is_down_and_a_certificate_of_another_are_found() {
        let server = Secure::start();
        let down = doctor(&server, &[("HTTPS_PROXY", "http://127.0.0.1:9")]);
        assert_eq!((down.code, result(&results(&down), "server")), (5, "bad"), "{}", down.err);
        assert!(down.err.contains("HTTPS_PROXY"), "{}", down.err);
        let other = Secure::start();
        let roots = other.roots().display().to_string();
        let untrusted = doctor(&server, &[("SSL_CERT_FILE", &roots)]);
        assert_eq!((untrusted.code, result(&results(&untrusted), "server")), (5, "bad"), "{}", untrusted.err);
        assert!(untrusted.err.contains("SSL_CERT_FILE"), "{}", untrusted.err);
    }
}
