//! Account and its balance.

use super::changes::Changes;
use super::claim::{Lease, guard};
use super::sql::{ACCOUNT_STATE, INSERT_BALANCES, NEWEST_BALANCE, UPSERT_ACCOUNT};
use crate::error::Error;
use crate::row::{AccountRow, BalanceRow};
use crate::store::{Operation, Tx, Value};

/// Writes an account as the lease holder read it, unless it is erased.
#[derive(Clone)]
pub(crate) struct WriteAccount {
    pub(crate) lease: Lease,
    pub(crate) account: AccountRow,
    pub(crate) now_ms: i64,
}

impl Operation for WriteAccount {
    /// Whether the account may be stored. An erased one may not, nor what belongs to it.
    type Output = bool;

    async fn run<T: Tx>(&self, tx: &mut T) -> Result<bool, Error> {
        let lease = &self.lease;
        guard(tx, lease).await?;
        let mut changes = Changes::new(lease.shard, &lease.tenant, self.now_ms);
        let stored = state(tx, lease.shard, &lease.tenant, &self.account.id).await?;
        match stored {
            Some(stored) if stored.is_erased => return Ok(false),
            Some(stored) if stored.digest == self.account.digest => {}
            stored => {
                write(tx, lease.shard, &lease.tenant, &self.account, stored, self.now_ms, &mut changes)
                    .await?;
            }
        }
        changes.write(tx).await?;
        Ok(true)
    }
}

/// What the database knows of an account.
pub(super) struct Stored {
    pub(super) digest: String,
    pub(super) is_erased: bool,
}

pub(super) async fn state<T: Tx>(
    tx: &mut T,
    shard: i64,
    tenant: &str,
    id: &str,
) -> Result<Option<Stored>, Error> {
    let rows = tx.query(&ACCOUNT_STATE, vec![shard.into(), tenant.into(), id.into()]).await?;
    let read =
        |row: &crate::store::Row| Ok(Stored { digest: row.text(0)?, is_erased: row.opt_int(1)?.is_some() });
    rows.first().map(read).transpose()
}

/// Writes an account that the database does not have.
pub(super) async fn insert<'a, T: Tx>(
    tx: &mut T,
    shard: i64,
    tenant: &str,
    account: &'a AccountRow,
    now_ms: i64,
    changes: &mut Changes<'a>,
) -> Result<(), Error> {
    write(tx, shard, tenant, account, None, now_ms, changes).await
}

async fn write<'a, T: Tx>(
    tx: &mut T,
    shard: i64,
    tenant: &str,
    account: &'a AccountRow,
    stored: Option<Stored>,
    now_ms: i64,
    changes: &mut Changes<'a>,
) -> Result<(), Error> {
    let number = write_balance(tx, shard, tenant, account, now_ms, changes).await?;
    tx.execute(&UPSERT_ACCOUNT, parameters(shard, tenant, account, number, now_ms)).await?;
    changes.add(&account.id, "account", account.id.as_str(), stored.is_none(), None);
    Ok(())
}

/// Adds the balance to the history if it is another one than the newest. Returns its number, 0 if there is none.
async fn write_balance<'a, T: Tx>(
    tx: &mut T,
    shard: i64,
    tenant: &str,
    account: &'a AccountRow,
    now_ms: i64,
    changes: &mut Changes<'a>,
) -> Result<i64, Error> {
    if account.balance.is_empty() {
        return Ok(0);
    }
    let rows = tx.query(&NEWEST_BALANCE, vec![shard.into(), tenant.into(), (&account.id).into()]).await?;
    let newest = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let figures: Vec<BalanceRow> = rows
        .iter()
        .map(|row| {
            Ok(BalanceRow {
                as_of: row.int(1)?,
                currency: row.text(2)?,
                kind: row.text(3)?,
                current: row.opt_int(4)?,
                available: row.opt_int(5)?,
                used: row.opt_int(6)?,
            })
        })
        .collect::<Result<_, Error>>()?;
    if figures == account.balance {
        return Ok(newest);
    }
    let number = newest + 1;
    let row = |balance: &'a BalanceRow| -> Vec<Value<'_>> {
        vec![
            shard.into(),
            tenant.into(),
            (&account.id).into(),
            balance.as_of.into(),
            number.into(),
            (&balance.currency).into(),
            (&balance.kind).into(),
            balance.current.into(),
            balance.available.into(),
            balance.used.into(),
            account.balance_refreshed_at.into(),
            now_ms.into(),
        ]
    };
    tx.execute_batch(&INSERT_BALANCES, account.balance.iter().map(row).collect()).await?;
    changes.add(&account.id, "balance", account.id.as_str(), true, Some(number));
    Ok(number)
}

fn parameters<'v>(
    shard: i64,
    tenant: &'v str,
    account: &'v AccountRow,
    balance_number: i64,
    now_ms: i64,
) -> Vec<Value<'v>> {
    let balance = account.balance_refresh.as_ref();
    let transactions = account.transaction_state.as_ref();
    vec![
        shard.into(),
        tenant.into(),
        (&account.id).into(),
        (&account.holder_type).into(),
        (&account.holder).into(),
        (&account.institution).into(),
        (&account.display_name).into(),
        (&account.last4).into(),
        (&account.category).into(),
        (&account.subcategory).into(),
        (&account.status).into(),
        account.livemode.into(),
        account.created.into(),
        (&account.permissions).into(),
        (&account.subscriptions).into(),
        (&account.ownership).into(),
        balance.map(|refresh| refresh.status.as_str()).into(),
        balance.map(|refresh| refresh.attempted_at).into(),
        balance.and_then(|refresh| refresh.available_at).into(),
        (&account.ownership_status).into(),
        (&account.transaction_refresh).into(),
        transactions.map(|refresh| refresh.status.as_str()).into(),
        transactions.map(|refresh| refresh.attempted_at).into(),
        transactions.and_then(|refresh| refresh.available_at).into(),
        account.deactivation_at.into(),
        (&account.deactivation_action).into(),
        balance_number.into(),
        (&account.raw).into(),
        (&account.digest).into(),
        (&account.api_version).into(),
        now_ms.into(),
    ]
}
