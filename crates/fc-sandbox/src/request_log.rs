//! The request log: the last requests of clients, and the last webhook requests of the dispatcher, in memory.
//!
//! Each of the two lists is bounded by its number of entries and by their bytes. Texts are copied, so no entry keeps a
//! buffer of a connection alive. Secrets are masked when an entry is read, because most entries are never read.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::caller::Caller;
use crate::lock::lock;

/// The longest body of an entry, in bytes. The rest of a longer one is left out.
const LONGEST_BODY: usize = 32 * 1024;
/// The longest other text of an entry, such as a path with its query, in bytes.
const LONGEST_TEXT: usize = 4096;
/// A buffer up to this size is used again for every entry, in bytes.
const SMALL_BUFFER: usize = 4096;
/// What an entry takes besides its texts, in bytes.
const FIXED_SIZE: usize = 320;

/// How much the log keeps of each list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLimits {
    /// The number of entries; 0 switches the log off.
    pub(crate) entries: usize,
    /// The size of all entries together.
    pub(crate) bytes: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { entries: 1000, bytes: 16 * 1024 * 1024 }
    }
}

/// The start of a body.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoggedBody {
    bytes: Box<[u8]>,
    /// The number of bytes of the whole body.
    pub(crate) length: usize,
}

impl LoggedBody {
    /// Copies the start of a body.
    pub(crate) fn of(body: &[u8]) -> Self {
        Self { bytes: body[..body.len().min(LONGEST_BODY)].into(), length: body.len() }
    }

    /// The text. Bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Whether the rest of the body was left out.
    pub(crate) fn is_cut(&self) -> bool {
        self.length > self.bytes.len()
    }
}

/// A text of a logged request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// The key of a valid caller, and its connected account.
    Key,
    Account,
    Method,
    /// The path and the query. A secret in it is not masked yet.
    Target,
    IdempotencyKey,
    /// The version that the response has.
    Version,
    RequestId,
    RequestBody,
    ResponseBody,
}

/// The number of parts.
const PARTS: usize = 9;

/// The texts of an entry, one after the other. An entry has one buffer, which the entry that replaces it uses again: a busy
/// log allocates nothing.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: [u32; PARTS],
}

impl Texts {
    fn fill(&mut self, parts: [&[u8]; PARTS]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        // The buffer of a long entry is not kept for short ones.
        if self.bytes.capacity() > (4 * length).max(SMALL_BUFFER) {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.bytes.reserve_exact(length);
        for (part, end) in parts.into_iter().zip(&mut self.ends) {
            self.bytes.extend_from_slice(part);
            *end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        }
    }

    fn get(&self, part: Part) -> &[u8] {
        let place = part as usize;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[place] as usize]
    }
}

/// A request of a client, and its response.
pub(crate) struct LoggedRequest {
    /// In seconds since the Unix epoch, on the sandbox's clock.
    pub(crate) at: i64,
    /// None if a fault closed the connection.
    pub(crate) status: Option<u16>,
    /// Whether the response is the saved one of an earlier request.
    pub(crate) is_replay: bool,
    pub(crate) micros: u64,
    /// The number of bytes of the whole bodies.
    pub(crate) request_length: usize,
    pub(crate) response_length: usize,
    texts: Texts,
}

/// Without the texts, which contain keys and secrets.
impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedRequest")
            .field("at", &self.at)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl LoggedRequest {
    /// A text; none if there is none, or an empty one.
    pub(crate) fn text(&self, part: Part) -> Option<Cow<'_, str>> {
        let bytes = self.texts.get(part);
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes))
    }

    /// None if the request has no valid key.
    pub(crate) fn caller(&self) -> Option<Caller> {
        Caller::new(&self.text(Part::Key)?, self.text(Part::Account).map(Cow::into_owned))
    }

    /// Whether less of a body is here than there was.
    pub(crate) fn is_cut(&self, part: Part, length: usize) -> bool {
        length > self.texts.get(part).len()
    }
}

/// A request that is to be logged.
#[derive(Debug)]
pub(crate) struct NewRequest<'a> {
    pub(crate) at: i64,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) idempotency_key: Option<&'a [u8]>,
    pub(crate) version: Option<&'a [u8]>,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<&'a [u8]>,
    pub(crate) is_replay: bool,
    pub(crate) micros: u64,
    pub(crate) request_body: &'a LoggedBody,
    pub(crate) response_body: &'a LoggedBody,
}

