//! The bell's button, simulated: each byte that arrives on the serial line is a press.
//!
//! As with the edge of a pin, a press that nothing waits for is lost.

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;

use crate::board;
use crate::register::Register;

// Offsets of the registers (Arm's CMSDK technical reference manual, section 4.4).
const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CTRL: usize = 0x08;
const BAUDDIV: usize = 0x10;

/// "Receive buffer full", in STATE.
const RX_FULL: u32 = 1 << 1;
/// "Receive enable", in CTRL.
const RX_ENABLE: u32 = 1 << 1;

static EDGE: Signal<CriticalSectionRawMutex, ()> = Signal::new();

fn register(offset: usize) -> Register {
    // SAFETY: the first UART lies at the board's address, and this module alone touches it.
    unsafe { Register::new(board::UART + offset) }
}

/// Enables the receiver, at the smallest divisor of the clock.
pub fn start() {
    register(BAUDDIV).write(16);
    register(CTRL).write(RX_ENABLE);
}

/// Checks for a press. The interrupt of a timer must call it regularly.
pub fn on_tick() {
    if register(STATE).read() & RX_FULL != 0 {
        register(DATA).read();
        press();
    }
}

/// Presses the button.
pub fn press() {
    EDGE.signal(());
}

/// Waits for the next press.
pub async fn pressed() {
    EDGE.reset();
    EDGE.wait().await;
}
