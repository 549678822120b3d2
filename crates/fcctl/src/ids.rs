//! Ids for completions: real accounts.

use std::time::Duration;

use clap_complete::CompletionCandidate;

use crate::settings::SettingsArguments;

/// Longest wait for the list, after which the shell completes nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ids of the accounts that the key of the environment sees, with institution and name.
pub(crate) fn accounts() -> Vec<CompletionCandidate> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    runtime
        .block_on(async { tokio::time::timeout(PATIENCE, list()).await.ok().flatten().unwrap_or_default() })
}

async fn list() -> Option<Vec<CompletionCandidate>> {
    let target = SettingsArguments::default().target().ok()?;
    let client = fc_ext::Client::new(target.config.with_max_retries(0)).ok()?;
    let page = client.list_accounts().limit(100).send().await.ok()?;
    let candidates = page.data.iter().map(|account| {
        let name = account.display_name.as_ref().unwrap_or(&account.institution_name);
        let help = format!("{}, {name}", account.institution_name);
        CompletionCandidate::new(account.id.as_str()).help(Some(help.into()))
    });
    Some(candidates.collect())
}
