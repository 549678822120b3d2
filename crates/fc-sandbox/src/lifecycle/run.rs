//! Running the tasks that are due.

use crate::clock::Instant;
use crate::lifecycle::retention::{forget, forget_refresh};
use crate::lifecycle::{account_number, connection, refresh, subscription};
use crate::model::feature::Feature;
use crate::world::World;
use crate::world::schedule::Task;

/// How many tasks run before others may lock the world.
const SLICE: usize = 500;

/// Runs every task that is due by `now`, in order and each at its due time.
pub(crate) fn catch_up(world: &mut World, now: Instant) {
    while !catch_up_slice(world, now) {}
}

/// Runs some of the tasks that are due by `now`, in order and each at its due time, and forgets what can no longer be read.
/// Returns whether none is left.
pub(crate) fn catch_up_slice(world: &mut World, now: Instant) -> bool {
    for _ in 0..SLICE {
        let Some((at, task)) = world.schedule.pop(now) else {
            forget(world, now);
            return true;
        };
        run(world, task, at);
    }
    forget(world, now);
    false
}

fn run(world: &mut World, task: Task, at: Instant) {
    match task {
        Task::FinishRefresh { account, feature } => refresh::finish(world, account, feature, at),
        Task::RefreshSubscription { account, subscription } => {
            subscription::refresh_daily(world, account, Feature::Transactions, subscription, at);
        }
        Task::RefreshFeatureSubscription { account, feature, subscription } => {
            subscription::refresh_daily(world, account, feature, subscription, at);
        }
        Task::WarnOfDeactivation { authorization, plan } => connection::warn(world, authorization, plan, at),
        Task::EndConnection { authorization, plan } => connection::end(world, authorization, plan, at),
        Task::WarnOfExpiry { account, plan } => account_number::warn(world, account, plan, at),
        Task::ExpireNumber { account, plan } => account_number::expire(world, account, plan, at),
        Task::ForgetRefresh { refresh } => forget_refresh(world, refresh),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::caller::Caller;
    use crate::clock::Clock;
    use crate::lifecycle::population::populate;
    use crate::model::event::Cause;
    use crate::model::settings::{Population, Settings};

    /// A world of many tasks must not keep its lock until all have run.
    #[test]
    fn a_slice_runs_a_bounded_number_of_tasks() {
        let caller = Caller::from_key("sk_test_world").expect("a key");
        let mut world = World::new(&caller, 0, Arc::new(Settings::default()), Arc::default());
        let now = Instant::from_unix(9);
        for refresh in 0..SLICE as u32 + 5 {
            world.schedule.add(now, Task::ForgetRefresh { refresh });
        }
        assert!(!catch_up_slice(&mut world, now));
        assert!(world.schedule.next_at().is_some());
        assert!(catch_up_slice(&mut world, now));
        assert_eq!(world.schedule.next_at(), None);
    }

    /// Runs the tasks one by one and counts them, because a wrong rule would run them endlessly.
    #[test]
    fn a_subscribed_account_reaches_the_end_of_the_clock() {
        let population = Population { accounts: 1, transactions: 0 };
        let settings = Arc::new(Settings { population, ..Settings::default() });
        let caller = Caller::from_key("sk_test_world").expect("a key");
        let mut world = World::new(&caller, 0, settings, Arc::default());
        let clock = Clock::frozen(Instant::END.unix() - 60 * 60 * 60);
        populate(&mut world, clock.instant());
        let cause = Cause { request_id: "req_1".to_owned(), idempotency_key: None };
        subscription::subscribe(&mut world, 0, &[Feature::Transactions], &cause, clock.instant())
            .expect("the account is active");
        clock.advance(Duration::MAX);
        let mut days = Vec::new();
        for _ in 0..100 {
            let Some((at, task)) = world.schedule.pop(clock.instant()) else { break };
            if matches!(task, Task::RefreshSubscription { .. }) {
                days.push((Instant::END.unix() - at.unix()) / 3600);
            }
            run(&mut world, task, at);
        }
        assert_eq!(days, [36, 12, 0]);
        assert_eq!(world.schedule.next_at(), None);
    }
}
