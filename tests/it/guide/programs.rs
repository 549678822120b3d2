//! Samples of the guide that are programs. Each runs against a sandbox, and prints what the guide shows.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fc_ext::client::Method;
use fc_ext::prelude::*;
use fc_ext::types::{AccountId, RefreshStatus, Timestamp};
use fc_ext::webhook::{Secret, Signer};
use fc_sandbox::{
    AccountSpec, Fault, Feature, InactiveCause, RefreshOutcome, RunningSandbox, Sandbox, SessionEnd,
    eventually,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::samples::compare;
use crate::workspace::{read, scratch};

const KEY: &str = "sk_test_trial";
const DAY: Duration = Duration::from_secs(86_400);

macro_rules! program {
    ($name:literal) => {
        Program { name: $name, path: env!(concat!("CARGO_BIN_EXE_guide_", $name)) }
    };
}

#[derive(Clone, Copy)]
struct Program {
    name: &'static str,
    path: &'static str,
}

/// A sandbox with a client for it, and what the programs printed so far.
struct Trial {
    sandbox: RunningSandbox,
    fc: FinancialConnections,
    transcript: String,
}

impl Trial {
    async fn start() -> Self {
        Self::with_delay(Duration::ZERO).await
    }

    /// With refreshes that take so long.
    async fn with_delay(delay: Duration) -> Self {
        let sandbox = Sandbox::builder().refresh_delay(delay).start().await.unwrap();
        let config = Config::new(ApiKey::new(KEY).unwrap()).with_base_url(sandbox.base_url());
        Self { sandbox, fc: FinancialConnections::new(config).unwrap(), transcript: String::new() }
    }

    /// A customer who linked a checking account.
    async fn account(&self) -> (String, AccountId) {
        let customer = self.sandbox.customer(KEY).unwrap();
        let permissions = [Permission::Balances, Permission::Transactions];
        let session = self.fc.sessions().create(&customer, permissions).send().await.unwrap();
        let account = self.sandbox.link(&session.id, [AccountSpec::checking()]).unwrap().remove(0);
        (customer.to_string(), account)
    }

    fn command(&self, program: Program) -> Command {
        let mut command = Command::new(program.path);
        command.env_clear().env("STRIPE_API_KEY", KEY).env("STRIPE_BASE_URL", self.sandbox.base_url());
        command
    }

    /// Runs a program. The transcript gets the command as the guide writes it, and what was printed.
    fn run(&mut self, program: Program, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().expect("the sample was built");
        let text = |bytes| String::from_utf8(bytes).expect("samples print UTF-8");
        let (printed, complaints) = (text(output.stdout), text(output.stderr));
        assert!(output.status.success(), "{}: {}\n{printed}{complaints}", program.name, output.status);
        let file = |argument: &&str| Path::new(argument).file_name().unwrap().to_str().unwrap().to_owned();
        let arguments: Vec<String> = arguments.iter().map(file).collect();
        self.transcript += &format!("$ {} {}\n{printed}{complaints}", program.name, arguments.join(" "));
    }

    /// Runs a program that makes a session, and does something before the program goes on.
    fn run_meanwhile(
        &mut self,
        program: Program,
        account: &AccountId,
        note: &str,
        user: impl FnOnce(&Sandbox, &str),
    ) {
        let mut child = self
            .command(program)
            .arg(account.as_str())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sample was built");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut before = String::new();
        output.read_line(&mut before).expect("samples print UTF-8");
        let session = before.split_whitespace().last().expect("the line ends with a session");
        user(&self.sandbox, session);
        // Closing the input ends the wait.
        drop(child.stdin.take());
        let mut after = String::new();
        output.read_to_string(&mut after).expect("samples print UTF-8");
        assert!(child.wait().expect("it ends").success(), "{}", program.name);
        self.transcript += &format!("$ {} {account}\n{before}# {note}\n{after}", program.name);
    }

    /// What happens between two runs, as the guide says it.
    fn note(&mut self, text: &str) {
        self.transcript += &format!("# {text}\n");
    }

    /// The guide shows this transcript, but for what varies.
    fn is_shown(&self, name: &str) {
        compare(&format!("guide_{name}"), &self.transcript);
        compare(&format!("guide_{name}"), &read(format!("docs/guide/samples/{name}.out")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_prints_the_outcome_of_each_feature() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    trial.run(program!("refresh"), &[account.as_str()]);
    trial.note("five seconds later");
    trial.sandbox.clock().advance(Duration::from_secs(5));
    trial.run(program!("refresh"), &[account.as_str()]);
    trial.note("a day later, the bank is down");
    trial.sandbox.clock().advance(DAY);
    trial.sandbox.plan_refresh(&account, Feature::Balance, RefreshOutcome::Failed).unwrap();
    trial.run(program!("refresh"), &[account.as_str()]);
    trial.is_shown("refresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn thin_waits_for_the_event_of_each_outcome() {
    const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
    let mut trial = Trial::with_delay(Duration::from_secs(5)).await;
    let (_, account) = trial.account().await;
    for outcome in ["succeeded", "failed"] {
        if outcome == "failed" {
            trial.note("a day later, the bank is down");
            trial.sandbox.clock().advance(DAY);
            trial.sandbox.plan_refresh(&account, Feature::Balance, RefreshOutcome::Failed).unwrap();
        }
        let mut command = trial.command(program!("thin"));
        command.env("WEBHOOK_SECRET", SECRET).arg(account.as_str()).stdout(Stdio::piped());
        let mut process = Running(command.spawn().expect("the sample was built"));
        let mut printed = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let mut next = || printed.next().map(|line| format!("{}\n", line.unwrap()));
        let listening = next().expect("it says where it listens");
        trial.transcript += &format!("$ thin {account}\n{listening}");
        // The refresh begins after the program listens.
        let pending = || async {
            let account = trial.fc.accounts().retrieve(&account).send().await.unwrap();
            account.balance_refresh.filter(|refresh| refresh.status == RefreshStatus::Pending)
        };
        let refresh = eventually(Duration::from_secs(60), pending).await.unwrap();
        trial.sandbox.clock().advance(Duration::from_secs(5));

        let kind = format!("v1.financial_connections.account.balance_refresh_{outcome}");
        trial.note(&format!("Stripe posts {kind}"));
        let created = jiff::Timestamp::from_second(refresh.last_attempted_at.as_secs() + 5).unwrap();
        let body = serde_json::json!({
            "id": format!("evt_{outcome}"), "object": "v2.core.event", "type": kind, "created": created.to_string(),
            "livemode": false, "related_object": {
                "id": account, "type": "financial_connections.account",
                "url": format!("/v1/financial_connections/accounts/{account}"),
            },
        })
        .to_string();
        let now = Timestamp::from(std::time::SystemTime::now());
        let signature = Signer::new(Secret::new(SECRET).unwrap()).sign(&body, now);
        let address = listening.trim_end().strip_prefix("listening on http://").unwrap();
        let headers = format!("Stripe-Signature: {signature}\r\n");
        assert_eq!(request(address, "POST", "/webhooks/thin", &headers, &body).await.0, 200);
        trial.transcript.extend(std::iter::from_fn(next));
        assert!(process.0.wait().unwrap().success());
    }
    trial.is_shown("thin");
}

#[tokio::test(flavor = "multi_thread")]
async fn debit_has_an_answer_for_each_state_of_the_account() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    trial.run(program!("debit"), &[account.as_str(), "1000"]);
    trial.run(program!("debit"), &[account.as_str(), "900000000"]);
    trial.note("a day later, the bank is down");
    trial.sandbox.clock().advance(DAY);
    trial.sandbox.plan_refresh(&account, Feature::Balance, RefreshOutcome::Failed).unwrap();
    trial.run(program!("debit"), &[account.as_str(), "1000"]);
    trial.note("the bank ended the connection");
    trial.sandbox.deactivate(&account).unwrap();
    trial.run(program!("debit"), &[account.as_str(), "1000"]);
    trial.note("the user disconnected the account");
    trial.fc.accounts().disconnect(&account).send().await.unwrap();
    trial.run(program!("debit"), &[account.as_str(), "1000"]);
    trial.is_shown("debit");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_reads_what_is_new_at_each_run() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    let file = scratch("guide_transactions").join("my.db");
    let arguments = [account.as_str(), file.to_str().unwrap()];
    trial.run(program!("transactions"), &arguments);
    trial.note("a week later");
    trial.sandbox.clock().advance(7 * DAY);
    trial.run(program!("transactions"), &arguments);
    trial.is_shown("transactions");
    let listed = trial.fc.transactions().list(&account).items().into_vec().await.unwrap().len();
    assert!(
        trial.transcript.ends_with(&format!("{listed} transactions are stored\n")),
        "{}",
        trial.transcript
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mirror_handles_each_change_once() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    let file = scratch("guide_mirror").join("bank.db");
    let refresh =
        trial.fc.accounts().refresh(&account, [RefreshFeature::Balance, RefreshFeature::Transactions]);
    refresh.until_settled(Duration::from_secs(60)).await.unwrap();
    trial.run(program!("mirror"), &[file.to_str().unwrap()]);
    trial.run(program!("mirror"), &[file.to_str().unwrap()]);
    let counts: Vec<&str> = trial.transcript.lines().filter(|line| line.starts_with("new tr")).collect();
    assert_eq!(counts[0], counts[1], "the second run finds nothing new");
    trial.note("a new copy, after the bank ended the connection");
    trial.sandbox.deactivate(&account).unwrap();
    trial.run(program!("mirror"), &[file.with_file_name("new.db").to_str().unwrap()]);
    trial.is_shown("mirror");
}

#[tokio::test(flavor = "multi_thread")]
async fn relink_says_what_to_tell_the_user() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    trial.run(program!("relink"), &[account.as_str()]);
    trial.note("the bank ended the connection");
    trial.sandbox.deactivate(&account).unwrap();
    trial.run(program!("relink"), &[account.as_str()]);
    trial.is_shown("relink");
}

#[tokio::test(flavor = "multi_thread")]
async fn relink_preview_makes_the_same_account_active_again() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    trial.sandbox.deactivate(&account).unwrap();
    trial.run_meanwhile(
        program!("relink_preview"),
        &account,
        "the user logs in again",
        |sandbox, session| {
            assert_eq!(sandbox.relink(session).unwrap(), std::slice::from_ref(&account));
        },
    );
    trial.note("the password was changed");
    trial.sandbox.deactivate_because(&account, InactiveCause::AccessDenied).unwrap();
    trial.run_meanwhile(program!("relink_preview"), &account, "the user leaves", |sandbox, session| {
        sandbox.end_session(session, SessionEnd::Cancelled).unwrap();
    });
    trial.run_meanwhile(
        program!("relink_preview"),
        &account,
        "the bank finds no account",
        |sandbox, session| {
            sandbox.end_session(session, SessionEnd::NoAccount).unwrap();
        },
    );
    trial.is_shown("relink_preview");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_makes_one_session_although_a_response_is_lost() {
    let mut trial = Trial::start().await;
    let (_, account) = trial.account().await;
    trial.sandbox.deactivate(&account).unwrap();
    trial.sandbox.faults().inject(Fault::reply_lost().on("create_session")).unwrap();
    trial.run(program!("errors"), &[account.as_str()]);
    assert!(trial.sandbox.faults().pending().is_empty(), "the response was lost");
    trial.is_shown("errors");
}

#[tokio::test(flavor = "multi_thread")]
async fn erase_disconnects_and_erases_each_account_of_a_customer() {
    let mut trial = Trial::start().await;
    let (customer, account) = trial.account().await;
    let file = scratch("guide_erase").join("bank.db");
    trial.run(program!("mirror"), &[file.to_str().unwrap()]);
    trial.transcript.clear();
    let arguments = [customer.as_str(), file.to_str().unwrap()];
    trial.run(program!("erase"), &arguments);
    trial.note("again");
    trial.run(program!("erase"), &arguments);
    trial.is_shown("erase");
    assert!(trial.fc.accounts().retrieve(&account).send().await.unwrap().is_disconnected());
}

/// A server that a test started.
struct Server {
    process: Child,
    printed: BufReader<std::process::ChildStdout>,
    address: String,
    /// Signing secret that the first start printed.
    secret: String,
}

impl Server {
    /// Starts the first application with the exports of the guide's `trial.sh`, at this sandbox.
    fn start(trial: &Trial, database: &str, secrets: Option<&str>) -> Self {
        let program = program!("first_app");
        let mut command = Command::new(program.path);
        command.env_clear().env("ADDRESS", "127.0.0.1:0").env("DATABASE", database);
        for (name, value) in super::commands::exports(&read("docs/guide/samples/trial.sh")) {
            command.env(name, value.replace("http://127.0.0.1:12111", trial.sandbox.base_url()));
        }
        command.envs(secrets.map(|secrets| ("WEBHOOK_SECRETS", secrets)));
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the sample was built");
        let mut server = Self {
            printed: BufReader::new(process.stdout.take().unwrap()),
            process,
            address: String::new(),
            secret: String::new(),
        };
        if secrets.is_none() {
            let line = server.line();
            line.strip_prefix("WEBHOOK_SECRETS=")
                .expect("it prints the secret")
                .clone_into(&mut server.secret);
        }
        let line = server.line();
        line.strip_prefix("listening on http://")
            .expect("it says where it listens")
            .clone_into(&mut server.address);
        server
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.printed.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Status and body of a response.
    async fn call(&self, method: &str, path: &str) -> (u16, String) {
        request(&self.address, method, path, "", "").await
    }
}

/// Status and body of a response. Each header ends in a line break.
async fn request(address: &str, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").expect("a response has a head");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_application_links_mirrors_and_answers_before_a_debit() {
    let trial = Trial::start().await;
    let database = format!("sqlite:{}", scratch("guide_first_app").join("bank.db").display());
    let app = Server::start(&trial, &database, None);

    let (status, page) = app.call("GET", "/").await;
    let script = format!("src=\"{}/_sandbox/fc.js\"", trial.sandbox.base_url());
    assert!(status == 200 && page.contains(&script) && page.contains("Stripe('pk_test_"), "{status} {page}");

    let (status, secret) = app.call("POST", "/session").await;
    assert_eq!(status, 200, "{secret}");
    let account = trial.sandbox.link(&secret, [AccountSpec::checking()]).unwrap().remove(0);
    let (status, linked) = app.call("POST", &format!("/linked/{}", only_session(&trial))).await;
    assert_eq!((status, linked), (200, format!("{account} Test Institution\n")));

    // The webhook brings the account into the mirror.
    let minute = Duration::from_secs(60);
    let asked = || async {
        let (status, text) = app.call("POST", &format!("/debit/{account}/1000")).await;
        (status == 200).then_some(text)
    };
    assert_eq!(eventually(minute, asked).await.unwrap(), "yes");
    let (_, text) = app.call("POST", &format!("/debit/{account}/900000000")).await;
    assert_eq!(text, "no, there is not enough money");

    // The subscription brings the transactions into the database.
    let file = database.strip_prefix("sqlite:").unwrap();
    let reader =
        rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mirrored = || {
        let count = reader.query_row("SELECT count(*) FROM fc_transaction", [], |row| row.get::<_, i64>(0));
        std::future::ready(count.ok().filter(|count| *count > 0))
    };
    assert_eq!(eventually(minute, mirrored).await.unwrap(), 40);

    // While the secret is rolled, a second start with both secrets still takes events.
    roll(&trial, &database, &app, &account).await;

    // Sessions and accounts of other users are refused.
    let (customer, other) = trial.account().await;
    assert_eq!(app.call("POST", &format!("/debit/{other}/1")).await.0, 500);
    let holder = NewAccountHolder::Customer(customer.parse().unwrap());
    let session = trial.fc.sessions().create(holder, [Permission::Balances]).send().await.unwrap();
    assert_eq!(app.call("POST", &format!("/linked/{}", session.id)).await.0, 500);
}

/// Rolls the secret of the endpoint, and starts the application again with both.
async fn roll(trial: &Trial, database: &str, app: &Server, account: &AccountId) {
    let endpoint = trial.fc.webhook_endpoints().list().send().await.unwrap().remove(0);
    let new = trial.sandbox.roll_webhook_secret(&endpoint.id, Duration::ZERO).unwrap();
    let second = Server::start(trial, database, Some(&format!("{new},{}", app.secret)));
    let update = trial.fc.client().raw_call(Method::Post, &format!("/v1/webhook_endpoints/{}", endpoint.id));
    let url = format!("http://{}/webhooks/stripe", second.address);
    let _: serde_json::Value = update.extra_param("url", url).send().await.unwrap();
    trial.sandbox.deactivate(account).unwrap();
    trial.sandbox.deliver_webhooks().await;
    let last = trial.sandbox.deliveries(KEY).pop().unwrap();
    assert_eq!(last["attempts"][0]["status"], 200, "{last}");
}

/// The id of the only session, which the linking page gives to the browser.
fn only_session(trial: &Trial) -> String {
    let state = trial.sandbox.export();
    let mut ids =
        state.split('"').filter(|text| text.starts_with("fcsess_") && !text.contains("client_secret"));
    ids.next_back().expect("the exported state has the session").to_owned()
}
