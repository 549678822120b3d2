//! Waking the dispatcher.

use std::sync::Mutex;

use tokio::sync::Notify;

use crate::clock::Instant;
use crate::lock::lock;

/// Wakes the dispatcher when there is work before the time until which it sleeps.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    dispatcher: Notify,
    /// The time on the sandbox's clock at which the dispatcher wakes by itself. None while no dispatcher runs.
    sleeping_until: Mutex<Option<Instant>>,
    /// Wakes those who wait for the workers.
    pub(crate) worker_ended: Notify,
}

impl Wake {
    /// Wakes the dispatcher if it would sleep past `work`.
    pub(crate) fn for_work_at(&self, work: Option<Instant>) {
        let Some(work) = work else { return };
        if lock(&self.sleeping_until).is_some_and(|until| work < until) {
            self.dispatcher.notify_one();
        }
    }

    /// Records until when the dispatcher sleeps. Without a time, it sleeps until it is woken.
    pub(crate) fn sleep_until(&self, until: Option<Instant>) {
        *lock(&self.sleeping_until) = Some(until.unwrap_or(Instant::NEVER));
    }

    /// Waits until the dispatcher is woken.
    pub(crate) async fn woken(&self) {
        self.dispatcher.notified().await;
    }
}
