//! The SMSC LAN9118 Ethernet controller of the MPS2 boards, for embassy-net. Interrupt-driven, by programmed I/O.

use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;

use crate::board;
use crate::register::Register;

/// Bytes of an Ethernet frame without its checksum.
pub const FRAME: usize = 1514;

// Offsets of the registers (LAN9118 data sheet, chapter 5).
const RX_DATA: usize = 0x00;
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
const TX_STATUS: usize = 0x48;
const IRQ_CFG: usize = 0x54;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5c;
const BYTE_TEST: usize = 0x64;
const FIFO_INT: usize = 0x68;
const RX_CFG: usize = 0x6c;
const TX_CFG: usize = 0x70;
const HW_CFG: usize = 0x74;
const RX_FIFO_INF: usize = 0x7c;
const TX_FIFO_INF: usize = 0x80;
const MAC_CSR_CMD: usize = 0xa4;
const MAC_CSR_DATA: usize = 0xa8;

/// "Receive status FIFO is above its level": a frame has arrived.
const RSFL: u32 = 1 << 3;

static WAKER: AtomicWaker = AtomicWaker::new();

fn register(offset: usize) -> Register {
    // SAFETY: the controller's registers lie at the board's address, and this module alone touches them.
    unsafe { Register::new(board::NIC + offset) }
}

/// The interrupt's handler: silences the controller and wakes the driver, which listens again when it has looked.
pub fn on_interrupt() {
    register(INT_EN).write(0);
    WAKER.wake();
}

/// The controller. There is one.
pub struct Lan9118 {
    address: [u8; 6],
}

impl Lan9118 {
    /// Resets and starts the controller. `None` if there is none at the board's address.
    pub fn start(address: [u8; 6]) -> Option<Self> {
        if register(BYTE_TEST).read() != 0x8765_4321 {
            return None;
        }
        register(HW_CFG).write(1);
        while register(HW_CFG).read() & 1 != 0 {}
        // "Must be one", and 5 KiB of the FIFO memory for sending.
        register(HW_CFG).write(1 << 20 | 5 << 16);
        register(FIFO_INT).write(0);
        // The interrupt pin: enabled, active high, push-pull.
        register(IRQ_CFG).write(1 << 8 | 1 << 4 | 1);
        register(RX_CFG).write(0);
        register(TX_CFG).write(1 << 1);
        let [a, b, c, d, e, f] = address;
        write_mac(2, u32::from_le_bytes([e, f, 0, 0]));
        write_mac(3, u32::from_le_bytes([a, b, c, d]));
        // Transmitter and receiver on.
        write_mac(1, 1 << 3 | 1 << 2);
        register(INT_STS).write(u32::MAX);
        register(INT_EN).write(RSFL);
        Some(Self { address })
    }
}

fn write_mac(index: u32, value: u32) {
    register(MAC_CSR_DATA).write(value);
    register(MAC_CSR_CMD).write(1 << 31 | index);
    while register(MAC_CSR_CMD).read() & 1 << 31 != 0 {}
}

/// Has the next frame interrupt. Look for frames again after this: one that came in between raises no interrupt.
pub(crate) fn silence_over() {
    register(INT_STS).write(u32::MAX);
    if frames_waiting() == 0 {
        register(INT_EN).write(RSFL);
    }
}

pub(crate) fn frames_waiting() -> u32 {
    register(RX_FIFO_INF).read() >> 16 & 0xff
}

pub(crate) fn can_send() -> bool {
    while register(TX_FIFO_INF).read() >> 16 & 0xff != 0 {
        register(TX_STATUS).read();
    }
    // Two command words and a frame.
    register(TX_FIFO_INF).read() as u16 as usize >= FRAME + 16
}

impl Driver for Lan9118 {
    type RxToken<'a> = Received;
    type TxToken<'a> = Free;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Received, Free)> {
        if frames_waiting() == 0 {
            WAKER.register(cx.waker());
            silence_over();
            if frames_waiting() == 0 {
                return None;
            }
        }
        if !can_send() {
            cx.waker().wake_by_ref();
            return None;
        }
        Some((Received, Free))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Free> {
        if can_send() {
            return Some(Free);
        }
        cx.waker().wake_by_ref();
        None
    }

    /// The emulated cable is always plugged in.
    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.address)
    }
}

/// A frame waits in the receive FIFO.
pub struct Received;

impl RxToken for Received {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, handle: F) -> R {
        let mut frame = [0; FRAME + 6];
        // The status counts the frame and its 4-byte checksum.
        let length = (register(RX_STATUS).read() >> 16 & 0x3fff) as usize;
        let mut words = frame.chunks_exact_mut(4);
        for _ in 0..length.div_ceil(4) {
            let word = register(RX_DATA).read();
            if let Some(bytes) = words.next() {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        let length = length.saturating_sub(4).min(FRAME);
        handle(&mut frame[..length])
    }
}

/// There is room in the send FIFO for a frame.
pub struct Free;

impl TxToken for Free {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        let mut frame = [0; FRAME + 2];
        let length = length.min(FRAME);
        let result = fill(&mut frame[..length]);
        // First and last segment, and how long it is.
        register(TX_DATA).write(1 << 13 | 1 << 12 | length as u32);
        register(TX_DATA).write(length as u32);
        for word in frame[..length.next_multiple_of(4)].chunks_exact(4) {
            register(TX_DATA).write(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
        result
    }
}
