//! A counting allocator. It is the only unsafe code of the repository.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

static COUNTS: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicU64 = AtomicU64::new(0);

/// Counting allocator, for use as `#[global_allocator]`.
pub struct Counting;

// SAFETY: every call is passed to the system's allocator unchanged; counting uses only atomics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one(layout.size(), 0);
        // SAFETY: the caller guarantees what `System` requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count_one(0, layout.size());
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_one(size, layout.size());
        // SAFETY: as above; the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn count_one(taken: usize, given_back: usize) {
    if !COUNTS.load(Relaxed) {
        return;
    }
    if taken > 0 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(taken as u64, Relaxed);
    }
    LIVE.fetch_add(taken as u64, Relaxed);
    LIVE.fetch_sub(given_back as u64, Relaxed);
}

/// Starts counting. Counting costs time, so timed work must run before.
pub fn begin() {
    COUNTS.store(true, Relaxed);
}

/// Number of allocations so far, and their bytes.
#[must_use]
pub fn count() -> (u64, u64) {
    (CALLS.load(Relaxed), BYTES.load(Relaxed))
}

/// Requested bytes of all live allocations.
#[must_use]
pub fn live() -> u64 {
    LIVE.load(Relaxed)
}
