//! Deliveries: which endpoints get an event, when a delivery is due, and when a failed attempt is retried.

use std::time::Duration;

use crate::api_version::{API_VERSION, Surface};
use crate::clock::Instant;
use crate::fault::kind::WebhookFault;
use crate::model::event::{Audience, EventType};
use crate::model::webhook::{Delivery, DeliveryAttempt, DeliveryState, Outcome, WebhookEndpoint};
use crate::world::World;

/// The waits before the retries of a delivery in test mode. Stripe documents three attempts over a few hours.
const TEST_RETRIES: [Duration; 2] = [Duration::from_secs(3600), Duration::from_secs(3 * 3600)];
/// The wait before the first retry in live mode. It doubles with each retry; Stripe does not publish the steps.
const LIVE_FIRST_RETRY: Duration = Duration::from_secs(5 * 60);
/// The longest wait between two retries in live mode.
const LIVE_LONGEST_WAIT: Duration = Duration::from_secs(12 * 3600);
/// How long a delivery is retried in live mode. Stripe documents up to three days.
const LIVE_RETRY_PERIOD: Duration = Duration::from_secs(72 * 3600);

/// A delivery that is due, and how many times to send it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueDelivery {
    pub(crate) at: Instant,
    pub(crate) delivery: u32,
    pub(crate) copies: u32,
}

/// Whether an endpoint gets events of a type: it is enabled for the type, and has a version that has it.
fn asks_for(endpoint: &WebhookEndpoint, kind: EventType) -> bool {
    let surface = Surface::of(endpoint.api_version.as_deref().unwrap_or(API_VERSION));
    let fits = if endpoint.thin { kind.audience() == Audience::Thin } else { kind.is_shown_in(surface) };
    let is_enabled = |enabled: &String| enabled == "*" || enabled == kind.as_str();
    !endpoint.deleted && !endpoint.disabled && fits && endpoint.enabled_events.iter().any(is_enabled)
}

/// Whether any endpoint gets events of a type.
pub(crate) fn is_asked_for(world: &World, kind: EventType) -> bool {
    world.webhook_endpoints.rows().any(|(_, endpoint)| asks_for(endpoint, kind))
}

/// Creates a delivery of an event to every endpoint that asks for its type.
pub(crate) fn create(world: &mut World, event: u32, at: Instant) {
    for endpoint in world.webhook_endpoints.numbers() {
        let row = &world.webhook_endpoints[endpoint];
        if !asks_for(row, world.events[event].kind) {
            continue;
        }
        let delivery = Delivery {
            id: format!("{}:{}", world.events[event].id, row.id),
            event,
            endpoint,
            attempts: Vec::new(),
            state: DeliveryState::Due(at),
        };
        let delivery = world.deliveries.add(delivery);
        world.outbox.insert(endpoint, at, delivery);
        world.events[event].pending_webhooks += 1;
    }
}

/// The deliveries to send to `endpoint` next. None if nothing is due, or a fault holds the deliveries back.
pub(crate) fn next_batch(world: &mut World, endpoint: u32, now: Instant) -> Vec<DueDelivery> {
    loop {
        let Some(&(at, delivery)) = world.outbox.due(endpoint, now, 1).first() else { return Vec::new() };
        if !is_wanted(world, delivery, at) {
            // Also a delivery that is not in this state, so that the loop meets each entry once.
            world.outbox.remove(endpoint, at, delivery);
            continue;
        }
        let first = DueDelivery { at, delivery, copies: 1 };
        let fault =
            world.faults.take_webhook_fault(|count| world.outbox.due(endpoint, now, count).len() == count);
        match fault {
            None => return vec![first],
            // No attempt was made, and none follows.
            Some(WebhookFault::Lost) => change_state(world, delivery, at, DeliveryState::Failed),
            Some(WebhookFault::Duplicated) => return vec![DueDelivery { copies: 2, ..first }],
            Some(WebhookFault::Delayed { by }) => {
                let later = at.after(by);
                // A delay of zero, also at the end of the clock, must not loop.
                if later == at {
                    return vec![first];
                }
                change_state(world, delivery, at, DeliveryState::Due(later));
            }
            Some(WebhookFault::Reversed { count }) => {
                let due = world.outbox.due(endpoint, now, count as usize);
                if due.len() < count as usize {
                    return Vec::new();
                }
                let newest_first = due.into_iter().rev();
                return newest_first.map(|(at, delivery)| DueDelivery { at, delivery, copies: 1 }).collect();
            }
        }
    }
}

