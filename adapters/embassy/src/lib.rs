//! Slack RTM and Socket Mode on async microcontrollers: a session for [`slack_rtm::Client`], calls of
//! the Web API, links over any network stack, and verified TLS. No allocator.
//!
//! ```text
//! your loop <- Session <- Wire -> Runner <- Connect <- Dial/Stream <- a network stack
//!           or WebApi                        |          |
//!                                       Cleartext   net::Net (embassy-net), nal::Nal
//!                                       or TLS      (embedded-nal-async), or Halves (any other)
//! ```
//!
//! [`Session::next`](session::Session::next) runs the client until the next event, and lends the
//! event with a handle to send with. Its future may be dropped at any await point, so it goes into a
//! `select` with whatever else the program waits for. A [`Runner`](runner::Runner), which is spawned
//! or joined, opens the links and moves their bytes.
//!
//! This is a program for RTM; [below](#socket-mode) is one for Socket Mode, the dialect of apps that
//! can be created today.
//!
//! ```no_run
//! use embassy_futures::select::{Either, select};
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::Entropy;
//! use slack_rtm::event::Author;
//! use slack_rtm::rtm::command::Post;
//! use slack_rtm::{Client, Config, Event, OwnedStorage, PollError};
//! use slack_rtm_embassy::clock::Clock;
//! use slack_rtm_embassy::link::Connect;
//! use slack_rtm_embassy::runner::Runner;
//! use slack_rtm_embassy::session::Session;
//! use slack_rtm_embassy::wire::Wire;
//!
//! async fn doorbell(
//!     network: impl Connect,
//!     clock: impl Clock + Copy,
//!     random: impl Entropy,
//!     pressed: impl AsyncFn(), // such as the `receive` of a channel
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let (mut rx, mut tx) = ([0; 1024], [0; 512]);
//!     let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//!     let storage = OwnedStorage::<128, 512>::new(); // the token, and messages that wait
//!     let client = Client::new(Config::new(), "xoxb-...", storage, random)?;
//!
//!     let mut wire: Wire = Wire::new();
//!     let (session_end, runner_end) = wire.split();
//!     let mut session = Session::new(client, rx, tx, session_end, clock);
//!     let mut runner = Runner::new(runner_end, network, clock);
//!     let bot = async {
//!         loop {
//!             match select(pressed(), session.next()).await {
//!                 Either::First(()) => {
//!                     let _ = session.handle().send(&Post::new("C0123456789", "Ding-dong!"));
//!                 }
//!                 Either::Second(next) => match next? {
//!                     Some((Event::Message(message), mut handle)) => {
//!                         if let Some(Author::Person(_)) = message.posted_by()
//!                             && message.text().is_some_and(|text| text == "stop")
//!                         {
//!                             handle.close();
//!                         }
//!                     }
//!                     Some(_) => {}
//!                     None => return Ok::<(), PollError>(()), // closed
//!                 },
//!             }
//!         }
//!     };
//!     match select(bot, runner.run()).await {
//!         Either::First(result) => Ok(result?),
//!         Either::Second(never) => match never {},
//!     }
//! }
//! ```
//!
//! With one task for each, put the wire and the buffers into statics (`StaticCell`): the runner's
//! task is `async fn run(mut runner: Runner<'static, ..>) -> ! { runner.run().await }`.
//!
//! # Socket Mode
//! With [`Config::socket_mode`](slack_rtm::Config::socket_mode) and an app-level token (`xapp-...`),
//! the same [`Session`](session::Session) speaks Socket Mode. Only its [`Handle`](session::Handle)
//! differs: it sends no messages, but acknowledges slash commands, modals and menus with a response,
//! over the one link that there is:
//!
//! ```no_run
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::Entropy;
//! use slack_rtm::json::Writer;
//! use slack_rtm::{Client, Config, Event, Token};
//! use slack_rtm_embassy::clock::Clock;
//! use slack_rtm_embassy::session::Session;
//! use slack_rtm_embassy::wire::SessionEnd;
//!
//! // Another task runs the other end of the wire.
//! async fn door(
//!     end: SessionEnd<'_>,
//!     clock: impl Clock,
//!     random: impl Entropy,
//!     open: impl Fn(&str),
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let (mut rx, mut tx) = ([0; 1024], [0; 512]);
//!     let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//!     let client = Client::new(Config::socket_mode(), "xapp-...", Token::<160>::new(), random)?;
//!     let mut session = Session::new(client, rx, tx, end, clock);
//!     while let Some((event, mut handle)) = session.next().await? {
//!         match event {
//!             // `/door open 5`
//!             Event::SlashCommand(command) => {
//!                 let text = command.text().map_or("", |text| text.as_str());
//!                 open(text);
//!                 let response = |json: &mut Writer<'_>| {
//!                     json.begin_object();
//!                     json.name("text").text("The door opens");
//!                     json.end_object();
//!                 };
//!                 if let Err(error) = handle.acknowledge(&response).await {
//!                     println!("{error}");
//!                 }
//!             }
//!             // A button, which the session has acknowledged already.
//!             Event::Interaction(press) => println!("{:?}", press.action_id()),
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! - The session acknowledges everything else itself: an event before it is lent, and an envelope
//!   that accepts a response, but had none, when the program asks for the next event.
//! - Slack waits three seconds. A handler that needs longer [defers](session::Handle::defer) the
//!   acknowledgement, and responds by
//!   [`acknowledge_deferred`](session::Handle::acknowledge_deferred) of a later handle.
//! - Wait for the future of [`acknowledge`](session::Handle::acknowledge): it is the only one of a
//!   session that is not to be dropped, since that may leave half a frame on the link.
//! - To post messages, an [`App`](app::App) has a [`WebApi`](web_api::WebApi) beside the session, over
//!   a second link. With memory for one link, the two take turns: see
//!   [below](#one-link-or-two). While the session is closed, a slash command fails; an event is
//!   delivered again for about six minutes.
//!
//! # Calls of the Web API
//! A [`WebApi`](web_api::WebApi) calls methods, such as `chat.postMessage` with blocks, over a link
//! that is kept between calls: only the first call costs a handshake.
//!
//! [`WebApi::list`](web_api::WebApi::list) lends the elements of all pages of a list, one by one.
//! [`WebApi::upload`](web_api::WebApi::upload) sends a file whose bytes an
//! [`UploadSource`](upload::UploadSource) produces meanwhile, such as a camera. The host that takes
//! files is another one than that of the methods: the link is closed, and opened to the other host,
//! twice.
//!
//! # One link or two
//! Beside a running session, a `WebApi` has a [`Wire`](wire::Wire), a [`Runner`](runner::Runner), a
//! connector and buffers of its own. On a processor with 32 bits they take, in bytes:
//!
//! | part | with TLS | without |
//! |---|---|---|
//! | `WebApi` with a token of 128 bytes, and the future of a call | 970 | 970 |
//! | receive buffer, send buffer and four slots for limits, the least | 830 | 830 |
//! | `Wire` with 256 bytes each way, or with 64 | 850 or 460 | 850 or 460 |
//! | `Runner` and its future, over `net::Net` | 7,060 | 970 |
//! | `tls::Tls`: full records, or the least for servers that send short ones | 17,150 or 1,280 | - |
//! | socket buffers | as for the session | as for the session |
//!
//! A device with memory for one link lets the two take turns: [`SessionEnd::reborrow`] lends the end
//! of a wire to one after the other, and the runner opens the links of either. The memory for TLS
//! and for the socket is used by one link at a time, and the buffers can be used by both. A session
//! is closed in order before a call. The link of calls is closed by
//! [`release`](web_api::WebApi::release), or when the `WebApi` is dropped.
//!
//! ```no_run
//! # use slack_rtm::buffer::{RecvBuf, SendBuf};
//! # use slack_rtm::methods::chat::{self, PostMessage};
//! # use slack_rtm::web_api::{Caller, CallerConfig, RateSlot};
//! # use slack_rtm::{Client, Config, Token, entropy::Entropy};
//! # use slack_rtm_embassy::{clock::Clock, session::Session, web_api::WebApi, wire::SessionEnd};
//! /// Posts a message, and then listens. Another task runs the other end of the wire.
//! async fn turns(
//!     mut end: SessionEnd<'_>,
//!     clock: impl Clock + Copy,
//!     mut random: impl Entropy,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let (mut rx, mut tx, mut rates) = ([0; 1024], [0; 512], [RateSlot::FREE; 4]);
//!     let mut token = Token::<128>::new();
//!     {
//!         let config = CallerConfig::new();
//!         let caller = Caller::new(config, "xoxb-...", &mut token, &mut rates, &mut random)?;
//!         let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//!         let mut web_api = WebApi::new(caller, rx, tx, end.reborrow(), clock);
//!         let post = PostMessage::new("C0123456789", "I am awake");
//!         if let Err(failure) = web_api.call(&post, &chat::POSTED).await {
//!             println!("{failure}");
//!         }
//!         web_api.release().await?;
//!     }
//!     let client = Client::new(Config::new(), "xoxb-...", &mut token, &mut random)?;
//!     let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//!     let mut session = Session::new(client, rx, tx, end.reborrow(), clock);
//!     while let Some((event, handle)) = session.next().await? { /* handle the event */ }
//!     Ok(())
//! }
//! ```
//!
//! The doorbell in the repository's `examples/firmware` has both, as its features `beside` and
//! `between`, and Socket Mode with the feature `socket-mode`. With TLS for RSA, full records and embassy-net, it takes 55,400 bytes of static RAM and
//! stack if it makes no calls, 55,400 too if it calls between two sessions, and 88,400 with a second
//! link. `cargo run --release -p run-firmware -- --costs` measures that in QEMU.
//!
//! Without a runner that lives for ever, the connector itself takes turns: a `&mut` to one is a
//! connector too.
//!
//! [`SessionEnd::reborrow`]: wire::SessionEnd::reborrow
//!
//! # Dropping futures
//! | future | dropped at any await point |
//! |---|---|
//! | [`Session::next`](session::Session::next) | loses, repeats and misreads nothing: all progress is in the session and in the wire |
//! | [`App::next`](app::App::next) | loses, repeats and misreads nothing |
//! | [`Handle::acknowledge`](session::Handle::acknowledge), `acknowledge_deferred` | before the first byte of the response was sent, sends nothing; after it, and before the last one, the next `next` ends the link with [`ResponseAbandoned`](slack_rtm::ReconnectReason::ResponseAbandoned); after that, loses nothing |
//! | [`WebApi::call`](web_api::WebApi::call) | abandons the call: it is not known whether Slack has done it; the next call opens another link if the request has begun |
//! | [those](web_api::PendingCall) of a `PendingCall` | lose nothing; the call continues |
//! | [`List::next`](list::List::next) | loses nothing; the list continues |
//! | [`WebApi::upload`](web_api::WebApi::upload) | abandons the upload, whose link is closed; nothing is visible in Slack, but if the last call has left |
//! | [`WebApi::next_post`](web_api::WebApi::next_post) | loses nothing; posts continue with the next call of a method |
//! | [`WebApi::release`](web_api::WebApi::release) | loses nothing; the link is closed in any case if no post waits |
//! | [`Runner::run`](runner::Runner::run) | loses the link: keep it for as long as the session is used |
//! | [`Connect::run`](link::Connect::run) | loses the link; only a runner calls it |
//! | [`Dial::dial`](stream::Dial::dial) | nothing of the attempt is left |
//!
//! A read of a TLS record, or a write, cannot be dropped in the middle without breaking the link:
//! the part that was read is lost, and a record would be encrypted under a nonce that was used. So
//! these futures are parts of the runner's future, which lives as long as the link, and the session
//! waits for two short rings of plaintext instead.
//!
//! The other side of a `select` may lose something when it is dropped. An edge of a pin that nobody
//! waits for is lost, for example. Wait for it in a task of its own, which puts it into a channel.
//!
//! # While an event is held
//! The client does nothing while the program holds an event, and the bytes of the link wait. With RTM
//! ten seconds are harmless, with Socket Mode two: see
//! [`Session`](session::Session#while-an-event-is-held).
//!
//! # Without async
//! [`blocking`] runs the same session, and the same calls, in a plain loop over `embedded_io` streams.
//!
//! # Threads
//! The futures of session, calls and runner are `Send` if their parts are: the lock of the wire (the
//! default one is), the connector, the clock and the source of randomness. The traits of this crate
//! do not promise that their futures are `Send`, so the compiler must know the types at the place
//! where a future is spawned. A function that is generic over [`Connect`](link::Connect) cannot
//! spawn, but it can return a future for its caller to spawn. `examples/tokio` in the repository is
//! a bot on tokio and rustls.
//!
//! # Another network stack
//! Implement [`Dial`](stream::Dial). Its streams are any pair of an `embedded_io_async::Read` and a
//! `Write`, in [`Halves`](stream::Halves), or a type of your own that implements
//! [`Stream`](stream::Stream).
//!
//! # Another TLS
//! Implement [`Connect`](link::Connect), whose documentation has an example: for Mbed TLS, say, or
//! for rustls on a device with a heap. For a TLS that is a stream like any other,
//! [`relay`](link::relay) moves the bytes.
//!
//! # Features
//! - `embassy-time`: `clock::EmbassyClock`, and the conversions of slack-rtm's time types.
//! - `embassy-net`: `net::Net`. Includes `embassy-time`. Needs Rust 1.91, because of smoltcp 0.13.
//! - `tls`: `tls::Tls`, TLS 1.3 of `verified-tls`.
//! - `defmt`: `defmt::Format` for every public type.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![allow(
    async_fn_in_trait,
    reason = "executors of microcontrollers are single-threaded: futures need not be Send, and are \
              where their types are"
)]

#[cfg(test)]
extern crate std;

pub mod app;
pub mod blocking;
pub mod clock;
mod driver;
#[cfg(feature = "defmt")]
mod format;
pub mod link;
pub mod list;
pub mod nal;
#[cfg(feature = "embassy-net")]
pub mod net;
mod ring;
pub mod runner;
pub mod session;
pub mod stream;
#[cfg(feature = "tls")]
pub mod tls;
pub mod upload;
pub mod web_api;
pub mod wire;

/// The package's page, whose program is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub mod readme {}
