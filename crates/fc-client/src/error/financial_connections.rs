//! Predicates for the error codes of Financial Connections.
//!
//! Only this file of the runtime knows codes of the product. The generator names the codes ([`ErrorCode`](crate::types::ErrorCode)); what
//! a caller does about one is in no spec.

use crate::error::Error;

impl Error {
    /// Whether the account is inactive, so that it cannot be refreshed or subscribed to: the institution no longer gives
    /// access. The user has to relink it by logging in again. Data that was read before stays readable. Nothing was started.
    #[must_use]
    pub fn is_account_inactive(&self) -> bool {
        self.has_code("financial_connections_account_inactive")
    }

    /// Whether transactions were listed before a refresh of them succeeded. Refresh the feature `transactions`, wait until it
    /// succeeded, then list again.
    #[must_use]
    pub fn is_no_successful_transaction_refresh(&self) -> bool {
        self.has_code("financial_connections_no_successful_transaction_refresh")
    }

    /// Whether a payment method was requested before the numbers of the account are known. Retry when the event
    /// `financial_connections.account.account_numbers_updated` arrives.
    #[must_use]
    pub fn is_account_numbers_pending(&self) -> bool {
        self.has_code("financial_connections_account_pending_account_numbers")
    }

    /// Whether a payment method was requested and the account has no usable numbers. That is permanent: let the user link
    /// another account.
    #[must_use]
    pub fn is_account_numbers_unavailable(&self) -> bool {
        self.has_code("financial_connections_account_unavailable_account_numbers")
    }

    fn has_code(&self, code: &str) -> bool {
        self.code().is_some_and(|it| it.as_str() == code)
    }
}
