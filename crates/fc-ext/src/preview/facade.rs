//! Calls of the preview, grouped as the API reference groups them.

use fc_client::Error;
use fc_client::preview::{
    Client, CreateSession, ListAccountInferredBalances, ListAccounts, ListInstitutions, RetrieveAccount,
    RetrieveAuthorization, RetrieveInstitution, RetrieveSession,
};
use fc_types::preview::{
    AccountHolderParams, AccountPermission, HostedDeliveryMethod, Institution, InstitutionId,
    SessionHostedParams, SessionUiMode,
};
use fc_types::{AccountId, AuthorizationId, SessionId};

use crate::page::Paged as _;

/// Calls of the preview; from [`FinancialConnections::preview`](crate::FinancialConnections::preview).
#[derive(Clone, Debug)]
pub struct Preview {
    client: Client,
}

impl Preview {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The generated client of the preview, for calls that have no method here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Calls on institutions.
    #[must_use]
    pub fn institutions(&self) -> Institutions<'_> {
        Institutions { client: &self.client }
    }

    /// Calls on authorizations.
    #[must_use]
    pub fn authorizations(&self) -> Authorizations<'_> {
        Authorizations { client: &self.client }
    }

    /// Calls on linked accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { client: &self.client }
    }

    /// Calls on sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { client: &self.client }
    }
}

/// Calls on institutions; from [`Preview::institutions`].
#[derive(Clone, Copy, Debug)]
pub struct Institutions<'a> {
    client: &'a Client,
}

impl Institutions<'_> {
    /// See [`Client::list_institutions`]. Read all of them with [`items`](crate::Paged::items).
    pub fn list(self) -> ListInstitutions {
        self.client.list_institutions()
    }

    /// See [`Client::retrieve_institution`].
    pub fn retrieve(self, institution: impl Into<InstitutionId>) -> RetrieveInstitution {
        self.client.retrieve_institution(institution)
    }

    /// The institutions whose name has all words of `query`, in the order of the list. Upper and lower case are the same.
    ///
    /// The API has no search, so this reads all pages. Keep the result if you search often. A query without a word finds
    /// none.
    ///
    /// # Errors
    ///
    /// The error of a page that cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it only reads.
    pub async fn by_name(self, query: &str) -> Result<Vec<Institution>, Error> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        self.find(|institution| {
            let name = institution.name.as_str().to_lowercase();
            !words.is_empty() && words.iter().all(|word| name.contains(word))
        })
        .await
    }

    /// The institutions with this routing number, in the order of the list. Spaces and hyphens do not count.
    ///
    /// It reads all pages, as [`by_name`](Self::by_name).
    ///
    /// # Errors
    ///
    /// The error of a page that cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it only reads.
    pub async fn by_routing_number(self, number: &str) -> Result<Vec<Institution>, Error> {
        let bare = |number: &str| number.replace([' ', '-'], "");
        let number = bare(number);
        self.find(|institution| {
            !number.is_empty() && institution.routing_numbers.iter().any(|known| bare(known) == number)
        })
        .await
    }

    async fn find(self, fits: impl Fn(&Institution) -> bool) -> Result<Vec<Institution>, Error> {
        let mut items = self.list().items();
        let mut found = Vec::new();
        while let Some(institution) = items.next().await {
            let institution = institution?;
            if fits(&institution) {
                found.push(institution);
            }
        }
        Ok(found)
    }
}

/// Calls on authorizations; from [`Preview::authorizations`].
#[derive(Clone, Copy, Debug)]
pub struct Authorizations<'a> {
    client: &'a Client,
}

impl Authorizations<'_> {
    /// See [`Client::retrieve_authorization`].
    pub fn retrieve(self, authorization: impl Into<AuthorizationId>) -> RetrieveAuthorization {
        self.client.retrieve_authorization(authorization)
    }
}

/// Calls on linked accounts; from [`Preview::accounts`].
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    client: &'a Client,
}

impl Accounts<'_> {
    /// See [`Client::list_accounts`].
    pub fn list(self) -> ListAccounts {
        self.client.list_accounts()
    }

    /// See [`Client::retrieve_account`].
    pub fn retrieve(self, account: impl Into<AccountId>) -> RetrieveAccount {
        self.client.retrieve_account(account)
    }

    /// See [`Client::list_account_inferred_balances`]. Read all of them with [`items`](crate::Paged::items).
    pub fn inferred_balances(self, account: impl Into<AccountId>) -> ListAccountInferredBalances {
        self.client.list_account_inferred_balances(account)
    }
}

/// Calls on sessions; from [`Preview::sessions`].
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    client: &'a Client,
}

impl Sessions<'_> {
    /// Creates a session for an account holder; see [`Client::create_session`].
    pub fn create(
        self,
        holder: impl Into<AccountHolderParams>,
        permissions: impl IntoIterator<Item = impl Into<AccountPermission>>,
    ) -> CreateSession {
        self.client.create_session(permissions).account_holder(holder)
    }

    /// Creates a session on a page that Stripe hosts. Send the user to `url` of the response.
    pub fn create_hosted(
        self,
        holder: impl Into<AccountHolderParams>,
        permissions: impl IntoIterator<Item = impl Into<AccountPermission>>,
    ) -> CreateSession {
        hosted(self.create(holder, permissions))
    }

    /// See [`Client::retrieve_session`].
    pub fn retrieve(self, session: impl Into<SessionId>) -> RetrieveSession {
        self.client.retrieve_session(session)
    }
}

/// The request for a session on a page that Stripe hosts, whose address the program gives to the user.
pub(super) fn hosted(request: CreateSession) -> CreateSession {
    let by_url = SessionHostedParams::default().with_delivery_method(HostedDeliveryMethod::Url);
    request.ui_mode(SessionUiMode::Hosted).hosted(by_url)
}