/// Whether a delivery that was due at `at` is still to be sent. A deleted endpoint has cancelled it. A disabled endpoint
/// cancels it now: Stripe gives up an event whose endpoint is disabled when its attempt is due.
pub(crate) fn is_wanted(world: &mut World, delivery: u32, at: Instant) -> bool {
    let Some(row) = world.deliveries.get(delivery) else { return false };
    if row.state != DeliveryState::Due(at) {
        return false;
    }
    if world.webhook_endpoints[row.endpoint].disabled {
        change_state(world, delivery, at, DeliveryState::Cancelled);
        return false;
    }
    true
}

/// Records the outcome of an attempt. A failed delivery is due again later, until its retries are used up.
pub(crate) fn record_attempt(world: &mut World, delivery: u32, at: Instant, outcome: Outcome) {
    let succeeded = outcome.is_success();
    // A delivery that was cancelled meanwhile may be forgotten already.
    if world.deliveries.get(delivery).is_none() {
        return;
    }
    let row = &mut world.deliveries[delivery];
    row.attempts.push(DeliveryAttempt { at: at.unix(), outcome, resent: false });
    let attempts = row.attempts.iter().filter(|attempt| !attempt.resent).count();
    // The endpoint may have been deleted in the meantime.
    if row.state != DeliveryState::Due(at) {
        return;
    }
    let next = if succeeded {
        DeliveryState::Succeeded
    } else {
        retry_delay(attempts, world.livemode)
            .map_or(DeliveryState::Failed, |delay| DeliveryState::Due(at.after(delay)))
    };
    change_state(world, delivery, at, next);
}

/// Records an attempt that a control made at `now`. A success ends the delivery, unless it was cancelled. A failure changes no
/// schedule: it counts as no retry.
pub(crate) fn record_resend(world: &mut World, delivery: u32, now: Instant, outcome: Outcome) {
    let succeeded = outcome.is_success();
    if world.deliveries.get(delivery).is_none() {
        return;
    }
    let row = &mut world.deliveries[delivery];
    row.attempts.push(DeliveryAttempt { at: now.unix(), outcome, resent: true });
    match row.state {
        DeliveryState::Due(at) if succeeded => change_state(world, delivery, at, DeliveryState::Succeeded),
        DeliveryState::Failed if succeeded => change_state(world, delivery, now, DeliveryState::Succeeded),
        _ => {}
    }
}

/// Moves a delivery that was due at `at` to its next state.
pub(crate) fn change_state(world: &mut World, delivery: u32, at: Instant, state: DeliveryState) {
    let row = &mut world.deliveries[delivery];
    row.state = state;
    let (event, endpoint) = (row.event, row.endpoint);
    world.outbox.remove(endpoint, at, delivery);
    match state {
        DeliveryState::Due(next) => world.outbox.insert(endpoint, next, delivery),
        // Stripe counts every webhook that was not delivered, also after the last attempt.
        DeliveryState::Failed => {}
        DeliveryState::Succeeded | DeliveryState::Cancelled => world.events[event].pending_webhooks -= 1,
    }
}

/// The first time after `now` at which a task runs or a delivery falls due.
pub(crate) fn next_after(world: &World, now: Instant) -> Option<Instant> {
    [world.schedule.next_at(), world.outbox.next_after(now)].into_iter().flatten().min()
}

