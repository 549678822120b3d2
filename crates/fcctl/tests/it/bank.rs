//! A sandbox in the test's process, with a fixed clock and seed.

use std::time::Duration;

use fc_sandbox::{Clock, RunningSandbox, Sandbox, SandboxBuilder};
use tokio::runtime::Runtime;

use crate::program::{Home, Ran, run};

/// Time at which every bank begins: 2026-09-21T14:13:20Z.
pub(crate) const NOW: i64 = 1_790_000_000;

/// A sandbox that serves, and a folder for the program.
pub(crate) struct Bank {
    pub(crate) home: Home,
    pub(crate) sandbox: RunningSandbox,
    _runtime: Runtime,
}

impl Bank {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A bank whose refreshes end at once.
    pub(crate) fn with(change: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let builder = Sandbox::builder().clock(Clock::frozen(NOW)).seed(7).refresh_delay(Duration::ZERO);
        let sandbox = runtime.block_on(change(builder).start()).expect("a free port");
        Self { home: Home::new(), sandbox, _runtime: runtime }
    }

    /// Runs the program against this bank.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut self.home.at(self.sandbox.base_url(), arguments))
    }

    /// Links accounts of these kinds, and returns their ids.
    pub(crate) fn seed(&self, kinds: &[&str]) -> Vec<String> {
        let kinds = kinds.join(",");
        let text = self.run(&["sandbox", "seed", "--kind", &kinds, "--jsonl", "--fields", "id"]).ok();
        let id = |line: &str| {
            let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
            json["id"].as_str().expect("an id").to_owned()
        };
        text.lines().map(id).collect()
    }
}
