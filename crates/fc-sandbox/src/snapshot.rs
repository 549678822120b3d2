//! A whole state as JSON: for fixtures, and for carrying a state from one sandbox to another.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::auth::Caller;
use crate::clock::Instant;
use crate::world::World;

/// The shape of what is kept, in snapshots and data files alike. It moves on with every change to a record that an older
/// program would misread, and with every change to what follows from a seed.
pub(crate) const FORMAT: u32 = 2;

/// A state. Numbers in records, such as `"account": 3`, are places in the lists, counted from 0.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    pub(crate) format: u32,
    pub(crate) seed: u64,
    pub(crate) clock: Time,
    pub(crate) worlds: Vec<WorldSnapshot>,
}

/// What time it was.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Time {
    /// In milliseconds since the Unix epoch.
    pub(crate) now: Instant,
    pub(crate) frozen: bool,
}

/// One world: whose it is, and its records by kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorldSnapshot {
    key: String,
    account: Option<String>,
    records: BTreeMap<String, Vec<Box<RawValue>>>,
}

/// Only to see the format before the rest is read.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Snapshot {
    pub(crate) fn read(json: &str) -> Result<Self, ImportError> {
        let unreadable = |error| ImportError(format!("this is not the export of a sandbox: {error}"));
        let Header { format } = serde_json::from_str(json).map_err(unreadable)?;
        if format != FORMAT {
            return Err(ImportError(format!(
                "the export has format {format}, and this version reads format {FORMAT}: export it again"
            )));
        }
        serde_json::from_str(json).map_err(unreadable)
    }
}

impl WorldSnapshot {
    pub(crate) fn of(caller: &Caller, world: &mut World) -> Self {
        let records = world.parts().map(|(kind, part)| {
            let records =
                part.record_numbers().into_iter().filter_map(|number| part.record(number)).collect();
            (kind.to_owned(), records)
        });
        let [key, _] = caller.labels();
        Self { key: key.to_owned(), account: caller.account.clone(), records: records.into() }
    }

    pub(crate) fn caller(&self) -> Result<Caller, String> {
        Caller::new(&self.key, self.account.clone())
            .ok_or_else(|| "the key and the account must be such as sk_test_123 and acct_123".to_owned())
    }

    /// The records with their kinds and numbers; a kind's come in ascending order.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&str, u64, &RawValue)> {
        self.records.iter().flat_map(|(kind, records)| {
            (0..).zip(records).map(|(number, record)| (kind.as_str(), number, record.as_ref()))
        })
    }

    /// What worlds are sorted by.
    pub(crate) fn owner(&self) -> (&str, Option<&str>) {
        (&self.key, self.account.as_deref())
    }
}

/// Why a state was not taken in; the old one stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError(pub(crate) String);

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ImportError {}
