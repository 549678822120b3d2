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

            /// Adds a parameter that this version does not know, such as one in preview. An object or array is sent as
            /// Stripe wants it, `name[key]=…`; what has no such form is refused when the request is sent.
            ///
            /// A parameter that the request has a method for would be sent twice; call that method instead.
            pub fn extra_param(mut self, name: &str, value: impl ::serde::Serialize) -> Self {
                self.call = self.call.extra_param(name, &value);
                self
            }

            /// Acts on behalf of a connected account in this call, whatever the client's own setting is. Not together with
            /// [`stripe_context`](Self::stripe_context).
            pub fn stripe_account(mut self, account: impl Into<::fc_types::ConnectedAccountId>) -> Self {
                self.call = self.call.stripe_account(account);
                self
            }

            /// Acts in a context in this call (`Stripe-Context`: ids joined by slashes, outermost first), whatever the
            /// client's own setting is. Not together with [`stripe_account`](Self::stripe_account).
            pub fn stripe_context(mut self, context: impl Into<String>) -> Self {
                self.call = self.call.stripe_context(context);
                self
            }

            /// Limits this call, all attempts and the waits between them, whatever the client's own setting is. More than
            /// zero.
            pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
                self.call = self.call.timeout(timeout);
                self
            }

            /// Allows this call so many retries, whatever the client's own setting is; 0 for none.
            pub fn max_retries(mut self, retries: u32) -> Self {
                self.call = self.call.max_retries(retries);
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
            /// Dropping the future abandons the answer, and retries not yet made; an attempt that was under way may have
            /// been executed. Nothing is left half done in the client.
            pub fn send(self) -> impl Future<Output = Result<$output, $crate::Error>> + Send {
                self.into_call().send(|value, _| value)
            }

            /// Sends the request and returns what it asked for, together with the metadata of the
            /// answer.
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
