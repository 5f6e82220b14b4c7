//! A bot's life: call, session, a message answered and acknowledged, a ping, an event, the close.
#![no_std]
#![no_main]

use core::{cell::UnsafeCell, hint::black_box, mem::MaybeUninit};
use footprint_board as board;
use slack_rtm::{
    Client, Config, DisconnectReason, Event, Output,
    buffer::{RecvBuf, SendBuf},
    entropy::EntropyError,
    rtm::command::Message,
    time::Instant,
};

// What both links bring, in pieces of 48 bytes; the answer is filled up to whole pieces, since what
// stands behind it would be lost with its link.
board::server!(
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 176\r\nVia: xxxxxxxx\
    xxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n{\"ok\":true,\"url\":\"wss:\\/\\/wss-primary.slack.c\
    om\\/websocket\\/AbCdEfGh\",\"team\":{\"id\":\"T024BE7LD\",\"name\":\"Example\",\"dom\
    ain\":\"example\"},\"self\":{\"id\":\"U0SELF001\",\"name\":\"doorbell\"}}HTTP/1.1 101 \
    Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Acc\
    ept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n\x81\x10{\"type\":\"hello\"}\x81~\x00\xad{\"\
    type\":\"message\",\"channel\":\"C024BE7LR\",\"user\":\"U2147483697\",\"text\":\"Hell\
    o <@U0SELF001> \\ud83d\\ude00\",\"ts\":\"1355517523.000005\",\"blocks\":[{\"type\":\"\
    rich_text\",\"elements\":[]}]}\x81H{\"ok\":true,\"reply_to\":378967703,\"ts\":\"13555\
    17524.000006\",\"text\":\"Hello\"}\x89\x02hi\x81~\x00\x8b{\"type\":\"reaction_added\"\
    ,\"user\":\"U024BE7LH\",\"reaction\":\"thumbsup\",\"item\":{\"type\":\"message\",\"ch\
    annel\":\"C0G9QF9GZ\",\"ts\":\"1360782400.498405\"}}\x88\x02\x03\xe8"
);

type Bot = Client<'static, fn(&mut [u8]) -> Result<(), EntropyError>>;

static RX: board::Memory<1024> = board::Memory::new();
static TX: board::Memory<512> = board::Memory::new();
static OUTBOX: board::Memory<1024> = board::Memory::new();

/// The client's state: not on the stack, so that the stack is measured without it.
struct State(UnsafeCell<MaybeUninit<Bot>>);

// SAFETY: there is one thread.
unsafe impl Sync for State {}

static STATE: State = State(UnsafeCell::new(MaybeUninit::uninit()));

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    board::measure(life, size_of::<Bot>())
}

fn entropy(out: &mut [u8]) -> Result<(), EntropyError> {
    board::random(out);
    Ok(())
}

fn config() -> Config<'static> {
    // SAFETY: called once.
    let config = Config::new(black_box("xoxb-1")).outbox(unsafe { OUTBOX.lend() });
    #[cfg(not(feature = "all-paths"))]
    let config = config
        .paths(&slack_rtm::event::COMMON_PATHS)
        .response_paths(&slack_rtm::web_api::paths::COMMON);
    #[cfg(feature = "lists")]
    let config = config
        .method(slack_rtm::web_api::Method::RtmStart(Default::default()))
        .lists(slack_rtm::web_api::StartLists::ALL);
    config
}

/// The client, in its place. A function of its own: what it takes of the stack is free again.
#[inline(never)]
fn client() -> &'static mut Bot {
    // SAFETY: called once, and nothing else takes it.
    let state = unsafe { &mut *STATE.0.get() };
    state.write(Client::new(config(), entropy))
}

fn life() -> bool {
    // SAFETY: called once.
    let (mut rx, mut tx) = unsafe { (RecvBuf::new(RX.lend()), SendBuf::new(TX.lend())) };
    let client = client();
    let (mut now, mut acknowledged) = (0, false);
    loop {
        now += 10;
        match client.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(Output::Connect { peer, .. }) => {
                black_box(peer.host);
                client.connected();
            }
            Ok(Output::Event(Event::Message(message))) => {
                let reply = Message::new(message.channel(), message.text().as_str());
                if message.is_own() || client.send(&reply, &mut tx).is_err() {
                    return false;
                }
            }
            Ok(Output::Event(Event::Acknowledged { ts, .. })) => acknowledged = !ts.is_empty(),
            Ok(Output::Event(ref event)) => {
                black_box(event);
            }
            Ok(Output::Wait { .. }) => {
                let count = board::write(tx.pending());
                tx.sent(count);
                let count = board::read(rx.space());
                rx.filled(count);
                if count == 0 {
                    client.close();
                }
            }
            Ok(Output::Disconnect) => client.disconnected(DisconnectReason::Closed),
            Ok(Output::Closed(_)) => return acknowledged,
            _ => return false,
        }
    }
}
