//! An allocator that counts. It is the only unsafe code of the repository.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

static COUNTS: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicU64 = AtomicU64::new(0);

/// The allocator; a program that counts makes it its `#[global_allocator]`.
pub struct Counting;

// SAFETY: everything is handed to the system's allocator unchanged; counting touches nothing but atomics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one(layout.size(), 0);
        // SAFETY: the caller's promises are those that `System` asks for.
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

/// Begins to count. Counting costs time, so what is timed is timed before.
pub fn begin() {
    COUNTS.store(true, Relaxed);
}

/// Allocations so far, and their bytes.
#[must_use]
pub fn count() -> (u64, u64) {
    (CALLS.load(Relaxed), BYTES.load(Relaxed))
}

/// Bytes that are allocated now, as they were asked for.
#[must_use]
pub fn live() -> u64 {
    LIVE.load(Relaxed)
}
