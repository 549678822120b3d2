//! The bank side of the app: calls to Stripe, and the mirror that keeps what they bring.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use fc_ext::BalanceCheck;
use fc_ext::prelude::*;
use fc_ext::types::{AccountId, CustomerId, EventType, SessionId, SessionPrefetch};
use fc_mirror::Mirror;

use crate::chart::DAY;
use crate::queries::{Account, Reader};
use crate::settings::{Events, Stripe};
use crate::store::{Endpoint, Store};

/// Result of a call to Stripe, the mirror or a database.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What a user grants: balances and transactions to show them, and the right to pay from the account later.
pub(crate) const PERMISSIONS: [Permission; 3] =
    [Permission::Balances, Permission::Transactions, Permission::PaymentMethod];

#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) reader: Reader,
    pub(crate) mirror: Mirror,
    fc: FinancialConnections,
    store: Store,
    /// How long a request waits for the mirror.
    patience: Duration,
}

/// What came of a visit to the linking window.
pub(crate) enum Linked {
    /// The session is of another user.
    OfAnother,
    /// The user left without linking.
    Nothing,
    Accounts {
        /// Whether they replace accounts whose connection had ended, or was about to.
        replaced: bool,
        /// Whether the mirror has what the bank sends. If not, it follows.
        is_complete: bool,
    },
}

impl Bank {
    /// Opens the mirror in the folder. `url` is the address of this app.
    pub(crate) async fn open(
        stripe: Stripe,
        folder: &Path,
        url: &str,
        store: Store,
        patience: Duration,
    ) -> Outcome<Self> {
        let fc = FinancialConnections::new(stripe.config.clone())?;
        let mut mirror = Mirror::builder()
            .config(stripe.config)
            // Both cost money at Stripe: transactions once a day, and a balance a day for the chart.
            .subscribe_transactions(true)
            .refresh_balances(Duration::from_secs(DAY as u64), 100);
        match stripe.events {
            Events::NewEndpoint => mirror = mirror.webhook_secret(endpoint(&fc, &store, url).await?),
            Events::Endpoint(secrets) => {
                for secret in secrets {
                    mirror = mirror.webhook_secret(secret);
                }
            }
            Events::List => mirror = mirror.poll_events(Duration::from_secs(10)),
        }
        let file = folder.join("mirror.db");
        let mirror = mirror.open(&format!("sqlite:{}", file.display())).await?;
        Ok(Self { reader: Reader::open(&file)?, mirror, fc, store, patience })
    }

    /// The customer of a user, who holds the accounts. It is created when the user first signs in.
    pub(crate) async fn customer(&self, user: &'static str, name: &str) -> Outcome<CustomerId> {
        if let Some(id) = self.store.customer(user).await? {
            return Ok(id.parse()?);
        }
        // Two first requests at the same time create one customer.
        let create = self.fc.customers().create().name(name).idempotency_key(format!("bank-app-{user}"));
        let id = create.send().await?.id;
        self.store.set_customer(user, id.to_string()).await?;
        Ok(id)
    }

    /// Starts a visit to the linking window, and returns its client secret, which goes to the browser and nowhere else.
    pub(crate) async fn begin_linking(&self, customer: &CustomerId) -> Outcome<String> {
        let session = self
            .fc
            .sessions()
            .create(customer, PERMISSIONS)
            // The bank is asked at once, so that the first page has figures.
            .prefetch([SessionPrefetch::Balances, SessionPrefetch::Transactions]);
        let secret = session.send().await?.client_secret.ok_or("the session has no client secret")?;
        Ok(secret.expose().to_owned())
    }

