//! The sandbox in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use fc_sandbox::{Feature, Sandbox};

use crate::{Failure, Size};

/// Key of the bench.
pub(crate) const KEY: &str = "sk_test_0123456789abcdefwxyz";

/// The process, which ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn start(size: Size) -> Result<Server, Failure> {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["serve", &size.accounts.to_string(), &size.transactions.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut url = String::new();
    BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut url)?;
    Ok(Server { process, url: url.trim().to_owned() })
}

pub(crate) async fn serve(size: Size) -> Result<(), Failure> {
    let sandbox = Sandbox::builder()
        .population(size.accounts, size.transactions)
        .refresh_delay(std::time::Duration::ZERO)
        // The events ask for balances of accounts that were just loaded.
        .refresh_interval(Feature::Balance, std::time::Duration::ZERO)
        .start()
        .await?;
    writeln!(std::io::stdout(), "{}", sandbox.base_url())?;
    std::future::pending().await
}
