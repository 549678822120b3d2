//! Names of the API's operations.

use std::fmt;
use std::str::FromStr;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};

use crate::api_version::Surface;

/// The name of an operation, as faults use it: `refresh_account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OperationName {
    CreateCustomer,
    CreateSession,
    CreateWebhookEndpoint,
    DeleteCustomer,
    DeleteWebhookEndpoint,
    DisconnectAccount,
    ListAccountInferredBalances,
    ListAccountOwners,
    ListAccounts,
    ListCustomers,
    ListEvents,
    ListInstitutions,
    ListTransactions,
    ListWebhookEndpoints,
    RefreshAccount,
    RetrieveAccount,
    RetrieveAuthorization,
    RetrieveCustomer,
    RetrieveEvent,
    RetrieveInstitution,
    RetrieveSession,
    RetrieveTransaction,
    RetrieveWebhookEndpoint,
    SearchCustomers,
    SubscribeAccount,
    UnsubscribeAccount,
    UpdateCustomer,
    UpdateWebhookEndpoint,
}

impl OperationName {
    /// The surface that has the operation.
    pub(crate) fn surface(self) -> Surface {
        match self {
            Self::ListAccountInferredBalances
            | Self::ListInstitutions
            | Self::RetrieveAuthorization
            | Self::RetrieveInstitution => Surface::Preview,
            _ => Surface::Ga,
        }
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FromStr for OperationName {
    /// It lists the names that there are.
    type Err = serde::de::value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        assert_eq!(OperationName::RefreshAccount.to_string(), "refresh_account");
        assert_eq!("refresh_account".parse(), Ok(OperationName::RefreshAccount));
        let unknown = "refresh".parse::<OperationName>().expect_err("there is none").to_string();
        assert!(unknown.contains("refresh_account") && unknown.contains("list_events"), "{unknown}");
    }
}
