//! What a program asks about accounts: a fresh balance, a comparison, an erasure.

use std::sync::Arc;
use std::time::Duration;

use fc_ext::types::AccountId;
use fc_ext::{BalanceCheck, FinancialConnections};

use super::changes::Entity;
use super::handle::Mirror;
use crate::engine::{DifferenceKind, FoundDifference, TenantContext, verify_all, verify_one};
use crate::error::{Error, ErrorKind};
use crate::op::{AccountsOfHolder, EraseAccount, Lane, RaiseWanted, TenantOf};

/// Row that differs between the mirror and Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Account that the row belongs to (`fca_…`).
    pub account: String,
    /// What the row is.
    pub entity: Entity,
    /// Stripe's id of the row.
    pub id: String,
    /// How it differs.
    pub kind: DifferenceKind,
}

impl Mirror {
    /// A balance that Stripe fetched at most `max_age` ago, or why there is none: for the moment before a debit.
    ///
    /// It refreshes the balance if it is older and may be refreshed, and waits for that up to `deadline`; see
    /// [`Accounts::fresh_balance`](fc_ext::Accounts::fresh_balance). A refresh may cost money. The mirror then reads the account
    /// before all other work, so that the balance joins the history.
    ///
    /// The first call waits for the rate limit, within the deadline. The calls that wait for the refresh do not, and are not
    /// counted: they are the part of the rate that [`rate_share`](crate::MirrorBuilder::rate_share) leaves to others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Api`] when the account could not be read at all; [`ErrorKind::Configuration`] for an account that is not
    /// mirrored; a storage error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait, not a refresh that it started.
    pub async fn balance_fresh(
        &self,
        account: &AccountId,
        max_age: Duration,
        deadline: Duration,
    ) -> Result<BalanceCheck, Error> {
        let context = self.context_of(account).await?;
        let client = FinancialConnections::from(context.api.client().clone());
        let clock = &self.shared.clock;
        let start = clock.now();
        // Not kept during the wait for the bank, because few calls may be in flight.
        tokio::select! {
            biased;
            permit = context.api.pace.acquire(0, "refresh_account") => drop(permit),
            () = clock.sleep(deadline) => {}
        }
        // Without time left, it answers that the deadline passed, and makes no call.
        let left = deadline.saturating_sub(clock.now().saturating_duration_since(start));
        let mut request = client.accounts().fresh_balance(account, max_age, left);
        if let Some(connected) = context.api.stripe_account() {
            request = request.stripe_account(connected);
        }
        let checked = request.await;
        let shard = self.shared.shard_of(account.as_str());
        let (tenant, account) = (context.tenant.id().to_owned(), account.to_string());
        let now_ms = self.shared.wall.now_ms();
        self.shared
            .database
            .write(RaiseWanted { shard, tenant, account, lane: Lane::Webhook, now_ms })
            .await?;
        self.shared.wake.notify_one();
        Ok(checked?)
    }

    /// Compares the copy with Stripe, row by row, and returns the rows that differ: accounts with their newest balances,
    /// transactions, and owners of the newest snapshot. With `repair`, accounts that differ are read again from the beginning by
    /// the next run.
    ///
    /// The history is not compared, because Stripe has none: older balances, versions of transactions, older owners. Nor are the
    /// transactions and owners of disconnected accounts, and accounts that are erased or `vanished` here.
    ///
    /// It reads everything that a first load reads, and no more than the pace permits. Changes that happen meanwhile count as
    /// differences, so run it when the mirror is idle.
    ///
    /// # Errors
    ///
    /// Of Stripe or of the storage.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the comparison; repairs that were scheduled stay.
    pub async fn verify(&self, repair: bool) -> Result<Vec<Difference>, Error> {
        let mut found = Vec::new();
        for context in &self.shared.tenants {
            found.extend(verify_all(&self.shared, context, repair).await?);
        }
        Ok(found.into_iter().map(difference).collect())
    }

    /// Compares one account with Stripe, as [`verify`](Mirror::verify) does.
    ///
    /// # Errors
    ///
    /// As [`verify`](Mirror::verify); [`ErrorKind::Configuration`] for an account that is not mirrored.
    pub async fn verify_account(&self, account: &AccountId, repair: bool) -> Result<Vec<Difference>, Error> {
        let context = self.context_of(account).await?;
        let found = verify_one(&self.shared, context, account, repair).await?;
        Ok(found.into_iter().map(difference).collect())
    }

    /// Erases a person: every account of a holder (`cus_…` or `acct_…`), with owners, balances, transactions, versions and the
    /// bodies of events. Returns the number of accounts.
    ///
    /// A tombstone stays of each: its id and the time. No later event or listing stores it again. The change feed keeps the ids.
    ///
    /// # Errors
    ///
    /// A storage error. Accounts before it are erased; the same call erases the rest.
    pub async fn erase(&self, holder: &str) -> Result<u64, Error> {
        let mut erased = 0;
        for context in &self.shared.tenants {
            for shard in 0..self.shared.database.shards() {
                let tenant = context.tenant.id().to_owned();
                let holder = holder.to_owned();
                let accounts = AccountsOfHolder { shard, tenant: tenant.clone(), holder };
                for account in self.shared.database.read(accounts).await? {
                    let now_ms = self.shared.wall.now_ms();
                    let erase = EraseAccount { shard, tenant: tenant.clone(), account, now_ms };
                    self.shared.database.write(erase).await?;
                    erased += 1;
                }
            }
        }
        Ok(erased)
    }

    async fn context_of(&self, account: &AccountId) -> Result<&TenantContext, Error> {
        let shard = self.shared.shard_of(account.as_str());
        let (tenants, id) = (self.shared.tenant_ids(), account.to_string());
        let tenant = self.shared.database.read(TenantOf { shard, tenants, account: id }).await?;
        tenant.and_then(|tenant| Arc::as_ref(&self.shared).tenant(&tenant)).ok_or_else(|| {
            Error::new(ErrorKind::Configuration, format!("the account {account} is not mirrored here"))
        })
    }
}

fn difference(found: FoundDifference) -> Difference {
    let entity = match found.entity {
        "account" => Entity::Account,
        "owner" => Entity::Owner,
        _ => Entity::Transaction,
    };
    Difference { account: found.account, entity, id: found.id, kind: found.kind }
}
