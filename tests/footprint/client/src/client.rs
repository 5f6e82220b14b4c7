//! A bot's life: call, session, a message answered and acknowledged, a ping, an event, the close.
#![no_std]
#![no_main]

use core::{cell::UnsafeCell, hint::black_box, mem::MaybeUninit};
use footprint_board as board;
use slack_rtm::{
    Client, Config, DisconnectReason, Event, Output, OwnedStorage,
    buffer::{RecvBuf, SendBuf},
    entropy::{Entropy, EntropyError},
    event::{Author, Message},
    rtm::command::Post,
    time::Instant,
};

// The bytes of both links, in pieces of 48 bytes. The response is filled up to whole pieces, since
// the bytes after it would be lost with its link.
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

/// The memory for the token and for messages is lent, so that the state does not include it.
type Memory = OwnedStorage<128, 1024>;
type Bot = Client<'static, Random, &'static mut Memory>;

static RX: board::Memory<1024> = board::Memory::new();
static TX: board::Memory<512> = board::Memory::new();

/// A value in static memory.
struct Static<T>(UnsafeCell<T>);

// SAFETY: there is one thread.
unsafe impl<T> Sync for Static<T> {}

static STORAGE: Static<Memory> = Static(UnsafeCell::new(Memory::new()));
/// The client's state: not on the stack, so that the stack is measured without it.
static STATE: Static<MaybeUninit<Bot>> = Static(UnsafeCell::new(MaybeUninit::uninit()));

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    board::measure(life, size_of::<Bot>())
}

struct Random;

impl Entropy for Random {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        board::random(out);
        Ok(())
    }
}

const CONFIG: Config<'static> = {
    let config = Config::new();
    #[cfg(not(feature = "all-paths"))]
    let config = config
        .paths(&slack_rtm::event::COMMON_PATHS)
        .response_paths(&slack_rtm::web_api::paths::COMMON);
    #[cfg(feature = "lists")]
    let config = config
        .method(slack_rtm::web_api::OpeningMethod::RtmStart(
            slack_rtm::web_api::RtmStart::DEFAULT,
        ))
        .lists(slack_rtm::web_api::StartLists::ALL);
    config
};

/// Creates the client in its place. It is a function of its own, so that its stack is free
/// afterwards.
#[inline(never)]
fn client() -> Option<&'static mut Bot> {
    // SAFETY: called once, and nothing else takes the two values.
    let (state, storage) = unsafe { (&mut *STATE.0.get(), &mut *STORAGE.0.get()) };
    let client = Client::new(CONFIG, black_box("xoxb-1"), storage, Random).ok()?;
    Some(state.write(client))
}

fn life() -> bool {
    // SAFETY: called once.
    let (mut rx, mut tx) = unsafe { (RecvBuf::new(RX.lend()), SendBuf::new(TX.lend())) };
    let Some(client) = client() else {
        return false;
    };
    let (mut now, mut acknowledged) = (0, false);
    loop {
        now += 10;
        match client.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(Output::Connect { peer, .. }) => {
                black_box(peer.host);
                client.connected();
            }
            Ok(Output::Event(Event::Message(message))) => {
                if reply(client, &message, &mut tx).is_none() {
                    return false;
                }
            }
            Ok(Output::Event(Event::Acknowledged(ack))) => acknowledged = ack.ts().is_some(),
            Ok(Output::Event(ref event)) => {
                black_box(event);
            }
            Ok(Output::Wait { can_read, .. }) => {
                let count = board::write(tx.pending());
                tx.sent(count);
                if can_read {
                    let count = board::read(rx.space());
                    rx.filled(count);
                    if count == 0 {
                        client.close();
                    }
                }
            }
            Ok(Output::Disconnect) => client.disconnected(DisconnectReason::Closed),
            Ok(Output::Closed(_)) => return acknowledged,
            _ => return false,
        }
    }
}

/// Sends the text of a message back. Returns `None` if the message is not as expected.
#[inline(never)]
fn reply(client: &mut Bot, message: &Message<'_>, tx: &mut SendBuf<'_>) -> Option<()> {
    let Some(Author::Person(_)) = message.posted_by() else {
        return None;
    };
    let text = message.text()?;
    client
        .send(&Post::new(message.channel()?, text.as_str()), tx)
        .ok()?;
    Some(())
}
