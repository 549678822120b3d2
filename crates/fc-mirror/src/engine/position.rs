//! How far the transactions of an account were read.

use std::fmt;
use std::str::FromStr;

use fc_ext::types::{TransactionId, TransactionRefreshId};

/// Position of a sync. Between two syncs it is the cursor alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Everything up to this refresh is stored.
    pub(super) after: Option<TransactionRefreshId>,
    /// Refresh that had succeeded before the running pass began; `None` if the account did not name one.
    pub(super) target: Option<TransactionRefreshId>,
    /// Last transaction that the running pass read.
    pub(super) at: Option<TransactionId>,
}

impl Position {
    /// Position after a pass that is complete.
    pub(super) fn completed(&self) -> Self {
        let after = self.target.clone().or_else(|| self.after.clone());
        Self { after, target: None, at: None }
    }

    /// Position before the same pass.
    pub(super) fn restarted(&self) -> Self {
        Self { after: self.after.clone(), target: None, at: None }
    }
}

impl fmt::Display for Position {
    /// The cursor; in the middle of a pass `cursor..target@transaction`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |id: &Option<TransactionRefreshId>| id.as_ref().map_or(String::new(), ToString::to_string);
        f.write_str(&text(&self.after))?;
        match &self.at {
            None => Ok(()),
            Some(at) => write!(f, "..{}@{at}", text(&self.target)),
        }
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let id = |text: &str| match text {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| ()),
        };
        let Some((after, rest)) = text.split_once("..") else {
            return Ok(Self { after: id(text)?, ..Self::default() });
        };
        let (target, at) = rest.split_once('@').ok_or(())?;
        Ok(Self { after: id(after)?, target: id(target)?, at: Some(at.parse().map_err(|_| ())?) })
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn every_position_comes_back_from_its_text() {
        for text in ["", "fctxnref_1", "..fctxnref_2@fctxn_3", "fctxnref_1..fctxnref_2@fctxn_3", "..@fctxn_3"]
        {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        for text in ["fctxn_1", "fctxnref_1..", "..@", "fctxnref_1..fctxnref_2"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
