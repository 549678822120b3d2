//! The sandbox that a command acts on.

use crate::context::Context;
use crate::failure::Failure;
use crate::http::Controls;

/// The controls of the sandbox that the settings name.
pub(super) fn controls(context: &Context) -> Result<Controls, Failure> {
    let target = context.target()?;
    if target.is_stripe() {
        return Err(Failure::usage("the server is Stripe, which has no bank to control")
            .next("unset STRIPE_API_KEY, or set STRIPE_BASE_URL to the address of a sandbox"));
    }
    Controls::of(&target.base_url)
}
