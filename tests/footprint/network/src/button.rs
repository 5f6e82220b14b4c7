//! The bell's button, which nobody presses but the application itself.

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;

static EDGE: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// Presses the button.
pub fn press() {
    EDGE.signal(());
}

/// Waits for the next press.
pub async fn pressed() {
    EDGE.reset();
    EDGE.wait().await;
}
