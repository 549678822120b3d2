//! `/_sandbox/link`: a user goes through a session and links accounts.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use crate::bank::account_spec::{AccountKind, AccountSpec};
use crate::control::reply::{JsonBody, Refusal, Reply};
use crate::model::owner::AccountOwner;
use crate::sandbox::Sandbox;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    session: String,
    accounts: Vec<Account>,
}

/// The JSON of an account to be linked. What is missing stays as the kind has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    kind: AccountKind,
    institution: Option<String>,
    display_name: Option<String>,
    last4: Option<String>,
    currency: Option<String>,
    country: Option<String>,
    owners: Option<Vec<AccountOwner>>,
    transactions: Option<u32>,
    payable: Option<bool>,
}

impl From<Account> for AccountSpec {
    fn from(account: Account) -> Self {
        let spec = Self::from(account.kind);
        Self {
            institution: account.institution.unwrap_or(spec.institution),
            display_name: account.display_name.or(spec.display_name),
            last4: account.last4,
            currency: account.currency.unwrap_or(spec.currency),
            country: account.country.unwrap_or(spec.country),
            owners: account.owners,
            transactions: account.transactions.unwrap_or(spec.transactions),
            payable: spec.payable && account.payable != Some(false),
            ..spec
        }
    }
}

pub(crate) async fn link(
    State(sandbox): State<Sandbox>,
    JsonBody(Link { session, accounts }): JsonBody<Link>,
) -> Result<Reply, Refusal> {
    let specs = accounts.into_iter().map(AccountSpec::from);
    let ids = sandbox.link(session, specs).map_err(Refusal::invalid)?;
    Ok(json!({ "accounts": ids.iter().map(AsRef::as_ref).collect::<Vec<&str>>() }).into())
}
