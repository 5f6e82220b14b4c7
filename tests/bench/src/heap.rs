//! A counting allocator: bytes that stand on the heap.
//!
//! It counts only while it is told to, so that the peers' allocations cost two instructions more
//! than elsewhere, and no more.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

static WATCHING: AtomicBool = AtomicBool::new(false);
static USED: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is handed on to the system's allocator as it came; the counters allocate nothing.
#[allow(unsafe_code)] // a global allocator is
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if WATCHING.load(Relaxed) {
            USED.fetch_add(layout.size(), Relaxed);
            ALLOCATIONS.fetch_add(1, Relaxed);
        }
        // SAFETY: the caller keeps to the contract of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if WATCHING.load(Relaxed) {
            USED.fetch_sub(layout.size(), Relaxed);
        }
        // SAFETY: the caller keeps to the contract of this very function.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if WATCHING.load(Relaxed) {
            USED.fetch_add(size, Relaxed);
            ALLOCATIONS.fetch_add(1, Relaxed);
            USED.fetch_sub(layout.size(), Relaxed);
        }
        // SAFETY: the caller keeps to the contract of this very function.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

/// What `make` left on the heap, in bytes, and what it made.
///
/// No other thread may allocate meanwhile.
pub(crate) fn taken_by<T>(make: impl FnOnce() -> T) -> (usize, T) {
    USED.store(0, Relaxed);
    WATCHING.store(true, Relaxed);
    let made = make();
    WATCHING.store(false, Relaxed);
    (USED.load(Relaxed), made)
}

/// Returns the number of allocations during `work`.
///
/// No other thread may allocate meanwhile.
pub(crate) fn allocations_in(work: impl FnOnce()) -> usize {
    ALLOCATIONS.store(0, Relaxed);
    WATCHING.store(true, Relaxed);
    work();
    WATCHING.store(false, Relaxed);
    ALLOCATIONS.load(Relaxed)
}
