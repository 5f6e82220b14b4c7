//! Choosing buffer sizes: what each memory is for, what a larger one gains, and how to see that it is too small.
//!
//! # Three memories
//!
//! | memory | least | what it holds | what more of it gains |
//! |---|---|---|---|
//! | [`RecvBuf`](crate::buffer::RecvBuf) | 512 B | bytes from the link, and the members that stay | longer texts are seen whole; longer socket URLs fit |
//! | [`SendBuf`](crate::buffer::SendBuf) | 256 B | bytes for the link | fewer writes; larger commands go out at once |
//! | outbox ([`Config::outbox`](crate::Config::outbox)) | none | messages that wait or have no ack | more messages survive an outage |
//!
//! An idle session needs none of the first two: when both are empty they may be lent elsewhere, and
//! another pair given to the next poll.
//!
//! # Receiving
//!
//! No size limits what can be received. It limits what is *kept*: text is cut at a character
//! ([`Text::is_cut`](crate::json::Text::is_cut)), and tells its full length.
//! Ids, timestamps and codes are kept whole, and have room held free for them.
//!
//! | `RecvBuf` | socket URL | text seen whole |
//! |---|---|---|
//! | 512 B | 384 B | 100 B |
//! | 1 KiB | 700 B | 420 B |
//! | 4 KiB | 3 KB | 3.4 KB |
//! | 32 KiB | 24 KB | every text of 4,000 characters, whatever Slack puts around it |
//!
//! The last column is for a message whose text stands behind type, channel and user, as in Slack's documents.
//! Each other member that is kept and stands in front of the text takes its own length and 8 bytes from it:
//! a smaller table of paths ([`Config::paths`](crate::Config::paths)) leaves more
//! (`core/tests/event_members.rs::texts_are_seen_whole_up_to_what_the_guide_tells`).
//!
//! Slack's socket URLs have been about 200 bytes long, those of its web client more than 700.
//! `core/tests/json_limits.rs::a_url_is_whole_up_to_three_quarters_of_the_buffer` holds the second
//! column, [`Extractor`](crate::json::Extractor) has the exact rules.
//!
//! **Too small?** Count: [`Counters::cut`](crate::Counters::cut) grows with each message whose text was
//! cut, [`Counters::oversized`](crate::Counters::oversized) with each in which a needed value found no room.
//! A URL that does not fit is [`ReconnectReason::Resource`](crate::ReconnectReason::Resource) and says how many bytes it wanted.
//!
//! # Sending
//!
//! A message with an outbox leaves through a send buffer of any size, as one frame: its length is
//! counted first, then it is written as room comes
//! (`core/tests/limits.rs::the_longest_message_leaves_as_one_frame`). Without an outbox, and for
//! other commands, the whole frame must fit at once: its JSON without the id, 16 bytes for the id and 14
//! for the header, behind what the link has not taken yet and before the last 131 bytes, which are kept
//! for a pong or a close frame. So the JSON of a command through 256 bytes may have 95 without its id.
//! [`UsageError::Full`](crate::UsageError::Full) tells how much was wanted
//! (`core/tests/limits.rs::memories_that_are_full`).
//!
//! # The outbox
//!
//! A message takes its JSON without the id and the braces, and seven bytes:
//!
//! ```
//! use slack_rtm::web_api::outbox::{Outbox, Status};
//!
//! let json = br#""type":"message","channel":"C0123456789","text":"Ding-dong!""#;
//! let mut memory = [0; 4 * (60 + 7)]; // four such messages
//! let mut outbox = Outbox::new(&mut memory);
//! for id in 1..=4 {
//!     outbox.push(id, Status::Waiting, &|sink| sink.put(json)).unwrap();
//! }
//! let full = outbox.push(5, Status::Waiting, &|sink| sink.put(json)).unwrap_err();
//! assert_eq!((full.wanted, full.available), (67, 0));
//! ```
//!
//! Multiply your longest message by how many may come in an outage. A doorbell wants one or two. A
//! kept `reconnect_url` ([`ReconnectUrl::Use`](crate::ReconnectUrl::Use)) stands there too, and gives way
//! to messages.
//!
//! # State and stack
//!
//! The client's own state and its stack are in the tables of the README, measured by
//! `tests/footprint/run`. TLS, where it is done on the device, needs more than all of this:
//! see [`tls`](super::tls).
