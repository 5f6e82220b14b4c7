//! Slack: which token means which dialect, and how threads, mentions and texts work.
//!
//! # Tokens
//!
//! The token determines the [dialect](crate::Dialect):
//!
//! | token | dialect |
//! |---|---|
//! | app-level (`xapp-`) of any app that is created today, with its bot token (`xoxb-`) to post | [Socket Mode](super::socket_mode) |
//! | bot token of a classic app | RTM |
//! | user token of a classic app with the scope `client` or `rtm:stream` | RTM |
//! | token of a web client (`xoxc-`), with its cookie as a [`Header`](crate::http::Header) bound to `slack.com` | RTM has been seen to work; Slack does not document it |
//! | bot or user token of an app with granular scopes (any app created today) alone | neither: RTM refuses it with `not_allowed_token_type`, Socket Mode needs the app-level token as well |
//! | legacy custom bot | none, since 31 March 2025 |
//!
//! Nobody can create a new classic app.
//!
//! The client reports such a refusal as [`Event::Refused`](crate::Event::Refused) and closes with
//! [`CloseReason::Refused`](crate::CloseReason::Refused), because a retry would change nothing. The
//! text of each [`ErrorCode`](crate::web_api::ErrorCode) says what to do.
//! [`ApiError::needed`](crate::web_api::ApiError::needed) returns the name of a missing scope.
//!
//! # History
//!
//! | date | change |
//! |---|---|
//! | January 2018 | presence is sent only for users to which a client has subscribed: [`PresenceSub`](crate::rtm::command::PresenceSub) |
//! | December 2019 | apps with granular scopes cannot use RTM |
//! | 30 November 2021 | `rtm.start` is closed to new apps |
//! | 27 September 2022 | the response to `rtm.start` is that of `rtm.connect`, without its lists |
//! | 4 June 2024 | no new classic apps and no new custom bots |
//! | 31 March 2025 | custom bots end: their calls are refused |
//! | September 2025 to November 2026 | the end of classic apps is announced, and postponed three times |
//! | January 2026 | that end is paused. Classic apps continue to work; Slack has named no new date |
//!
//! The last row is from Slack's announcements of early 2026. Read Slack's changelog before you plan
//! a product for years.
//!
//! # Consequences
//!
//! - **You have a classic app.** Use [`rtm.connect`](crate::web_api::RtmConnect), the
//!   default. Plan for the day on which the token is refused. The client then closes with
//!   [`CloseReason::Refused`](crate::CloseReason::Refused). A device should display that, because
//!   nobody reads its log.
//! - **You use `rtm.start` for its lists.** Slack no longer sends them. Use
//!   [`Call`](crate::web_api::Call) with `users.list` or `conversations.list`: the elements pass
//!   through the same small buffer one by one.
//! - **You start today.** Create an app for [Socket Mode](super::socket_mode).
//!
//! # Where to reply
//!
//! A message in a thread has the timestamp of the thread's first message, `thread_ts`. A reply needs
//! that timestamp, and the first reply to a message makes it the first message of a thread. So the
//! thread for a reply is `thread_ts`, else `ts`; the `ts` of a message that is itself in a thread is
//! wrong.
//!
//! | reply | call | thread |
//! |---|---|---|
//! | where the message was written | [`Post::reply_to`](crate::rtm::command::Post::reply_to) | that of the message, if it [is in one](crate::event::Message::is_in_thread) |
//! | in a thread, even if none has begun | [`Post::in_thread_of`](crate::rtm::command::Post::in_thread_of) | [`Message::thread_root`](crate::event::Message::thread_root) |
//! | later, from stored ids | [`Post::in_thread`](crate::rtm::command::Post::in_thread) | a stored `thread_root` |
//!
//! [`broadcast`](crate::rtm::command::Post::broadcast) shows a reply of a thread in the channel too.
//! `core/tests/message_content.rs::one_call_replies_at_the_place_of_a_message_or_in_its_thread`
//! checks this table.
//!
//! # Commands, mentions, direct messages
//!
//! People address a bot by a mention, `<@U0123456789>` or `<@U0123456789|name>` in the text, or in a
//! direct message. [`Message::command`](crate::event::Message::command) covers both: it returns the
//! text without the mention, or `None` if the message is for somebody else
//! (`core/tests/message_content.rs::a_command_is_the_text_after_the_own_mention_at_the_front`).
//! [`Message::posted_by`](crate::event::Message::posted_by) comes first, as for every reply.
//!
//! ```
//! use slack_rtm::event::{Author, Message, TextPiece};
//! use slack_rtm::rtm::command::Post;
//!
//! /// Replies to "<@bot> say TEXT" in the thread of the message.
//! fn reply<'r>(message: &Message<'r>) -> Option<Post<'r, [TextPiece<'r>; 3]>> {
//!     let Some(Author::Person(user)) = message.posted_by() else { return None };
//!     let said = message.command()?.as_str().strip_prefix("say ")?;
//!     let text = [
//!         TextPiece::User(user),
//!         TextPiece::Literal(" says: "),
//!         TextPiece::Quoted(said), // mentions nobody
//!     ];
//!     Post::in_thread_of(message, text)
//! }
//! # let _ = reply;
//! ```
//!
//! The id of a direct message begins with `D`
//! ([`is_direct`](crate::event::Message::is_direct)). One with several people has an id like those of
//! other channels; only its `channel_type`, which RTM does not always send, is `mpim`
//! ([`is_group_direct`](crate::event::Message::is_group_direct)).
//!
//! # Texts
//!
//! - In a text that is sent, `&`, `<` and `>` are special. A text of others is sent as
//!   [`literal`](crate::rtm::command::Post::literal); an array of
//!   [`TextPiece`](crate::event::TextPiece) joins it with mentions, channels and links. All count
//!   against Slack's 4,000 characters as they are sent
//!   (`core/tests/message_content.rs::a_composed_text_is_checked_against_the_limit`).
//! - Over RTM, a link is a bare URL. Slack escapes `<https://example.com|label>` there, so that
//!   readers see the brackets. In received texts such links occur
//!   ([`text::parts`](crate::event::text::parts)).
//! - Alert bots send attachments and blocks, often without a text:
//!   [`Message::readable_text`](crate::event::Message::readable_text), with the table
//!   [`READABLE_PATHS`](crate::event::READABLE_PATHS)
//!   (`core/tests/message_content.rs::a_message_of_attachments_alone_has_a_readable_text`).
//! - Edits, deletions and updates of threads are messages about messages. Author, thread and texts
//!   are those of the message that they are about, and
//!   [`previous_text`](crate::event::Message::previous_text) is the text before
//!   (`core/tests/message_properties.rs::each_member_is_returned_whatever_is_missing_beside_it`).
//! - The files of a message: [`Message::files`](crate::event::Message::files), each with its id and
//!   name (`core/tests/message_content.rs::each_file_has_its_id_and_name`).
