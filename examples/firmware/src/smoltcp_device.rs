//! The Ethernet controller for smoltcp without embassy-net.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

use crate::lan9118::{FRAME, Free, Lan9118, Received, can_send, frames_waiting, silence_over};

impl Device for Lan9118 {
    type RxToken<'a> = Received;
    type TxToken<'a> = Free;

    fn receive(&mut self, _: Instant) -> Option<(Received, Free)> {
        if frames_waiting() == 0 {
            silence_over();
        }
        (frames_waiting() != 0 && can_send()).then_some((Received, Free))
    }

    fn transmit(&mut self, _: Instant) -> Option<Free> {
        can_send().then_some(Free)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, handle: F) -> R {
        embassy_net_driver::RxToken::consume(self, |frame| handle(frame))
    }
}

impl TxToken for Free {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        embassy_net_driver::TxToken::consume(self, length, fill)
    }
}
