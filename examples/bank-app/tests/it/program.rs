//! The program under test, a browser for it, and the controls of its sandbox.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fc_ext::client::http_client_builder;
use fc_ext::client::reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use fc_ext::client::reqwest::{Client, Method, Response, redirect};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for what another task does.
const PATIENCE: Duration = Duration::from_secs(60);

/// Command that starts the program on a free port, with its data in a folder.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bank-app"));
    command.env_clear().env("ADDRESS", "127.0.0.1:0").env("DATA", data);
    command
}

/// The running program. It is killed at the end.
pub(crate) struct Program {
    pub(crate) data: TempDir,
    pub(crate) url: String,
    /// The sandbox inside.
    sandbox: String,
    client: Client,
    child: Child,
    /// Reads the log, so that a full pipe never stops the program.
    log: Option<JoinHandle<String>>,
}

impl Program {
    pub(crate) fn start() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), &[])
    }

    /// Starts the program so that no page waits for the mirror.
    pub(crate) fn without_patience() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), &[("PATIENCE", "0")])
    }

    /// Kills the program, and starts it again with its data.
    pub(crate) fn restarted(mut self) -> Self {
        self.kill();
        let data = std::mem::replace(&mut self.data, tempfile::tempdir().unwrap());
        Self::in_folder(data, &[])
    }

    fn in_folder(data: TempDir, settings: &[(&str, &str)]) -> Self {
        // Everything that the program, the mirror and the client can log.
        let mut child = command(data.path())
            .env("RUST_LOG", "debug")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = |start: &str| {
            let line = lines.next().expect("the program says where it listens").unwrap();
            line.strip_prefix(start).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let url = line("bank-app: ");
        let sandbox = line("sandbox: ").replace("/_sandbox/console", "");
        let client = http_client_builder().unwrap().redirect(redirect::Policy::none()).no_proxy();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).expect("the log is UTF-8");
            log
        });
        Self { data, url, sandbox, client: client.build().unwrap(), child, log: Some(log) }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills the program, and returns what it logged.
    pub(crate) fn log(mut self) -> String {
        self.kill();
        self.log.take().unwrap().join().unwrap()
    }

    /// A browser that is not signed in.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { program: self, cookie: None }
    }

    /// A browser in which a test user is signed in.
    pub(crate) async fn signed_in(&self, user: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.post("/sign-in", &format!("user={user}")).await;
        assert_eq!(answer.leads_to(), "/accounts");
        browser
    }

    /// Reads a control of the sandbox, or posts to it.
    pub(crate) async fn control(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox);
        let request = match body {
            Some(body) => self.client.post(url).body(body.to_string()),
            None => self.client.get(url),
        };
        let text = request.send().await.unwrap().text().await.unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value.get("sandbox_error").is_none(), "{path}: {value}");
        value
    }

    /// The database of the mirror.
    pub(crate) fn mirror(&self) -> Connection {
        let mirror = Connection::open(self.data.path().join("sandbox/mirror.db")).unwrap();
        mirror.busy_timeout(PATIENCE).unwrap();
        mirror
    }

    /// Waits until a count in the database of the mirror is not 0.
    pub(crate) async fn mirror_until(&self, count: &str) {
        let (mirror, start) = (self.mirror(), Instant::now());
        while mirror.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap() == 0 {
            assert!(start.elapsed() < PATIENCE, "{count}");
            tokio::task::yield_now().await;
        }
    }

    /// What the sandbox knows of an account, by a path below it.
    pub(crate) async fn account(&self, id: &str, path: &str) -> Value {
        let world = self.control(&format!("find/{id}"), None).await["world"].as_str().unwrap().to_owned();
        self.control(&format!("worlds/{world}/accounts/{id}{path}"), None).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a browser got.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    /// Where a redirect leads.
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.headers[LOCATION].to_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The text between two marks, at each place.
    pub(crate) fn between<'t>(&'t self, from: &'t str, to: &'t str) -> Vec<&'t str> {
        self.text.split(from).skip(1).filter_map(|rest| rest.split(to).next()).collect()
    }
}

/// A browser with the cookie of one user.
pub(crate) struct Browser<'p> {
    pub(crate) program: &'p Program,
    pub(crate) cookie: Option<String>,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Sends a form, as a page of the app does.
    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Answer {
        let origin = self.program.url.clone();
        self.send(Method::POST, path, Some(form), &[(ORIGIN.as_str(), &origin)]).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        form: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.program.client.request(method, format!("{}{path}", self.program.url));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.to_owned());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        if let Some(set) = answer.headers.get(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }

    /// Reads a page until it is as wanted.
    pub(crate) async fn until(&mut self, path: &str, is_met: impl Fn(&Answer) -> bool) -> Answer {
        let start = Instant::now();
        loop {
            let answer = self.get(path).await;
            if is_met(&answer) {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{path}: {}", answer.text);
            tokio::task::yield_now().await;
        }
    }

    /// Opens a session, as the page that links does: the client secret.
    pub(crate) async fn client_secret(&mut self) -> String {
        let answer = self.post("/link/session", "").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text
    }

    /// Links accounts of a bank: their ids, and where the app leads.
    pub(crate) async fn link(&mut self, accounts: Value) -> (Vec<String>, String) {
        let secret = self.client_secret().await;
        let linked =
            self.program.control("link", Some(json!({ "session": secret, "accounts": accounts }))).await;
        let ids: Vec<String> = serde_json::from_value(linked["accounts"].clone()).unwrap();
        let session = self.program.account(&ids[0], "").await["sessions"][0].as_str().unwrap().to_owned();
        let answer = self.post(&format!("/link/session/{session}/end"), "").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        (ids, answer.text)
    }
}