/// When the dispatcher has work in this world: now if a delivery can be sent, else at [`next_after`].
pub(crate) fn next_work(world: &World, now: Instant) -> Option<Instant> {
    if world.outbox.waiting(now).is_empty() { next_after(world, now) } else { Some(now) }
}

/// The wait before the next retry, after `attempts` failed attempts. None after the last one.
fn retry_delay(attempts: usize, livemode: bool) -> Option<Duration> {
    if !livemode {
        return TEST_RETRIES.get(attempts - 1).copied();
    }
    let delay = |attempt: usize| (LIVE_FIRST_RETRY * (1 << (attempt - 1).min(10))).min(LIVE_LONGEST_WAIT);
    let total: Duration = (1..=attempts).map(delay).sum();
    (total <= LIVE_RETRY_PERIOD).then(|| delay(attempts))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::caller::Caller;
    use crate::model::settings::{Population, Settings};
    use crate::testing::populate_with_endpoint;

    /// A world in which one delivery is due, and when it is due.
    fn world() -> (World, Instant) {
        let caller = Caller::from_key("sk_test_delivery").expect("a key");
        let population = Population { accounts: 1, transactions: 0 };
        let settings = Settings { population, ..Settings::default() };
        let mut world = World::new(&caller, 0, Arc::new(settings), Arc::default());
        populate_with_endpoint(&mut world, Instant::from_unix(1_000));
        let (at, _) = world.outbox.due(0, Instant::END, 1)[0];
        (world, at)
    }

    #[test]
    fn the_end_of_an_attempt_leaves_a_delivery_that_was_cancelled_meanwhile() {
        let (mut world, at) = world();
        change_state(&mut world, 0, at, DeliveryState::Cancelled);
        record_attempt(&mut world, 0, at, Outcome::Answered(200));
        assert_eq!(world.deliveries[0].state, DeliveryState::Cancelled);
        assert_eq!(world.events[world.deliveries[0].event].pending_webhooks, 0);
        assert_eq!(world.deliveries[0].attempts.len(), 1, "what was sent is shown all the same");
    }

    #[test]
    fn the_end_of_an_attempt_of_a_forgotten_delivery_changes_nothing() {
        let (mut world, at) = world();
        record_attempt(&mut world, 99, at, Outcome::Answered(500));
        record_resend(&mut world, 99, at, Outcome::Answered(500));
        assert_eq!(world.deliveries[0].state, DeliveryState::Due(at));
    }

    #[test]
    fn a_delivery_that_failed_stays_so_until_it_is_resent_with_success() {
        let (mut world, at) = world();
        change_state(&mut world, 0, at, DeliveryState::Failed);
        for (status, state) in [(500, DeliveryState::Failed), (200, DeliveryState::Succeeded)] {
            record_resend(&mut world, 0, at, Outcome::Answered(status));
            assert_eq!(world.deliveries[0].state, state);
        }
    }

    #[test]
    fn a_world_has_work_now_only_while_a_delivery_is_due() {
        let (mut world, at) = world();
        assert_eq!(next_work(&world, at), Some(at));
        change_state(&mut world, 0, at, DeliveryState::Failed);
        assert!(next_work(&world, at).is_none_or(|next| next > at));
    }

    #[test]
    fn test_mode_tries_three_times_and_live_mode_for_up_to_three_days() {
        assert_eq!(
            [1, 2, 3].map(|n| retry_delay(n, false)),
            [Some(Duration::from_secs(3600)), Some(Duration::from_secs(3 * 3600)), None]
        );
        // With a bound, because a rule that never ends would make this loop endless.
        let live: Vec<Duration> = (1..=100).map_while(|attempt| retry_delay(attempt, true)).collect();
        assert_eq!(live[..3], [5, 10, 20].map(|minutes| Duration::from_secs(minutes * 60)));
        assert!(live.is_sorted());
        let total: Duration = live.iter().sum();
        assert!(
            total > Duration::from_secs(60 * 3600) && total <= Duration::from_secs(72 * 3600),
            "{total:?}"
        );
    }
}
