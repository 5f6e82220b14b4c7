//! A bot that answers people, built from the condition of the documentation.

use crate::members::{CHANNEL, Members};
use slack_rtm::event::{Author, Message};
use std::collections::VecDeque;

/// The messages that the bot received, and those that it answers.
#[derive(Debug, Default)]
pub(crate) struct Bot {
    /// `ts` of the new messages of people that reached the client, by what the server knows.
    heard: Vec<String>,
    /// `ts` of the messages that the bot decided to answer, and of those that it has answered.
    waiting: VecDeque<String>,
    answered: Vec<String>,
}

impl Bot {
    /// Looks at a message, and decides whether to answer.
    pub(crate) fn hear(&mut self, message: &Message<'_>, members: &Members) {
        let ts = message.ts().unwrap_or_default();
        if members.is_question(message.event_ts().unwrap_or_default()) {
            self.heard.push(ts.to_owned());
        }
        if message.channel() == Some(CHANNEL)
            && let Some(Author::Person(_)) = message.posted_by()
        {
            self.waiting.push_back(ts.to_owned());
        }
    }

    /// The message to answer next.
    pub(crate) fn next(&self) -> Option<&str> {
        self.waiting.front().map(String::as_str)
    }

    /// The client has accepted the answer to that message.
    pub(crate) fn has_answered(&mut self) {
        self.answered.extend(self.waiting.pop_front());
    }

    /// The number of its answers.
    pub(crate) fn answers(&self) -> usize {
        self.answered.len()
    }

    /// Whether every message of a person that reached the client has one answer, and nothing else has any.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        if self.answered == self.heard {
            return Ok(());
        }
        let (heard, answered) = (&self.heard, &self.answered);
        Err(format!("people asked {heard:?}, answered {answered:?}"))
    }
}
