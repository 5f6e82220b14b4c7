//! Verified TLS 1.3 for microcontrollers, without an allocator: embedded-tls for the protocol,
//! rustls-webpki for the chain, RustCrypto for the signatures.
//!
//! TLS 1.3 only, key exchange on P-256, AES-128-GCM. A handshake succeeds only if the server's
//! chain *and* its possession of the certificate's key were both checked. Records pass through a
//! filter first, and messages after the handshake through a guard. The package's README has the
//! threat model.
//!
//! ```
//! use embedded_io_async::{Read, Write};
//! use verified_tls::{
//!     ALL, CertificateDer, Connector, FULL_READ, Halves, MIN_WRITE, Seed, Trust,
//!     anchor_from_trusted_cert,
//! };
//!
//! /// Talks to `host` over a TCP connection that is open, and trusts servers whose certificate
//! /// leads to `root` (in DER).
//! async fn talk(
//!     (reader, writer): (impl Read, impl Write),
//!     host: &str,
//!     root: &[u8],
//!     unix_time: &dyn Fn() -> u64,
//!     (inbound, outbound): (impl Write, impl Read), // two pipes to the application
//!     hang_up: impl Future<Output = ()>,
//! ) -> Result<(), Box<dyn core::error::Error>> {
//!     let root = CertificateDer::from(root);
//!     let anchors = [anchor_from_trusted_cert(&root)?];
//!     // Fewer algorithms take less flash.
//!     let trust = Trust::new(&anchors, ALL, unix_time);
//!     let (mut read, mut write) = ([0; FULL_READ], [0; MIN_WRITE]);
//!     let mut connector = Connector::new(&trust, &mut read, &mut write)?;
//!     let seed = Seed::draw(getrandom::fill)?;
//!     let halves = Halves::new(reader, writer);
//!     let mut connection = connector.connect(&halves, host, seed).await?;
//!     connection.drive(inbound, outbound, hang_up).await?;
//!     connection.close().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Dropping futures
//! | future | dropped before it is ready |
//! |---|---|
//! | [`Connector::connect`] | ends the handshake, and the use of the transport |
//! | a read, a write or a flush | ends that direction, unless a read waited between records |
//! | [`Connection::drive`] | ends the connection |
//! | the application's, at the other ends of the pipes | loses nothing with `embassy_sync::pipe` |
//!
//! embedded-tls keeps the header of a record in the future of a read, and counts a record's nonce
//! after it was written. Therefore a loop that waits for several things lets [`Connection::drive`]
//! run beside it, and waits on the pipes.
//!
//! # Threads
//! The futures of this package are not `Send`: executors of microcontrollers have one thread. The
//! application at the other ends of the pipes may be on another one.
//!
//! # Features
//! - `defmt`: `defmt::Format` for every public type.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(test)]
extern crate std;

mod algorithms;
mod buffers;
mod connection;
mod connector;
mod drive;
mod error;
mod filter;
#[cfg(feature = "defmt")]
mod format;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod halves;
mod progress;
mod random;
mod rsa;
mod verify;

pub use algorithms::{ALL, Algorithms, P256_ONLY, RSA_AND_P256};
pub use buffers::{BufferError, FULL_READ, MIN_READ, MIN_WRITE};
pub use connection::{Connection, Reader, Writer};
pub use connector::Connector;
pub use error::TlsError;
pub use filter::RecordError;
pub use halves::{Halves, Unbuffered};
pub use random::Seed;
pub use rustls_pki_types::{CertificateDer, TrustAnchor};
pub use verify::{Trust, TrustError};
pub use webpki::anchor_from_trusted_cert;

/// The package's page, whose program is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub mod readme {}
