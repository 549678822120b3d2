//! The methods that every request has.

/// Writes the methods of a request type, which has `into_call(self) -> Call` and a field `call`.
///
/// `request!(ListAccounts -> List<Account>, get)` or `request!(RefreshAccount -> Account, post)`. Only a POST has an
/// idempotency key.
macro_rules! request {
    ($request:ident -> $output:ty, get) => {
        request!(@send $request -> $output);
    };
    ($request:ident -> $output:ty, delete) => {
        request!(@send $request -> $output);
    };
    ($request:ident -> $output:ty, post) => {
        request!(@send $request -> $output);

        impl $request {
            /// Sets the idempotency key, at most 255 visible characters; by default a random one.
            ///
            /// Stripe executes a request once per key and answers a retry with the stored result, for at least a day. Set
            /// a key of your own if another process may repeat the same action.
            pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
                self.call = self.call.idempotency_key(key);
                self
            }
        }
    };
    (@send $request:ident -> $output:ty) => {
        impl $request {
            /// The client that sends the request.
            #[must_use]
            pub fn client(&self) -> &$crate::Client {
                self.call.client()
            }

            /// Adds a parameter that this version does not know, such as one in preview.
            ///
            /// Objects and arrays are sent as Stripe reads them, `name[key]=…`. A value without such a form is refused when
            /// the request is sent. A parameter that the request has a method for would be sent twice: call that method.
            pub fn extra_param(mut self, name: &str, value: impl ::serde::Serialize) -> Self {
                self.call = self.call.extra_param(name, &value);
                self
            }

            /// Acts on behalf of a connected account (`Stripe-Account`) in this call; it overrides the client's setting. Not
            /// together with [`stripe_context`](Self::stripe_context).
            pub fn stripe_account(mut self, account: impl Into<::fc_types::ConnectedAccountId>) -> Self {
                self.call = self.call.stripe_account(account);
                self
            }

            /// Acts in a context (`Stripe-Context`: ids joined by slashes, outermost first) in this call; it overrides the
            /// client's setting. Not together with [`stripe_account`](Self::stripe_account).
            pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
                self.call = self.call.stripe_context(context);
                self
            }

            /// Sets the deadline of this call, with all attempts and the backoff between them; it overrides the client's
            /// setting. Zero is refused.
            pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
                self.call = self.call.timeout(timeout);
                self
            }

            /// Limits the retries of this call; it overrides the client's setting. 0 means none.
            pub fn max_retries(mut self, retries: u32) -> Self {
                self.call = self.call.max_retries(retries);
                self
            }

            /// Sends the request and returns the value of the response.
            ///
            /// # Errors
            ///
            /// [`Error`](crate::Error) of every kind; see [`ErrorKind`](crate::ErrorKind).
            ///
            /// # Cancel safety
            ///
            /// Dropping the future drops the response and the retries not yet made. An attempt that was under way may have
            /// been executed. The client stays usable.
            pub fn send(self) -> impl Future<Output = Result<$output, $crate::Error>> + Send {
                self.into_call().send(|value, _| value)
            }

            /// Sends the request and returns the value with the metadata of the response.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            ///
            /// # Cancel safety
            ///
            /// As [`send`](Self::send).
            pub fn send_response(
                self,
            ) -> impl Future<Output = Result<$crate::Response<$output>, $crate::Error>> + Send {
                self.into_call().send($crate::Response::new)
            }
        }
    };
}
