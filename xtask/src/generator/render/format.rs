//! Formatting with the rustfmt of the toolchain, so that `cargo fmt` changes nothing.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The workspace's `rustfmt.toml`. rustfmt reads standard input here, so it does not find the file.
const OPTIONS: &str = include_str!("../../../../rustfmt.toml");

/// Formats one file; `path` is only named in errors.
pub(super) fn rustfmt(text: &str, path: &Path) -> Result<String> {
    let config: Vec<String> = OPTIONS
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| format!("{}={}", key.trim(), value.trim().trim_matches('"')))
        .collect();
    let mut child = Command::new("rustfmt")
        .args(["--emit", "stdout", "--config", &config.join(",")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run rustfmt: install it with `rustup component add rustfmt`")?;
    let mut stdin = child.stdin.take().context("rustfmt has no standard input")?;
    // rustfmt reads all input before it writes, so the pipes cannot deadlock.
    stdin.write_all(text.as_bytes()).context("rustfmt closed its input")?;
    drop(stdin);
    let output = child.wait_with_output().context("rustfmt did not end")?;
    if !output.status.success() {
        bail!(
            "rustfmt rejects the rendered {}: {}\n{text}",
            path.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("rustfmt wrote something other than UTF-8")
}
