//! The list of events, for those who cannot receive webhooks.

use std::time::Duration;

use fc_ext::types::EventId;

use super::inbox::{Notice, accept};
use super::shared::{Shared, TenantContext};
use crate::error::Error;
use crate::op::{BeginEvents, Lane, Listing, SetEvents, TenantLease};

/// Seconds that are read again each time, because an event may appear in the list after a newer one.
const OVERLAP: i64 = 60;

/// Stripe keeps events for 30 days. A day of it is for the reading.
const MEMORY: Duration = Duration::from_secs(29 * 86_400);

/// Reads the events since the last time into the inbox.
///
/// The list is read from a minute before the newest known event, so events of one second are never divided. The time moves
/// only when every page was read. Events that came before are one row, and cause nothing.
///
/// # Errors
///
/// Of the API or of the storage. The next call reads the same events again.
pub(super) async fn read_events(
    shared: &Shared,
    context: &TenantContext,
    lease: &TenantLease,
    state: &Listing,
    every: Duration,
) -> Result<(), Error> {
    let memory_ms = i64::try_from(MEMORY.as_millis()).unwrap_or(i64::MAX);
    let since = match (state.events_created, state.events_due_ms) {
        (Some(created), Some(due_ms)) if shared.wall.now_ms() - due_ms <= memory_ms => created,
        (created, _) => return begin(shared, context, lease, created, every).await,
    };
    let (mut newest, mut after): (i64, Option<EventId>) = (since, None);
    loop {
        let page = context.api.list_events(Lane::Webhook, Some(begins(since)), after.as_ref()).await?;
        for event in &page.data {
            let json = serde_json::to_string(event).map_err(Error::unencodable)?;
            let created = event.created.map_or(since, |created| created.as_secs());
            let notice = Notice::snapshot(event, &json, "list");
            accept(shared, &context.tenant, notice).await?;
            newest = newest.max(created);
        }
        // After all events of the page, so that those of one account are one sync.
        shared.wake.notify_one();
        after = page.data.last().map(|event| event.id.clone());
        if !page.has_more {
            break;
        }
        super::api::check_end(page.has_more, after.is_some())?;
    }
    let due_ms = shared.wall.after(every);
    shared.database.write(SetEvents { lease: lease.clone(), created: newest, due_ms }).await
}

/// Where a reading begins, in Unix seconds. An account without events has 0 as its newest, and no time is before that.
fn begins(newest: i64) -> i64 {
    (newest - OVERLAP).max(0)
}

/// Notes the newest event, and asks for a listing, which finds what happened before it.
async fn begin(
    shared: &Shared,
    context: &TenantContext,
    lease: &TenantLease,
    gap_since: Option<i64>,
    every: Duration,
) -> Result<(), Error> {
    let page = context.api.list_events(Lane::Webhook, None, None).await?;
    let created = page.data.iter().filter_map(|event| event.created).map(|created| created.as_secs()).max();
    if let Some(since) = gap_since {
        tracing::warn!(
            tenant = %context.tenant,
            since,
            "the events were not read for longer than Stripe keeps them; a listing of all accounts makes up for it"
        );
    }
    let (due_ms, now_ms) = (shared.wall.after(every), shared.wall.now_ms());
    let begin =
        BeginEvents { lease: lease.clone(), created: created.unwrap_or(0), due_ms, gap_since, now_ms };
    shared.database.write(begin).await
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn a_reading_begins_a_minute_before_the_newest_event_and_never_before_1970() {
        assert_eq!([begins(1_000), begins(30), begins(0)], [940, 0, 0]);
    }
}
