//! Waits that end when every watched feature has an outcome: by polling, by events, or by thin events.

use std::borrow::Borrow;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use fc_client::{Client, Clock, RetrieveAccount};
use fc_types::{Event, EventObject};
use futures_core::Stream;

use super::error::{Elapsed, WaitError};
use super::outcome::Refreshed;
use super::poll::{FirstPoll, poll};
use super::polling::Polling;
use super::watch::RefreshWatch;
use crate::webhook::ThinEvent;

/// Polls with `request` until every watched feature has an outcome.
pub(super) async fn settle(
    request: &RetrieveAccount,
    watch: &mut RefreshWatch,
    polling: Polling,
    first: FirstPoll,
) -> Result<Refreshed, WaitError> {
    if let Some(refreshed) = watch.refreshed() {
        return Ok(refreshed);
    }
    let outcome = poll(request, polling, first, |account| {
        watch.observe(&account);
        watch.refreshed().map_or(ControlFlow::Continue(account), ControlFlow::Break)
    });
    match outcome.await {
        Err(WaitError::Elapsed(elapsed)) => Err(WaitError::Elapsed(elapsed.of(watch))),
        outcome => outcome,
    }
}

/// Polls for a watch that may have begun long ago.
pub(crate) async fn settle_by_polling(
    client: &Client,
    watch: &mut RefreshWatch,
    polling: Polling,
) -> Result<Refreshed, WaitError> {
    settle(&retrieve(client, watch), watch, polling, FirstPoll::AtOnce).await
}

/// The request that reads the watched account.
fn retrieve(client: &Client, watch: &RefreshWatch) -> RetrieveAccount {
    let request = within!(watch.scope, client.retrieve_account(watch.id()));
    match &watch.expand {
        Some(expand) => request.expand(expand.iter().cloned()),
        None => request,
    }
}

/// Shows thin events to a watch until every watched feature has an outcome, and the account where they announce one.
pub(crate) async fn settle_by_thin_events(
    client: &Client,
    watch: &mut RefreshWatch,
    events: impl Stream<Item: Borrow<ThinEvent>>,
    polling: Polling,
) -> Result<Refreshed, WaitError> {
    let mut events = pin!(events);
    let mut has_ended = false;
    let request = retrieve(client, watch);
    let clock: &dyn Clock = &**client.clock();
    let start = clock.now();
    let passed = || clock.now().saturating_duration_since(start);
    let mut elapsed = Elapsed::new(polling.limit());
    // When the account is read next, while it must be read, and the intervals after that.
    let mut reads = None;
    loop {
        if let Some(refreshed) = watch.refreshed() {
            return Ok(refreshed);
        }
        let now = passed();
        let wait = if watch.needs_account() {
            let (due, intervals) = reads.get_or_insert_with(|| (now, polling.intervals()));
            if *due <= now {
                read(&request, watch, &mut elapsed).await?;
                let now = passed();
                if now >= polling.limit() && watch.refreshed().is_none() {
                    return Err(WaitError::Elapsed(elapsed.of(watch)));
                }
                // The last read starts at the limit.
                let next = intervals.next().unwrap_or(Duration::MAX);
                *due = now.saturating_add(next).min(polling.limit());
                continue;
            }
            *due - now
        } else if has_ended {
            return Err(WaitError::EventsEnded(elapsed.of(watch)));
        } else if now >= polling.limit() {
            return Err(WaitError::Elapsed(elapsed.of(watch)));
        } else {
            reads = None;
            polling.limit() - now
        };
        let mut timer = clock.sleep(wait);
        let next = poll_fn(|context| {
            if !has_ended {
                if let Poll::Ready(event) = events.as_mut().poll_next(context) {
                    return Poll::Ready(Some(event));
                }
            }
            timer.as_mut().poll(context).map(|()| None)
        });
        match next.await {
            Some(Some(event)) => {
                watch.observe_thin_event(event.borrow());
            }
            Some(None) => has_ended = true,
            None => {}
        }
    }
}

/// Reads the account and shows it to the watch. An error that is retryable is noted.
async fn read(
    request: &RetrieveAccount,
    watch: &mut RefreshWatch,
    elapsed: &mut Elapsed,
) -> Result<(), WaitError> {
    match request.clone().send().await {
        Ok(account) => {
            watch.observe(&account);
            elapsed.saw(account);
        }
        Err(error) if error.is_retryable() => elapsed.missed(error),
        Err(error) => return Err(WaitError::Poll(error)),
    }
    Ok(())
}

/// Shows events to a watch until every watched feature has an outcome.
pub(crate) async fn settle_by_events(
    clock: &dyn Clock,
    watch: &mut RefreshWatch,
    events: impl Stream<Item: Borrow<Event>>,
    limit: Duration,
) -> Result<Refreshed, WaitError> {
    let mut events = pin!(events);
    let start = clock.now();
    let mut timer = clock.sleep(limit);
    let mut elapsed = Elapsed::new(limit);
    loop {
        if let Some(refreshed) = watch.refreshed() {
            return Ok(refreshed);
        }
        // The timer is polled only while no event is ready, so a flood of events must not hold off the limit.
        if clock.now().saturating_duration_since(start) >= limit {
            return Err(WaitError::Elapsed(elapsed.of(watch)));
        }
        let next = poll_fn(|context| match events.as_mut().poll_next(context) {
            Poll::Ready(event) => Poll::Ready(Some(event)),
            Poll::Pending => timer.as_mut().poll(context).map(|()| None),
        });
        match next.await {
            Some(Some(event)) => {
                let event: &Event = event.borrow();
                watch.observe_event(event);
                if let EventObject::Account(account) = &event.data.object {
                    if account.id == *watch.id() {
                        elapsed.saw((**account).clone());
                    }
                }
            }
            Some(None) => return Err(WaitError::EventsEnded(elapsed.of(watch))),
            None => return Err(WaitError::Elapsed(elapsed.of(watch))),
        }
    }
}
