//! Refusals: why a rule does not do what was asked.

use crate::model::account::AccountStatus;
use crate::world::World;

/// The account is disconnected, and its data is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disconnected;

/// Why an account cannot do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountRefusal {
    Disconnected,
    /// The account is inactive.
    Inactive,
    /// The account holder did not give this permission.
    NotPermitted {
        permission: &'static str,
    },
    /// The last refresh is pending or too recent, and the settings refuse an early one.
    RefreshedTooRecently,
    /// A refresh is pending, and the settings refuse another one.
    RefreshPending,
}

impl From<Disconnected> for AccountRefusal {
    fn from(Disconnected: Disconnected) -> Self {
        Self::Disconnected
    }
}

/// Refuses a disconnected account.
pub(crate) fn require_connected(world: &World, account: u32) -> Result<(), Disconnected> {
    match world.accounts[account].status {
        AccountStatus::Active | AccountStatus::Inactive => Ok(()),
        AccountStatus::Disconnected => Err(Disconnected),
    }
}

/// Refuses an account without a working connection.
pub(crate) fn require_active(world: &World, account: u32) -> Result<(), AccountRefusal> {
    match world.accounts[account].status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Inactive => Err(AccountRefusal::Inactive),
        AccountStatus::Disconnected => Err(AccountRefusal::Disconnected),
    }
}

/// Refuses an account whose holder did not give `permission`.
pub(crate) fn require_permission(
    world: &World,
    account: u32,
    permission: &'static str,
) -> Result<(), AccountRefusal> {
    if world.accounts[account].permits(permission) {
        Ok(())
    } else {
        Err(AccountRefusal::NotPermitted { permission })
    }
}

/// Refuses to read data of a disconnected account, or data that its holder gave no permission for.
pub(crate) fn require_readable(
    world: &World,
    account: u32,
    permission: &'static str,
) -> Result<(), AccountRefusal> {
    require_connected(world, account)?;
    require_permission(world, account, permission)
}