/// A request to a webhook endpoint, and what it answered.
#[derive(Debug)]
pub(crate) struct LoggedSend {
    /// In seconds since the Unix epoch, on the sandbox's clock.
    pub(crate) at: i64,
    /// The id of the delivery.
    pub(crate) delivery: Box<str>,
    pub(crate) kind: SendKind,
    /// None without a response.
    pub(crate) status: Option<u16>,
    /// Why there is no response.
    pub(crate) error: Option<Box<str>>,
    pub(crate) micros: u64,
    pub(crate) body: LoggedBody,
    pub(crate) answer: LoggedBody,
}

/// What started a webhook request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendKind {
    /// The dispatcher.
    Scheduled,
    /// A control, with the body of the event.
    Resent,
    /// A control, with another body.
    Edited,
}

/// An entry with a known size.
pub(crate) trait Entry {
    /// The size in bytes.
    fn size(&self) -> usize;
}

impl Entry for LoggedRequest {
    fn size(&self) -> usize {
        FIXED_SIZE + self.texts.bytes.capacity()
    }
}

impl Entry for LoggedSend {
    fn size(&self) -> usize {
        let error = self.error.as_ref().map_or(0, |error| error.len());
        FIXED_SIZE + self.delivery.len() + error + self.body.bytes.len() + self.answer.bytes.len()
    }
}

/// The newest entries. A number is given once, in ascending order.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    limits: LogLimits,
    entries: VecDeque<T>,
    /// The number of the oldest entry.
    first: u64,
    bytes: usize,
}

impl<T: Entry> Ring<T> {
    pub(crate) fn new(limits: LogLimits) -> Self {
        Self { limits, entries: VecDeque::new(), first: 1, bytes: 0 }
    }

    /// Adds an entry, and drops the oldest ones beyond the limits. An entry that is too large alone is dropped too.
    pub(crate) fn push(&mut self, entry: T) {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > self.limits.entries || self.bytes > self.limits.bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
            self.first += 1;
        }
    }

    /// Drops the oldest entry if the next one needs its place.
    fn make_room(&mut self) -> Option<T> {
        if self.entries.len() < self.limits.entries {
            return None;
        }
        let oldest = self.entries.pop_front()?;
        self.bytes -= oldest.size();
        self.first += 1;
        Some(oldest)
    }

    /// The entries with their numbers, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (u64, &T)> {
        let end = self.first + self.entries.len() as u64;
        (self.first..end).rev().zip(self.entries.iter().rev())
    }

    /// The entry with this number, unless it was dropped.
    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
        self.bytes = 0;
    }
}

/// Both lists.
#[derive(Debug)]
pub(crate) struct RequestLog {
    requests: Mutex<Ring<LoggedRequest>>,
    sends: Mutex<Ring<LoggedSend>>,
    is_on: bool,
    /// Counts the changes.
    revision: AtomicU64,
}

impl RequestLog {
    pub(crate) fn new(limits: LogLimits) -> Self {
        Self {
            requests: Mutex::new(Ring::new(limits)),
            sends: Mutex::new(Ring::new(limits)),
            is_on: limits.entries > 0 && limits.bytes > 0,
            revision: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Counts the changes of the log.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Relaxed)
    }

