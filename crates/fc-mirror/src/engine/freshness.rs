//! Refreshes of old balances, by policy.

use std::time::Duration;

use fc_ext::ErrorKind as CallErrorKind;

use super::api::is_transient;
use super::backoff::LONGEST;
use super::settings::BalancePolicy;
use super::shared::{Shared, TenantContext};
use super::summary::summary;
use crate::error::Error;
use crate::op::{AskBalance, Lane, OldBalances, RaiseWanted, TakeRefresh};

/// Accounts that are asked for in one round at most.
const ROUND: i64 = 100;

/// When an account is read after its refresh was asked for, in case its event is late or lost.
pub(super) const SETTLING: Duration = Duration::from_secs(5);

/// Asks for refreshes of the oldest balances, while the budget of the hour lasts.
///
/// An account that refuses is left alone for an hour, so that it takes no turn of the others.
///
/// # Errors
///
/// A storage error, or an error of the API that concerns every account.
pub(super) async fn refresh_old_balances(
    shared: &Shared,
    context: &TenantContext,
    policy: BalancePolicy,
) -> Result<(), Error> {
    let tenant = context.tenant.id();
    for account in oldest(shared, tenant, policy).await? {
        let now_ms = shared.wall.now_ms();
        let (hour, budget) = (now_ms.div_euclid(3_600_000), i64::from(policy.per_hour));
        let take = TakeRefresh { shard: context.shard, tenant: tenant.to_owned(), hour, budget };
        if !shared.database.write(take).await? {
            return Ok(());
        }
        let shard = shared.shard_of(&account);
        let ask = AskBalance { shard, tenant: tenant.to_owned(), account: account.clone(), now_ms };
        // Before the call: a crash between the two costs a turn, and no second refresh.
        shared.database.write(ask).await?;
        let Ok(id) = account.parse() else { continue };
        let key = format!("fc-mirror-refresh-{account}-{now_ms}");
        let outcome = context.api.refresh_balance(Lane::Reconciliation, &id, &key).await;
        let raise = RaiseWanted {
            shard,
            tenant: tenant.to_owned(),
            account: account.clone(),
            lane: Lane::Reconciliation,
            now_ms: shared.wall.after(SETTLING),
        };
        shared.database.write(raise).await?;
        if let Err(error) = outcome {
            let concerns_all =
                matches!(error.kind(), CallErrorKind::Authentication | CallErrorKind::RateLimited)
                    || is_transient(&error);
            let error = Error::from(error);
            tracing::warn!(%account, %tenant, error = %summary(&error), "a balance could not be refreshed");
            if concerns_all {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// The oldest balances over all shards that may be refreshed.
async fn oldest(shared: &Shared, tenant: &str, policy: BalancePolicy) -> Result<Vec<String>, Error> {
    let now_ms = shared.wall.now_ms();
    let older_than = i64::try_from(policy.older_than.as_secs()).unwrap_or(i64::MAX);
    let rest = i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for shard in 0..shared.database.shards() {
        let old = OldBalances {
            shard,
            tenant: tenant.to_owned(),
            attempted_until: (now_ms.div_euclid(1000)).saturating_sub(older_than),
            now: now_ms.div_euclid(1000),
            asked_until_ms: now_ms - rest,
            // No clock that is right is that far ahead.
            latest_ms: now_ms.saturating_add(rest),
            limit: ROUND,
        };
        found.extend(shared.database.read(old).await?);
    }
    found.sort_unstable();
    let limit = usize::try_from(ROUND).unwrap_or(usize::MAX);
    Ok(found.into_iter().take(limit).map(|(_, account)| account).collect())
}
