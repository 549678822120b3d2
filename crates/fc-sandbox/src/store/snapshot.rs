//! Snapshots: a whole state as JSON, for fixtures and for moving a state to another sandbox.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::caller::Caller;
use crate::clock::Instant;
use crate::store::record::{FORMAT, Records, encode};

/// A whole state. Numbers in records, such as `"account": 3`, are positions in the lists, counted from 0. A number in a list
/// stands for that many records that were removed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    pub(crate) format: u32,
    pub(crate) seed: u64,
    pub(crate) clock: Time,
    pub(crate) worlds: Vec<WorldSnapshot>,
}

/// The clock at the time of the export.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Time {
    /// In milliseconds since the Unix epoch.
    pub(crate) now: Instant,
    pub(crate) frozen: bool,
}

/// One world: its key and connected account, and its records by kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorldSnapshot {
    key: String,
    account: Option<String>,
    records: BTreeMap<String, Vec<Box<RawValue>>>,
}

/// The part of a snapshot that is read first, to check the format.
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
                "the export has format {format}, and this version reads format {FORMAT}: export the state again with this version"
            )));
        }
        serde_json::from_str(json).map_err(unreadable)
    }
}

impl WorldSnapshot {
    pub(crate) fn of<const N: usize>(caller: &Caller, parts: [(&str, &mut dyn Records); N]) -> Self {
        let records = parts.map(|(kind, part)| {
            let (mut records, mut next) = (Vec::new(), 0);
            for number in part.record_numbers() {
                if part.has_references() && number > next {
                    records.push(encode(&(number - next)));
                }
                records.extend(part.record(number));
                next = number + 1;
            }
            (kind.to_owned(), records)
        });
        let [key, _] = caller.labels();
        Self { key: key.to_owned(), account: caller.account.clone(), records: records.into() }
    }

    pub(crate) fn caller(&self) -> Result<Caller, String> {
        Caller::new(&self.key, self.account.clone())
            .ok_or_else(|| "the key and the account must look like sk_test_123 and acct_123".to_owned())
    }

    /// The records with their kinds and numbers, in ascending order within a kind.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&str, u64, &RawValue)> {
        self.records.iter().flat_map(|(kind, records)| {
            let mut next: u64 = 0;
            records.iter().filter_map(move |record| {
                let removed = record.get().parse::<u64>().ok();
                let number = next;
                next = next.saturating_add(removed.unwrap_or(1));
                removed.is_none().then(|| (kind.as_str(), number, record.as_ref()))
            })
        })
    }

    /// The key by which worlds are sorted.
    pub(crate) fn owner(&self) -> (&str, Option<&str>) {
        (&self.key, self.account.as_deref())
    }
}

/// Why a state was not imported. The old state is unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError(pub(crate) String);

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ImportError {}
