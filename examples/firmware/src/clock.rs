//! embassy-time's driver: the time from a free-running timer, alarms from SysTick at 1 kHz.
//!
//! SysTick alone would not do as a clock: it loses ticks while interrupts are off. The timer is read at least every
//! millisecond by SysTick, so that no wrap of its 32 bits (2.8 minutes) is missed.

use core::cell::RefCell;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use core::task::Waker;

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::board;
use crate::register::Register;

struct Clock {
    inner: Mutex<RefCell<Inner>>,
}

struct Inner {
    queue: Queue,
    /// Wraps of the timer, and what it showed last.
    wraps: u32,
    last: u32,
    /// Called at each tick.
    on_tick: Option<fn()>,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock {
    inner: Mutex::new(RefCell::new(Inner { queue: Queue::new(), wraps: 0, last: 0, on_tick: None })),
});

fn timer(offset: usize) -> Register {
    // SAFETY: the first CMSDK timer lies at the board's address, and this module alone touches it.
    unsafe { Register::new(board::TIMER + offset) }
}

/// Starts the timer and the 1 kHz tick, whose interrupt calls `on_tick`.
pub fn start(mut tick: SYST, on_tick: Option<fn()>) {
    critical_section::with(|cs| CLOCK.with(cs, |inner| inner.on_tick = on_tick));
    let (control, value, reload) = (timer(0), timer(4), timer(8));
    reload.write(u32::MAX);
    value.write(u32::MAX);
    control.write(1);
    tick.set_clock_source(SystClkSource::Core);
    tick.set_reload(board::MEGAHERTZ * 1000 - 1);
    tick.clear_current();
    tick.enable_interrupt();
    tick.enable_counter();
}

/// Microseconds since the start.
pub fn now() -> u64 {
    CLOCK.now()
}

/// Whether `busy` measures.
const MEASURES: bool = cfg!(all(feature = "web-api", not(feature = "quiet")));

/// Ticks of the timer in earlier calls of `work`, and the timer at the beginning of this one.
static WORKED: AtomicU32 = AtomicU32::new(0);
static BEGAN: AtomicU32 = AtomicU32::new(0);

/// Runs the tasks that are ready. [`busy`] includes the time that they take.
pub fn work(tasks: impl FnOnce()) {
    if !MEASURES {
        return tasks();
    }
    BEGAN.store(!timer(4).read(), Relaxed);
    tasks();
    WORKED.store(worked(), Relaxed);
}

fn worked() -> u32 {
    let now = !timer(4).read();
    (WORKED.load(Relaxed)).wrapping_add(now.wrapping_sub(BEGAN.load(Relaxed)))
}

/// The time that tasks have run until now, without that in which the processor slept, for
/// [`busy_since`]. For tasks.
pub fn busy() -> u32 {
    if MEASURES { worked() } else { 0 }
}

/// Microseconds that tasks have run since `busy` returned this, at most 2.8 minutes. With QEMU's
/// `-icount shift=0` each is a thousand instructions.
pub fn busy_since(began: u32) -> u32 {
    busy().wrapping_sub(began) / board::MEGAHERTZ
}

impl Inner {
    fn now(&mut self) -> u64 {
        // It counts down.
        let shown = !timer(4).read();
        if shown < self.last {
            self.wraps += 1;
        }
        self.last = shown;
        (u64::from(self.wraps) << 32 | u64::from(shown)) / u64::from(board::MEGAHERTZ)
    }
}

impl Clock {
    fn with<R>(&self, cs: CriticalSection<'_>, work: impl FnOnce(&mut Inner) -> R) -> R {
        work(&mut self.inner.borrow_ref_mut(cs))
    }
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        critical_section::with(|cs| self.with(cs, Inner::now))
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| self.with(cs, |inner| inner.queue.schedule_wake(at, waker)));
    }
}

#[exception]
fn SysTick() {
    let on_tick = critical_section::with(|cs| {
        CLOCK.with(cs, |inner| {
            let now = inner.now();
            inner.queue.next_expiration(now);
            inner.on_tick
        })
    });
    if let Some(on_tick) = on_tick {
        on_tick();
    }
}
