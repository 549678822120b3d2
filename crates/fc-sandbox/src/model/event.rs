//! Events and what caused them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api_version::Surface;
use crate::clock::{self, Instant};
use crate::store::table::Identified;

/// How long an event can be read.
pub(crate) const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Who gets events of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody.
    Ga,
    /// Callers and endpoints with a version of the preview.
    Preview,
    /// Event destinations for thin events.
    Thin,
}

/// Defines [`EventType`] from one table of names for each audience.
macro_rules! event_types {
    ($($audience:ident { $($variant:ident = $name:literal,)+ })+) => {
        /// The type of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum EventType {
            $($(#[serde(rename = $name)] $variant,)+)+
        }

        impl EventType {
            /// All types of events that the sandbox knows.
            pub(crate) const ALL: &[Self] = &[$($(Self::$variant),+),+];

            /// The name that the API shows.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }

            /// Who gets events of the type.
            pub(crate) const fn audience(self) -> Audience {
                match self {
                    $($(Self::$variant => Audience::$audience,)+)+
                }
            }
        }
    };
}

event_types! {
    Ga {
        AccountNumbersUpdated = "financial_connections.account.account_numbers_updated",
        AccountCreated = "financial_connections.account.created",
        AccountDeactivated = "financial_connections.account.deactivated",
        AccountDisconnected = "financial_connections.account.disconnected",
        AccountDeactivationDateUpdated = "financial_connections.account.expected_deactivation_date_updated",
        AccountReactivated = "financial_connections.account.reactivated",
        AccountRefreshedBalance = "financial_connections.account.refreshed_balance",
        AccountRefreshedOwnership = "financial_connections.account.refreshed_ownership",
        AccountRefreshedTransactions = "financial_connections.account.refreshed_transactions",
        AccountPaymentMethodsUpdated = "financial_connections.account.supported_payment_method_types_updated",
        AccountUpcomingNumberExpiry = "financial_connections.account.upcoming_account_number_expiry",
        AccountUpcomingDeactivation = "financial_connections.account.upcoming_deactivation",
        AuthorizationDeactivationDateUpdated = "financial_connections.authorization.expected_deactivation_date_updated",
        AuthorizationUpcomingDeactivation = "financial_connections.authorization.upcoming_deactivation",
    }
    Preview {
        AccountRefreshedInferredBalances = "financial_connections.account.refreshed_inferred_balances",
        SessionUpdated = "financial_connections.session.updated",
    }
    Thin {
        ThinAccountNumbersUpdated = "v1.financial_connections.account.account_numbers_updated",
        ThinAccountCreated = "v1.financial_connections.account.created",
        ThinAccountDeactivated = "v1.financial_connections.account.deactivated",
        ThinAccountDisconnected = "v1.financial_connections.account.disconnected",
        ThinAccountDeactivationDateUpdated = "v1.financial_connections.account.expected_deactivation_date_updated",
        ThinAccountReactivated = "v1.financial_connections.account.reactivated",
        ThinAccountRefreshedBalance = "v1.financial_connections.account.refreshed_balance",
        ThinAccountRefreshedOwnership = "v1.financial_connections.account.refreshed_ownership",
        ThinAccountRefreshedTransactions = "v1.financial_connections.account.refreshed_transactions",
        ThinAccountPaymentMethodsUpdated = "v1.financial_connections.account.supported_payment_method_types_updated",
        ThinAccountUpcomingNumberExpiry = "v1.financial_connections.account.upcoming_account_number_expiry",
        ThinAccountUpcomingDeactivation = "v1.financial_connections.account.upcoming_deactivation",
        BalanceRefreshFailed = "v1.financial_connections.account.balance_refresh_failed",
        BalanceRefreshSucceeded = "v1.financial_connections.account.balance_refresh_succeeded",
        InferredBalancesRefreshFailed = "v1.financial_connections.account.inferred_balances_refresh_failed",
        InferredBalancesRefreshSucceeded = "v1.financial_connections.account.inferred_balances_refresh_succeeded",
        OwnershipRefreshFailed = "v1.financial_connections.account.ownership_refresh_failed",
        OwnershipRefreshSucceeded = "v1.financial_connections.account.ownership_refresh_succeeded",
        // The sandbox has no such refresh. An application enables all types at once, so the names are known.
        RiskIntelligenceRefreshFailed = "v1.financial_connections.account.risk_intelligence_refresh_failed",
        RiskIntelligenceRefreshSucceeded = "v1.financial_connections.account.risk_intelligence_refresh_succeeded",
        TransactionsRefreshFailed = "v1.financial_connections.account.transactions_refresh_failed",
        TransactionsRefreshSucceeded = "v1.financial_connections.account.transactions_refresh_succeeded",
    }
}

impl EventType {
    /// Whether callers and endpoints with a version of `surface` see events of the type.
    pub(crate) fn is_shown_in(self, surface: Surface) -> bool {
        match self.audience() {
            Audience::Ga => true,
            Audience::Preview => surface == Surface::Preview,
            Audience::Thin => false,
        }
    }

    /// The types that callers and endpoints with a version of `surface` see.
    pub(crate) fn shown_in(surface: Surface) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |kind| kind.is_shown_in(surface))
    }

    /// The types of thin events.
    pub(crate) fn thin_ones() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.audience() == Audience::Thin)
    }

    /// The type of the thin event for the same change, if there is one.
    pub(crate) fn thin(self) -> Option<Self> {
        Self::thin_ones().find(|thin| thin.as_str().strip_prefix("v1.") == Some(self.as_str()))
    }
}

/// Something that happened, with the object as it was at that time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(deserialize_with = "clock::unix")]
    pub(crate) created: i64,
    pub(crate) kind: EventType,
    /// JSON text: it takes little memory, and events are rarely read. Of a thin event, the object that it is about.
    pub(crate) object: String,
    /// The members of the object that the preview adds or shows otherwise, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) preview: Option<String>,
    pub(crate) cause: Option<Cause>,
    /// The number of deliveries that have not succeeded.
    pub(crate) pending_webhooks: u32,
}

/// The API call that caused an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cause {
    pub(crate) request_id: String,
    pub(crate) idempotency_key: Option<String>,
}

impl Event {
    /// Whether the event can still be read.
    pub(crate) fn is_retained(&self, now: Instant) -> bool {
        Instant::from_unix(self.created).after(RETENTION).unix() > now.unix()
    }
}

impl Identified for Event {
    const REMOVABLE: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_event_of_ga_has_a_thin_one() {
        assert_eq!(EventType::thin_ones().count(), 22);
        for kind in EventType::shown_in(Surface::Ga) {
            let is_about_account = kind.as_str().starts_with("financial_connections.account.");
            assert_eq!(kind.thin().is_some(), is_about_account, "{}", kind.as_str());
        }
        assert_eq!(EventType::SessionUpdated.thin(), None);
    }
}
