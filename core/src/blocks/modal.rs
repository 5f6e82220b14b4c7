//! Views: the modal and the Home tab.

use super::block::Blocks;
use super::text_object::{optional_member, plain_member};
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// A modal: a window that `views.open` shows to one person.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Modal<'a> {
    title: &'a str,
    blocks: Blocks<'a>,
    submit: Option<&'a str>,
    close: Option<&'a str>,
    callback_id: Option<&'a str>,
    private_metadata: Option<&'a str>,
    notify_on_close: bool,
}

impl<'a> Modal<'a> {
    /// Creates a modal with a title of 1 to 24 characters, and 1 to 100 blocks.
    pub const fn new(title: &'a str, blocks: Blocks<'a>) -> Self {
        Self {
            title,
            blocks,
            submit: None,
            close: None,
            callback_id: None,
            private_metadata: None,
            notify_on_close: false,
        }
    }

    /// Adds a button, with a text of 1 to 24 characters, that submits the values. A modal with an
    /// [`Input`](super::Input) needs it.
    #[must_use]
    pub const fn submit(mut self, text: &'a str) -> Self {
        self.submit = Some(text);
        self
    }

    /// Sets the text, of 1 to 24 characters, of the button that closes the modal.
    #[must_use]
    pub const fn close(mut self, text: &'a str) -> Self {
        self.close = Some(text);
        self
    }

    /// Sets `callback_id`, which the events of the modal contain.
    #[must_use]
    pub const fn callback_id(mut self, id: &'a str) -> Self {
        self.callback_id = Some(id);
        self
    }

    /// Sets a text of up to 3,000 characters, which Slack returns with each event of the modal.
    #[must_use]
    pub const fn private_metadata(mut self, text: &'a str) -> Self {
        self.private_metadata = Some(text);
        self
    }

    /// Requests an event (`view_closed`) when a person closes the modal.
    #[must_use]
    pub const fn notify_on_close(mut self) -> Self {
        self.notify_on_close = true;
        self
    }

    /// Checks Slack's limits.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    pub fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::ModalTitle.check_text(self.title)?;
        ArgumentPart::ModalSubmit.check_optional(self.submit)?;
        ArgumentPart::ModalClose.check_optional(self.close)?;
        ArgumentPart::Id.check_optional(self.callback_id)?;
        ArgumentPart::PrivateMetadata.check_optional(self.private_metadata)?;
        self.blocks.check_as(ArgumentPart::ViewBlocks)
    }

    /// Writes the view, which is an object.
    pub fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("modal");
        plain_member(json, "title", self.title);
        if let Some(text) = self.submit {
            plain_member(json, "submit", text);
        }
        if let Some(text) = self.close {
            plain_member(json, "close", text);
        }
        optional_member(json, "callback_id", self.callback_id);
        optional_member(json, "private_metadata", self.private_metadata);
        if self.notify_on_close {
            json.name("notify_on_close").bool(true);
        }
        json.name("blocks");
        self.blocks.write(json);
        json.end_object();
    }
}

/// The Home tab of an app, which `views.publish` sets for one person.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HomeTab<'a> {
    blocks: Blocks<'a>,
    callback_id: Option<&'a str>,
    private_metadata: Option<&'a str>,
}

impl<'a> HomeTab<'a> {
    /// Creates a Home tab with 1 to 100 blocks.
    pub const fn new(blocks: Blocks<'a>) -> Self {
        Self {
            blocks,
            callback_id: None,
            private_metadata: None,
        }
    }

    /// Sets `callback_id`, which the events of the tab contain.
    #[must_use]
    pub const fn callback_id(mut self, id: &'a str) -> Self {
        self.callback_id = Some(id);
        self
    }

    /// Sets a text of up to 3,000 characters, which Slack returns with each event of the tab.
    #[must_use]
    pub const fn private_metadata(mut self, text: &'a str) -> Self {
        self.private_metadata = Some(text);
        self
    }

    /// Checks Slack's limits.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    pub fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Id.check_optional(self.callback_id)?;
        ArgumentPart::PrivateMetadata.check_optional(self.private_metadata)?;
        self.blocks.check_as(ArgumentPart::ViewBlocks)
    }

    /// Writes the view, which is an object.
    pub fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("home");
        optional_member(json, "callback_id", self.callback_id);
        optional_member(json, "private_metadata", self.private_metadata);
        json.name("blocks");
        self.blocks.write(json);
        json.end_object();
    }
}
