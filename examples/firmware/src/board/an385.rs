//! Arm MPS2 with a Cortex-M3 (application note 385).

/// Name of the machine, as QEMU knows it.
pub const NAME: &str = "mps2-an385";
/// Registers of the LAN9118 Ethernet controller.
pub const NIC: usize = 0x4020_0000;
/// Its interrupt.
pub const NIC_INTERRUPT: u16 = 13;
/// Registers of the first CMSDK UART.
pub const UART: usize = 0x4000_4000;
/// Registers of the first CMSDK timer.
pub const TIMER: usize = 0x4000_0000;
/// Ticks of timer and core per microsecond.
pub const MEGAHERTZ: u32 = 25;