    pub(crate) fn add_request(&self, new: NewRequest<'_>) {
        let [key, account] = new.caller.map_or(["", ""], Caller::labels);
        let parts: [&[u8]; PARTS] = [
            key.as_bytes(),
            account.as_bytes(),
            start(new.method.as_bytes()),
            start(new.target.as_bytes()),
            start(new.idempotency_key.unwrap_or_default()),
            start(new.version.unwrap_or_default()),
            start(new.request_id.unwrap_or_default()),
            &new.request_body.bytes,
            &new.response_body.bytes,
        ];
        let mut requests = lock(&self.requests);
        let mut texts = requests.make_room().map(|oldest| oldest.texts).unwrap_or_default();
        texts.fill(parts);
        requests.push(LoggedRequest {
            at: new.at,
            status: new.status,
            is_replay: new.is_replay,
            micros: new.micros,
            request_length: new.request_body.length,
            response_length: new.response_body.length,
            texts,
        });
        drop(requests);
        self.revision.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_send(&self, send: LoggedSend) {
        if self.is_on {
            lock(&self.sends).push(send);
            self.revision.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Ring<LoggedRequest>> {
        lock(&self.requests)
    }

    pub(crate) fn sends(&self) -> MutexGuard<'_, Ring<LoggedSend>> {
        lock(&self.sends)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        lock(&self.requests).clear();
        lock(&self.sends).clear();
        self.revision.fetch_add(1, Ordering::Relaxed);
    }
}

fn start(text: &[u8]) -> &[u8] {
    &text[..text.len().min(LONGEST_TEXT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample(usize);

    impl Entry for Sample {
        fn size(&self) -> usize {
            self.0
        }
    }

    fn numbers(ring: &Ring<Sample>) -> Vec<u64> {
        ring.newest_first().map(|(number, _)| number).collect()
    }

    #[test]
    fn the_newest_entries_stay_within_both_limits() {
        let mut ring = Ring::new(LogLimits { entries: 3, bytes: 100 });
        for size in [10, 10, 10, 10] {
            ring.push(Sample(size));
        }
        assert_eq!(numbers(&ring), [4, 3, 2], "three entries");
        ring.push(Sample(85));
        assert_eq!(numbers(&ring), [5, 4], "a hundred bytes");
        assert!(ring.get(3).is_none() && ring.get(4).is_some() && ring.get(6).is_none());
        ring.push(Sample(101));
        assert_eq!(numbers(&ring), [0; 0], "an entry that is too large alone");
        ring.push(Sample(100));
        assert_eq!(numbers(&ring), [7], "a number is given once");
    }

    #[test]
    fn a_long_body_is_cut_and_keeps_its_length() {
        let body = LoggedBody::of("é".repeat(LONGEST_BODY).as_bytes());
        assert_eq!((body.length, body.text().len(), body.is_cut()), (2 * LONGEST_BODY, LONGEST_BODY, true));
        assert_eq!(LoggedBody::of(b"a\xffb").text(), "a\u{fffd}b");
    }
    fn add(log: &RequestLog, target: &str, body: usize) {
        let caller = Caller::new("sk_test_secret", Some("acct_1".to_owned())).expect("a caller");
        let body = LoggedBody::of(&vec![b'x'; body]);
        log.add_request(NewRequest {
            at: 1,
            caller: Some(&caller),
            method: "GET",
            target,
            idempotency_key: None,
            version: Some(b"v"),
            status: Some(200),
            request_id: Some(b"req_1"),
            is_replay: false,
            micros: 1,
            request_body: &LoggedBody::default(),
            response_body: &body,
        });
    }

    /// Entries use the buffers of older ones again, so a mistake would show the texts of another request.
    #[test]
    fn each_entry_has_its_own_texts() {
        let log = RequestLog::new(LogLimits { entries: 2, bytes: 1 << 20 });
        for (number, length) in [5, 20_000, 0, 7, 30_000, 9].into_iter().enumerate() {
            let target = format!("/{}", "a".repeat(number));
            add(&log, &target, length);
            let requests = log.requests();
            let (_, newest) = requests.newest_first().next().expect("an entry");
            assert_eq!(newest.text(Part::Target).as_deref(), Some(&*target));
            assert_eq!(newest.text(Part::ResponseBody).map_or(0, |body| body.len()), length);
            assert_eq!(newest.text(Part::RequestId).as_deref(), Some("req_1"));
            assert_eq!((newest.text(Part::IdempotencyKey), newest.text(Part::RequestBody)), (None, None));
            let caller = newest.caller().expect("a caller");
            assert_eq!(caller.labels(), ["sk_test_secret", "acct_1"]);
            assert!(!format!("{newest:?}").contains("secret"));
        }
        assert_eq!(log.requests().newest_first().count(), 2);
    }

    /// A buffer that grew for a long entry counts as long as it exists.
    #[test]
    fn the_bytes_of_all_buffers_stay_within_the_limit() {
        let limits = LogLimits { entries: 1000, bytes: 100_000 };
        let log = RequestLog::new(limits);
        for round in 0..400 {
            add(&log, "/", if round % 3 == 0 { 25_000 } else { 10 });
            let requests = log.requests();
            let held: usize = requests.entries.iter().map(|entry| entry.texts.bytes.capacity()).sum();
            assert!(held <= limits.bytes && requests.bytes <= limits.bytes, "{held}");
        }
    }
}
