//! `/_sandbox/banks`: the test institutions, and the outage of a bank.

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bank::institution::Institution;
use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::fault::Fault;
use crate::sandbox::Sandbox;

pub(super) async fn list(State(sandbox): State<Sandbox>) -> Reply {
    let banks = Institution::all().iter().map(|institution| {
        let accounts: Vec<Option<String>> =
            institution.accounts().into_iter().map(|account| account.display_name).collect();
        json!({
            "name": institution.name(),
            "down": institution.outage().is_some() || sandbox.faults().has_outage(institution.name()),
            "accounts": accounts,
        })
    });
    json!({ "banks": banks.collect::<Value>() }).into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetOutage {
    /// Any bank that an account can be linked at.
    name: String,
    down: bool,
}

/// Makes a bank unavailable until it is available again. It is a fault, so it ends with all faults too.
pub(super) async fn set(
    State(sandbox): State<Sandbox>,
    JsonBody(SetOutage { name, down }): JsonBody<SetOutage>,
) -> Result<Reply, Refusal> {
    if name.is_empty() {
        return Err(Refusal::invalid("`name` is the name of a bank"));
    }
    let was_down = sandbox.faults().has_outage(&name);
    if down && !was_down {
        sandbox.faults().inject(Fault::institution_down(&name)).map_err(Refusal::invalid)?;
    } else if !down {
        sandbox.faults().restore_institution(&name);
    }
    Ok(json!({ "name": name, "down": down }).into())
}
