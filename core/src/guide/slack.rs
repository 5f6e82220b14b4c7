//! Changes at Slack: who can use RTM today, and the alternatives.
//!
//! # In short
//!
//! RTM serves **classic apps** and their tokens. Nobody can create a new classic app. If you have
//! one, this crate is for you. If you do not, Slack refuses the call with `not_allowed_token_type`,
//! and no client can change that.
//!
//! # Tokens
//!
//! | token | RTM |
//! |---|---|
//! | bot token of a classic app | yes |
//! | user token of a classic app with the scope `client` or `rtm:stream` | yes |
//! | token of a web client (`xoxc-`), with its cookie as a [`Header`](crate::http::Header) bound to `slack.com` | has been seen to work; Slack does not document it |
//! | bot or user token of an app with granular scopes (any app created today) | no: `not_allowed_token_type` |
//! | app-level token (`xapp-`) | no: these tokens are for Socket Mode |
//! | legacy custom bot | no, since 31 March 2025 |
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
//! - **You have a classic app.** Use [`rtm.connect`](crate::web_api::Method::RtmConnect), the
//!   default. Plan for the day on which the token is refused. The client then closes with
//!   [`CloseReason::Refused`](crate::CloseReason::Refused). A device should display that, because
//!   nobody reads its log.
//! - **You use `rtm.start` for its lists.** Slack no longer sends them. Use
//!   [`Call`](crate::web_api::Call) with `users.list` or `conversations.list`: the elements pass
//!   through the same small buffer one by one.
//! - **You start today.** Slack offers the Events API and Socket Mode. This crate supports neither.
//!   Its modules [`websocket`](crate::websocket), [`json`](crate::json) and
//!   [`web_api`](crate::web_api) do not depend on RTM and can be used there too.
