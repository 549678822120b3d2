//! Calls on sessions.

use fc_client::{Client, CreateSession, ListAccounts, RetrieveSession};
use fc_types::{AccountPermission, Session, SessionId};

use super::holder::NewAccountHolder;

/// Calls on sessions; from [`FinancialConnections::sessions`](crate::FinancialConnections::sessions).
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    client: &'a Client,
}

impl<'a> Sessions<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Creates a session for an account holder; see [`Client::create_session`].
    ///
    /// ```no_run
    /// use fc_ext::{NewAccountHolder, FinancialConnections, Permission};
    ///
    /// # async fn run(fc: FinancialConnections) -> Result<(), Box<dyn std::error::Error>> {
    /// let holder = NewAccountHolder::Customer("cus_9s6XI9OFIdpjIg".parse()?);
    /// let session = fc.sessions().create(holder, [Permission::Balances]).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn create(
        self,
        holder: impl Into<NewAccountHolder>,
        permissions: impl IntoIterator<Item = impl Into<AccountPermission>>,
    ) -> CreateSession {
        self.client.create_session(holder.into(), permissions)
    }

    /// See [`Client::retrieve_session`].
    pub fn retrieve(self, session: impl Into<SessionId>) -> RetrieveSession {
        self.client.retrieve_session(session)
    }

    /// Request for the accounts that were linked in a session.
    ///
    /// Read it with [`items`](crate::Paged::items). On a platform, give it the connected account first
    /// ([`stripe_account`](ListAccounts::stripe_account)), as every other request. `session.accounts` holds the first
    /// accounts already, and all of them if its `has_more` is false. The reference does not say that its order is that of
    /// this list, so the two are not mixed.
    pub fn accounts(self, session: &Session) -> ListAccounts {
        self.client.list_accounts().session(&session.id)
    }
}
