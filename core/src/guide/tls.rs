//! TLS on a device: what Slack demands, which ways there are, and what a link must promise.
//!
//! # What Slack demands
//!
//! TLS 1.2 or newer, and the server's name in the handshake (SNI). With TLS 1.2 all its suites are
//! `ECDHE-RSA`, so a stack that verifies ECDSA only cannot connect there. Expect RSA certificates in
//! any version. Do not pin a fingerprint: certificates change, and devices that pinned one went dark.
//! Carry root certificates, more than one, and a way to update them.
//!
//! # What the client demands of a link
//!
//! [`Output::Connect`](crate::Output::Connect) names a host and a [`Security`](crate::Security). For
//! [`Tls`](crate::Security::Tls) the link must be verified against that host *before*
//! [`connected`](crate::Client::connected) is called: the token is the first thing that leaves. Map ends so:
//!
//! | what the stack says | [`DisconnectReason`](crate::DisconnectReason) |
//! |---|---|
//! | `close_notify` | `Closed` |
//! | a bare end of the stream | `Truncated` |
//! | unknown root, wrong host, expired or not yet valid | `Untrusted` |
//! | an alert, a malformed record | `TlsFailed` |
//!
//! The difference matters: an answer that lasts until the link closes is complete after `Closed`, and
//! cut after `Truncated`; `Untrusted` is tried again slowly, for a person or a clock has to mend it.
//!
//! # Ways
//!
//! | way | memory | versions | for |
//! |---|---|---|---|
//! | `slack-rtm-std`: rustls with *ring* | heap | 1.2, 1.3 | Linux boards, gateways |
//! | `slack-rtm-embassy`, feature `tls`: embedded-tls, verified by rustls-webpki and RustCrypto | lent: 16,640 B to read, from 512 B to write | 1.3, P-256 key share, AES-128-GCM | microcontrollers without a heap |
//! | a TLS of your own behind `slack_rtm_embassy::connect::Connect` | its own | its own | devices with Mbed TLS, a secure element, a modem that does TLS |
//! | a modem or co-processor that ends TLS | none | its own | answer `Connect` when *it* has verified the host |
//!
//! What the second one costs, in flash and in RAM, is in the README's table; `tests/footprint/run` measures it.
//!
//! # Traps
//!
//! - **A handshake that finishes proves nothing by itself.** embedded-tls finishes one in which no
//!   certificate was verified. The adapter counts a link only if both the chain and the server's
//!   signature were checked:
//!   `adapters/embassy/tests/tls.rs::a_server_that_knows_the_key_exchange_alone_is_refused`.
//! - **Records are up to 16 KiB.** A smaller read buffer asks the server for smaller records
//!   (RFC 6066 section 4). One that ignores this kills the link with its first long record. Lend
//!   16,640 bytes unless you know your server.
//! - **Not every TLS can be cancelled.** A read that is dropped in the middle of a record loses it. Let it
//!   end at a record's boundary, or drop the link.
//! - **Dates need a clock.** A certificate has a first and a last day. A device that lost its time asks a
//!   time server first. The time of its build is a poor substitute: certificates that ended since then pass,
//!   and with `slack-rtm-embassy`'s verifier those that began since then are refused.
//! - **A failing generator of random numbers must fail.** Never fall back to a constant:
//!   [`Entropy::fill`](crate::entropy::Entropy::fill) returns an error for that.
//! - **RSA takes seconds on a small processor.** [`Timeouts::connect`](crate::Timeouts) is 15 s for
//!   name, connection and handshake together; raise it if your device needs more.
