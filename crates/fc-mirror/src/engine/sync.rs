//! Sync of one account, under a lease.

use std::time::Duration;

use fc_ext::types::{Account, AccountId, AccountStatus, ErrorCode, RefreshStatus, TransactionRefreshId};
use fc_ext::{CallError, Permission, SubscribeFeature};

use super::api::{Api, check_end};
use super::position::Position;
use super::settings::Policy;
use super::shared::{Shared, TenantContext};
use crate::error::{Error, ErrorKind};
use crate::op::{EraseAccount, Lane, Lease, VanishAccount, WriteAccount, WriteOwners, WritePage};
use crate::row::{AccountRow, OwnerRow, TransactionRow};

/// Passes over the transactions of one sync, before it leaves the rest to the next.
const PASSES: u32 = 5;

/// When an account is read again whose refresh was still pending, in case its event is lost, or was unknown to the list of
/// transactions.
const PENDING: Duration = Duration::from_secs(60);

/// When a sync wants the next one, if nothing raises it before.
pub(super) type Again = Option<Duration>;

/// Reads an account and what belongs to it, and writes what changed.
///
/// # Errors
///
/// [`ErrorKind::Api`], a storage error, or [`ErrorKind::LeaseLost`]. What was written until then is right and stays.
pub(super) async fn sync(shared: &Shared, context: &TenantContext, lease: &Lease) -> Result<Again, Error> {
    let id: AccountId = lease.account.parse().map_err(|_| {
        Error::new(ErrorKind::Database, format!("the stored id `{}` is none of an account", lease.account))
    })?;
    let sync = Sync {
        shared,
        api: &context.api,
        policy: context.policy,
        livemode: context.tenant.livemode,
        lease,
        id,
    };
    sync.run().await
}

struct Sync<'s> {
    shared: &'s Shared,
    api: &'s Api,
    policy: Policy,
    livemode: bool,
    lease: &'s Lease,
    id: AccountId,
}

