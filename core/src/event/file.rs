//! Events about files.

use super::paths;
use super::view::view;
use crate::json::{List, Text};

view! {
    /// `file_*`: an event about a file.
    FileEvent
}

impl<'r> FileEvent<'r> {
    /// Returns the id of the file: `file_id`, else `file.id` or `file`. The files of a message are
    /// [`Message::files`](super::Message::files).
    pub fn file(&self) -> Option<&'r str> {
        self.id(paths::FILE_ID)
            .or_else(|| self.named("file.id"))
            .or_else(|| self.named("file"))
    }

    /// Returns `file.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.members().text("file.name")
    }

    /// Returns `channel_ids`: the channels in which a deleted file was shared.
    pub fn channels(&self) -> Option<List<'r>> {
        self.members().list("channel_ids[]")
    }

    /// Returns the id of the comment: `comment` or `comment.id`.
    pub fn comment(&self) -> Option<&'r str> {
        self.named("comment").or_else(|| self.named("comment.id"))
    }
}
