//! On whose behalf several calls are made, when they are to be made on the same.

use fc_types::ConnectedAccountId;

/// What `stripe_account` and `stripe_context` of a request are to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) account: Option<ConnectedAccountId>,
    pub(crate) context: Option<String>,
}

/// A generated request, sent within a [`Scope`]. A macro, since requests have these methods in common but no trait.
macro_rules! within {
    ($scope:expr, $request:expr) => {{
        let mut request = $request;
        if let Some(account) = &$scope.account {
            request = request.stripe_account(account);
        }
        if let Some(context) = &$scope.context {
            request = request.stripe_context(context);
        }
        request
    }};
}
