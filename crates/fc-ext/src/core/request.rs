//! What the requests of this module share.

/// Methods of a request that wraps a `RawCall` in its first field.
macro_rules! raw_request {
    ($request:ident) => {
        impl $request {
            /// Makes the call on behalf of a connected account.
            pub fn stripe_account(mut self, account: impl Into<fc_types::ConnectedAccountId>) -> Self {
                self.0 = self.0.stripe_account(account);
                self
            }

            /// Makes the call in a context, the value of the header `Stripe-Context`.
            pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
                self.0 = self.0.stripe_context(context);
                self
            }

            /// Adds a parameter for which there is no method.
            pub fn extra_param(mut self, name: &str, value: impl serde::Serialize) -> Self {
                self.0 = self.0.extra_param(name, value);
                self
            }

            /// Sets the deadline of the call, with all its attempts.
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.0 = self.0.timeout(timeout);
                self
            }

            /// Limits the retries of the call.
            pub fn max_retries(mut self, retries: u32) -> Self {
                self.0 = self.0.max_retries(retries);
                self
            }
        }
    };
    ($request:ident with idempotency key) => {
        raw_request!($request);

        impl $request {
            /// Sets the idempotency key. Default: a random one for each call.
            pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
                self.0 = self.0.idempotency_key(key);
                self
            }
        }
    };
}
