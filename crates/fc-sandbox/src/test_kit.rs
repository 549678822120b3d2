//! Shortcuts for tests: what every test of an application begins with, and a wait with a bound.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use fc_types::CustomerId;
use tokio::time::{Instant, sleep};

use crate::caller::Caller;
use crate::clock;
use crate::lifecycle::customer::{self, CustomerValues};
use crate::lifecycle::endpoint::{self, MAX_ENDPOINTS, NewEndpoint};
use crate::lifecycle::population::populate;
use crate::model::event::EventType;
use crate::sandbox::Sandbox;
use crate::webhook::address::allowed_uri;
use crate::world::World;

/// The real time between two checks of [`eventually`].
const CHECK_INTERVAL: Duration = Duration::from_millis(5);

impl Sandbox {
    /// Creates a customer in the world of `key`, as `POST /v1/customers` does.
    ///
    /// ```
    /// let sandbox = fc_sandbox::Sandbox::builder().build();
    /// let customer = sandbox.customer("sk_test_doc")?;
    /// assert!(customer.as_str().starts_with("cus_"));
    /// # Ok::<(), fc_sandbox::SetupError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the key is not a secret key, such as `sk_test_…`.
    pub fn customer(&self, key: &str) -> Result<CustomerId, SetupError> {
        self.set_up(key, |world, now| {
            let values = CustomerValues { name: Some("Jane Diaz".to_owned()), ..CustomerValues::default() };
            let row = customer::create(world, values, now);
            Ok(CustomerId::unchecked(world.customers[row].id.clone()))
        })
    }

    /// Creates a webhook endpoint for all events in the world of `key`, as `POST /v1/webhook_endpoints` does, and returns
    /// its signing secret.
    ///
    /// ```
    /// let sandbox = fc_sandbox::Sandbox::builder().build();
    /// let secret = sandbox.webhook_endpoint("sk_test_doc", "http://127.0.0.1:4242/webhooks")?;
    /// assert!(secret.starts_with("whsec_"));
    /// # Ok::<(), fc_sandbox::SetupError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the key is not a secret key, the sandbox sends no events to the URL, or there are 16 endpoints already.
    pub fn webhook_endpoint(&self, key: &str, url: &str) -> Result<String, SetupError> {
        self.add_endpoint(key, url, |all| all)
    }

    /// As [`Sandbox::webhook_endpoint`], for an endpoint with an API version. One with a version of the preview, such as
    /// `2026-09-30.preview`, gets the events of the preview too, with the members that it adds.
    ///
    /// ```
    /// let sandbox = fc_sandbox::Sandbox::builder().build();
    /// let url = "http://127.0.0.1:4242/webhooks";
    /// let secret = sandbox.webhook_endpoint_in("sk_test_doc", url, "2026-09-30.preview")?;
    /// assert!(secret.starts_with("whsec_"));
    /// # Ok::<(), fc_sandbox::SetupError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Sandbox::webhook_endpoint`]. A version that the API would refuse is taken for one without the preview.
    pub fn webhook_endpoint_in(&self, key: &str, url: &str, api_version: &str) -> Result<String, SetupError> {
        self.add_endpoint(key, url, |all| NewEndpoint { api_version: Some(api_version.to_owned()), ..all })
    }

    /// Creates an event destination for thin events in the world of `key`, and returns its signing secret. `types` are names such
    /// as `v1.financial_connections.account.reactivated`, or `*` for all of them.
    ///
    /// ```
    /// let sandbox = fc_sandbox::Sandbox::builder().build();
    /// let url = "http://127.0.0.1:4242/thin";
    /// let secret = sandbox.event_destination("sk_test_doc", url, ["*"])?;
    /// assert!(secret.starts_with("whsec_"));
    /// # Ok::<(), fc_sandbox::SetupError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Sandbox::webhook_endpoint`], and an unknown type.
    pub fn event_destination(
        &self,
        key: &str,
        url: &str,
        types: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<String, SetupError> {
        let types: Vec<String> = types.into_iter().map(Into::into).collect();
        let is_known =
            |name: &String| name == "*" || EventType::thin_ones().any(|kind| kind.as_str() == name);
        if types.is_empty() || !types.iter().all(is_known) {
            return Err(SetupError::EventType);
        }
        self.add_endpoint(key, url, |all| NewEndpoint { enabled_events: types, thin: true, ..all })
    }

    /// Adds an endpoint for all events, as `change` changes it. Returns its signing secret.
    fn add_endpoint(
        &self,
        key: &str,
        url: &str,
        change: impl FnOnce(NewEndpoint) -> NewEndpoint,
    ) -> Result<String, SetupError> {
        self.set_up(key, |world, now| {
            allowed_uri(url, &world.settings).map_err(SetupError::Url)?;
            if endpoint::is_full(world) {
                return Err(SetupError::TooManyEndpoints);
            }
            let all = NewEndpoint {
                url: url.to_owned(),
                enabled_events: vec!["*".to_owned()],
                api_version: None,
                thin: false,
                description: None,
                metadata: serde_json::Map::new(),
            };
            Ok(endpoint::create(world, change(all), now).1)
        })
    }

    fn set_up<T>(
        &self,
        key: &str,
        action: impl FnOnce(&mut World, clock::Instant) -> Result<T, SetupError>,
    ) -> Result<T, SetupError> {
        let caller = Caller::from_key(key).map_err(|_| SetupError::Key)?;
        let visit = self.state.visit(&caller);
        let (mut world, now) = visit.lock_now();
        if world.is_untouched() {
            populate(&mut world, now);
        }
        action(&mut world, now)
    }
}

/// Why a customer or an endpoint was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The key is not written as a secret key.
    Key,
    /// No events can be sent to the URL; the text says why.
    Url(&'static str),
    /// An account has at most 16 endpoints.
    TooManyEndpoints,
    /// No thin event has such a type, or there is no type at all.
    EventType,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("the key is not a secret key: use one such as sk_test_123"),
            Self::Url(problem) => write!(f, "no events can be sent to the URL: {problem}"),
            Self::EventType => {
                let first = EventType::thin_ones().next().map_or("", EventType::as_str);
                write!(f, "the types are names of thin events, such as {first}, or *")
            }
            Self::TooManyEndpoints => {
                write!(f, "there are {MAX_ENDPOINTS} webhook endpoints already: delete one first")
            }
        }
    }
}

impl std::error::Error for SetupError {}

/// Checks again and again until `check` returns something, for at most `within` of real time.
///
/// For what another task or program does, such as the receiver of a webhook. The clock of the sandbox does not matter.
///
/// ```
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let received = Mutex::new(vec!["evt_1"]);
/// let first = fc_sandbox::eventually(Duration::from_secs(5), async || received.lock().ok()?.pop()).await?;
/// assert_eq!(first, "evt_1");
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If nothing was returned in time. A check that does not end in time is dropped.
pub async fn eventually<T, C, F>(within: Duration, mut check: C) -> Result<T, NotInTime>
where
    C: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + within;
    let checks = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            sleep(CHECK_INTERVAL).await;
        }
    };
    tokio::time::timeout_at(deadline, checks).await.map_err(|_| NotInTime { within })
}

/// What [`eventually`] waited for did not happen in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInTime {
    within: Duration,
}

impl fmt::Display for NotInTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it did not happen within {:?}", self.within)
    }
}

impl std::error::Error for NotInTime {}
