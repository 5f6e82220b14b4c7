//! Slack RTM on async microcontrollers: a pump for [`slack_rtm::Client`], links over any network
//! stack, and verified TLS. No allocator.
//!
//! ```text
//! your handler <- Pump <- Connect/Link <- Dial/Stream <- a network stack
//!                          |                |
//!                     Cleartext, tls::Tls, net::Net (embassy-net), nal::Nal (embedded-nal-async),
//!                     or your TLS        or your stack
//! ```
//!
//! [`Pump::run`](pump::Pump::run) polls the client, opens links, moves bytes and sleeps. It calls a
//! handler with each event, and with each value of a wake-up source such as a button. The handler
//! can reply at once, while the event is still borrowed.
//!
//! ```no_run
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::Entropy;
//! use slack_rtm::rtm::command::Post;
//! use slack_rtm::{Client, Config, Event, OwnedStorage};
//! use slack_rtm_embassy::clock::Clock;
//! use slack_rtm_embassy::connect::Connect;
//! use slack_rtm_embassy::pump::{Happening, Pump};
//!
//! async fn doorbell(
//!     mut network: impl Connect,
//!     clock: impl Clock,
//!     random: impl Entropy,
//!     pressed: impl AsyncFnMut(),
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let (mut rx, mut tx) = ([0; 1024], [0; 512]);
//!     let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//!     let storage = OwnedStorage::<128, 512>::new(); // the token, and messages that wait
//!     let mut client = Client::new(Config::new(), "xoxb-...", storage, random)?;
//!     Pump::new(&mut client, &mut network, clock, &mut rx, &mut tx)
//!         .run(pressed, |happening, handle| match happening {
//!             Happening::Woken(()) => {
//!                 let _ = handle.send(&Post::new("C0123456789", "Ding-dong!"));
//!             }
//!             Happening::Event(Event::Message(message))
//!                 if message.text().is_some_and(|text| text == "stop") =>
//!             {
//!                 handle.close();
//!             }
//!             _ => {}
//!         })
//!         .await?;
//!     Ok(())
//! }
//! ```
//!
//! # What may be dropped
//! | future | dropped at any moment |
//! |---|---|
//! | [`Connect::connect`](connect::Connect::connect), [`Dial::dial`](connect::Dial::dial) | nothing of the attempt is left |
//! | [`CleartextLink`](connect::CleartextLink)'s `exchange` | loses nothing, over streams whose reads and writes lose nothing |
//! | `tls::TlsLink`'s `exchange` | loses nothing between records; in the middle of one the next exchange reports the link as broken |
//! | [`Pump::run`](pump::Pump::run) | drops the link and reports it to the client; messages that wait are kept, and the next run opens another link |
//!
//! The wake-up source of `run` is never dropped before it is ready, so no `select` against a button
//! is needed.
//!
//! # Without async
//! [`blocking`] runs the same pump in a plain loop over `embedded_io` streams.
//!
//! # Another TLS
//! Implement [`Connect`](connect::Connect) and [`Link`](connect::Link) for it, as for `mbedtls-rs`
//! or rustls on a device with a heap and a C compiler for its target:
//!
//! ```
//! # mod other_tls {
//! #     // Stands for the package.
//! #     pub struct Session<S>(pub S);
//! #     pub enum Error { CloseNotify, Eof, Certificate, Other }
//! #     impl<S> Session<S> {
//! #         pub async fn client(stream: S, _: &str) -> Result<Self, Error> { Ok(Self(stream)) }
//! #         pub async fn read(&mut self, _: &mut [u8]) -> Result<usize, Error> { Err(Error::Eof) }
//! #         pub async fn write_all(&mut self, _: &[u8]) -> Result<(), Error> { Err(Error::Eof) }
//! #         pub async fn close_notify(&mut self) {}
//! #         pub fn stream(&mut self) -> &mut S { &mut self.0 }
//! #     }
//! # }
//! use embassy_futures::select::{Either, select};
//! use slack_rtm::{DisconnectReason, Peer, Security};
//! use slack_rtm_embassy::connect::{Connect, Dial, Link, Moved, Stream};
//!
//! struct Other<D>(D);
//!
//! struct OtherLink<S>(other_tls::Session<S>);
//!
//! impl<D: Dial> Connect for Other<D> {
//!     type Link<'l> = OtherLink<D::Stream<'l>> where Self: 'l;
//!
//!     async fn connect<'l>(
//!         &'l mut self,
//!         peer: Peer<'_>,
//!     ) -> Result<Self::Link<'l>, DisconnectReason> {
//!         if peer.security == Security::Cleartext {
//!             return Err(DisconnectReason::Other); // or a link of its own for servers without TLS
//!         }
//!         let stream = self.0.dial(peer.host, peer.port).await?;
//!         other_tls::Session::client(stream, peer.host).await.map(OtherLink).map_err(end_of)
//!     }
//! }
//!
//! impl<S: Stream> Link for OtherLink<S> {
//!     async fn exchange(
//!         &mut self,
//!         space: &mut [u8],
//!         pending: &[u8],
//!         stop: impl Future<Output = ()>,
//!     ) -> Result<Moved, DisconnectReason> {
//!         if !pending.is_empty() {
//!             self.0.write_all(pending).await.map_err(end_of)?;
//!             return Ok(Moved::Sent(pending.len()));
//!         }
//!         if space.is_empty() {
//!             stop.await;
//!             return Ok(Moved::Stopped);
//!         }
//!         // Only if its reads may be dropped. If not, continue to the end of the record first.
//!         match select(self.0.read(space), stop).await {
//!             Either::First(Ok(0)) => Err(DisconnectReason::Truncated),
//!             Either::First(read) => read.map(Moved::Received).map_err(end_of),
//!             Either::Second(()) => Ok(Moved::Stopped),
//!         }
//!     }
//!
//!     async fn close(mut self) {
//!         self.0.close_notify().await;
//!         self.0.stream().hang_up().await;
//!     }
//! }
//!
//! /// The ends must differ: the client trusts an orderly one, and waits longer after a server that
//! /// is not trusted.
//! fn end_of(error: other_tls::Error) -> DisconnectReason {
//!     match error {
//!         other_tls::Error::CloseNotify => DisconnectReason::Closed,
//!         other_tls::Error::Eof => DisconnectReason::Truncated,
//!         other_tls::Error::Certificate => DisconnectReason::Untrusted,
//!         other_tls::Error::Other => DisconnectReason::TlsFailed,
//!     }
//! }
//! ```
//!
//! The write above is not bounded by `stop`. A link whose peer takes nothing for long should be
//! given up, as `tls::TlsLink` does.
//!
//! # Features
//! - `embassy-time`: `clock::EmbassyClock`, and the conversions of slack-rtm's time types.
//! - `embassy-net`: `net::Net`. Includes `embassy-time`. Needs Rust 1.91, because of smoltcp 0.13.
//! - `tls`: `tls::Tls`, TLS 1.3 by embedded-tls with the server verified.
//! - `defmt`: `defmt::Format` for every public type.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![allow(
    async_fn_in_trait,
    reason = "executors of microcontrollers are single-threaded: futures need not be Send"
)]

#[cfg(test)]
extern crate std;

pub mod blocking;
pub mod clock;
pub mod connect;
#[cfg(feature = "defmt")]
mod format;
pub mod nal;
#[cfg(feature = "embassy-net")]
pub mod net;
pub mod pump;
#[cfg(feature = "tls")]
pub mod tls;

/// The package's page, whose program is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub mod readme {}
