//! The handle of a mirror.

mod account;
mod builder;
mod changes;
#[cfg(feature = "axum")]
mod endpoint;
mod handle;
#[cfg(feature = "metrics")]
mod metrics;
mod receive;
mod status;

pub use self::account::Difference;
pub use self::builder::MirrorBuilder;
pub use self::changes::{Change, ChangeKind, ChangePosition, Changes, Entity};
pub use self::handle::Mirror;
pub use self::status::{Progress, Status, TenantStatus};
