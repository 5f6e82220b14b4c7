//! A device that posts: two messages that waited, over one link, then one more and its refusal.
//!
//! The posts wait without a limit of time; the feature `lifetime` gives each a time to live.
#![no_std]
#![no_main]

use core::{cell::UnsafeCell, hint::black_box, mem::MaybeUninit};
use footprint_board as board;
use slack_rtm::{
    DisconnectReason, Output, OwnedStorage,
    buffer::{RecvBuf, SendBuf},
    entropy::{Entropy, EntropyError},
    methods::chat::PostMessage,
    time::{Duration, Instant},
    web_api::{Caller, CallerConfig, CallerEvent, RateSlot},
};

// A turn is what follows one request.
board::server!(
    b"HTTP/1.1 200 OK\r\nContent-Length: 56\r\n\r\n\
    {\"ok\":true,\"channel\":\"C024BE7LR\",\"ts\":\"1355517523.0005\"}\xFF\
    HTTP/1.1 200 OK\r\nContent-Length: 56\r\n\r\n\
    {\"ok\":true,\"channel\":\"C024BE7LR\",\"ts\":\"1355517523.0006\"}\xFF\
    HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n\
    {\"ok\":false,\"error\":\"is_archived\"}"
);

/// The memory for the token and for messages is lent, so that the state does not include it.
type Memory = OwnedStorage<128, 512>;
type Device = Caller<'static, Random, &'static mut Memory>;

static RX: board::Memory<512> = board::Memory::new();
static TX: board::Memory<256> = board::Memory::new();

/// A value in static memory.
struct Static<T>(UnsafeCell<T>);

// SAFETY: there is one thread.
unsafe impl<T> Sync for Static<T> {}

static STORAGE: Static<Memory> = Static(UnsafeCell::new(Memory::new()));
static RATES: Static<[RateSlot; 4]> = Static(UnsafeCell::new([RateSlot::FREE; 4]));
/// The machine's state: not on the stack, so that the stack is measured without it.
static STATE: Static<MaybeUninit<Device>> = Static(UnsafeCell::new(MaybeUninit::uninit()));

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    board::measure(life, size_of::<Device>())
}

struct Random;

impl Entropy for Random {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        board::random(out);
        Ok(())
    }
}

/// Creates the machine in its place. It is a function of its own, so that its stack is free
/// afterwards.
#[inline(never)]
fn device() -> Option<&'static mut Device> {
    // SAFETY: called once, and nothing else takes the three values.
    let (state, storage, rates) = unsafe {
        (
            &mut *STATE.0.get(),
            &mut *STORAGE.0.get(),
            &mut *RATES.0.get(),
        )
    };
    let token = black_box("xoxb-1");
    let caller = Caller::new(CallerConfig::new(), token, storage, rates, Random).ok()?;
    Some(state.write(caller))
}

fn life() -> bool {
    // SAFETY: called once.
    let (mut rx, mut tx) = unsafe { (RecvBuf::new(RX.lend()), SendBuf::new(TX.lend())) };
    let Some(caller) = device() else {
        return false;
    };
    let time_to_live = cfg!(feature = "lifetime").then_some(Duration::from_secs(60));
    for _ in 0..3 {
        let post = PostMessage::new(black_box("C024BE7LR"), black_box("Ding-dong!"));
        if caller.post(&post, time_to_live).is_err() {
            return false;
        }
    }
    let (mut now, mut accepted) = (0, 0);
    loop {
        now += 10;
        match caller.poll(None, &mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(Output::Connect { peer, .. }) => {
                black_box(peer.host);
                caller.connected();
            }
            Ok(Output::Event(CallerEvent::PostAccepted(..))) => accepted += 1,
            Ok(Output::Event(CallerEvent::PostRefused(_, error))) => {
                return accepted == 2 && black_box(error.code()).as_str().len() == 11;
            }
            Ok(Output::Wait { can_read, .. }) => {
                let count = board::write(tx.pending());
                tx.sent(count);
                if can_read && count == 0 {
                    let count = board::read(rx.space());
                    rx.filled(count);
                    if count == 0 {
                        caller.disconnected(DisconnectReason::Closed);
                    }
                }
            }
            Ok(Output::Disconnect) => caller.disconnected(DisconnectReason::Closed),
            _ => return false,
        }
    }
}
