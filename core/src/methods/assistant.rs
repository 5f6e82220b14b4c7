//! `assistant.threads.setStatus`: the line that is shown while an app prepares a reply.

use crate::web_api::{Arguments, Method, MethodInfo, Repetition};

/// `assistant.threads.setStatus`: shows a line such as "is thinking..." in a thread, until the app
/// posts or two minutes have passed. Needs the scope `chat:write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct SetThreadStatus<'a> {
    channel_id: &'a str,
    thread_ts: &'a str,
    status: &'a str,
}

impl<'a> SetThreadStatus<'a> {
    /// Shows `status` after the name of the app, in the thread of the message with this `ts`. An
    /// empty status removes the line.
    pub const fn new(channel_id: &'a str, thread_ts: &'a str, status: &'a str) -> Self {
        Self {
            channel_id,
            thread_ts,
            status,
        }
    }
}

impl Method for SetThreadStatus<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("assistant.threads.setStatus").repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel_id", self.channel_id);
        arguments.text("thread_ts", self.thread_ts);
        arguments.text("status", self.status);
    }
}
