//! The error that all errors of this crate convert into.

use std::error::Error as StdError;
use std::fmt;

use fc_client::Error as CallError;
use fc_types::{ErrorCode, InvalidId, json};

use crate::facade::UnknownHolder;
use crate::feature::UnknownFeature;
use crate::permission::UnknownPermission;
#[cfg(feature = "preview")]
use crate::preview::CannotRelink;
use crate::sync::{InvalidPosition, SyncError, SyncIntoError};
use crate::wait::WaitError;
use crate::webhook::WebhookError;

/// Any error of this crate: all of them convert into it, so one function can use `?` on every call.
///
/// ```
/// use std::time::Duration;
/// use fc_ext::{Error, FinancialConnections, RefreshFeature, SyncPosition};
///
/// async fn balance(fc: &FinancialConnections, id: &str) -> Result<(), Error> {
///     let id = id.parse()?;
///     let account = fc.accounts().retrieve(&id).send().await?;
///     let refresh = fc.accounts().refresh(&id, RefreshFeature::Balance);
///     println!("{:?}", refresh.until_settled(Duration::from_secs(60)).await?.balance);
///     Ok(())
/// }
///
/// # async fn run(fc: FinancialConnections) {
/// match balance(&fc, "fca_1MwVK82eZvKYlo2Cjw8FMxXf").await {
///     Err(error) if error.is_retryable() => println!("retry later: {error}"),
///     Err(error) if error.is_account_inactive() => println!("ask the account holder to link it again"),
///     Err(error) => println!("{error}"),
///     Ok(()) => {}
/// }
/// # }
/// ```
///
/// `Display` is one line with the cause. Branch on the predicates, never on the text.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A call failed.
    Call(CallError),
    /// A wait ended without a result.
    Wait(WaitError),
    /// A sync stopped.
    Sync(SyncError),
    /// A webhook or its secret was rejected.
    Webhook(WebhookError),
    /// Text is no id of the wanted kind.
    Id(InvalidId),
    /// Text is no position of a sync.
    Position(InvalidPosition),
    /// Text is no feature.
    Feature(UnknownFeature),
    /// Text is no permission.
    Permission(UnknownPermission),
    /// JSON does not decode, outside of a call.
    Json(json::Error),
    /// An account cannot be relinked, or need not be.
    #[cfg(feature = "preview")]
    Relink(CannotRelink),
    /// A holder in a response is of an unknown kind.
    Holder(UnknownHolder),
    /// The store of a sync failed.
    Store(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// Error of the call behind this error, if there is one.
    #[must_use]
    pub fn call(&self) -> Option<&CallError> {
        match self {
            Self::Call(error) | Self::Wait(WaitError::Request(error) | WaitError::Poll(error)) => Some(error),
            Self::Wait(WaitError::Elapsed(elapsed) | WaitError::EventsEnded(elapsed)) => elapsed.last_error(),
            Self::Sync(error) => Some(error.error()),
            Self::Webhook(_)
            | Self::Id(_)
            | Self::Position(_)
            | Self::Feature(_)
            | Self::Permission(_)
            | Self::Json(_)
            | Self::Holder(_)
            | Self::Store(_) => None,
            #[cfg(feature = "preview")]
            Self::Relink(_) => None,
        }
    }

    /// Whether the same action may succeed later: a transient error of a call, or a wait that reached its limit.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Wait(WaitError::Elapsed(_) | WaitError::EventsEnded(_)) => true,
            _ => self.call().is_some_and(CallError::is_retryable),
        }
    }

    /// Whether the rate limit was exceeded.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.call().is_some_and(CallError::is_rate_limited)
    }

    /// Whether the API key was not accepted.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.call().is_some_and(CallError::is_authentication)
    }

    /// Whether the object does not exist, in this mode and for this connected account.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.call().is_some_and(CallError::is_not_found)
    }

    /// Whether the account is inactive. The account holder has to link it again.
    #[must_use]
    pub fn is_account_inactive(&self) -> bool {
        self.call().is_some_and(CallError::is_account_inactive)
    }

    /// Whether the account is disconnected, as far as the error says so.
    #[must_use]
    pub fn is_account_disconnected(&self) -> bool {
        matches!(self, Self::Sync(SyncError::Disconnected(_)))
    }

    /// Whether no refresh of the transactions has succeeded yet.
    #[must_use]
    pub fn is_no_successful_transaction_refresh(&self) -> bool {
        self.call().is_some_and(CallError::is_no_successful_transaction_refresh)
    }

    /// Whether something may have taken effect at Stripe in spite of the error: the failed call, or the refresh that a wait
    /// has started or followed.
    #[must_use]
    pub fn may_have_executed(&self) -> bool {
        match self {
            Self::Wait(WaitError::Poll(_) | WaitError::Elapsed(_) | WaitError::EventsEnded(_)) => true,
            _ => self.call().is_some_and(CallError::may_have_executed),
        }
    }

    /// Stripe's error code, if there is one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.call()?.code()
    }

    /// Id of the request in Stripe's logs (`req_…`), if there is one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.call()?.request_id()
    }

    /// The error that this one was converted from.
    fn inner(&self) -> &(dyn StdError + 'static) {
        match self {
            Self::Call(error) => error,
            Self::Wait(error) => error,
            Self::Sync(error) => error,
            Self::Webhook(error) => error,
            Self::Id(error) => error,
            Self::Position(error) => error,
            Self::Feature(error) => error,
            Self::Permission(error) => error,
            Self::Json(error) => error,
            #[cfg(feature = "preview")]
            Self::Relink(error) => error,
            Self::Holder(error) => error,
            Self::Store(error) => &**error,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the store of the transactions failed: {error}"),
            _ => write!(f, "{}", self.inner()),
        }
    }
}

impl StdError for Error {
    /// Cause of the inner error, whose text is the text of this one.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner().source()
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<WaitError> for Error {
    fn from(error: WaitError) -> Self {
        Self::Wait(error)
    }
}

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        Self::Sync(error)
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<SyncIntoError<E>> for Error {
    fn from(error: SyncIntoError<E>) -> Self {
        match error {
            SyncIntoError::Sync(error) => Self::Sync(error),
            SyncIntoError::Store(error) => Self::Store(error.into()),
        }
    }
}

impl From<WebhookError> for Error {
    fn from(error: WebhookError) -> Self {
        Self::Webhook(error)
    }
}

impl From<InvalidId> for Error {
    fn from(error: InvalidId) -> Self {
        Self::Id(error)
    }
}

impl From<InvalidPosition> for Error {
    fn from(error: InvalidPosition) -> Self {
        Self::Position(error)
    }
}

impl From<UnknownHolder> for Error {
    fn from(error: UnknownHolder) -> Self {
        Self::Holder(error)
    }
}

impl From<UnknownFeature> for Error {
    fn from(error: UnknownFeature) -> Self {
        Self::Feature(error)
    }
}

impl From<UnknownPermission> for Error {
    fn from(error: UnknownPermission) -> Self {
        Self::Permission(error)
    }
}

impl From<json::Error> for Error {
    fn from(error: json::Error) -> Self {
        Self::Json(error)
    }
}

#[cfg(feature = "preview")]
impl From<CannotRelink> for Error {
    fn from(error: CannotRelink) -> Self {
        Self::Relink(error)
    }
}