    /// Reads from Stripe what was linked, and waits until the mirror has it. The id comes from a browser, so the holder is checked.
    pub(crate) async fn end_linking(&self, customer: &CustomerId, session: &SessionId) -> Outcome<Linked> {
        let session = self.fc.sessions().retrieve(session).send().await?;
        let holder = session.account_holder.as_ref().map(NewAccountHolder::try_from).transpose()?;
        if holder != Some(NewAccountHolder::Customer(customer.clone())) {
            return Ok(Linked::OfAnother);
        }
        let linked = self.fc.sessions().accounts(&session).items().into_vec().await?;
        if linked.is_empty() {
            return Ok(Linked::Nothing);
        }
        // The webhooks of the new accounts may be late, or lost. A listing finds the accounts in any case.
        self.mirror.reconcile().await?;
        let loaded = || async {
            for account in &linked {
                if !self.reader.is_loaded(account.id.as_str()).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let is_complete = self.wait(loaded).await?;
        let accounts = self.reader.accounts(customer.as_str()).await?;
        Ok(Linked::Accounts { replaced: self.replace(&accounts).await?, is_complete })
    }

    /// Disconnects accounts that have to be relinked and that were linked again since. Returns whether there were any.
    ///
    /// Each page calls it too, because the browser may never say that linking ended. Without such an account it calls nothing.
    ///
    /// Stripe's API has no relink of an account yet, except in its preview (`fc_ext::preview::Relink`): a new session gives the
    /// same bank account a new id. Bank, digits and kind say that it is the same one.
    pub(crate) async fn replace(&self, accounts: &[Account]) -> Outcome<bool> {
        let mut replaced = false;
        for old in accounts.iter().filter(|account| account.state == "relink") {
            if accounts.iter().any(|new| new.replaces(old)) {
                self.disconnect(&old.id.parse()?).await?;
                replaced = true;
            }
        }
        Ok(replaced)
    }

    /// Asks the bank for a newer balance. Also returns whether the mirror has it, so that the page shows it.
    pub(crate) async fn refresh(&self, account: &AccountId) -> Outcome<(BalanceCheck, bool)> {
        let (max_age, deadline) = (Duration::from_secs(60), Duration::from_secs(20));
        let check = self.mirror.balance_fresh(account, max_age, deadline).await?;
        let is_shown = self.wait(|| async { Ok(self.reader.is_loaded(account.as_str()).await?) }).await?;
        Ok((check, is_shown))
    }

    /// Ends the access to an account, which is final. The mirror keeps its history.
    pub(crate) async fn disconnect(&self, account: &AccountId) -> Outcome<()> {
        self.fc.accounts().disconnect(account).send().await?;
        self.disconnected(std::slice::from_ref(account)).await.map(drop)
    }

    /// Ends the access to all accounts of a user, and erases what the mirror has of them. Returns whether that was all: an account
    /// that the mirror does not know yet comes later, and another call erases it.
    pub(crate) async fn erase(&self, customer: &CustomerId) -> Outcome<bool> {
        let holder = NewAccountHolder::Customer(customer.clone());
        let accounts = self.fc.accounts().list().holder(&holder).items().into_vec().await?;
        for account in &accounts {
            // Repeating it does no harm, so an erasure that stopped halfway is done again.
            self.fc.accounts().disconnect(&account.id).send().await?;
        }
        // What the mirror does not know yet, such as an account of a second ago, it could not erase.
        let ids: Vec<AccountId> = accounts.into_iter().map(|account| account.id).collect();
        let is_all = self.disconnected(&ids).await?;
        self.mirror.erase(customer.as_str()).await?;
        Ok(is_all)
    }

    /// Waits until the mirror knows that the access to accounts has ended. Returns whether it does.
    async fn disconnected(&self, accounts: &[AccountId]) -> Outcome<bool> {
        self.mirror.reconcile().await?;
        let known = || async {
            for account in accounts {
                if !self.reader.is_disconnected(account.as_str()).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        self.wait(known).await
    }

    /// Waits until the mirror is as wanted, but not without end. Returns whether it is.
    async fn wait<F: Future<Output = Outcome<bool>>>(&self, is_done: impl Fn() -> F) -> Outcome<bool> {
        let start = Instant::now();
        while !is_done().await? {
            if start.elapsed() >= self.patience {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(true)
    }
}

/// The signing secret of the app's webhook endpoint, which is created at the first start and at each new address.
async fn endpoint(fc: &FinancialConnections, store: &Store, url: &str) -> Outcome<String> {
    let url = format!("{url}/webhooks/stripe");
    let old = store.endpoint().await?;
    if let Some(endpoint) = &old
        && endpoint.url == url
    {
        return Ok(endpoint.secret.clone());
    }
    // Events are hints for the mirror, so it wants each kind.
    let endpoint = fc.webhook_endpoints().create(&url, EventType::KNOWN.to_vec()).send().await?;
    // No later response has the secret.
    let secret = endpoint.secret.ok_or("the endpoint has no secret")?.expose().to_owned();
    store.set_endpoint(Endpoint { id: endpoint.id, url, secret: secret.clone() }).await?;
    if let Some(old) = old {
        fc.webhook_endpoints().delete(&old.id).send().await?;
    }
    Ok(secret)
}
