//! What every request can do, whatever it asks for.

/// Gives a request type, which has `into_call(self) -> Call` and a field `call`, the methods that send it.
///
/// `request!(ListAccounts -> List<Account>, get)` or `request!(RefreshAccount -> Account, post)`; only a POST takes an
/// idempotency key.
macro_rules! request {
    ($request:ident -> $output:ty, get) => {
        request!(@send $request -> $output);
    };
    ($request:ident -> $output:ty, post) => {
        request!(@send $request -> $output);

        impl $request {
            /// Sets the idempotency key, at most 255 visible characters; without it a random one is made.
            ///
            /// Stripe executes a request once per key and answers a repetition with the stored result, for at least a
            /// day. Give a key of your own when the same action may be attempted again by another process.
            pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
                self.call = self.call.idempotency_key(key);
                self
            }
        }
    };
    (@send $request:ident -> $output:ty) => {
        impl $request {
            /// The client that it will be sent by.
            #[must_use]
            pub fn client(&self) -> &$crate::Client {
                self.call.client()
            }

            /// Acts on behalf of a connected account in this call, whatever the client's own setting is.
            pub fn stripe_account(mut self, account: impl Into<::fc_types::ConnectedAccountId>) -> Self {
                self.call = self.call.stripe_account(account);
                self
            }

            /// Sends the request and returns what it asked for.
            ///
            /// # Errors
            ///
            /// [`Error`](crate::Error) of every kind; see [`ErrorKind`](crate::ErrorKind).
            ///
            /// # Cancel safety
            ///
            /// Dropping the future abandons the answer, not the request: Stripe may have executed it.
            pub async fn send(self) -> Result<$output, $crate::Error> {
                Ok(self.send_response().await?.into_inner())
            }

            /// Sends the request and returns what it asked for, together with status, headers and request id.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            ///
            /// # Cancel safety
            ///
            /// As [`send`](Self::send).
            pub async fn send_response(self) -> Result<$crate::Response<$output>, $crate::Error> {
                self.into_call().send().await
            }
        }
    };
}
