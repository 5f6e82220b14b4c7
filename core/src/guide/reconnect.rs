//! Reconnect behaviour: every reason, and the delay after it.
//!
//! A client never gives up on a link. It closes ([`Output::Closed`](crate::Output::Closed)) only
//! after [`close`](crate::Client::close), or when Slack refuses the call for a reason that needs
//! human action. A [new token](crate::Client::set_token) starts it again even then. Every other end
//! of an attempt or session is reported as one [`Event::Reconnecting`](crate::Event::Reconnecting)
//! with its [`ReconnectReason`](crate::ReconnectReason) and the time of the next attempt.
//!
//! # Every reason
//!
//! The delay is that of a first failure, with the default settings. `core/tests/reconnect.rs` makes
//! each reason occur, with the lowest and the highest random numbers, and compares the delay with
//! this table.
//!
//! | reason | it occurs when | delay |
//! |---|---|---|
//! | `Disconnected(NameNotFound)` | the name has no address | 0.5 to 2 s |
//! | `Disconnected(Refused)` | no server listens on the port | 0.5 to 2 s |
//! | `Disconnected(Unreachable)` | there is no route, no cable, no address | 0.5 to 2 s |
//! | `Disconnected(TimedOut)` | the adapter's deadline passed | 0.5 to 2 s |
//! | `Disconnected(TlsFailed)` | an alert, or bytes that are not TLS | 0.5 to 2 s |
//! | `Disconnected(Untrusted)` | the certificate cannot be verified: needs human action, or a correct clock | 15 to 60 s |
//! | `Disconnected(Closed)` | the server ended the link in order | 0.5 to 2 s |
//! | `Disconnected(Truncated)` | a TLS link ended without `close_notify` | 0.5 to 2 s |
//! | `Disconnected(Reset)` | the connection was reset | 0.5 to 2 s |
//! | `Disconnected(Other)` | anything else | 0.5 to 2 s |
//! | `TimedOut(Connect)` | no link within 15 s | 0.5 to 2 s |
//! | `TimedOut(Response)` | 15 s of silence in the response to the call, or 180 s for all of it | 0.5 to 2 s |
//! | `TimedOut(Handshake)` | no 101 within 10 s | 0.5 to 2 s |
//! | `TimedOut(Hello)` | no `hello` within 10 s | 0.5 to 2 s |
//! | `TimedOut(Send)` | the link took no byte of the send buffer for 15 s | 0.5 to 2 s |
//! | `TimedOut(Ack)` | a message had no ack after 30 s | 0.5 to 2 s |
//! | `KeepaliveTimeout` | 30 s of silence, a ping, 15 s of silence | 0.5 to 2 s |
//! | `Refused`, a temporary code | [`Remedy::Retry`](crate::web_api::Remedy::Retry): `internal_error`, `migration_in_progress`, ... | 0.5 to 2 s |
//! | `Refused`, `ratelimited` | after `Retry-After`, or a minute | 60 to 62 s |
//! | `Refused`, an unknown code | [`Remedy::RetrySlowly`](crate::web_api::Remedy::RetrySlowly); the reason has Slack's text of the code | 15 to 60 s |
//! | `Refused`, any other code | the client closes: [`CloseReason::Refused`](crate::CloseReason::Refused) | never |
//! | `Refused`, status 429 with `Retry-After: 30` | too many calls | 30 to 32 s |
//! | `Refused`, status 429 without | too many calls | 60 to 62 s |
//! | `Status`, 503 | Slack is down, and gives no reason in JSON; a `Retry-After` is kept here too | 0.5 to 2 s |
//! | `Status`, 302 | a redirect, which is never followed | 0.5 to 2 s |
//! | `Status`, 404 of the upgrade | the socket was refused | 0.5 to 2 s |
//! | `Peer(Response)` | the response is not HTTP, not JSON, or has no `ok` | 0.5 to 2 s |
//! | `Peer(SocketUrl)` | the URL in the response is outside the allowed domains, missing or invalid | 15 to 60 s |
//! | `Peer(Handshake)` | the 101 does not match the request | 0.5 to 2 s |
//! | `Peer(Frame)` | a frame broke a rule of RFC 6455; a close frame with its code is sent first | 0.5 to 2 s |
//! | `Peer(SpokeFirst)` | the peer filled the receive buffer before the upgrade request had left | 0.5 to 2 s |
//! | `Peer(NoHello)` | a message without a type came before `hello` | 0.5 to 2 s |
//! | `Resource` | the URL does not fit into the receive buffer | 15 to 60 s |
//! | `Goodbye` | Slack sent `goodbye`; the closing handshake comes first | 0.5 to 2 s |
//! | `Migration` | `team_migration_started`; the closing handshake comes first | 5 to 7 s |
//! | `SocketError` | an error frame in place of `hello`, such as an expired URL | 0.5 to 2 s |
//! | `Closed` | Slack closed the socket | 0.5 to 2 s |
//! | `TokenReplaced` | a new token, after a refusal that had closed the client, or while a request with the old one was being written | 0.5 to 2 s |
//!
//! The reasons that only Socket Mode has are in [its chapter](super::socket_mode#ends-of-a-socket).
//!
//! # How delays grow
//!
//! Each failure doubles the longest delay: 2, 4, 8, 16, 32 and 60 seconds. Each delay is drawn from
//! the upper three quarters of that, so that clients which lost their link in the same second do
//! not come back in the same second. The reasons with `15 to 60 s` use the longest delay at once.
//! The delays start again after a session that lasted for a minute: a server that accepts and drops
//! is a failing server. `core/tests/limits.rs::delays_grow_to_their_cap` and the tests of
//! [`backoff`](crate::backoff) check this.
//!
//! # Further bounds
//!
//! - **Slack's rate.** The URL method may be called about once a minute, three times without
//!   waiting. The client keeps to that whichever step fails
//!   (`core/tests/limits.rs::calls_keep_to_their_tier`), so the fourth failure in a minute waits
//!   longer than the table says. [`Reconnecting::is_held_back`](crate::Reconnecting::is_held_back)
//!   reports that
//!   (`core/tests/client_response.rs::a_wait_for_the_limit_on_calls_is_named_with_its_reason`).
//!   Such calls are spread over a quarter of the interval, 15 s, so that clients which used up
//!   their calls together do not come back together
//!   (`core/tests/reconnect_together.rs::a_thousand_clients_that_lose_their_links_together_call_spread`).
//! - **`Retry-After`** is a minimum, to which up to two random seconds are added. More than an hour
//!   counts as an hour
//!   (`core/tests/client_regressions.rs::an_absurd_retry_after_is_cut_to_an_hour`).
//! - **A kept `reconnect_url`**, with
//!   [`Config::use_reconnect_url`](crate::Config::use_reconnect_url), saves the call once, but not
//!   the delay.
//!
//! The very first call of a client is not delayed: a thousand devices that are switched on in one
//! second call in that second.
//!
//! The delays and the time limits of the steps are settings:
//! [`backoff::BackoffPolicy`](crate::backoff::BackoffPolicy), [`Timeouts`](crate::Timeouts),
//! [`Config::ping_after`](crate::Config::ping_after),
//! [`Config::dead_after`](crate::Config::dead_after). The others follow from Slack's documentation
//! and are constant: 30 s for a URL and for an ack, a minute after a rate limit without
//! `Retry-After`, an hour at most with one, 5 s after a migration and for the closing handshake.
//!
//! # Messages
//!
//! A message that waits in the outbox goes on waiting, unless it has a time to live
//! ([`Post::expires_after`](crate::rtm::command::Post::expires_after)): at its end it is removed, and
//! ends as [`Expired`](crate::Event::Expired), with or without a session. While a link is being
//! opened that is reported afterwards. [`withdraw`](crate::Client::withdraw) removes a message that
//! waits, which ends as [`Withdrawn`](crate::Event::Withdrawn); so does one that still waits when
//! the client closes
//! (`core/tests/client_unsent.rs::every_message_has_one_outcome_and_in_time`).
//!
//! One that was sent and has no ack is
//! *orphaned*: Slack may replay its ack within two seconds of the next `hello`. After them it ends
//! as [`Unconfirmed`](crate::Event::Unconfirmed), or is sent again with
//! [`Delivery::AtLeastOnce`](crate::Delivery::AtLeastOnce). It is not sent again after the end of
//! its time to live, but ends as `Unconfirmed` too. Every message has exactly one outcome
//! (`core/tests/client_hostile.rs::whatever_server_and_caller_do_every_message_ends_once_and_close_ends_all`).
//!
//! # Messages of others
//!
//! Messages that others posted while the client was offline are not replayed by Slack. If you need
//! them, fetch `conversations.history` with [`Call`](crate::web_api::Call) after each `hello`;
//! `examples/missed.rs` in the repository does. Four rules make it complete, without duplicates
//! (`examples/tests/programs.rs::missed_replies_to_each_message_once`):
//!
//! - **Begin after the hello.** What is posted later comes over the socket, what was posted before
//!   is in the history, and some messages come both ways.
//! - **Decide by `ts`**, which is unique within a channel, whether a message was handled. Begin
//!   the fetch a few messages before the last one, since Slack promises no order.
//! - **Walk all pages**: `response_metadata.next_cursor` is the argument `cursor` of the next call,
//!   until it is missing or empty. Sort the messages by `ts`, and apply the condition of
//!   [`posted_by`](crate::event::Message::posted_by) to each.
//! - **Keep the session running**: after `ratelimited` wait for
//!   [`retry_after`](crate::web_api::ApiError::retry_after), in another thread or task.
//!
//! A history has no replies in threads: `conversations.replies` returns those.
