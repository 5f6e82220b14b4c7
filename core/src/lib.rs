//! Slack's Socket Mode and Real Time Messaging API (RTM) as a `no_std`, no-alloc, sans-IO state
//! machine.
//!
//! The client calls `apps.connections.open` or `rtm.connect`, opens the WebSocket whose URL is in the
//! response, and speaks over it, for months, from byte buffers that the caller lends. It opens no socket,
//! reads no clock and draws no random number: the caller does.
//!
//! | your token | dialect | configuration |
//! |---|---|---|
//! | app-level (`xapp-`) of an app that is created today | [Socket Mode](guide::socket_mode) | [`Config::socket_mode`] |
//! | bot token (`xoxb-`) of a classic app | RTM | [`Config::new`] |
//!
//! # The loop
//!
//! This one is for RTM. That for Socket Mode differs in the configuration and the token, and posts by
//! [`web_api::Caller`].
//!
//! ```no_run
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::EntropyError;
//! use slack_rtm::event::Author;
//! use slack_rtm::rtm::command::Post;
//! use slack_rtm::time::Instant;
//! use slack_rtm::{
//!     Client, CloseReason, Config, DisconnectReason, Event, Output, OwnedStorage, Peer, SendError,
//!     entropy,
//! };
//! # struct Socket;
//! # fn open(_: Peer<'_>, _: Instant) -> Result<Socket, DisconnectReason> { Ok(Socket) }
//! # fn exchange(_: &mut Option<Socket>, _: &mut RecvBuf<'_>, _: &mut SendBuf<'_>, _: Instant)
//! #     -> Result<(), DisconnectReason> { Ok(()) }
//! # fn report(_: SendError, _: Option<&str>) {}
//! # fn now() -> Instant { Instant::from_millis(0) }
//! # fn generator(out: &mut [u8]) -> Result<(), EntropyError> { out.fill(7); Ok(()) }
//!
//! fn run(token: &str) -> Result<CloseReason, Box<dyn std::error::Error>> {
//!     let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
//!     let mut rx = RecvBuf::new(&mut rx_memory);
//!     let mut tx = SendBuf::new(&mut tx_memory);
//!     // Memory for a token of up to 128 bytes, and for messages that wait.
//!     let storage = OwnedStorage::<128, 1024>::new();
//!     let random = entropy::from_fn(generator);
//!     let mut client = Client::new(Config::new(), token, storage, random)?;
//!     let mut link = None;
//!     loop {
//!         match client.poll(&mut rx, &mut tx, now())? {
//!             // First slack.com, later the host of the WebSocket. `until` is the deadline for DNS,
//!             // TCP and TLS together.
//!             Output::Connect { peer, until, .. } => match open(peer, until) {
//!                 Ok(socket) => {
//!                     link = Some(socket);
//!                     client.connected();
//!                 }
//!                 Err(reason) => client.disconnected(reason),
//!             },
//!             Output::Event(Event::Message(message)) => {
//!                 // Not edits, notices, messages of bots or own ones.
//!                 if let Some(Author::Person(_)) = message.posted_by()
//!                     && message.text().is_some_and(|text| text == "ping")
//!                     // In the thread of the message, if it is in one.
//!                     && let Some(pong) = Post::reply_to(&message, "pong")
//!                     && let Err(error) = client.send(&pong, &mut tx)
//!                 {
//!                     // The outbox is full. The message can still be read here.
//!                     report(error, message.channel());
//!                 }
//!             }
//!             Output::Event(_) => {}
//!             // Flush tx, fill rx, until bytes moved or the deadline has passed.
//!             Output::Wait { until, .. } => {
//!                 if let Err(reason) = exchange(&mut link, &mut rx, &mut tx, until) {
//!                     link = None;
//!                     client.disconnected(reason);
//!                 }
//!             }
//!             Output::Disconnect => {
//!                 link = None;
//!                 client.disconnected(DisconnectReason::Closed);
//!             }
//!             Output::Closed(reason) => return Ok(reason),
//!             _ => {}
//!         }
//!     }
//! }
//! ```
//!
//! # The contract
//!
//! It holds for every state machine of this crate: [`Client`] and [`web_api::Call`].
//!
//! 1. **One poll, one output.** Poll again after every output but `Closed`. [`Output::Wait`] is the
//!    only one after which waiting makes sense; no input makes a machine spin.
//! 2. **Sending is not an output.** Whenever the send buffer is not empty, its bytes are for the
//!    link. Continue to read while a write is pending: a stuck write must not hide a dead link.
//! 3. **`until` bounds everything**: connecting, reading and writing.
//! 4. **`Err` is a mistake of this program** ([`PollError`], [`SendError`]). A fault of the peer
//!    never is: it becomes an event.
//! 5. **`Connect` comes once per link.** Report its result by [`connected`](Client::connected) or
//!    [`disconnected`](Client::disconnected); [`Output`] lists the outputs until then. After
//!    `Disconnect` drop the link, or stop opening it, and call
//!    `disconnected(DisconnectReason::Closed)`. Before the next `Connect` the old link has ended,
//!    because you reported its end or `Disconnect` asked for it: a device has memory for one TLS
//!    link. Poll between these calls and any reading or writing, since the machine clears stale
//!    bytes in the buffers.
//! 6. **When a link ends, put the bytes that were read into the buffer first**, then call
//!    `disconnected`; the machine handles the bytes before the end.
//! 7. **Events borrow the receive buffer**, and nothing else, so a program can send while it holds
//!    one.
//! 8. **Any split of the input into reads gives the same events.** All progress is kept in the
//!    machine and the buffers: dropping a future that waits loses nothing.
//! 9. **Buffers are lent per call.** Another pair may take their place when both are empty. Between
//!    the calls their state can be kept apart from the memory
//!    ([`RecvBuf::into_state`](buffer::RecvBuf::into_state)).
//! 10. **There is room to read, or bytes to write.** When `Wait` is returned while a link is open,
//!     the receive buffer has room, or `can_read` is false and the send buffer has bytes for the
//!     link. A read into an empty slice returns 0, which looks like the end of the stream: do not
//!     make it.
//! 11. **Time never goes backwards.** An instant before the latest one is treated as the latest.
//!
//! # The layers
//!
//! Each is public and works alone; each uses only those above it.
//!
//! | module | purpose | specification |
//! |---|---|---|
//! | [`time`], [`entropy`] | the instants and random bytes that the caller supplies | |
//! | [`Output`], [`Peer`], [`DisconnectReason`], [`Timeouts`] | links, for every state machine | |
//! | [`buffer`] | the lent memory, the only place where bytes move | |
//! | [`pace`], [`backoff`], [`keepalive`] | rate limits, the delays between attempts, detection of a dead link | |
//! | [`url`] | `https` and `wss` URLs | RFC 3986 |
//! | [`http`] | requests, response heads line by line, bodies | RFC 9112 |
//! | [`json`] | tokenizer, extraction of wanted members, writer | RFC 8259 |
//! | [`websocket`] | handshake, frames, closing | RFC 6455 |
//! | [`web_api`] | methods, responses, error codes, [`Call`](web_api::Call) | Slack's documentation |
//! | [`event`] | events as views of their members | Slack's documentation |
//! | [`rtm`] | commands, replies | Slack's documentation |
//! | [`socket_mode`] | envelopes, acknowledgements | Slack's documentation |
//! | [`Client`] | composes them, parses nothing itself | |
//!
//! # Buffer sizes
//!
//! No document is held whole, so no size limits what can be received; it limits how much of a text
//! is kept. A text that does not fit is cut at a character and marked, and its full length is
//! known. Ids and timestamps are kept whole, in any order of members.
//!
//! | receive buffer | longest URL of a socket | suits |
//! |---|---|---|
//! | 512 B (the least) | 384 B | `rtm.connect`, short texts |
//! | 1 KiB | 700 B | texts of a few hundred characters |
//! | 4 KiB | 3 KB | nearly every message whole |
//!
//! With [`Config::raw`] an event also has its JSON, for your own types: of N bytes of receive
//! buffer it may take N/2 - 168, and texts are cut a little earlier.
//!
//! The send buffer holds the bytes that the link has not taken: from 256 B. A command that is sent
//! at once must fit; a message with an outbox is sent through a buffer of any size as one frame.
//! Memory for messages that wait is optional ([`Storage`]): a message takes its JSON and five
//! bytes.
//!
//! The [guide] has chapters on [buffers](guide::buffers), [your own runtime](guide::runtime), [many
//! sessions](guide::many_sessions) in one loop, [Socket Mode](guide::socket_mode), [calls of the Web
//! API](guide::web_api),
//! [TLS](guide::tls),
//! [reconnecting](guide::reconnect), the [phases](guide::phases) of the client,
//! [security](guide::security), [Slack](guide::slack) itself: tokens, threads, mentions, texts; and
//! the [design](guide::design).
//!
//! # What is not included
//!
//! HTTP proxies, HTTP/2, compression (`permessage-deflate` is not offered, and refused if the
//! server uses it anyway), TLS itself.
//!
//! # Features
//!
//! - `httparse` (default): lines of HTTP heads are parsed by that package.
//! - `serde` (default): your own types from raw JSON, and as commands, by `serde-json-core`.
//! - `log`, `defmt`: steps and errors to a log; never a token, never the text of a message. With
//!   `defmt` every public type implements `defmt::Format`.
//! - `rand_core`, `rand_core_06`: generators of that package, in version 0.9 and 0.6, as sources of
//!   randomness.
//! - `embassy-time`: conversions from and to the time types of that package.
//!
//! # Errors
//!
//! An error prints the text of an error that it contains, and then has no
//! [`source`](core::error::Error::source). So `Display` alone says everything, which is what a
//! device logs, and a printer that follows sources repeats nothing.
//!
//! Events, errors and reasons have stable numbers for logs and for C, by a method `code`:
//!
//! | numbers | type |
//! |---|---|
//! | 1 to 29, 42, 43 | [`Event`] |
//! | from 100 | [`PollError`], [`entropy::EntropyError`] |
//! | from 200 | [`SendError`]; from 210 [`rtm::limits::LimitError`]; from 220 [`rtm::custom::CustomError`]; from 230 [`buffer::ResourceError`]; from 240 [`WithdrawError`] |
//! | from 300 | [`ConfigError`]; from 320 [`web_api::RequestError`]; from 330 [`TokenError`] |
//! | from 340 | [`web_api::ArgumentError`]; from 350 [`web_api::CallFailure`], [`socket_mode::acknowledgement::TooLong`]; from 353 [`AcknowledgeError`] |
//! | from 400 | [`DisconnectReason`] |
//! | from 500 | [`Timeout`] |
//! | from 600 | [`ReconnectReason`]; from 610 [`PeerError`]; from 620 [`CloseReason`] |
//! | from 630 | [`web_api::SocketUrlError`]; from 640 [`url::UrlError`]; from 650 [`web_api::ResponseError`] |
//! | from 660 | [`http::HttpError`]; from 680 [`http::HeaderError`] |
//! | from 690 | [`websocket::HandshakeError`]; from 720 [`websocket::FrameError`]; from 730 [`websocket::Violation`] |
//! | from 750 | [`json::SyntaxError`]; from 760 [`json::RawError`] |
//!
//! A value that contains another error or reason has the number of that one. The adapters use 700
//! to 719, and `verified-tls` those from 800 on.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

pub mod backoff;
pub mod blocks;
pub mod buffer;
mod client;
pub mod entropy;
pub mod event;
mod flash;
#[cfg(doc)]
pub mod guide;
pub mod http;
pub mod json;
pub mod keepalive;
pub mod methods;

mod link;
mod log;
mod message_id;
pub mod pace;
mod parse;
pub mod rtm;
pub mod socket_mode;
mod storage;
pub mod time;
pub mod url;
mod utf8;
pub mod web_api;
pub mod websocket;

pub use client::{
    AcknowledgeError, Acknowledged, Client, ClientOutput, CloseReason, Config, ConfigError,
    Counters, DeferredEnvelope, Delivery, Dialect, Event, EventAcknowledgement, EventViews, Never,
    PeerError, PollError, ReconnectReason, Reconnecting, Rejected, Rtm, SendError, SocketMode,
    State, View, WithdrawError,
};
pub use link::{DisconnectReason, Output, Peer, Security, Timeout, Timeouts};
pub use message_id::MessageId;
pub use storage::{LentStorage, OwnedStorage, Storage, StorageParts, Token, TokenError};
