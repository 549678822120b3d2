//! A first load by the mirror.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use fc_ext::{ApiKey, Config};
use fc_mirror::{Mirror, MirrorBuilder};

use crate::Failure;
use crate::sandbox::KEY;

/// Webhook secret of the bench.
pub(crate) const SECRET: &str = "whsec_of_the_bench";

/// Figures of a load.
pub(crate) struct Loaded {
    pub(crate) seconds: f64,
    pub(crate) peak_kib: f64,
}

/// Runs the load in a process of its own.
pub(crate) fn run(url: &str, store: &str) -> Result<Loaded, Failure> {
    let output = Command::new(std::env::current_exe()?).args(["load", url, store]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(seconds), Some(peak_kib)) => {
            Ok(Loaded { seconds: seconds.parse()?, peak_kib: peak_kib.parse()? })
        }
        _ => Err(format!("the load failed: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// The mirror at a rate that its limits do not hold back.
pub(crate) fn builder(url: &str) -> Result<MirrorBuilder, Failure> {
    let config = Config::new(ApiKey::new(KEY)?).with_base_url(url);
    Ok(Mirror::builder().config(config).webhook_secret(SECRET).rate_limits(1_000_000, 1_000_000))
}

pub(crate) async fn child(url: &str, store: &str) -> Result<(), Failure> {
    let start = Instant::now();
    let mirror = builder(url)?.open(store).await?;
    let status = mirror.run_until_idle().await?;
    let seconds = start.elapsed().as_secs_f64();
    if status.failing > 0 {
        return Err("accounts failed".into());
    }
    let proc = std::fs::read_to_string("/proc/self/status")?;
    let peak = proc.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let peak = peak.trim().trim_end_matches(" kB");
    writeln!(std::io::stdout(), "{seconds} {peak}")?;
    Ok(())
}
