//! Reconnect behaviour: every cause, what the client does, and after how long.
//!
//! A client never gives up on a link. It ends ([`Output::Closed`](crate::Output::Closed)) only after
//! [`close`](crate::Client::close), or when Slack refuses the call for a reason that a person must mend; a
//! [new token](crate::Client::set_token) begins anew even then. Everything else is told as one
//! [`Event::Reconnecting`](crate::Event::Reconnecting) with its [`ReconnectReason`](crate::ReconnectReason) and the instant of the
//! next try.
//!
//! # Every cause
//!
//! The delay is that of a first failure, with the default settings. `core/tests/reconnect.rs` makes each
//! cause happen, with the lowest and the highest random numbers, and compares the delay with this table.
//!
//! | cause | it happens when | delay |
//! |---|---|---|
//! | `Link(NameNotFound)` | the name has no address | 0.5 to 2 s |
//! | `Link(Refused)` | nobody listens | 0.5 to 2 s |
//! | `Link(Unreachable)` | there is no route, no cable, no address | 0.5 to 2 s |
//! | `Link(TimedOut)` | the adapter's deadline passed | 0.5 to 2 s |
//! | `Link(TlsFailed)` | an alert, or bytes that are no TLS | 0.5 to 2 s |
//! | `Link(Untrusted)` | the certificate does not convince: a person or a clock must mend it | 15 to 60 s |
//! | `Link(Closed)` | the server ended the link in order | 0.5 to 2 s |
//! | `Link(Truncated)` | a TLS link ended without `close_notify` | 0.5 to 2 s |
//! | `Link(Reset)` | the connection was reset | 0.5 to 2 s |
//! | `Link(Other)` | anything else | 0.5 to 2 s |
//! | `Late(Connect)` | no link within 15 s | 0.5 to 2 s |
//! | `Late(Response)` | 15 s of silence in the answer to the call, or 180 s of it in all | 0.5 to 2 s |
//! | `Late(Handshake)` | no 101 within 10 s | 0.5 to 2 s |
//! | `Late(Hello)` | no `hello` within 10 s | 0.5 to 2 s |
//! | `Late(Send)` | the link took nothing of what was to be sent for 15 s | 0.5 to 2 s |
//! | `Late(Ack)` | a message had no ack after 30 s | 0.5 to 2 s |
//! | `Silent` | 30 s of silence, a ping, 15 s of silence | 0.5 to 2 s |
//! | `Refused`, a code that passes | [`Remedy::Retry`](crate::web_api::Remedy::Retry): `internal_error`, `migration_in_progress`, ... | 0.5 to 2 s |
//! | `Refused`, `ratelimited` | as told by `Retry-After`, or a minute | 60 to 62 s |
//! | `Refused`, an unknown code | [`Remedy::RetrySlowly`](crate::web_api::Remedy::RetrySlowly) | 15 to 60 s |
//! | `Refused`, any other code | the client is at its end: [`CloseReason::Refused`](crate::CloseReason::Refused) | never |
//! | `Status`, 429 with `Retry-After: 30` | too many calls | 30 to 32 s |
//! | `Status`, 429 without | too many calls | 60 to 62 s |
//! | `Status`, 503 | Slack is down; a `Retry-After` is kept here too | 0.5 to 2 s |
//! | `Status`, 302 | a redirect, which is never followed | 0.5 to 2 s |
//! | `Status`, 404 of the upgrade | the socket was refused | 0.5 to 2 s |
//! | `Peer(Response)` | the answer is no HTTP, no JSON, or has no `ok` | 0.5 to 2 s |
//! | `Peer(Open)` | the answer's URL lies outside the allowed domains, or is none | 15 to 60 s |
//! | `Peer(Handshake)` | the 101 does not belong to our request | 0.5 to 2 s |
//! | `Peer(Frame)` | a frame broke a rule of RFC 6455; its close code leaves first | 0.5 to 2 s |
//! | `Peer(NoHello)` | something without a type came before `hello` | 0.5 to 2 s |
//! | `Resource` | the URL does not fit into the receive buffer | 15 to 60 s |
//! | `Goodbye` | Slack said so; a close handshake first | 0.5 to 2 s |
//! | `Migration` | `team_migration_started`; a close handshake first | 5 to 7 s |
//! | `SocketError` | an error frame in place of `hello`, such as an expired URL | 0.5 to 2 s |
//! | `Closed` | Slack closed the socket | 0.5 to 2 s |
//!
//! # How delays grow
//!
//! Each failure doubles the longest delay: 2, 4, 8, 16, 32 and 60 seconds. Each delay is drawn from the
//! upper three quarters of that, so that clients which lost their link in the same second do not come
//! back in the same second. Where `15 to 60 s` stands the longest delay is taken at once. The delays
//! begin anew after a session that lived for a minute: a server that accepts and drops is a failing server.
//! `core/tests/limits.rs::delays_grow_to_their_cap` and the tests of [`backoff`](crate::backoff) hold this.
//!
//! # What else bounds a try
//!
//! - **Slack's rate.** The URL method may be called about once a minute, three times without waiting.
//!   The client keeps to that whatever fails (`core/tests/limits.rs::calls_keep_to_their_tier`), so the fourth
//!   failure in a minute waits longer than the table says.
//! - **`Retry-After`** is a least delay, and up to two seconds are added to it by lot. More than an
//!   hour counts as an hour (`core/tests/client_regressions.rs::an_absurd_retry_after_is_cut_to_an_hour`).
//! - **A kept `reconnect_url`**, where [`ReconnectUrl::Use`](crate::ReconnectUrl::Use) is set, saves the call
//!   once, but not the delay.
//!
//! All figures are settings: [`backoff::Policy`](crate::backoff::Policy),
//! [`Timeouts`](crate::Timeouts), [`Config::ping_after`](crate::Config::ping_after),
//! [`Config::dead_after`](crate::Config::dead_after).
//!
//! # What becomes of messages
//!
//! A message that waits in the outbox waits on. One that was sent and has no ack is *orphaned*: Slack may
//! replay its ack within two seconds of the next `hello`. After those it ends as
//! [`Unconfirmed`](crate::Event::Unconfirmed), or is sent again with
//! [`Delivery::AtLeastOnce`](crate::Delivery::AtLeastOnce). Every message has exactly one end
//! (`core/tests/client_hostile.rs::whatever_server_and_caller_do_every_message_ends_once_and_close_ends_all`).
//! Messages of *others* that passed while the client was away are not replayed by Slack: fetch the history
//! with [`Call`](crate::web_api::Call) if you need them.
