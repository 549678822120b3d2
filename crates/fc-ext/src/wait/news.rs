//! What a thin event says about a refresh.

use fc_types::ThinEventType;

use crate::feature::RefreshFeature;
use crate::webhook::ThinEvent;

/// What a thin event says about the refresh of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It failed.
    Failed,
    /// It has ended, and the account says how.
    Ended,
}

impl News {
    /// `None` for an event that says nothing about the feature.
    pub(super) fn of(event: &ThinEvent, feature: RefreshFeature) -> Option<Self> {
        match &event.type_ {
            kind if *kind == feature.thin_failure() => Some(Self::Failed),
            kind if *kind == feature.thin_success() => Some(Self::Ended),
            // A refresh of an account that Stripe cannot reach any more does not succeed.
            ThinEventType::AccountDeactivated | ThinEventType::AccountDisconnected => Some(Self::Ended),
            // Stripe sends this one, too, and sent only this one before it had an event for each outcome.
            _ => (event.event_type() == feature.event()).then_some(Self::Ended),
        }
    }
}
