//! Buffer sizes: the purpose of each memory, the gain of a larger one, and the signs of one that is
//! too small.
//!
//! # Three memories
//!
//! | memory | minimum | contents | a larger one |
//! |---|---|---|---|
//! | [`RecvBuf`](crate::buffer::RecvBuf) | 512 B | bytes from the link, and the members that are kept | keeps longer texts whole, and accepts longer socket URLs |
//! | [`SendBuf`](crate::buffer::SendBuf) | 256 B | bytes for the link | needs fewer writes, and accepts longer commands without an outbox |
//! | outbox ([`Storage`](crate::Storage)) | none | messages that wait or have no ack | keeps more messages during an outage |
//!
//! The token is kept in a fourth memory, which is part of the storage too: as many bytes as the
//! token has.
//!
//! An idle session needs neither of the first two. When both are empty, their memory may be used
//! for something else, and another pair may be passed to the next poll
//! ([many sessions](super::many_sessions) has an example).
//!
//! With [`Config::raw`](crate::Config::raw) a poll splits the receive buffer. A pair that comes
//! from elsewhere may be read into before that poll. If more than its first part is full then, the
//! copies of those events may not fit; [`raw`](crate::Event::raw) is
//! [`RawError::TooLarge`](crate::json::RawError::TooLarge) for such an event.
//!
//! # Receiving
//!
//! The size of the receive buffer does not limit the length of a document that can be received. It
//! limits how much of a text is *kept*. A text that does not fit is cut at a character
//! ([`Text::is_cut`](crate::json::Text::is_cut)), and its full length is known. Ids, timestamps and
//! codes are kept whole, and room is reserved for them.
//!
//! | `RecvBuf` | longest socket URL | longest text that is kept whole |
//! |---|---|---|
//! | 512 B | 384 B | 100 B |
//! | 1 KiB | 700 B | 420 B |
//! | 4 KiB | 3 KB | 3.4 KB |
//! | 32 KiB | 24 KB | every text of 4,000 characters, in any message of Slack |
//!
//! In Socket Mode the ids of the envelope and of the event take room as well. The column is for a
//! message in the order of recordings, with all ids (`core/tests/socket_mode_frames.rs::texts_are_seen_whole_up_to_the_figures_of_the_guide`):
//!
//! | `RecvBuf` | longest text that is kept whole, Socket Mode |
//! |---|---|
//! | 512 B | 60 B |
//! | 1 KiB | 380 B |
//! | 4 KiB | 3.4 KB |
//!
//! The last column of the first table is for a message whose text follows type, channel and user, as
//! in Slack's documentation. Every other kept member in front of the text takes its own length and 8 bytes
//! from the text. A smaller table of paths ([`Config::paths`](crate::Config::paths)) leaves more
//! room. `core/tests/event_members.rs::texts_are_seen_whole_up_to_the_figures_of_the_guide` checks
//! the column.
//!
//! Slack's socket URLs have been about 200 bytes long, and those of its web client more than 700.
//! `core/tests/json_limits.rs::a_url_is_whole_up_to_three_quarters_of_the_buffer` checks the second
//! column. [`Extractor`](crate::json::Extractor) documents the exact rules.
//!
//! **Names in the response to the opening call.** Until the URL has arrived, three quarters of the
//! buffer are reserved for it. The names of the user and the team are whole if the URL comes first,
//! as in the responses of `rtm.connect` that were recorded. In Slack's documents it comes last. Then
//! the names before it may arrive cut, even empty ([`Text::is_cut`](crate::json::Text::is_cut)),
//! however short the URL is:
//!
//! | `RecvBuf` | URL last, in the documented response to `rtm.connect` or `rtm.start` |
//! |---|---|
//! | 512 B | ids are whole, names may be cut or missing |
//! | 1 KiB | names that have about 40 bytes together are whole |
//! | 2 KiB | names that have about 200 bytes together are whole |
//!
//! `core/tests/web_api_rtm_start.rs::names_before_the_url_are_whole_up_to_the_figures_of_the_guide`
//! checks this table.
//!
//! A table with more members needs a larger buffer: each one that a message has takes its length
//! and 4 bytes, and each object of an array whose path is in the table takes 4.
//! [`READABLE_PATHS`](crate::event::READABLE_PATHS), the table for text in attachments and blocks,
//! suits buffers from 4 KiB.
//!
//! **Signs of a small buffer.** [`Counters::cut`](crate::Counters::cut) counts the messages whose
//! text was cut. [`Counters::oversized`](crate::Counters::oversized) counts the messages in which a
//! wanted value had no room. A URL that does not fit is reported as
//! [`ReconnectReason::Resource`](crate::ReconnectReason::Resource), with the number of bytes that
//! it needs.
//!
//! # Sending
//!
//! With an outbox, a message is sent through a send buffer of any size as one frame. Its length is
//! counted first, and then it is written as room becomes available
//! (`core/tests/limits.rs::the_longest_message_leaves_as_one_frame`).
//!
//! Without an outbox, and for all other commands, the whole frame must fit at once. It takes the
//! JSON without the id, 16 bytes for the id and 14 bytes for the header. The last 131 bytes of the
//! buffer are reserved for a pong or a close frame. So the JSON of a command without its id may
//! have up to 95 bytes in an empty buffer of 256. [`SendError::Full`](crate::SendError::Full)
//! contains the number of bytes that the command needs
//! (`core/tests/limits.rs::memories_that_are_full`).
//!
//! # The outbox
//!
//! A message takes its JSON without the id and the braces, and seven more bytes:
//!
//! ```
//! use slack_rtm::buffer::SendBuf;
//! use slack_rtm::rtm::command::Post;
//! use slack_rtm::{Client, Config, OwnedStorage, SendError, entropy};
//!
//! // "type":"message","channel":"C0123456789","text":"Ding-dong!"
//! const MESSAGE: usize = 60 + 7;
//! let storage = OwnedStorage::<128, { 4 * MESSAGE }>::new();
//! let random = entropy::from_fn(|out| Ok(out.fill(7)));
//! let mut client = Client::new(Config::new(), "xoxb-1", storage, random)?;
//! let mut memory = [0; 256];
//! let mut tx = SendBuf::new(&mut memory);
//! let ring = Post::new("C0123456789", "Ding-dong!");
//! for _ in 0..4 {
//!     client.send(&ring, &mut tx)?;
//! }
//! match client.send(&ring, &mut tx) {
//!     Err(SendError::Full(full)) => assert_eq!((full.wanted, full.available), (MESSAGE, 0)),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A message with a time to live takes 15 bytes more. One that was
//! [withdrawn](crate::Client::withdraw) takes seven bytes until the next poll.
//!
//! Multiply the length of your longest message by the number of messages that may come up during an
//! outage. A doorbell needs room for one or two. A kept `reconnect_url`
//! ([`Config::use_reconnect_url`](crate::Config::use_reconnect_url)) is in the outbox too; it is
//! removed when a message needs the room.
//!
//! # State and stack
//!
//! The tables of the README show the size of the client's own state and of its stack, measured by
//! `tests/footprint/run`. TLS on the device needs more memory than all of this: see
//! [`tls`](super::tls).
