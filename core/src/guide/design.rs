//! Why it is built so: the design where it departs from the obvious, and the packages it uses.
//!
//! # Decisions
//!
//! ## The members, not the document
//!
//! The obvious way is to collect a document and parse it. An `rtm.start` answer has been 24 MB, an event
//! 67 kB, and a device has a kilobyte. So bytes run once through a tokenizer, and the members that
//! were asked for are written to the *front of the buffer they came in*, unescaped, into room that the
//! document itself has already left behind. A value's output never exceeds the input consumed so far,
//! at every byte. Everything else is validated and dropped. How much of a value stays depends on the
//! buffer's size and on the document, never on how it was divided into reads.
//! [`Extractor`](crate::json::Extractor) has the rules;
//! `core/tests/web_api_rtm_start.rs::all_elements_of_24_megabytes_through_1_kibibyte` the proof.
//!
//! ## Sending is not an output
//!
//! Sans-IO machines for datagrams give each packet out. TCP has none: whenever the send buffer holds
//! bytes, they are for the link. So the caller's loop stays one `match`, and a write that is stuck
//! hides nothing.
//!
//! ## `Err` is the caller's, events are the peer's
//!
//! [`poll`](crate::Client::poll) fails only for mistakes of the program around it, so `?` is right there. What
//! a peer does wrong becomes an event, a close frame with the code of RFC 6455, and a new try.
//!
//! ## Events borrow the receive buffer, and nothing else
//!
//! One can answer while holding one. Inside, the machine decides on values without borrows and lends once,
//! at the end, for the borrow checker does not let a loop lend what it also changes.
//!
//! ## Buffers are lent per call
//!
//! The client owns no buffer. A hundred thousand idle sessions need no buffers at all
//! (`cargo run --release -p bench` measures what they cost), and a device can lend the memory elsewhere.
//!
//! ## One message, one frame
//!
//! Slack is reported not to join fragments, and drops clients above 16 KiB. A message's length is counted
//! first, by the same code that writes it; then it is written and masked as far as there is room, and
//! goes on when there is more. Every writer is a [`Sink`](crate::buffer::Sink) user for that reason.
//!
//! ## One end for every message
//!
//! Acknowledged, rejected, or unconfirmed. "Sent" is not an end: a write to a dead link succeeds. Ids begin
//! at random and are not used twice, so that the ack of another life is not taken for one of this.
//!
//! ## Delays that forget only after a stable minute
//!
//! Starting anew at `hello` would let a server that greets and drops be called without end. See
//! [`reconnect`](super::reconnect).
//!
//! ## No panic path, proved by the link
//!
//! Without the default features, the panic handler of the size images calls a symbol that does not
//! exist: if anything could panic, they would not link (`tests/footprint/run`). That is why there is no
//! indexing, no `async fn`, and why a 20-line loop stands in place of `copy_within`.
//!
//! # Packages
//!
//! | package | for | why, or why not |
//! |---|---|---|
//! | `httparse` (default feature) | one status line or field line at a time | read by many before us; a slot for one header keeps the stack at 16 bytes for any number of lines. It has panic paths, so the same two functions exist as own code for the proof; one test holds both equal: `core/src/http/line.rs::both_give_the_same` |
//! | `serde-json-core` (default feature) | your own types, from raw JSON and into commands | it needs no allocator. It recurses when it skips, and leaves escapes in `&str`, so it sees only what the tokenizer has validated, 32 levels deep at most |
//! | `heapless` | tables with a fixed, small capacity | no allocator |
//! | `log`, `defmt` (features) | steps and errors | each is one literal with `{}`, which both take |
//! | none for SHA-1 | the handshake's accept key | own code, a ring of 16 words: 1,008 bytes of flash and 156 of stack on thumbv7em at opt-level `z`, base64 and comparison included. `sha1` 0.10 takes 4,136 and 620; `sha1_smol` 1.0 takes 4,000 and 580 and keeps a panic path. Checked against `sha1`: `core/src/websocket/accept.rs::equals_the_sha1_package` |
//! | none for JSON | tokenizer, members, writer | no package keeps members in the buffer they came in, resumes at any byte and has no panic path; the README's table compares instructions |
//! | none for WebSocket | frames and handshake | likewise; the README's table compares instructions, Autobahn conformance |
//! | rustls, socket2, polling (std adapter) | TLS, sockets, waiting | the adapter adds deadlines, and reading while a write is stuck |
//! | embedded-tls, rustls-webpki, RustCrypto (embassy adapter) | TLS 1.3 without an allocator | embedded-tls speaks the protocol and does not verify enough: see [`tls`](super::tls) |
//!
//! # What is left out
//!
//! HTTP proxies, HTTP/2, compression, Socket Mode, and TLS in the core. Compression costs 32 KiB of window
//! and Slack's frames are a few hundred bytes long. Asking for a URL, opening a socket and speaking a
//! dialect are separate layers, so another dialect has nothing to undo.
