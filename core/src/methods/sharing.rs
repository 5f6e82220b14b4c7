//! Where uploaded files are shown: the arguments of `files.completeUploadExternal` beside the files.

use super::separated::separated;
use crate::blocks::Blocks;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart, Arguments, MethodInfo, Rate};

/// The channels, and the message there.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Sharing<'a> {
    pub(super) channel_id: Option<&'a str>,
    pub(super) channels: Option<&'a [&'a str]>,
    pub(super) thread_ts: Option<&'a str>,
    pub(super) initial_comment: Option<&'a str>,
    pub(super) blocks: Option<Blocks<'a>>,
}

impl Sharing<'_> {
    pub(super) const NONE: Self = Self {
        channel_id: None,
        channels: None,
        thread_ts: None,
        initial_comment: None,
        blocks: None,
    };

    /// The method that has these arguments.
    pub(super) const INFO: MethodInfo<'static> =
        MethodInfo::new("files.completeUploadExternal").rate(Rate::TIER_4);

    /// Writes all arguments of the method. `files` writes the elements of `files`.
    pub(super) fn write(&self, files: impl Fn(&mut Writer<'_>), arguments: &mut Arguments<'_>) {
        arguments.json("files", |json| {
            json.begin_array();
            files(json);
            json.end_array();
        });
        arguments.optional("channel_id", self.channel_id);
        if let Some(channels) = self.channels {
            separated(arguments, "channels", channels.iter().copied());
        }
        arguments.optional("thread_ts", self.thread_ts);
        arguments.optional("initial_comment", self.initial_comment);
        if let Some(blocks) = &self.blocks {
            arguments.json("blocks", |json| blocks.write(json));
        }
    }

    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        if let Some(channels) = self.channels {
            ArgumentPart::Channels.check(channels.len())?;
        }
        ArgumentPart::Text.check_optional(self.initial_comment)?;
        self.blocks.map_or(Ok(()), |blocks| blocks.check())
    }
}

/// Methods of a type with a member `sharing`.
macro_rules! sharing_setters {
    () => {
        /// Shares the files in the channel with this id.
        pub const fn in_channel(mut self, channel_id: &'a str) -> Self {
            self.sharing.channel_id = Some(channel_id);
            self.sharing.channels = None;
            self
        }

        /// Shares the files in the channels with these ids, 1 to 100.
        pub const fn in_channels(mut self, channels: &'a [&'a str]) -> Self {
            self.sharing.channels = Some(channels);
            self.sharing.channel_id = None;
            self
        }

        /// Shares the files in the thread of the message with this `ts`, in one channel.
        pub const fn in_thread(mut self, thread_ts: &'a str) -> Self {
            self.sharing.thread_ts = Some(thread_ts);
            self
        }

        /// Sets the text of the message with the files, with Slack's markup.
        pub const fn initial_comment(mut self, text: &'a str) -> Self {
            self.sharing.initial_comment = Some(text);
            self
        }

        /// Sets the blocks of the message with the files, in place of a text.
        pub const fn blocks(mut self, blocks: Blocks<'a>) -> Self {
            self.sharing.blocks = Some(blocks);
            self
        }
    };
}

pub(super) use sharing_setters;
