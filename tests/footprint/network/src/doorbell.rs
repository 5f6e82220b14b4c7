//! The firmware's doorbell on an empty board: a network without a driver, a clock that goes by the look, no executor.
#![no_std]
#![no_main]

#[path = "../../../../examples/firmware/src/doorbell/application.rs"]
mod application;
#[cfg(not(feature = "web-api"))]
#[path = "../../../../examples/firmware/src/doorbell/rtm.rs"]
mod bell;
#[cfg(feature = "beside")]
#[path = "../../../../examples/firmware/src/doorbell/beside.rs"]
mod bell;
#[cfg(feature = "between")]
#[path = "../../../../examples/firmware/src/doorbell/between.rs"]
mod bell;
#[path = "../../../../examples/firmware/src/doorbell/exit.rs"]
mod exit;
#[cfg(not(feature = "tls"))]
#[path = "../../../../examples/firmware/src/doorbell/cleartext.rs"]
mod network;
#[cfg(feature = "tls")]
#[path = "../../../../examples/firmware/src/doorbell/secure.rs"]
mod network;
#[cfg(feature = "web-api")]
#[path = "../../../../examples/firmware/src/doorbell/post.rs"]
mod post;

use core::pin::pin;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use core::task::{Context, Poll, Waker};

use embassy_futures::select::{Either, select};
use embassy_net::{Config, StackResources};
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use footprint_board as board;
use machine::arguments::{Arguments, LINE, ROOT};
use machine::button;
use static_cell::{ConstStaticCell, StaticCell};

board::server!(b"nobody answers");

static RESOURCES: StaticCell<StackResources<{ bell::LINKS + 2 }>> = StaticCell::new();
static LINE_MEMORY: ConstStaticCell<[u8; LINE]> = ConstStaticCell::new([0; LINE]);
static ROOT_CERTIFICATE: ConstStaticCell<[u8; ROOT]> = ConstStaticCell::new([0; ROOT]);
static ARGUMENTS: StaticCell<Arguments<'static>> = StaticCell::new();

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    board::measure(life, 0)
}

fn life() -> bool {
    let line = LINE_MEMORY.take();
    let length = board::read(line);
    let line = core::str::from_utf8(line.get(..length).unwrap_or_default()).unwrap_or_default();
    let Some(arguments) = Arguments::parse(line, ROOT_CERTIFICATE.take()) else {
        return false;
    };
    let (stack, mut runner) = embassy_net::new(
        Wire,
        Config::dhcpv4(Default::default()),
        RESOURCES.init(StackResources::new()),
        arguments.seed,
    );
    let doorbell = network::run(stack, ARGUMENTS.init(arguments));
    let mut all = pin!(select(select(runner.run(), watch()), doorbell));
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(Either::Second(exit)) = all.as_mut().poll(&mut cx) {
            return exit as u8 == 0;
        }
    }
}

/// Waits for presses, as the firmware's task does.
async fn watch() -> ! {
    loop {
        button::pressed().await;
        let _ = application::PRESSES.try_send(());
    }
}

/// A network that is the board's reads and writes.
struct Wire;

impl Driver for Wire {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Frame;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(Frame, Frame)> {
        (!board::at_end()).then_some((Frame, Frame))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<Frame> {
        Some(Frame)
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet([2, 0, 0, 0, 0, 1])
    }
}

struct Frame;

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, work: F) -> R {
        let mut frame = [0; 1514];
        let length = board::read(&mut frame);
        work(frame.get_mut(..length).unwrap_or_default())
    }
}

impl TxToken for Frame {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, work: F) -> R {
        let mut frame = [0; 1514];
        let frame = frame.get_mut(..length).unwrap_or_default();
        let result = work(frame);
        board::write(frame);
        result
    }
}

struct Clock;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock);

static LOOKS: AtomicU32 = AtomicU32::new(0);

impl embassy_time_driver::Driver for Clock {
    fn now(&self) -> u64 {
        u64::from(LOOKS.fetch_add(1, Relaxed))
    }

    fn schedule_wake(&self, _: u64, waker: &Waker) {
        waker.wake_by_ref();
    }
}

struct Uninterrupted;

critical_section::set_impl!(Uninterrupted);

// SAFETY: nothing interrupts this board.
unsafe impl critical_section::Impl for Uninterrupted {
    unsafe fn acquire() {}

    unsafe fn release(_: ()) {}
}