impl Sync<'_> {
    async fn run(&self) -> Result<Again, Error> {
        let mut account = match &self.lease.listed {
            // Stored as it was listed; the claim says that nothing was raised since.
            Some(raw) => serde_json::from_str(raw).map_err(|error| {
                Error::new(ErrorKind::Database, format!("the stored JSON of {} is damaged", self.id))
                    .with_source(error)
            })?,
            None => match self.read().await? {
                Some(account) => account,
                None => return Ok(None),
            },
        };
        if account.status == AccountStatus::Disconnected {
            if self.policy.erase_disconnected {
                self.erase().await?;
            }
            return Ok(None);
        }
        if self.policy.subscribe && wants_subscription(&account) {
            let key = format!("fc-mirror-subscribe-{}-{}", self.id, self.lease.token);
            account = self.api.subscribe(self.lane(), &self.id, &key).await?;
            if !self.store(&account).await? {
                return Ok(None);
            }
        }
        self.owners(&account).await?;
        let refreshing = is_refreshing(&account).then_some(PENDING);
        Ok(self.transactions(account).await?.or(refreshing))
    }

    fn lane(&self) -> Lane {
        self.lease.lane
    }

    fn now_ms(&self) -> i64 {
        self.shared.wall.now_ms()
    }

    /// Reads and stores the account; `None` if it is erased, or if Stripe no longer has it.
    async fn read(&self) -> Result<Option<Account>, Error> {
        let account = match self.api.retrieve_account(self.lane(), &self.id).await {
            Err(error) if error.code() == Some(&ErrorCode::ResourceMissing) && self.vanish().await? => {
                return Ok(None);
            }
            outcome => outcome?,
        };
        if account.livemode != self.livemode {
            let message = format!("the account {} is of the other mode than the API key", self.id);
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(self.store(&account).await?.then_some(account))
    }

    /// Notes that Stripe does not know the account. Returns whether it is stored.
    async fn vanish(&self) -> Result<bool, Error> {
        self.shared.database.write(VanishAccount { lease: self.lease.clone(), now_ms: self.now_ms() }).await
    }

    async fn erase(&self) -> Result<(), Error> {
        let (shard, tenant, account) =
            (self.lease.shard, self.lease.tenant.clone(), self.lease.account.clone());
        self.shared.database.write(EraseAccount { shard, tenant, account, now_ms: self.now_ms() }).await
    }

    async fn store(&self, account: &Account) -> Result<bool, Error> {
        let account = AccountRow::new(account).map_err(Error::unencodable)?;
        self.shared
            .database
            .write(WriteAccount { lease: self.lease.clone(), account, now_ms: self.now_ms() })
            .await
    }

    /// Reads the owners of an ownership snapshot that is not complete here.
    async fn owners(&self, account: &Account) -> Result<(), Error> {
        let Some(ownership) = account.ownership.as_ref().map(|ownership| ownership.id().clone()) else {
            return Ok(());
        };
        if self.lease.ownership.as_deref() == Some(ownership.as_str()) {
            return Ok(());
        }
        let mut after = None;
        loop {
            let page = self.api.list_owners(self.lane(), &self.id, &ownership, after.as_ref()).await?;
            after = page.data.last().map(|owner| owner.id.clone());
            check_end(page.has_more, after.is_some())?;
            let owners =
                page.data.iter().map(OwnerRow::new).collect::<Result<_, _>>().map_err(Error::unencodable)?;
            let write = WriteOwners {
                lease: self.lease.clone(),
                ownership: ownership.to_string(),
                owners,
                is_last: !page.has_more,
                now_ms: self.now_ms(),
            };
            self.shared.database.write(write).await?;
            if !page.has_more {
                return Ok(());
            }
        }
    }

    /// Reads the transactions that changed since the cursor.
    ///
    /// The cursor moves to the refresh that had succeeded before a pass began. It moves only when the pass is complete, and,
    /// if it took several pages, when no refresh came between: that may have moved rows across the pages.
    async fn transactions(&self, mut account: Account) -> Result<Again, Error> {
        // A position that cannot be read costs a new beginning, and nothing else.
        let mut position: Position = self.lease.position.parse().unwrap_or_default();
        for _ in 0..PASSES {
            let latest = account.transaction_refresh.clone();
            let Some(latest) = latest else { return Ok(None) };
            let is_resumed = position.at.is_some();
            if !is_resumed {
                position.target = (latest.status == RefreshStatus::Succeeded).then(|| latest.id.clone());
                if position.target.is_some() && position.target == position.after {
                    return Ok(None);
                }
            }
            match self.pass(&mut position).await? {
                Pass::NothingToRead => {
                    // The list does not know yet a refresh that the account names as succeeded.
                    let late = position.target.is_some().then_some(PENDING);
                    return Ok(pending(&account).or(late));
                }
                Pass::Restart => {}
                Pass::Complete => return Ok(pending(&account)),
                Pass::Read => {
                    let Some(again) = self.read().await? else { return Ok(None) };
                    account = again;
                    if unchanged(&account, position.target.as_ref()) {
                        position = position.completed();
                        self.write_page(Vec::new(), &position).await?;
                        return Ok(None);
                    }
                    let had_target = position.target.is_some();
                    position = position.restarted();
                    self.write_page(Vec::new(), &position).await?;
                    if !had_target && !has_succeeded(&account) {
                        // Everything is stored, but the account does not name a refresh to continue from.
                        return Ok(pending(&account));
                    }
                }
            }
        }
        // Refreshes come faster than their pages can be read. What was read is stored; the rest follows.
        Ok(Some(Duration::from_secs(1)))
    }

    /// Reads page after page from a position, and moves it.
    async fn pass(&self, position: &mut Position) -> Result<Pass, Error> {
        let is_resumed = position.at.is_some();
        let mut is_first = true;
        loop {
            let (after, at) = (position.after.as_ref(), position.at.as_ref());
            let page = match self.api.list_transactions(self.lane(), &self.id, after, at).await {
                Ok(page) => page,
                Err(error) if error.is_no_successful_transaction_refresh() => return Ok(Pass::NothingToRead),
                Err(error) if is_unknown(&error, "transaction_refresh") && position.after.is_some() => {
                    // The cursor is of another world, or too old: read everything, and write what differs.
                    *position = Position::default();
                    return Ok(Pass::Restart);
                }
                Err(error) if is_unknown(&error, "starting_after") && position.at.is_some() => {
                    *position = position.restarted();
                    return Ok(Pass::Restart);
                }
                Err(error) => return Err(error.into()),
            };
            check_end(page.has_more, !page.data.is_empty())?;
            let rows = page
                .data
                .iter()
                .map(TransactionRow::new)
                .collect::<Result<_, _>>()
                .map_err(Error::unencodable)?;
            if let Some(stray) = page.data.iter().find(|transaction| transaction.account != self.id) {
                let message =
                    format!("a page of {} holds transaction {} of another account", self.id, stray.id);
                return Err(CallError::of_kind(fc_ext::ErrorKind::Decode, message).into());
            }
            if !page.has_more && is_first && !is_resumed {
                // One page is one moment: nothing can have moved.
                *position = position.completed();
                self.write_page(rows, position).await?;
                return Ok(Pass::Complete);
            }
            if let Some(last) = page.data.last() {
                position.at = Some(last.id.clone());
            }
            self.write_page(rows, position).await?;
            if !page.has_more {
                return Ok(Pass::Read);
            }
            is_first = false;
        }
    }

    async fn write_page(&self, transactions: Vec<TransactionRow>, position: &Position) -> Result<(), Error> {
        let write = WritePage {
            lease: self.lease.clone(),
            transactions,
            position: position.to_string(),
            now_ms: self.now_ms(),
        };
        let page = self.shared.database.write(write).await?;
        self.api.counters.page(page.written);
        Ok(())
    }
}

