//! The events that were not forwarded yet, the oldest first.

use fc_ext::types::Event;
use fc_ext::{FinancialConnections, Paged as _};

use super::place::{Place, seconds};
use crate::failure::Failure;
use crate::terminal;

/// Events of a server, from a place on.
pub(super) struct Feed {
    client: FinancialConnections,
    place: Place,
    from_start: bool,
}

impl Feed {
    pub(super) fn new(client: FinancialConnections, place: Place, from_start: bool) -> Self {
        Self { client, place, from_start }
    }

    /// The events since the last poll, in the order in which they happened.
    ///
    /// Only times of the server count, so neither a wrong clock here nor a machine that slept changes anything.
    pub(super) async fn poll(&mut self) -> Result<Vec<Event>, Failure> {
        let is_first = self.place.is_first_run();
        let mut new = Vec::new();
        let mut events = self.client.events().list().limit(100).items();
        let mut is_newest = true;
        while let Some(event) = events.next().await {
            let event = event?;
            if std::mem::take(&mut is_newest) && self.place.is_another_history(&event) {
                terminal::warn(
                    "the server has another history: its events are forwarded from their beginning",
                );
                self.place.begin_anew();
            }
            if seconds(&event) < self.place.floor() {
                break;
            }
            if is_first && !self.from_start {
                self.place.note(&event);
            } else if !self.place.has(&event) {
                new.push(event);
            }
        }
        // The list is the newest first; of events of one second it has the order.
        new.reverse();
        new.sort_by_key(seconds);
        if is_first {
            self.place.store()?;
        }
        Ok(new)
    }

    /// Notes that an event was forwarded.
    pub(super) fn forwarded(&mut self, event: &Event) -> Result<(), Failure> {
        self.place.note(event);
        self.place.store()
    }
}
