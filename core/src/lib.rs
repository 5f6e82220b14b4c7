//! Slack's Real Time Messaging API as a `no_std`, no-alloc, sans-IO state machine.
//!
//! It calls `rtm.connect` or `rtm.start`, opens the WebSocket that the answer names, and speaks RTM
//! over it, for months, from byte buffers that the caller lends. It opens no socket, reads no clock
//! and draws no random number: whoever runs it does.
//!
//! # The loop
//!
//! ```no_run
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::EntropyError;
//! use slack_rtm::rtm::command::Message;
//! use slack_rtm::time::Instant;
//! use slack_rtm::{Client, Config, Event, DisconnectReason, Output, Peer, UsageError};
//! # struct Socket;
//! # fn dial(_: Peer<'_>, _: Instant) -> Result<Socket, DisconnectReason> { Ok(Socket) }
//! # fn exchange(_: &mut Option<Socket>, _: &mut RecvBuf<'_>, _: &mut SendBuf<'_>, _: Instant)
//! #     -> Result<(), DisconnectReason> { Ok(()) }
//! # fn complain(_: UsageError, _: &str) {}
//! # fn now() -> Instant { Instant::from_millis(0) }
//! # fn generator(out: &mut [u8]) -> Result<(), EntropyError> { out.fill(7); Ok(()) }
//!
//! fn run(token: &str) -> Result<slack_rtm::CloseReason, UsageError> {
//!     let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
//!     let mut rx = RecvBuf::new(&mut rx_memory);
//!     let mut tx = SendBuf::new(&mut tx_memory);
//!     let mut waiting = [0; 1024];
//!     let config = Config::new(token).outbox(&mut waiting);
//!     let mut client = Client::new(config, |out: &mut [u8]| generator(out));
//!     let mut link = None;
//!     loop {
//!         match client.poll(&mut rx, &mut tx, now())? {
//!             // slack.com first, the WebSocket host later; until: for DNS, TCP and TLS together.
//!             Output::Connect { peer, until } => match dial(peer, until) {
//!                 Ok(open) => {
//!                     link = Some(open);
//!                     client.connected();
//!                 }
//!                 Err(why) => client.disconnected(why),
//!             },
//!             Output::Event(Event::Message(message)) if message.text() == "ping" => {
//!                 if let Err(why) = client.send(&Message::new(message.channel(), "pong"), &mut tx) {
//!                     // The outbox is full: too many pings. The message is still alive here.
//!                     complain(why, message.channel());
//!                 }
//!             }
//!             Output::Event(_) => {}
//!             // Flush tx, fill rx, until something moved or the instant has come.
//!             Output::Wait { until, .. } => {
//!                 if let Err(why) = exchange(&mut link, &mut rx, &mut tx, until) {
//!                     link = None;
//!                     client.disconnected(why);
//!                 }
//!             }
//!             Output::Disconnect => {
//!                 link = None;
//!                 client.disconnected(DisconnectReason::Closed);
//!             }
//!             Output::Closed(end) => return Ok(end),
//!             _ => {}
//!         }
//!     }
//! }
//! ```
//!
//! # The contract
//!
//! 1. **One poll, one output.** Poll again after every output but `Closed`. [`Output::Wait`] is the
//!    only one after which waiting makes sense; no input makes the machine spin.
//! 2. **Sending is not an output.** Whenever the send buffer is not empty, its bytes are for the
//!    link. Go on reading while a write is pending: a stuck write must not hide a dead link.
//! 3. **`until` bounds everything**: connecting, reading and writing.
//! 4. **`Err` is a mistake of this program** ([`UsageError`]). What a peer does wrong is never one:
//!    it becomes an event and a new try.
//! 5. **`Connect` is answered** by [`connected`](Client::connected) or
//!    [`disconnected`](Client::disconnected); `Disconnect` by dropping the link and
//!    `disconnected(DisconnectReason::Closed)`. `Disconnect` always comes before the next `Connect`: a
//!    device has memory for one TLS link. Poll between these calls and any reading or writing, for
//!    the machine clears what is stale in the buffers.
//! 6. **When a link ends, hand over what was read first**, then call `disconnected`; the machine
//!    takes the bytes before the end.
//! 7. **Events borrow the receive buffer**, and nothing else, so one can answer while holding one.
//! 8. **Any split of the input into reads gives the same events.** All progress lives in the machine
//!    and the buffers: dropping a future that waits loses nothing.
//! 9. **Buffers are lent per call.** Another pair may take their place when both are empty.
//! 10. **Time is monotonic or stands still**: an instant earlier than the latest one counts as that.
//!
//! # The layers
//!
//! Each is public and works alone; each uses only those above it.
//!
//! | module | what it is | specification |
//! |---|---|---|
//! | [`time`], [`entropy`] | what the caller supplies | |
//! | [`buffer`] | the lent memory, the only place where bytes move | |
//! | [`pace`], [`backoff`] | how often, and when again | |
//! | [`url`] | `https` and `wss` URLs | RFC 3986 |
//! | [`json`] | tokenizer, wanted members, writer | RFC 8259 |
//! | [`http`] | requests, heads by the line, bodies | RFC 9112 |
//! | [`web_api`] | methods, answers, error codes | Slack's documents |
//! | [`websocket`] | handshake, frames, closing | RFC 6455 |
//! | [`rtm`] | events, commands, keepalive, outbox | Slack's documents |
//! | [`Client`] | composes them, parses nothing itself | |
//!
//! # How large the buffers must be
//!
//! No document is held whole, so no size limits what can be received; it limits how much of a
//! text is seen. A text that does not fit is cut at a character, marked, and tells its full length;
//! ids and timestamps are whole wherever they stand.
//!
//! | receive buffer | longest URL of a socket | suits |
//! |---|---|---|
//! | 512 B (the least) | 384 B | `rtm.connect`, short texts |
//! | 1 KiB | 700 B | texts of a few hundred characters |
//! | 4 KiB | 3 KB | nearly every message whole |
//!
//! With [`Config::raw`] an event also brings its JSON, for types of your own: of N bytes of receive
//! buffer it may take N/2 - 168, and texts are cut a little earlier.
//!
//! The send buffer holds what the link has not taken: from 256 B. A command that goes out at once
//! must fit; a message with an outbox leaves through a buffer of any size as one frame.
//! The outbox is optional ([`Config::outbox`]): a message takes its JSON and five bytes.
//!
//! The [guide] has more: [buffers](guide::buffers), [your own runtime](guide::runtime), [TLS](guide::tls),
//! [reconnecting](guide::reconnect), the client's [phases](guide::phases), [security](guide::security), what changed
//! [at Slack](guide::slack), and the [design](guide::design).
//!
//! # What is not in it
//!
//! HTTP proxies, HTTP/2, compression (`permessage-deflate` is not offered, and refused if forced
//! upon us), TLS itself.
//!
//! # Features
//!
//! - `httparse` (default): lines of HTTP heads are parsed by that package.
//! - `serde` (default): own types from raw JSON, and as commands, by `serde-json-core`.
//! - `log`, `defmt`: steps and errors to a log; never a token, never a message's text.
//!
//! Without the default features the crate has no panic path at all.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

pub mod backoff;
pub mod buffer;
mod client;
pub mod entropy;
pub mod event;
#[allow(dead_code)] // the layers take it over one by one
mod flash;
#[cfg(doc)]
pub mod guide;
pub mod http;
pub mod json;

mod link;
mod log;
pub mod pace;
mod parse;
pub mod rtm;
pub mod time;
pub mod url;
mod utf8;
pub mod web_api;
pub mod websocket;

pub use client::{
    Client, ClientOutput, CloseReason, Config, Counters, Delivery, Event, MessageId, PeerError,
    ReconnectReason, ReconnectUrl, State, UsageError,
};
pub use link::{DisconnectReason, Output, Peer, Security, Timeout, Timeouts};
