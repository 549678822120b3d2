//! Change feed: each change of a mirrored row, in order within its shard.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use crate::engine::Shared;
use crate::error::{Error, ErrorKind};
use crate::op::{ChangeRow, ChangesAfter};

/// Changes that are read at once.
const BATCH: i64 = 500;

/// How often a follower looks for changes.
const POLL: Duration = Duration::from_secs(1);

/// Change of a mirrored row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Shard of the account. Numbers count within it.
    pub shard: u16,
    /// Number of the change: 1, 2, 3 and so on, without gaps.
    pub number: u64,
    /// Stripe account and mode, such as `self/test`.
    pub tenant: String,
    /// Account that the row belongs to (`fca_…`).
    pub account: String,
    /// What the row is.
    pub entity: Entity,
    /// Stripe's id of the row; of a balance the id of its account.
    pub id: String,
    /// What happened to it. A repeated state is no change.
    pub kind: ChangeKind,
    /// Version of the transaction, or number of the balance.
    pub version: Option<u64>,
    /// When the mirror wrote it, in milliseconds since 1970.
    pub observed_ms: i64,
}

/// What happened to a mirrored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is new.
    Inserted,
    /// It has another state.
    Updated,
    /// The account and all that belonged to it were erased.
    Erased,
    /// Stripe no longer has the account. What was stored of it stays.
    Vanished,
}

/// Kind of a mirrored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Entity {
    /// Row of `fc_account`.
    Account,
    /// Rows of `fc_balance` with one number.
    Balance,
    /// Row of `fc_owner`.
    Owner,
    /// Row of `fc_transaction`, and its version in `fc_transaction_version`.
    Transaction,
}

/// Place in the change feed: the number of the last change that was handled, per shard.
///
/// Store it as text, in the transaction that handles the changes:
///
/// ```
/// use fc_mirror::ChangePosition;
///
/// let position: ChangePosition = "0:15,3:7".parse()?;
/// assert_eq!(position.to_string(), "0:15,3:7");
/// assert_eq!(ChangePosition::START.to_string(), "");
/// # Ok::<(), fc_mirror::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangePosition(BTreeMap<u16, u64>);

impl ChangePosition {
    /// Place before the first change.
    pub const START: Self = Self(BTreeMap::new());

    /// Number of the last change of a shard; 0 before the first.
    #[must_use]
    pub fn number(&self, shard: u16) -> u64 {
        self.0.get(&shard).copied().unwrap_or(0)
    }
}

impl fmt::Display for ChangePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (shard, number)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{shard}:{number}")?;
        }
        Ok(())
    }
}

impl FromStr for ChangePosition {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] when `Display` did not write the text.
    fn from_str(text: &str) -> Result<Self, Error> {
        let part = |part: &str| {
            let (shard, number) = part.split_once(':')?;
            Some((shard.parse().ok()?, number.parse().ok()?))
        };
        let parts = text.split(',').filter(|_| !text.is_empty()).map(part);
        parts.collect::<Option<_>>().map(Self).ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "not a position in the change feed: expected `SHARD:NUMBER,…`",
            )
        })
    }
}

/// Stream of changes; from [`Mirror::changes`](crate::Mirror::changes).
#[must_use = "a stream does nothing until it is read"]
pub struct Changes {
    shared: Arc<Shared>,
    position: ChangePosition,
    shards: VecDeque<u16>,
    follows: bool,
    ready: VecDeque<Change>,
    /// Shards in a row that had nothing.
    quiet: usize,
    state: State,
}

type Read = Pin<Box<dyn Future<Output = Result<Vec<ChangeRow>, Error>> + Send>>;

enum State {
    Idle,
    Reading(Read),
    Waiting(Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl Changes {
    pub(super) fn new(shared: Arc<Shared>, position: ChangePosition) -> Self {
        let shards = (0..shared.database.shards()).filter_map(|shard| u16::try_from(shard).ok()).collect();
        Self {
            shared,
            position,
            shards,
            follows: false,
            ready: VecDeque::new(),
            quiet: 0,
            state: State::Idle,
        }
    }

    /// Reads these shards only, so that several consumers can divide the feed.
    pub fn shards(mut self, shards: impl IntoIterator<Item = u16>) -> Self {
        self.shards = shards.into_iter().collect();
        self
    }

    /// Waits for further changes instead of ending.
    pub fn follow(mut self) -> Self {
        self.follows = true;
        self
    }

    /// The next change; `None` after the last one, unless the feed is [followed](Changes::follow).
    ///
    /// # Errors
    ///
    /// A storage error. The next call tries again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Change, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    /// Place behind the changes that were returned so far.
    #[must_use]
    pub fn position(&self) -> &ChangePosition {
        &self.position
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Change, Error>>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                self.position.0.insert(change.shard, change.number);
                return Poll::Ready(Some(Ok(change)));
            }
            match &mut self.state {
                State::Idle if self.quiet >= self.shards.len() => {
                    self.quiet = 0;
                    if !self.follows {
                        return Poll::Ready(None);
                    }
                    self.state = State::Waiting(self.shared.clock.sleep(POLL));
                }
                State::Idle => {
                    let Some(shard) = self.shards.front().copied() else { return Poll::Ready(None) };
                    let number = i64::try_from(self.position.number(shard)).unwrap_or(i64::MAX);
                    let operation = ChangesAfter { shard: shard.into(), number, limit: BATCH };
                    let database = self.shared.database.clone();
                    self.state = State::Reading(Box::pin(async move { database.read(operation).await }));
                }
                State::Reading(read) => {
                    let rows = ready!(read.as_mut().poll(context));
                    self.state = State::Idle;
                    match rows.and_then(|rows| rows.iter().map(change).collect::<Result<Vec<_>, _>>()) {
                        Ok(changes) => {
                            // Only now, so that a shard that could not be read is read by the next call.
                            self.shards.rotate_left(1);
                            self.quiet = if changes.is_empty() { self.quiet + 1 } else { 0 };
                            self.ready.extend(changes);
                        }
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    self.state = State::Idle;
                }
            }
        }
    }
}

fn change(row: &ChangeRow) -> Result<Change, Error> {
    let unreadable = || {
        Error::new(
            ErrorKind::Database,
            format!("change {} of shard {} cannot be read", row.number, row.shard),
        )
    };
    let entity = match row.entity.as_str() {
        "account" => Entity::Account,
        "balance" => Entity::Balance,
        "owner" => Entity::Owner,
        "transaction" => Entity::Transaction,
        _ => return Err(unreadable()),
    };
    let kind = match row.operation.as_str() {
        "insert" => ChangeKind::Inserted,
        "update" => ChangeKind::Updated,
        "erase" => ChangeKind::Erased,
        "vanish" => ChangeKind::Vanished,
        _ => return Err(unreadable()),
    };
    Ok(Change {
        shard: u16::try_from(row.shard).map_err(|_| unreadable())?,
        number: u64::try_from(row.number).map_err(|_| unreadable())?,
        tenant: row.tenant.clone(),
        account: row.account.clone(),
        entity,
        id: row.id.clone(),
        kind,
        version: row.version.map(u64::try_from).transpose().map_err(|_| unreadable())?,
        observed_ms: row.observed_ms,
    })
}

impl Stream for Changes {
    type Item = Result<Change, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("position", &self.position).finish_non_exhaustive()
    }
}
