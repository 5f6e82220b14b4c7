//! An executor that sleeps with WFI. The one in embassy-executor sleeps with WFE, which QEMU takes
//! for a no-op.

use core::sync::atomic::{AtomicBool, Ordering};

use embassy_executor::Spawner;
use embassy_executor::raw::Executor;
use machine::clock;
use static_cell::StaticCell;

static EXECUTOR: StaticCell<Executor> = StaticCell::new();
static PENDING: AtomicBool = AtomicBool::new(false);

#[unsafe(export_name = "__pender")]
fn pender(_: *mut ()) {
    PENDING.store(true, Ordering::SeqCst);
}

/// Runs what `start` spawns, for ever.
pub fn run(start: impl FnOnce(Spawner)) -> ! {
    let executor = EXECUTOR.init(Executor::new(core::ptr::null_mut()));
    start(executor.spawner());
    loop {
        if PENDING.load(Ordering::SeqCst) {
            PENDING.store(false, Ordering::SeqCst);
            // SAFETY: only called here, never from within a task.
            clock::work(|| unsafe { executor.poll() });
        }
        // With interrupts masked none slips in between the question and WFI, which they end all the
        // same.
        cortex_m::interrupt::disable();
        if !PENDING.load(Ordering::SeqCst) {
            cortex_m::asm::wfi();
        }
        // SAFETY: no critical section is open here.
        unsafe { cortex_m::interrupt::enable() };
    }
}
