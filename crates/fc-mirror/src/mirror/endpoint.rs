//! Webhook route for axum.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{MethodRouter, post};

use super::handle::Mirror;

impl Mirror {
    /// Route that accepts webhooks, as [`webhook`](Mirror::webhook) does. Needs the feature `axum`.
    ///
    /// It answers 200 after the commit, 400 to a request that is not Stripe's, and 503 while the event could not be stored.
    ///
    /// ```no_run
    /// # fn router(mirror: fc_mirror::Mirror) -> axum::Router {
    /// axum::Router::new().route("/webhooks/stripe", mirror.endpoint())
    /// # }
    /// ```
    pub fn endpoint<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let mirror = self.clone();
        post(move |headers: HeaderMap, body: Bytes| async move {
            match mirror.webhook(&headers, &body).await {
                Ok(_) => StatusCode::OK,
                Err(error) => {
                    tracing::warn!(error = %error, "a webhook was not accepted");
                    StatusCode::from_u16(error.webhook_status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
                }
            }
        })
    }
}
