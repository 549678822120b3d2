//! Entry point of the crate.

use fc_client::{Client, Config, Error};
use fc_types::ConnectedAccountId;

use super::accounts::Accounts;
use super::sessions::Sessions;
use super::transactions::Transactions;
use crate::core::{Customers, Events, WebhookEndpoints};

/// Entry point: accounts, sessions and transactions of Financial Connections.
///
/// Cloning is cheap. Clones share one connection pool.
///
/// ```no_run
/// use std::time::Duration;
/// use fc_ext::{FinancialConnections, RefreshFeature};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let fc = FinancialConnections::from_env()?;
/// let account = "fca_1MwVK82eZvKYlo2Cjw8FMxXf".parse()?;
/// let refresh = fc.accounts().refresh(&account, [RefreshFeature::Balance]);
/// let refreshed = refresh.until_settled(Duration::from_secs(60)).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct FinancialConnections {
    client: Client,
}

impl FinancialConnections {
    /// Creates a client with these settings.
    ///
    /// # Errors
    ///
    /// Kind `Configuration`: the base URL would expose the key, or the settings contradict each other.
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self { client: Client::new(config)? })
    }

    /// Creates a client with the settings in the environment; [`Config::from_env`] names the variables.
    ///
    /// # Errors
    ///
    /// Kind `Configuration`: there is no key, the key cannot be used here, or another variable is not valid.
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// The generated client, for calls that have no method here. Its [`raw_call`](Client::raw_call) makes any call of the API.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A client that acts on behalf of a connected account in every call, on the connections of this one. See
    /// [`Client::with_stripe_account`].
    ///
    /// ```no_run
    /// use fc_ext::FinancialConnections;
    ///
    /// # async fn run(platform: FinancialConnections) -> Result<(), fc_ext::Error> {
    /// for shop in ["acct_1MwVK82eZvKYlo2C", "acct_1NwVK82eZvKYlo2D"] {
    ///     let of_shop = platform.with_stripe_account(shop.parse::<fc_ext::types::ConnectedAccountId>()?)?;
    ///     println!("{shop}: {} accounts", of_shop.accounts().list().send().await?.data.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Kind `Configuration`: the id cannot be sent as a header.
    pub fn with_stripe_account(&self, account: impl Into<ConnectedAccountId>) -> Result<Self, Error> {
        Ok(Self { client: self.client.with_stripe_account(account)? })
    }

    /// A client that acts in a context (`Stripe-Context`) in every call, on the connections of this one. See
    /// [`Client::with_stripe_context`].
    ///
    /// # Errors
    ///
    /// Kind `Configuration`: the context cannot be sent as a header.
    pub fn with_stripe_context(&self, context: impl AsRef<str>) -> Result<Self, Error> {
        Ok(Self { client: self.client.with_stripe_context(context)? })
    }

    /// Calls on linked accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(&self.client)
    }

    /// Calls on sessions, in which end users link accounts.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(&self.client)
    }

    /// Calls on transactions of linked accounts.
    #[must_use]
    pub fn transactions(&self) -> Transactions<'_> {
        Transactions::new(&self.client)
    }
}

impl FinancialConnections {
    /// Calls on customers, who link accounts.
    #[must_use]
    pub fn customers(&self) -> Customers<'_> {
        Customers::new(&self.client)
    }

    /// Calls on events of the last 30 days.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events::new(&self.client)
    }

    /// Calls on webhook endpoints.
    #[must_use]
    pub fn webhook_endpoints(&self) -> WebhookEndpoints<'_> {
        WebhookEndpoints::new(&self.client)
    }
}

#[cfg(feature = "preview")]
impl FinancialConnections {
    /// The public preview of the API, in its own version; see [`preview`](crate::preview).
    #[must_use]
    pub fn preview(&self) -> crate::preview::Preview {
        crate::preview::Preview::new(self.client.preview())
    }
}

impl From<Client> for FinancialConnections {
    fn from(client: Client) -> Self {
        Self { client }
    }
}