/// How a pass ended.
enum Pass {
    /// No refresh of the transactions has ever succeeded.
    NothingToRead,
    /// Everything came on one page; the position is complete.
    Complete,
    /// Everything came on several pages.
    Read,
    /// The position was unknown to Stripe; the pass starts anew.
    Restart,
}

fn unchanged(account: &Account, target: Option<&TransactionRefreshId>) -> bool {
    target.is_some() && account.transaction_refresh.as_ref().map(|refresh| &refresh.id) == target
}

fn has_succeeded(account: &Account) -> bool {
    account.transaction_refresh.as_ref().is_some_and(|refresh| refresh.status == RefreshStatus::Succeeded)
}

/// When to look again at an account whose refresh has not settled.
fn pending(account: &Account) -> Again {
    let is_pending =
        account.transaction_refresh.as_ref().is_some_and(|refresh| refresh.status == RefreshStatus::Pending);
    is_pending.then_some(PENDING)
}

/// Whether a refresh of the balance or of the owners has not settled.
fn is_refreshing(account: &Account) -> bool {
    let balance = account.balance_refresh.as_ref().map(|refresh| &refresh.status);
    let ownership = account.ownership_refresh.as_ref().map(|refresh| &refresh.status);
    [balance, ownership].contains(&Some(&RefreshStatus::Pending))
}

fn wants_subscription(account: &Account) -> bool {
    account.status == AccountStatus::Active
        && Permission::Transactions.is_granted(account)
        && !SubscribeFeature::Transactions.is_active(account)
}

/// Whether Stripe does not know the id in a parameter.
fn is_unknown(error: &CallError, parameter: &str) -> bool {
    error.code() == Some(&ErrorCode::ResourceMissing)
        && error.param().is_some_and(|param| param.starts_with(parameter))
}
