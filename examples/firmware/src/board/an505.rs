//! Arm MPS2 with a Cortex-M33 (application note 505), in the secure state.

/// Name of the machine, as QEMU knows it.
pub const NAME: &str = "mps2-an505";
/// Registers of the LAN9118 Ethernet controller.
pub const NIC: usize = 0x5200_0000;
/// Its interrupt.
pub const NIC_INTERRUPT: u16 = 48;
/// Registers of the first CMSDK UART.
pub const UART: usize = 0x5020_0000;
/// Registers of the first CMSDK timer.
pub const TIMER: usize = 0x5000_0000;
/// Ticks of timer and core per microsecond.
pub const MEGAHERTZ: u32 = 20;
