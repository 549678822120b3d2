//! Planned ends of log-ins and account numbers, and the warnings before them.

use std::time::Duration;

use crate::clock::Instant;
use crate::world::World;
use crate::world::schedule::Task;

/// How long before a planned end the user is warned.
const NOTICE: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long after linking a connection or a number breaks that Stripe's testing guide says breaks "soon" or "immediately".
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// When the warning before an end is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Warning {
    /// At once, by the caller: the end is less than thirty days away.
    Now,
    /// Later, by the scheduled task.
    Scheduled,
}

/// Schedules the end of a log-in or a number, and the warning thirty days before it.
pub(crate) fn schedule_end(world: &mut World, ends_at: i64, warn: Task, end: Task, now: Instant) -> Warning {
    let ends_at = Instant::from_unix(ends_at);
    let warn_at = ends_at.before(NOTICE);
    let warning = if warn_at > now {
        world.schedule.add(warn_at, warn);
        Warning::Scheduled
    } else {
        Warning::Now
    };
    world.schedule.add(ends_at, end);
    warning
}
