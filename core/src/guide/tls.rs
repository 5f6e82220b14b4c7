//! TLS on a device: the requirements of Slack, the implementations to choose from, and the
//! requirements of the client.
//!
//! # Requirements of Slack
//!
//! Slack requires TLS 1.2 or newer, and the server's name in the handshake (SNI). With TLS 1.2 all
//! its cipher suites are `ECDHE-RSA`, so an implementation that verifies only ECDSA cannot connect.
//! Expect RSA certificates in any version.
//!
//! Do not pin a fingerprint: certificates change, and devices that pinned one went offline. Store
//! several root certificates, and provide a way to update them.
//!
//! # Requirements of the client
//!
//! [`Output::Connect`](crate::Output::Connect) contains a host and a [`Security`](crate::Security).
//! For [`Tls`](crate::Security::Tls) the certificate must be verified for that host *before*
//! [`connected`](crate::Client::connected) is called, because the token is in the first request.
//! Report the end of a link as follows:
//!
//! | the TLS implementation reports | [`DisconnectReason`](crate::DisconnectReason) |
//! |---|---|
//! | `close_notify` | `Closed` |
//! | the end of the stream without `close_notify` | `Truncated` |
//! | an unknown root, another host, or a certificate that has expired or is not valid yet | `Untrusted` |
//! | an alert, or a malformed record | `TlsFailed` |
//!
//! The difference matters. A response that ends with the link is complete after `Closed` and cut
//! after `Truncated`. After `Untrusted` the client waits for the longest delay, because somebody
//! has to correct the certificate or the clock.
//!
//! # Implementations
//!
//! | implementation | memory | versions | suits |
//! |---|---|---|---|
//! | `slack-rtm-std`: rustls with *ring* | heap | 1.2, 1.3 | Linux boards, gateways |
//! | `slack-rtm-embassy`, feature `tls`: `verified-tls`, which is embedded-tls with verification by rustls-webpki and RustCrypto | lent: 16,640 B to read, from 512 B to write | 1.3, P-256 key share, AES-128-GCM | microcontrollers without a heap |
//! | your own, by an implementation of `slack_rtm_embassy::link::Connect` | its own | its own | devices with Mbed TLS, a secure element, or a modem that does TLS |
//! | a modem or co-processor that terminates TLS | none | its own | devices with such a part: call `connected` after *it* has verified the host |
//!
//! The tables of the README show the cost of the second one in flash and in RAM, measured by
//! `tests/footprint/run`.
//!
//! # Pitfalls
//!
//! - **A finished handshake alone proves nothing.** embedded-tls finishes a handshake in which no
//!   certificate was verified. The adapter accepts a link only if both the chain and the server's
//!   signature were verified:
//!   `adapters/tls/tests/servers.rs::a_server_that_knows_the_key_exchange_alone_is_refused`.
//! - **Records have up to 16 KiB.** With a smaller read buffer the adapter asks the server for
//!   smaller records (RFC 6066 section 4). If the server ignores this, its first long record ends
//!   the link. Lend 16,640 bytes unless you know your server.
//! - **Not every implementation can be cancelled.** If a read is dropped in the middle of a record,
//!   the record is lost. Let the read finish, or drop the link.
//! - **Dates need a clock.** A certificate has a first and a last day. A device that lost the time
//!   has to ask a time server first. The build time of the firmware is a poor substitute:
//!   certificates that expired after it are accepted. The verifier of `verified-tls` also
//!   refuses certificates that became valid after it.
//! - **A failure of the random number generator must be an error.** Never use a constant instead:
//!   [`Entropy::fill`](crate::entropy::Entropy::fill) returns an error for this case.
//! - **RSA takes seconds on a small processor.** [`Timeouts::connect`](crate::Timeouts::connect) is
//!   15 s for name look-up, connection and handshake taken together. Raise it if your device needs
//!   longer.
