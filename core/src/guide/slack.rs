//! What changed at Slack: who can use RTM today, and what others do instead.
//!
//! # In short
//!
//! RTM serves **classic apps** and their tokens. Nobody can make a new classic app. If you have one,
//! this crate is for you. If you do not, Slack answers `not_allowed_token_type`, and no client can
//! change that.
//!
//! # Which token works
//!
//! | token | RTM |
//! |---|---|
//! | bot token of a classic app | yes |
//! | user token of a classic app with the scope `client` or `rtm:stream` | yes |
//! | token of a web client (`xoxc-`), with its cookie as a [`Header`](crate::http::Header) bound to `slack.com` | seen to work; Slack does not document it |
//! | bot or user token of an app with granular scopes (any app made today) | no: `not_allowed_token_type` |
//! | app-level token (`xapp-`) | no: these open Socket Mode |
//! | legacy custom bot | no, since 31 March 2025 |
//!
//! The client tells such a refusal as [`Event::Refused`](crate::Event::Refused) and ends with
//! [`CloseReason::Refused`](crate::CloseReason::Refused): trying again would change nothing. The text of each code
//! says what to do ([`ErrorCode`](crate::web_api::ErrorCode)). A missing scope comes with its name
//! ([`ApiError::needed`](crate::web_api::ApiError::needed)).
//!
//! # When it changed
//!
//! | date | what |
//! |---|---|
//! | January 2018 | presence comes only to those who ask for it: [`PresenceSub`](crate::rtm::command::PresenceSub) |
//! | December 2019 | apps with granular scopes get no RTM |
//! | 30 November 2021 | `rtm.start` is closed to new apps |
//! | 27 September 2022 | `rtm.start` answers as `rtm.connect` does, without its lists |
//! | 4 June 2024 | no new classic apps and no new custom bots |
//! | 31 March 2025 | custom bots stop: their calls are refused |
//! | September 2025 to November 2026 | the end of classic apps is announced, and moved three times |
//! | January 2026 | that end is paused. Classic apps go on; Slack names no new date |
//!
//! The last row is from Slack's announcements as they stood in early 2026. Read its changelog before
//! you plan a product for years.
//!
//! # What that means for you
//!
//! - **You own a classic app.** Use [`rtm.connect`](crate::web_api::Method::RtmConnect), the default. Plan for
//!   the day on which the token is refused: the client ends with
//!   [`CloseReason::Refused`](crate::CloseReason::Refused), and a device should show that, for nobody reads its log.
//! - **You use `rtm.start` for its lists.** They come no more. Use [`Call`](crate::web_api::Call) with
//!   `users.list` or `conversations.list`; elements stream through the same small buffer.
//! - **You start today.** Slack's way is the Events API or Socket Mode. This crate speaks neither. Its
//!   [`websocket`](crate::websocket), [`json`](crate::json) and
//!   [`web_api`](crate::web_api) layers know nothing of RTM and serve there too.
