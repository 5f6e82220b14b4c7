//! The outcome of a call that waited in the outbox.

use slack_rtm::MessageId;
use slack_rtm::web_api::{CallError, CallFailure, CallerEvent};
use std::fmt;

/// The outcome of a [`WebApi::post`](crate::WebApi::post).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostOutcome {
    /// Slack has done it.
    Accepted {
        /// `channel` of the response, if the table of
        /// [`post_paths`](slack_rtm::web_api::CallerConfig::post_paths) has it.
        channel: Option<String>,
        /// `ts` of the response, if that table has it.
        ts: Option<String>,
    },
    /// Slack refused it.
    Refused {
        /// The code of the error.
        code: String,
        /// Its meaning and its remedy.
        text: String,
    },
    /// Slack has not done it, and a repetition would not help.
    Failed(CallError),
    /// It is not known whether Slack has done it.
    Unconfirmed(CallError),
    /// It was not sent within its time to live.
    Expired,
    /// It was withdrawn before it was sent.
    Withdrawn,
}

impl PostOutcome {
    /// Returns the outcome of a post in an event, if it has one.
    pub(crate) fn of_event(event: &CallerEvent<'_>) -> Option<(MessageId, Self)> {
        Some(match *event {
            CallerEvent::PostAccepted(id, response) => {
                let members = response.members();
                let text = |name| members.text_or_number(name).map(str::to_owned);
                let (channel, ts) = (text("channel"), text("ts"));
                (id, Self::Accepted { channel, ts })
            }
            CallerEvent::PostRefused(id, error) => {
                let code = error.code().as_str().to_owned();
                let text = error.to_string();
                (id, Self::Refused { code, text })
            }
            CallerEvent::PostFailed(id, error) => (id, Self::Failed(error)),
            CallerEvent::PostUnconfirmed(id, error) => (id, Self::Unconfirmed(error)),
            CallerEvent::PostExpired(id) => (id, Self::Expired),
            CallerEvent::PostWithdrawn(id) => (id, Self::Withdrawn),
            _ => return None,
        })
    }
}

impl fmt::Display for PostOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { .. } => f.write_str("posted"),
            Self::Refused { text, .. } => f.write_str(text),
            Self::Failed(error) => CallFailure::Failed(*error).fmt(f),
            Self::Unconfirmed(error) => CallFailure::Unconfirmed(*error).fmt(f),
            Self::Expired => f.write_str("it was not sent within its time to live"),
            Self::Withdrawn => f.write_str("it was withdrawn"),
        }
    }
}
