//! Connected account and context that several calls share.

use fc_types::ConnectedAccountId;

/// `stripe_account` and `stripe_context` of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) account: Option<ConnectedAccountId>,
    pub(crate) context: Option<String>,
}

/// Sets the [`Scope`] on a generated request. A macro, because the requests share these methods but no trait.
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
