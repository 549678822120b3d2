//! How far a sync has come, in a form that can be stored.

use std::fmt;
use std::str::FromStr;

use fc_types::{TransactionId, TransactionRefreshId};

/// How far a sync of transactions has come.
///
/// Between two syncs it is the cursor and nothing more; in the middle of one it also has how far that one goes, and the last
/// transaction that was read. Store it as text:
///
/// ```
/// use fc_ext::SyncPosition;
///
/// let position: SyncPosition = "fctxnref_1".parse()?;
/// assert_eq!(position.to_string(), "fctxnref_1");
/// assert_eq!("".parse::<SyncPosition>()?, SyncPosition::START);
/// # Ok::<(), fc_ext::InvalidPosition>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPosition {
    /// Everything up to this refresh was read in earlier syncs.
    pub(super) after: Option<TransactionRefreshId>,
    /// What `after` will be when this sync is complete.
    pub(super) until: Option<TransactionRefreshId>,
    /// The last transaction that this sync read.
    pub(super) at: Option<TransactionId>,
}

impl SyncPosition {
    /// Nothing was read yet.
    pub const START: Self = Self { after: None, until: None, at: None };

    /// Whether a sync was stopped here before it was complete.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        self.at.is_some()
    }
}

impl From<Option<TransactionRefreshId>> for SyncPosition {
    fn from(after: Option<TransactionRefreshId>) -> Self {
        Self { after, ..Self::START }
    }
}

impl From<TransactionRefreshId> for SyncPosition {
    fn from(after: TransactionRefreshId) -> Self {
        Some(after).into()
    }
}

impl From<&TransactionRefreshId> for SyncPosition {
    fn from(after: &TransactionRefreshId) -> Self {
        Some(after.clone()).into()
    }
}

impl fmt::Display for SyncPosition {
    /// The cursor; in the middle of a sync, `cursor..next cursor@transaction`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = self.after.as_ref().map_or("", |after| after.as_str());
        let Some(at) = &self.at else { return f.write_str(after) };
        write!(f, "{after}..{}@{at}", self.until.as_ref().map_or("", |until| until.as_str()))
    }
}

/// Text that is no [`SyncPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition(());

impl fmt::Display for InvalidPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not the position of a sync: expected nothing, `fctxnref_…`, or `fctxnref_…..fctxnref_…@fctxn_…`",
        )
    }
}

impl std::error::Error for InvalidPosition {}

impl FromStr for SyncPosition {
    type Err = InvalidPosition;

    /// # Errors
    ///
    /// [`InvalidPosition`] when the text was not made by `Display`.
    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let refresh = |id: &str| match id {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| InvalidPosition(())),
        };
        let Some((after, rest)) = text.split_once("..") else {
            return Ok(refresh(text)?.into());
        };
        let (until, at) = rest.split_once('@').ok_or(InvalidPosition(()))?;
        let at = at.parse().map_err(|_| InvalidPosition(()))?;
        Ok(Self { after: refresh(after)?, until: refresh(until)?, at: Some(at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_comes_back_from_its_text() {
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
    fn other_text_is_refused() {
        for text in [
            "fctxn_1",
            "fctxnref_",
            "fctxnref_1..",
            "fctxnref_1..fctxnref_2",
            "..@",
            "..@fctxnref_3",
            "a..b@c",
        ] {
            assert_eq!(text.parse::<SyncPosition>(), Err(InvalidPosition(())), "{text}");
        }
    }
}
