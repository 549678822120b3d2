//! Failures of handlers: what the browser gets, and what the log gets.

use std::error::Error;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::pages::{self, ErrorPage};

/// Why a handler has no page.
pub(crate) enum Failure {
    /// The browser is not signed in.
    SignedOut,
    /// There is no such page, or what it shows is of another user. The response is the same, so it gives nothing away.
    NotFound,
    /// The request did not come from a page of this app.
    Forbidden,
    /// Anything else. The log has the reason, and the browser does not.
    Internal(Box<dyn Error + Send + Sync>),
}

/// The texts of our errors hold no secrets and no personal data, so they may be logged.
impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::SignedOut => return Redirect::to("/").into_response(),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found", "There is no such page."),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "Not accepted",
                "The request did not come from a page of this app. Go back and try again.",
            ),
            Self::Internal(error) => {
                tracing::error!(error = %with_sources(&*error), "a request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong",
                    "Nothing is lost. Try again in a moment.",
                )
            }
        };
        (status, pages::html(&ErrorPage { title, text })).into_response()
    }
}

/// An error with its causes on one line.
fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
