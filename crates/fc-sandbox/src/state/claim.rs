//! Idempotency keys of requests in progress.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use crate::caller::Caller;
use crate::lock::lock;

/// The idempotency keys whose requests have no response yet.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    keys: Mutex<HashSet<(Caller, String)>>,
}

impl Claims {
    /// Claims a key for a request. None if another request in progress has it.
    pub(crate) fn claim(self: &Arc<Self>, caller: &Caller, key: &str) -> Option<Claim> {
        let entry = (caller.clone(), key.to_owned());
        let is_new = lock(&self.keys).insert(entry.clone());
        is_new.then(|| Claim { claims: Arc::clone(self), entry })
    }
}

/// A claimed key. Dropping it releases the key.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Arc<Claims>,
    entry: (Caller, String),
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.claims.keys).remove(&self.entry);
    }
}
