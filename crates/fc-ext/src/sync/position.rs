//! Resume position of a sync, in a form that can be stored.

use std::fmt;
use std::str::FromStr;

use fc_types::{TransactionId, TransactionRefreshId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoded::{Encoded, decode};

/// Resume position of a sync of transactions: the only thing to store besides the transactions.
///
/// Between two syncs it is the cursor alone. In the middle of a sync it also holds the target of the current pass and the
/// last transaction read. Store it as text, or with serde:
///
/// ```
/// use fc_ext::SyncPosition;
///
/// let position: SyncPosition = "fctxnref_1".parse()?;
/// assert_eq!(position.to_string(), "fctxnref_1");
/// assert_eq!("".parse::<SyncPosition>()?, SyncPosition::START);
/// # Ok::<(), fc_ext::InvalidPosition>(())
/// ```
///
/// Every position round-trips through its text, whatever the ids look like: characters other than ASCII letters, digits,
/// `_` and `-` are percent-encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPosition {
    /// Earlier passes read everything up to this refresh.
    pub(super) cursor: Option<TransactionRefreshId>,
    /// Progress of a pass that was stopped.
    pub(super) midway: Option<Midway>,
}

/// Progress of a pass over the list of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Midway {
    /// Latest refresh when the pass started, if it had succeeded: the cursor after the pass.
    pub(super) target: Option<TransactionRefreshId>,
    /// Last transaction read.
    pub(super) last: TransactionId,
}

impl SyncPosition {
    /// Position before anything was read.
    pub const START: Self = Self { cursor: None, midway: None };

    /// Whether a sync stopped here before it was complete.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        self.midway.is_some()
    }

    /// The refresh up to which everything was read; `None` if no pass was completed yet.
    ///
    /// An account whose latest successful refresh has this id has no news.
    #[must_use]
    pub fn cursor(&self) -> Option<&TransactionRefreshId> {
        self.cursor.as_ref()
    }

    pub(super) fn new(cursor: Option<TransactionRefreshId>, midway: Option<Midway>) -> Self {
        // The API has no empty ids. Without them, every position has a text of its own.
        let cursor = cursor.filter(|cursor| !cursor.as_str().is_empty());
        let midway = midway.filter(|midway| !midway.last.as_str().is_empty()).map(|midway| Midway {
            target: midway.target.filter(|target| !target.as_str().is_empty()),
            last: midway.last,
        });
        Self { cursor, midway }
    }
}

impl From<Option<TransactionRefreshId>> for SyncPosition {
    fn from(cursor: Option<TransactionRefreshId>) -> Self {
        Self::new(cursor, None)
    }
}

impl From<TransactionRefreshId> for SyncPosition {
    fn from(cursor: TransactionRefreshId) -> Self {
        Some(cursor).into()
    }
}

impl From<&TransactionRefreshId> for SyncPosition {
    fn from(cursor: &TransactionRefreshId) -> Self {
        Some(cursor.clone()).into()
    }
}

impl From<&SyncPosition> for SyncPosition {
    fn from(position: &SyncPosition) -> Self {
        position.clone()
    }
}

impl fmt::Display for SyncPosition {
    /// The cursor; in the middle of a sync `cursor..target@transaction`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cursor) = &self.cursor {
            write!(f, "{}", Encoded(cursor.as_str()))?;
        }
        if let Some(midway) = &self.midway {
            f.write_str("..")?;
            if let Some(target) = &midway.target {
                write!(f, "{}", Encoded(target.as_str()))?;
            }
            write!(f, "@{}", Encoded(midway.last.as_str()))?;
        }
        Ok(())
    }
}

/// Error for text that is no [`SyncPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition(());

impl fmt::Display for InvalidPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not the position of a sync: expected an empty text, `fctxnref_…`, or `fctxnref_…..fctxnref_…@fctxn_…`",
        )
    }
}

impl std::error::Error for InvalidPosition {}

impl FromStr for SyncPosition {
    type Err = InvalidPosition;

    /// # Errors
    ///
    /// [`InvalidPosition`] when `Display` did not write the text.
    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let id = |text: &str| decode(text).ok_or(InvalidPosition(()));
        let refresh =
            |text: &str| id(text).map(|id| (!id.is_empty()).then(|| TransactionRefreshId::unchecked(id)));
        let Some((cursor, rest)) = text.split_once("..") else {
            return Ok(refresh(text)?.into());
        };
        let (target, last) = rest.split_once('@').ok_or(InvalidPosition(()))?;
        let last = id(last)?;
        if last.is_empty() {
            return Err(InvalidPosition(()));
        }
        let midway = Midway { target: refresh(target)?, last: TransactionId::unchecked(last) };
        Ok(Self::new(refresh(cursor)?, Some(midway)))
    }
}

impl Serialize for SyncPosition {
    /// As its text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SyncPosition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_of_a_position_is_its_ids() {
        for text in [
            "",
            "fctxnref_1",
            "..fctxnref_2@fctxn_3",
            "fctxnref_1..fctxnref_2@fctxn_3",
            "fctxnref_1..@fctxn_3",
            "..@fctxn_3",
        ] {
            let position: SyncPosition = text.parse().unwrap();
            assert_eq!(position.to_string(), text);
            assert_eq!(position.is_midway(), text.contains('@'));
        }
    }

    #[test]
    fn a_position_is_taken_by_reference_too() {
        let position: SyncPosition = "fctxnref_1..fctxnref_2@fctxn_3".parse().unwrap();
        assert_eq!(SyncPosition::from(&position), position);
    }

    #[test]
    fn the_error_for_other_text_says_what_is_expected() {
        let error = "a b".parse::<SyncPosition>().unwrap_err().to_string();
        assert!(error.contains("expected an empty text, `fctxnref_…`"), "{error}");
    }

    #[test]
    fn other_text_is_rejected() {
        for text in
            ["fctxnref_1..", "fctxnref_1..fctxnref_2", "..@", "a b", "a%", "a%4", "a%zz", "%FF", "ä", "\n"]
        {
            assert_eq!(text.parse::<SyncPosition>(), Err(InvalidPosition(())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_position_round_trips_through_text_and_serde(
            cursor in proptest::option::of(".{0,12}|[.@%]{0,4}"),
            target in proptest::option::of(".{0,12}|[.@%]{0,4}"),
            last in proptest::option::of(".{0,12}|[.@%]{0,4}"),
        ) {
            let refresh = |id: Option<String>| id.map(TransactionRefreshId::unchecked);
            let midway = last.map(|last| Midway { target: refresh(target), last: TransactionId::unchecked(last) });
            let position = SyncPosition::new(refresh(cursor), midway);
            prop_assert_eq!(&position.to_string().parse::<SyncPosition>().unwrap(), &position);
            let json = serde_json::to_string(&position).unwrap();
            prop_assert_eq!(serde_json::from_str::<SyncPosition>(&json).unwrap(), position);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|[a-z.@%0-9]{0,20}") {
            let _ = text.parse::<SyncPosition>();
        }
    }
}
