//! An app's life in Socket Mode: call, session, an event, a command answered in its acknowledgement, a
//! button, a ping, the close.
#![no_std]
#![no_main]

use core::{cell::UnsafeCell, hint::black_box, mem::MaybeUninit};
use footprint_board as board;
use slack_rtm::{
    Client, Config, DisconnectReason, Event, Output, SocketMode, Token,
    buffer::{RecvBuf, SendBuf},
    entropy::{Entropy, EntropyError},
    json::Writer,
    time::Instant,
    websocket::Sent,
};

// The bytes of both links, in pieces of 48 bytes. The response is filled up to whole pieces, since
// the bytes after it would be lost with its link.
board::server!(
    b"HTTP/1.1 200 OK\r\nContent-Length: 85\r\nVia: xxxxxxxxxxxxx\r\n\r\n{\"ok\":true,\"ur\
    l\":\"wss:\\/\\/wss-primary.slack.com\\/link\\/?ticket=7d0c1a52&app_id=9f3e\"}HTTP/1\
    .1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSo\
    cket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n\x81${\"type\":\"hello\",\"num_conn\
    ections\":1}\x81~\x00\xec{\"envelope_id\":\"5f1c-1\",\"payload\":{\"event\":{\"type\
    \":\"app_mention\",\"user\":\"U0ANN\",\"text\":\"open \\ud83d\\ude00\",\"ts\":\"1764\
    2.0001\",\"channel\":\"C0DOOR\"},\"event_id\":\"Ev1\",\"authorizations\":[{\"user_id\
    \":\"U0BOT\",\"is_bot\":true}]},\"type\":\"events_api\"}\x81~\x00~{\"envelope_id\":\
    \"5f1c-2\",\"payload\":{\"command\":\"/door\",\"text\":\"open 5\"},\"type\":\"slash_\
    commands\",\"accepts_response_payload\":true}\x89\x02hi\x81q{\"envelope_id\":\"5f1c-\
    3\",\"payload\":{\"type\":\"block_actions\",\"actions\":[{\"action_id\":\"open\"}]},\
    \"type\":\"interactive\"}\x88\x02\x03\xe8"
);

/// The memory for the token is lent, so that the state does not include it.
type Memory = Token<128>;
type Bot = Client<'static, Random, &'static mut Memory, SocketMode>;

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

const CONFIG: Config<'static, SocketMode> =
    Config::socket_mode().paths(&slack_rtm::socket_mode::COMMON_PATHS);

/// Creates the client in its place. It is a function of its own, so that its stack is free
/// afterwards.
#[inline(never)]
fn client() -> Option<&'static mut Bot> {
    // SAFETY: called once, and nothing else takes the two values.
    let (state, storage) = unsafe { (&mut *STATE.0.get(), &mut *STORAGE.0.get()) };
    let client = Client::new(CONFIG, black_box("xapp-1"), storage, Random).ok()?;
    Some(state.write(client))
}

fn life() -> bool {
    // SAFETY: called once.
    let (mut rx, mut tx) = unsafe { (RecvBuf::new(RX.lend()), SendBuf::new(TX.lend())) };
    let Some(client) = client() else {
        return false;
    };
    let (mut now, mut events, mut answered) = (0, 0, false);
    loop {
        now += 10;
        match client.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(Output::Connect { peer, .. }) => {
                black_box(peer.host);
                client.connected();
            }
            Ok(Output::Event(Event::SlashCommand(command))) => {
                black_box(command.text());
                answered = answer(client, &rx, &mut tx);
            }
            Ok(Output::Event(Event::Message(message))) => {
                events += u32::from(message.channel() == Some("C0DOOR"));
            }
            Ok(Output::Event(Event::Interaction(interaction))) => {
                events += u32::from(interaction.action_id().is_some());
            }
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
            Ok(Output::Closed(_)) => return events == 2 && answered,
            _ => return false,
        }
    }
}

/// Answers a command in its acknowledgement. Returns whether the whole answer was sent.
#[inline(never)]
fn answer(client: &mut Bot, rx: &RecvBuf<'_>, tx: &mut SendBuf<'_>) -> bool {
    let response = |json: &mut Writer<'_>| {
        json.begin_object();
        json.name("text").text("The door is open.");
        json.end_object();
    };
    loop {
        match client.acknowledge(rx, tx, &response) {
            Ok(Sent::Whole) => return true,
            Ok(_) => {
                let count = board::write(tx.pending());
                tx.sent(count);
            }
            Err(_) => return false,
        }
    }
}
