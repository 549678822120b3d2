//! Pace: when a call to Stripe may start.
//!
//! It knows rates, lanes and refusals, and nothing of Stripe's objects. Time is given to it.

mod bucket;
mod limits;
mod queue;
mod window;

pub(crate) use self::limits::{Limits, Refusal};
pub(crate) use self::queue::Pace;
