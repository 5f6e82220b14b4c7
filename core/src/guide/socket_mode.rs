//! Socket Mode: which app and tokens it needs, how envelopes are acknowledged, and how to answer.
//!
//! Socket Mode brings the Events API over a WebSocket that the app opens itself, so that a device
//! needs no public address. Every app that is created today can use it; RTM serves classic apps only.
//! The client is the same, with another [dialect](crate::Dialect):
//!
//! | | RTM | Socket Mode |
//! |---|---|---|
//! | configuration | [`Config::new`](crate::Config::new) | [`Config::socket_mode`](crate::Config::socket_mode) |
//! | token of the client | `xoxb-` or `xoxp-` of a classic app | app-level, `xapp-`, with the scope `connections:write` |
//! | opening call | `rtm.connect` | `apps.connections.open` |
//! | events | every event of the workspace that the user sees | those to which the app is subscribed |
//! | buttons, modals, slash commands | none | [`Event::Interaction`](crate::Event::Interaction), [`Event::SlashCommand`](crate::Event::SlashCommand) |
//! | posting | [`Client::send`](crate::Client::send), over the same socket | `chat.postMessage` by [`web_api::Caller`](crate::web_api::Caller), with the bot token; a `response_url`; or the acknowledgement |
//! | life of a socket | days | about five hours; [`Hello::remaining_life`](crate::socket_mode::Hello::remaining_life) |
//!
//! # The app
//!
//! Create an app from this manifest at Slack, then create its app-level token with the scope
//! `connections:write`, and install the app to get its bot token:
//!
//! ```yaml
//! display_information:
//!   name: Doorbell
//! features:
//!   bot_user:
//!     display_name: doorbell
//!     always_online: true
//!   slash_commands:
//!     - command: /door
//!       description: Opens the door
//!       usage_hint: open 5
//! oauth_config:
//!   scopes:
//!     bot: [app_mentions:read, channels:history, chat:write, commands, im:history]
//! settings:
//!   socket_mode_enabled: true
//!   event_subscriptions:
//!     bot_events: [app_mention, message.channels, message.im]
//!   interactivity:
//!     is_enabled: true
//! ```
//!
//! # Acknowledgements
//!
//! Slack expects an acknowledgement of each envelope within three seconds. The client sends it:
//!
//! | envelope | acknowledged |
//! |---|---|
//! | an event, or anything else that accepts no response | before its event is lent: the event is lent when the bytes have left the send buffer |
//! | an event, with [`EventAcknowledgement::AfterEvent`](crate::EventAcknowledgement::AfterEvent) | by the poll after its event |
//! | one that [accepts a response](crate::socket_mode::Envelope::accepts_response) | by [`acknowledge`](crate::Client::acknowledge) with a response; else by the poll after its event, without one |
//! | one that was [deferred](crate::Client::defer) | by [`acknowledge_deferred`](crate::Client::acknowledge_deferred) with a response; else by the first poll after 2.5 s, without one |
//!
//! An event that is acknowledged before it is lent is lost if the device loses power in its handler.
//! One that is acknowledged after its handler comes again then, and also if the handler takes longer
//! than three seconds.
//!
//! **While an event is held, the machine does nothing.** Other envelopes wait in the link, and no ping
//! is answered. A handler that may take longer than two seconds copies the members that it needs,
//! defers, and lets the event go. If it does not, Slack delivers the events that waited again, and
//! marks them ([`Envelope::retry_attempt`](crate::socket_mode::Envelope::retry_attempt)); nothing is
//! lost. A command or an interaction that is acknowledged late shows an error to the user, and Slack
//! does not send it again.
//!
//! ```
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::entropy::Entropy;
//! use slack_rtm::json::Writer;
//! use slack_rtm::websocket::Sent;
//! use slack_rtm::{AcknowledgeError, Client, Event, SocketMode, Storage};
//!
//! /// Answers the command that the last poll returned. `flush` writes to the link.
//! fn answer<E: Entropy, S: Storage>(
//!     client: &mut Client<'_, E, S, SocketMode>,
//!     rx: &RecvBuf<'_>,
//!     tx: &mut SendBuf<'_>,
//!     flush: impl Fn(&mut SendBuf<'_>),
//! ) -> Result<(), AcknowledgeError> {
//!     let response = |json: &mut Writer<'_>| {
//!         json.begin_object();
//!         json.name("text").text("The door is open.");
//!         json.end_object();
//!     };
//!     if let Some(Event::SlashCommand(command)) = client.event(rx)
//!         && command.text().is_some_and(|text| text == "open")
//!     {
//!         // A response may be larger than the send buffer.
//!         while client.acknowledge(rx, tx, &response)? != Sent::Whole {
//!             flush(tx);
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A response is one JSON object of up to
//! [`LONGEST`](crate::socket_mode::acknowledgement::LONGEST) bytes with its envelope. It is sent in one
//! frame, once, on the socket that the envelope came on:
//!
//! - If the link ends before it has arrived, the response is lost, and
//!   [`AcknowledgeError::SocketEnded`](crate::AcknowledgeError::SocketEnded) is returned for one that
//!   has not been sent whole (`core/tests/socket_mode_client.rs::a_response_after_the_end_of_the_socket_is_refused`).
//! - If the program does not continue a response that was sent in part, the next poll ends the link
//!   with [`ReconnectReason::ResponseAbandoned`](crate::ReconnectReason::ResponseAbandoned), since no
//!   other frame can be sent (`core/tests/socket_mode_client.rs::a_response_that_is_abandoned_ends_the_link`).
//!   In the embassy adapter this happens when the future is dropped.
//!
//! # Duplicates and own messages
//!
//! An event comes again if its acknowledgement did not arrive in time, and a message comes twice if
//! two subscriptions cover it, such as `app_mention` and `message.channels`. The client remembers the
//! last 16 events by `event_id`, and messages by channel and timestamp too:
//! [`Envelope::is_repeated`](crate::socket_mode::Envelope::is_repeated) returns `true` then
//! (`core/tests/socket_mode_client.rs::repeated_events_are_marked_over_sessions`). Slack promises no
//! order.
//!
//! Messages that the app posted come back as events. The client takes the id of its bot user from the
//! envelope of each event, so that [`Message::is_own`](crate::event::Message::is_own) and
//! [`posted_by`](crate::event::Message::posted_by) recognise them.
//!
//! # Ends of a socket
//!
//! Slack announces an end by `disconnect`. The client acknowledges what was deferred, sends a close
//! frame, and opens another socket
//! (`core/tests/socket_mode_client.rs::an_announced_end_acknowledges_closes_and_reconnects`):
//!
//! | reason | meaning | next attempt |
//! |---|---|---|
//! | `warning` | Slack closes the socket in about ten seconds | 0.5 to 2 s |
//! | `refresh_requested` | Slack closes the socket now | 0.5 to 2 s |
//! | `too_many_websockets` | the app has more than ten sockets | 120 to 122 s |
//! | `link_disabled` | Socket Mode was switched off in the settings of the app: display that | an hour |
//!
//! Everything in the chapter on [reconnecting](super::reconnect) holds too: growing delays, the limit
//! on calls, `Retry-After`. A silent link is noticed by a ping of WebSocket, after 30 s and 15 s more.
//!
//! A link whose end never reached Slack, for example because the device lost power, stays registered
//! for a while. Slack sends a part of the envelopes to such sockets; events come again, commands and
//! interactions are lost. [`Hello::connections`](crate::socket_mode::Hello::connections) counts the
//! sockets of the app: more than the program has opened is a reason to wait before it asks anybody to
//! press a button. So [close](crate::Client::close) the client before a reset, if there is time.
//!
//! # Buffers
//!
//! The type of an envelope comes after its payload, which may have 67 kB. Nothing but the wanted
//! members is kept, so 1 KiB of receive buffer are enough for all ids and a `response_url`
//! (`core/tests/socket_mode_frames.rs`). [`socket_mode::COMMON_PATHS`](crate::socket_mode::COMMON_PATHS)
//! takes less flash than the default table [`PATHS`](crate::socket_mode::PATHS). Names that the app
//! chooses itself (`action_id`, `block_id`, `callback_id`) are cut after an eighth of the buffer: in
//! 1 KiB 64 bytes are whole.
