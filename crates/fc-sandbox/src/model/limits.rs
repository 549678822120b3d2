//! Stripe's documented rate limits.

/// Stripe's rate limits of one mode, per second; for [`SandboxBuilder::limits`](crate::SandboxBuilder::limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limits {
    /// Live mode: 100 calls of an account, 25 of each operation.
    Live,
    /// A sandbox of Stripe, or test mode: 25 calls of an account, 25 of each operation.
    Sandbox,
}

impl Limits {
    /// Calls of an account per second.
    pub(crate) fn total(self) -> u32 {
        match self {
            Self::Live => 100,
            Self::Sandbox => 25,
        }
    }

    /// Calls of one operation per second, whatever the ids in their paths.
    pub(crate) fn operation(self) -> u32 {
        25
    }
}
