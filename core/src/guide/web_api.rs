//! Calls of the Web API: how one runs, its outcomes, repetition, lists in pages, uploads, rate limits,
//! and posts that wait.
//!
//! [`Caller`](crate::web_api::Caller) makes one call after the other over one link. This chapter
//! describes that machine. `WebApi` in `slack-rtm-std` and in `slack-rtm-embassy` drives it, so all
//! but the loop holds for them too.
//!
//! # A whole program
//!
//! The program stores a post, calls a method, and then makes the post. Its network is a script, so
//! that this page is a test. Replace `Network` by your network stack. The requirements on the
//! exchange of bytes are those of [your own runtime](super::runtime).
//!
//! ```
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::from_fn;
//! use slack_rtm::methods::auth::{self, AuthTest, TokenOwner};
//! use slack_rtm::methods::chat::PostMessage;
//! use slack_rtm::time::{Duration, Instant};
//! use slack_rtm::web_api::{Caller, CallerConfig, CallerEvent, Job, RateSlot};
//! use slack_rtm::{DisconnectReason, MessageId, Output, OwnedStorage, Peer};
//! use std::error::Error;
//!
//! # // The script: a response to each request.
//! # #[derive(Default)]
//! # struct Network { dials: u32, requests: Vec<String> }
//! # #[derive(Default)]
//! # struct Socket { arriving: Vec<u8>, sent: String }
//! # impl Network {
//! #     fn dial(&mut self, _: Peer<'_>, _until: Instant) -> Result<Socket, DisconnectReason> {
//! #         self.dials += 1;
//! #         Ok(Socket::default())
//! #     }
//! #     fn exchange(&mut self, socket: &mut Socket, rx: &mut RecvBuf<'_>, tx: &mut SendBuf<'_>, can_read: bool)
//! #         -> Result<usize, DisconnectReason> {
//! #         let count = tx.pending().len();
//! #         socket.sent.push_str(std::str::from_utf8(tx.pending()).unwrap());
//! #         tx.sent(count);
//! #         if let Some((head, body)) = socket.sent.split_once("\r\n\r\n") {
//! #             let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
//! #             if body.len() == length.parse::<usize>().unwrap() {
//! #                 let body = r#"{"ok":true,"team":"Home","user":"bell"}"#;
//! #                 let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
//! #                 socket.arriving.extend(response.bytes());
//! #                 self.requests.push(std::mem::take(&mut socket.sent));
//! #             }
//! #         }
//! #         if !can_read { return Ok(count); }
//! #         let space = rx.space();
//! #         let read = space.len().min(socket.arriving.len());
//! #         space[..read].copy_from_slice(&socket.arriving[..read]);
//! #         socket.arriving.drain(..read);
//! #         rx.filled(read);
//! #         Ok(count + read)
//! #     }
//! # }
//! # fn random(out: &mut [u8]) -> Result<(), slack_rtm::entropy::EntropyError> { out.fill(7); Ok(()) }
//! # struct Clock(u64);
//! # impl Clock {
//! #     fn now(&mut self) -> Instant { self.0 += 1; Instant::from_millis(self.0) }
//! #     fn sleep_until(&mut self, at: Instant) { self.0 = self.0.max(at.as_millis()); }
//! # }
//! fn run(network: &mut Network, clock: &mut Clock) -> Result<MessageId, Box<dyn Error>> {
//!     let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
//!     let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
//!     let mut rates = [RateSlot::FREE; 4];
//!     let storage = OwnedStorage::<256, 512>::new(); // the token, and posts that wait
//!     let config = CallerConfig::new();
//!     let mut caller = Caller::new(config, "xoxb-1", storage, &mut rates, from_fn(random))?;
//!
//!     let post = PostMessage::new("C0123456789", "Ding-dong!");
//!     caller.post(&post, Some(Duration::from_secs(60)))?;
//!     let job = Job::new(&AuthTest, &auth::TOKEN_OWNER);
//!     caller.begin(&job)?;
//!
//!     let mut link = None;
//!     loop {
//!         let under_way = caller.is_calling().then_some(&job);
//!         match caller.poll(under_way, &mut rx, &mut tx, clock.now())? {
//!             Output::Connect { peer, until, .. } => match network.dial(peer, until) {
//!                 Ok(socket) => {
//!                     link = Some(socket);
//!                     caller.connected();
//!                 }
//!                 Err(reason) => caller.disconnected(reason),
//!             },
//!             Output::Wait { until, can_read, .. } => match &mut link {
//!                 None => clock.sleep_until(until),
//!                 Some(socket) => match network.exchange(socket, &mut rx, &mut tx, can_read) {
//!                     Ok(0) => clock.sleep_until(until), // or until the network's interrupt
//!                     Ok(_) => {}
//!                     Err(reason) => {
//!                         link = None;
//!                         caller.disconnected(reason);
//!                     }
//!                 },
//!             },
//!             Output::Disconnect => {
//!                 link = None;
//!                 caller.disconnected(DisconnectReason::Closed);
//!             }
//!             Output::Event(CallerEvent::Accepted(response)) => {
//!                 assert_eq!(TokenOwner::new(response).user_name().unwrap(), "bell");
//!             }
//!             Output::Event(CallerEvent::PostAccepted(id, _)) => return Ok(id),
//!             Output::Event(event) => return Err(format!("{event:?}").into()),
//!             _ => {}
//!         }
//!     }
//! }
//! # let mut network = Network::default();
//! # assert_eq!(run(&mut network, &mut Clock(0))?.as_u32(), 1);
//! # assert_eq!((network.dials, network.requests.len()), (1, 2));
//! # assert!(network.requests[0].starts_with("POST /api/auth.test HTTP/1.1\r\n"));
//! # assert!(network.requests[1].ends_with("channel=C0123456789&text=Ding-dong%21"));
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! # How a call runs
//!
//! | state | outputs | it ends when |
//! |---|---|---|
//! | ready, with a link or without one | `Wait` until a rate limit or a delay has passed | the call may be made: with a link the request is written, without one a link is opened |
//! | connecting | `Connect`, then `Wait` | the link is open, cannot be opened, or the time for it is over |
//! | awaiting the response | `Wait`, an `Element` for each element of a list | the response is complete, or has failed |
//! | disconnecting | `Disconnect` | [`disconnected`](crate::web_api::Caller::disconnected) is called |
//!
//! A response that says `Connection: close`, has no length, or is followed by further bytes ends the
//! link; any other one keeps it. Poll between two calls too, or at least once before the next one:
//! the end of a link is harmless if it is seen before a request is written
//! (`core/tests/web_api_caller.rs::a_link_that_the_server_closes_between_two_calls_costs_no_call`).
//!
//! [`Timeouts`](crate::Timeouts) limits each step, and
//! [`CallerConfig::total`](crate::web_api::CallerConfig::total) the whole call with its pauses: five
//! minutes by default.
//!
//! # The reactions of the device
//!
//! Each call has exactly one outcome, and so has each post
//! (`tests/simulation/tests/calls.rs::each_call_of_a_month_has_one_outcome_and_no_post_is_made_twice`).
//! [`CallerEvent::outcome`](crate::web_api::CallerEvent::outcome) makes a
//! [`CallFailure`](crate::web_api::CallFailure) of it, which the methods of both adapters return.
//!
//! | event of the machine | it occurs when | the reaction of the device |
//! |---|---|---|
//! | `Element` | an element of a list has arrived | use it now: the next poll discards it. If the call is repeated, the elements come again |
//! | `BodyNeeded` | the next bytes of an [upload](#uploads) are to be sent | supply them by `body_room` and `body_filled` |
//! | `Accepted` | Slack has done the call | nothing |
//! | `Refused` | Slack has not done the call | follow [`remedy`](crate::web_api::ErrorCode::remedy) of the code. After `ratelimited`, begin the call again: it waits for as long as Slack said |
//! | `Failed` | Slack has not done the call, or a repetition is harmless | begin it again if it is still wanted: it waits for the delay after the failure |
//! | `Unconfirmed` | the request has left, and no whole response came | look whether it was done, by `conversations.history` for example, before it is made again |
//! | `PostAccepted` | Slack has done the post | nothing |
//! | `PostRefused` | Slack has not done the post | follow the remedy of the code: the post is removed |
//! | `PostFailed` | the response is not one of the Web API, such as a page of a proxy with status 403 | check the base URL and the network: the post is removed |
//! | `PostUnconfirmed` | as `Unconfirmed` | as after `Unconfirmed`: the post is removed |
//! | `PostExpired` | its time to live ended before it was sent | show on the device that it was not sent, if a person there waits for it |
//! | `PostWithdrawn` | [`withdraw`](crate::web_api::Caller::withdraw) removed it | nothing |
//! | `TokenExpired` | Slack refused a post with `token_expired` | [set another token](#token-rotation): posts wait for it |
//!
//! | failure of a call in an adapter | it occurs when | the reaction of the device |
//! |---|---|---|
//! | `Request` | the call cannot be made: an argument exceeds a limit of Slack's, or a URL cannot be used; nothing was sent | correct the part that the error names |
//! | `Refused`, `Failed`, `Unconfirmed` | as the events above | as after the events above |
//! | `Stopped` | a `StopHandle` ended the call | as after `Unconfirmed` if a byte of the request had left, else nothing |
//! | `Entropy` | the source of randomness failed, after another failure | as after `Unconfirmed` |
//!
//! # Repetition
//!
//! A server may close a kept link at any moment, also while a request is on its way. A client cannot
//! know then whether the request arrived. So each method has a property,
//! [`Repetition`](crate::web_api::Repetition):
//!
//! | the link ended | the repetition is harmless | it is not |
//! |---|---|---|
//! | before the first byte of the request | once more, on a fresh link | once more, on a fresh link |
//! | after it, without a byte of a response | once more, on a fresh link | `Unconfirmed`; with [`Job::at_least_once`](crate::web_api::Job::at_least_once) once more |
//! | in the response | once more, on a fresh link, unless an element was returned | as above |
//! | never, and the response timed out | once more if the link had served a request before, else `Failed` | as above |
//!
//! A call is repeated once, and never after a whole response. A status of 503 is `Failed` for any
//! method: Slack's edge sends it in place of the server that does the work. Other statuses of 500 or
//! more without a reason of Slack's are `Unconfirmed` if the repetition is not harmless
//! (`core/tests/web_api_caller.rs::a_lost_response_repeats_what_is_harmless_and_nothing_else`,
//! `core/tests/web_api_caller.rs::a_post_with_a_part_of_its_response_is_unconfirmed_unless_the_edge_refused_it`).
//!
//! To make that rare, a call whose repetition is not harmless opens a fresh link if the old one was
//! idle for longer than [`longest_idle`](crate::web_api::CallerConfig::longest_idle), 30 s by
//! default.
//!
//! # Other hosts
//!
//! An [`IncomingWebhook`](crate::methods::webhooks::IncomingWebhook) and an
//! [`InteractionResponse`](crate::methods::webhooks::InteractionResponse) are requests to a URL of
//! their own, by [`MethodInfo::at_url`](crate::web_api::MethodInfo::at_url). They are JSON, have no
//! token, and their response is a text: `ok`, or an error code with a status from 400 on. They are
//! calls and posts like all others, at the rate `POST` for each URL; that which replaces or deletes
//! a message is harmless to repeat. There is one difference: a link is kept for one host, so a call to
//! another host closes the link and opens another one
//! (`core/tests/webhooks.rs::each_host_has_a_link_of_its_own_and_one_is_open`). While a link opens,
//! the URL is in the receive buffer. It is a secret: `Debug` does not show it.
//!
//! # Lists in pages
//!
//! Slack returns a long list in pages, each with the cursor of the next one.
//! [`Pages`](crate::web_api::Pages) makes one call of them: the elements come one by one, and the
//! cursor is in memory that the program lends. Both adapters lend the elements by `list`, so that the
//! loop is that of one list. A page may be empty, or shorter than its limit; the list ends where the
//! next cursor is empty.
//!
//! | outcome | the list |
//! |---|---|
//! | `Accepted` | is complete |
//! | `Refused` with `invalid_cursor` | has a cursor that has expired: [`restart`](crate::web_api::Pages::restart) it |
//! | `Refused` with `ratelimited`, `Failed` | continues with the page that failed when it is begun again. The elements of that page come again |
//! | `Failed` with [`CallError::Sequence`](crate::web_api::CallError::Sequence) | cannot go on: the memory for the cursor is too small, or the server repeats a cursor |
//!
//! Posts wait until the list has ended, and a long one takes minutes at Slack's rates. Where they must
//! not wait, drop the list between two elements, make the posts, and begin the list again.
//!
//! A program that has found its element drops the list: the link is closed if a response is on its way
//! (`core/tests/pages.rs::a_list_may_be_left_early`). Each page has the time limits of a call
//! (`core/tests/pages.rs::each_page_has_the_time_of_a_call`). Other calls of which one depends on the
//! other are a [`Sequence`](crate::web_api::Sequence) of your own.
//!
//! # Uploads
//!
//! A file is uploaded in three calls: one for the URL, one to another host with the bytes, and one that
//! makes the file visible. [`Upload`](crate::methods::upload::Upload) makes one call of them; `upload`
//! of both adapters drives it with an `UploadSource`. The length must be known before. The bytes are
//! read forward, as the link takes them, so that a picture needs no memory but the send buffer
//! (`core/tests/uploads.rs::a_picture_of_200_kb_is_produced_once_through_512_bytes`).
//!
//! | the link ends | the upload |
//! |---|---|
//! | before the first byte was supplied | goes on over a fresh link |
//! | after it, and the source can supply the bytes again | begins again at the first byte, once |
//! | after it, and the source [cannot](crate::methods::upload::Upload::cannot_restart) | fails as [`CannotRestart`](crate::web_api::CallError::CannotRestart) |
//! | after the last byte, in the call that completes the upload | is `Unconfirmed`: the file may be visible |
//!
//! Nothing is visible before the last call. An upload that is begun again continues with the call that
//! failed, such as after `not_in_channel`
//! (`core/tests/uploads.rs::a_second_failure_is_the_outcome_and_the_upload_continues_with_that_call`).
//! After its success it uploads another file
//! (`core/tests/uploads.rs::an_upload_that_is_begun_again_after_its_end_uploads_again`).
//! The bytes go to hosts of Slack only, without the token
//! (`core/tests/uploads.rs::an_upload_url_is_used_only_where_it_may_be`), and Slack's count of them is
//! checked. The time that the source takes counts for the whole call
//! ([`total`](crate::web_api::CallerConfig::total)), and not as silence of the link.
//!
//! # Rate limits
//!
//! Slack limits the calls of each method, and of `chat.postMessage` in each channel. The machine
//! keeps to the limits by waiting, in memory that is lent as a slice of
//! [`RateSlot`](crate::web_api::RateSlot). `core/tests/methods.rs::rates_and_repetition_are_those_of_the_guide`
//! checks this table.
//!
//! | method | rate | repetition |
//! |---|---|---|
//! | `assistant.threads.setStatus` | `POST` | `Harmless` |
//! | `auth.test` | `TIER_4` | `Harmless` |
//! | `bots.info` | `TIER_3` | `Harmless` |
//! | `chat.delete` | `TIER_3` | `Harmless` |
//! | `chat.getPermalink` | `POST` | `Harmless` |
//! | `chat.postEphemeral` | `TIER_4` | `Unsafe` |
//! | `chat.postMessage` | `POST` | `Unsafe` |
//! | `chat.update` | `TIER_3` | `Harmless` |
//! | `conversations.history` | `TIER_3` | `Harmless` |
//! | `conversations.info` | `TIER_3` | `Harmless` |
//! | `conversations.join` | `TIER_3` | `Harmless` |
//! | `conversations.leave` | `TIER_3` | `Harmless` |
//! | `conversations.list` | `TIER_2` | `Harmless` |
//! | `conversations.members` | `TIER_4` | `Harmless` |
//! | `conversations.open` | `TIER_3` | `Harmless` |
//! | `conversations.replies` | `TIER_3` | `Harmless` |
//! | `files.completeUploadExternal` | `TIER_4` | `Unsafe` |
//! | `files.getUploadURLExternal` | `TIER_4` | `Harmless` |
//! | `oauth.v2.access` | `TIER_4` | `Unsafe` |
//! | `reactions.add` | `TIER_3` | `Harmless` |
//! | `reactions.remove` | `TIER_2` | `Harmless` |
//! | `team.info` | `TIER_3` | `Harmless` |
//! | `users.getPresence` | `TIER_3` | `Harmless` |
//! | `users.info` | `TIER_4` | `Harmless` |
//! | `users.list` | `TIER_2` | `Harmless` |
//! | `users.lookupByEmail` | `TIER_3` | `Harmless` |
//! | `users.profile.set` | `PROFILE` | `Harmless` |
//! | `users.setPresence` | `TIER_2` | `Harmless` |
//! | `views.open` | `TIER_4` | `Unsafe` |
//! | `views.publish` | `TIER_4` | `Harmless` |
//! | `views.push` | `TIER_4` | `Unsafe` |
//! | `views.update` | `TIER_4` | `Harmless` |
//! | any other one, as [`Named`](crate::web_api::Named) | `POST` | `Unsafe` |
//!
//! | rate | calls at once | after them |
//! |---|---|---|
//! | [`Rate::TIER_1`](crate::web_api::Rate::TIER_1) | 3 | 1 a minute |
//! | [`Rate::TIER_2`](crate::web_api::Rate::TIER_2) | 5 | 20 a minute |
//! | [`Rate::TIER_3`](crate::web_api::Rate::TIER_3) | 10 | 50 a minute |
//! | [`Rate::TIER_4`](crate::web_api::Rate::TIER_4) | 10 | 100 a minute |
//! | [`Rate::POST`](crate::web_api::Rate::POST) | 3 | 1 a second |
//! | [`Rate::PROFILE`](crate::web_api::Rate::PROFILE) | 3 | 10 a minute |
//!
//! A slot is in use for as long as its limit is in force: after one call for the interval of its
//! rate, after more of them for longer. A `Retry-After` takes the slot of its method. Lend one for
//! each method and each channel that is used within a minute; four suffice for a doorbell. If
//! all are in use, a call that needs another one waits until the first is free. Without any slot the
//! machine keeps to no limit, and Slack refuses the calls that exceed one.
//!
//! `chat.postMessage` may also exceed a limit of the whole workspace, several hundred messages a
//! minute, which no device knows. Slack responds with `ratelimited` then.
//!
//! # Posts that wait
//!
//! [`post`](crate::web_api::Caller::post) stores a call of any method in the outbox of the
//! [`Storage`](crate::Storage), as a form, or as JSON for [another host](#other-hosts). Polls without a job make the posts: to each channel in
//! their order, at the rate of their method. A call that is begun goes before the posts that wait,
//! and follows one whose request is on the link
//! (`core/tests/web_api_caller.rs::a_call_goes_before_posts_and_both_have_their_outcome`,
//! `core/tests/web_api_caller.rs::a_call_that_begins_during_a_post_follows_it`).
//!
//! | meanwhile | a post |
//! |---|---|
//! | there is no network, or the server fails with 503 | waits, with growing delays between the attempts |
//! | a rate limit is in force, or Slack refused it with `ratelimited` | waits |
//! | the token has expired | waits for [another one](#token-rotation) |
//! | its link ended before the first byte of its request | waits, and is made again |
//! | its request has left, and no whole response came | ends as `PostUnconfirmed`, or waits if its repetition is harmless |
//! | its time to live has passed, which began with the poll after `post` | ends as `PostExpired`, unless its request is on the link |
//!
//! An outbox is memory: its contents are lost with the power.
//!
//! # The link
//!
//! A link is kept until the server closes it. A device that needs the memory of TLS for something
//! else calls [`release`](crate::web_api::Caller::release). Posts that can be made at once are made
//! first. Those that wait for their time or for a token do not keep the link
//! (`core/tests/web_api_caller.rs::a_link_is_released_though_posts_wait_for_a_token_or_for_their_time`).
//!
//! | | two links | one link in turns |
//! |---|---|---|
//! | memory | a second one for TLS, socket and buffers | that of one link |
//! | a call during a session | at once | the session is closed before, and opened again after it |
//! | events during a call | are received | come with the next session, or not at all: RTM replays no messages |
//! | handshakes | one for each link | two for each turn, and a call of `rtm.connect`, which Slack allows once a minute |
//!
//! The first page of `slack-rtm-embassy` has the bytes of both and a program for turns. A device that
//! never listens needs no [`Client`](crate::Client) at all.
//!
//! # Token rotation
//!
//! If token rotation is switched on in the app, a token is valid for 12 hours. After
//! that a post waits, and [`TokenExpired`](crate::web_api::CallerEvent::TokenExpired) occurs once; a
//! call ends as `Refused` with `token_expired`. Then:
//!
//! 1. Call `oauth.v2.access` as [`RefreshTokens`](crate::methods::oauth::RefreshTokens), which needs
//!    no valid token, with a receive buffer of 2 KiB.
//! 2. Store the new refresh token of [`NewTokens`](crate::methods::oauth::NewTokens) where it
//!    survives a reset: the old one is not valid any more.
//! 3. [`set_token`](crate::web_api::Caller::set_token). The posts go out, once each
//!    (`tests/end-to-end/tests/web_api.rs::posts_wait_while_the_token_is_exchanged_and_are_delivered_once`).
//!    A [`Client`](crate::Client) has a [`set_token`](crate::Client::set_token) too.
//!
//! A program can do this before the end, by
//! [`expires_in`](crate::methods::oauth::NewTokens::expires_in): the old token is valid until its
//! time. Tokens of rotation are longer than others: lend 256 bytes for one. If the response to
//! `oauth.v2.access` was lost, the call is `Unconfirmed`; with the old refresh token Slack may then
//! refuse the next exchange, and a person must install the app again.
//!
//! # Memory
//!
//! | memory | size |
//! |---|---|
//! | receive buffer | 512 bytes suffice for the typed methods and all their errors, but for `oauth.v2.access`. A larger one keeps longer texts whole ([buffers](super::buffers)) |
//! | send buffer | 256 bytes suffice for any request: it is written in parts |
//! | token | as many bytes as it has |
//! | outbox | for each post its arguments as a form, the names of its method and channel, and 16 bytes; 15 more with a time to live |
//! | slots | as [above](#rate-limits) |
//!
//! A body of any length is written without memory of its own: it is counted first, and then written
//! again for each part. So [`write`](crate::web_api::Method::write) of a method is called several
//! times, and must write the same bytes each time.
//!
//! # The cost of a method
//!
//! A program links the methods that it calls, with the view and the table of paths of their
//! responses. Another typed method costs its names and the code that writes its arguments. Any method
//! can be called by its name as [`Named`](crate::web_api::Named). JSON bodies, a token in the form,
//! typed blocks, lists, posts and their time to live are linked by the first use of each.
//!
//! The explanation of an error code costs more than the call of its method, since it is text. A
//! device that has no display compares [`ErrorCode`](crate::web_api::ErrorCode), and links no texts.
