//! Formatting with the toolchain's own rustfmt, so that `cargo fmt` has nothing to change.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The options of the workspace's `rustfmt.toml`, which a file in a scratch folder would not find.
const OPTIONS: &str = include_str!("../../../rustfmt.toml");

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
    // rustfmt reads everything before it writes, so the pipes cannot block each other.
    stdin.write_all(text.as_bytes()).context("rustfmt closed its input")?;
    drop(stdin);
    let output = child.wait_with_output().context("rustfmt did not end")?;
    if !output.status.success() {
        bail!(
            "rustfmt refuses the rendered {}: {}\n{text}",
            path.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("rustfmt wrote something other than UTF-8")
}
