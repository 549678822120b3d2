//! Variables of the environment.

use std::env;

/// The value of a variable; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
