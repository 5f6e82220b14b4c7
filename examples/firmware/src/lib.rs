//! The MPS2 machines of QEMU: what the images `doorbell` (embassy) and `bare` (no executor) have in common.
#![no_std]

pub mod arguments;
pub mod board;
pub mod button;
pub mod clock;
pub mod host;
pub mod lan9118;
pub mod random;
pub mod register;
pub mod smoltcp_device;
pub mod stack;

use core::panic::PanicInfo;

use cortex_m::peripheral::NVIC;
use cortex_m_rt::exception;

/// Prints a line on the host's console; nothing with the feature `quiet`, which is for measuring.
#[macro_export]
macro_rules! say {
    ($($line:tt)*) => {
        if cfg!(not(feature = "quiet")) {
            cortex_m_semihosting::hprintln!($($line)*);
        }
    };
}

/// Lets the Ethernet controller interrupt.
pub fn listen() {
    // SAFETY: the handler below is there, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Interrupt) };
}

/// The Ethernet controller's interrupt.
#[derive(Clone, Copy)]
struct Interrupt;

// SAFETY: it is the number of an interrupt that the board has.
unsafe impl cortex_m::interrupt::InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        board::NIC_INTERRUPT
    }
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number == board::NIC_INTERRUPT as i16 {
        lan9118::on_interrupt();
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    say!("{}", info);
    host::exit(101)
}
