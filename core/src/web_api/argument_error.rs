//! The error for a part of an argument that exceeds a limit of Slack's.

use core::fmt;

/// A part of an argument that Slack limits: of a text, of a block, of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ArgumentPart {
    /// The text of a message.
    Text,
    /// The contents of a message: a text, blocks, or both.
    Content,
    /// The name of a reaction, without colons.
    ReactionName,
    /// The users of a conversation.
    Users,
    /// The blocks of a message.
    MessageBlocks,
    /// The attachments of a message.
    Attachments,
    /// The blocks of a modal or of the Home tab.
    ViewBlocks,
    /// The text of a section.
    SectionText,
    /// The fields of a section.
    SectionFields,
    /// The text of one field of a section.
    FieldText,
    /// The text of a header.
    HeaderText,
    /// The elements of a context block.
    ContextElements,
    /// The elements of an actions block.
    ActionElements,
    /// The text of a button.
    ButtonText,
    /// The value of a button.
    ButtonValue,
    /// The options of a menu.
    Options,
    /// The text of an option.
    OptionText,
    /// The value of an option.
    OptionValue,
    /// The text that a menu or an input shows while it is empty.
    Placeholder,
    /// The label of an input.
    InputLabel,
    /// The hint below an input.
    InputHint,
    /// The title of a modal.
    ModalTitle,
    /// The text of the button that submits a modal.
    ModalSubmit,
    /// The text of the button that closes a modal.
    ModalClose,
    /// `private_metadata`, which Slack returns with each event of a view.
    PrivateMetadata,
    /// `block_id`, `action_id` or `callback_id`; the name of a method, or of a channel.
    Id,
    /// The URL of a webhook, or for responses.
    Url,
    /// The URL that a file is uploaded to.
    UploadUrl,
    /// The elements of one page of a list (`limit`).
    PageElements,
    /// The text of a user's status.
    StatusText,
    /// The fields of a profile.
    ProfileFields,
    /// The length of an uploaded file, in MiB.
    FileLength,
    /// The text that describes an uploaded image.
    AltText,
    /// The channels that files are shared in.
    Channels,
}

impl ArgumentPart {
    /// Returns the smallest and the largest count that Slack accepts.
    const fn limits(self) -> (u16, u16) {
        match self {
            Self::Text => (0, 40_000),
            Self::Content => (1, 2),
            Self::ReactionName => (1, 100),
            Self::Users => (1, 8),
            Self::MessageBlocks => (0, 50),
            Self::Attachments => (0, 100),
            Self::ViewBlocks => (1, 100),
            Self::SectionText => (1, 3000),
            Self::SectionFields => (0, 10),
            Self::FieldText => (1, 2000),
            Self::HeaderText => (1, 150),
            Self::ContextElements => (1, 10),
            Self::ActionElements => (1, 25),
            Self::ButtonText => (1, 75),
            Self::ButtonValue => (0, 2000),
            Self::Options => (1, 100),
            Self::OptionText => (1, 75),
            Self::OptionValue => (1, 150),
            Self::Placeholder => (1, 150),
            Self::InputLabel => (1, 2000),
            Self::InputHint => (1, 2000),
            Self::ModalTitle => (1, 24),
            Self::ModalSubmit => (1, 24),
            Self::ModalClose => (1, 24),
            Self::PrivateMetadata => (0, 3000),
            Self::Id | Self::Url => (1, 255),
            Self::UploadUrl => (1, 384),
            Self::PageElements => (1, 999),
            Self::StatusText => (0, 100),
            Self::ProfileFields => (1, 50),
            Self::FileLength => (0, 1024),
            Self::AltText => (0, 1000),
            Self::Channels => (1, 100),
        }
    }

    /// Returns the part with its article, and the things that are counted: for people, so that a
    /// program that shows no error does not link them.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("the text of a message", CHARACTERS),
            Self::Content => ("a message", "of text and blocks"),
            Self::ReactionName => ("the name of a reaction", CHARACTERS),
            Self::Users => ("a conversation", "users"),
            Self::MessageBlocks => ("a message", "blocks"),
            Self::Attachments => ("a message", "attachments"),
            Self::ViewBlocks => ("a view", "blocks"),
            Self::SectionText => ("the text of a section", CHARACTERS),
            Self::SectionFields => ("a section", "fields"),
            Self::FieldText => ("a field of a section", CHARACTERS),
            Self::HeaderText => ("a header", CHARACTERS),
            Self::ContextElements => ("a context block", "elements"),
            Self::ActionElements => ("an actions block", "elements"),
            Self::ButtonText => ("the text of a button", CHARACTERS),
            Self::ButtonValue => ("the value of a button", CHARACTERS),
            Self::Options => ("a menu", "options"),
            Self::OptionText => ("the text of an option", CHARACTERS),
            Self::OptionValue => ("the value of an option", CHARACTERS),
            Self::Placeholder => ("a placeholder", CHARACTERS),
            Self::InputLabel => ("the label of an input", CHARACTERS),
            Self::InputHint => ("the hint of an input", CHARACTERS),
            Self::ModalTitle => ("the title of a modal", CHARACTERS),
            Self::ModalSubmit => ("the submit text of a modal", CHARACTERS),
            Self::ModalClose => ("the close text of a modal", CHARACTERS),
            Self::PrivateMetadata => ("private_metadata", CHARACTERS),
            Self::Id => ("an id", CHARACTERS),
            Self::Url => ("the URL of a webhook", CHARACTERS),
            Self::UploadUrl => ("an upload URL", CHARACTERS),
            Self::PageElements => ("a page", "elements"),
            Self::StatusText => ("the text of a status", CHARACTERS),
            Self::ProfileFields => ("a profile", "fields"),
            Self::FileLength => ("an uploaded file", "MiB"),
            Self::AltText => ("the description of an image", CHARACTERS),
            Self::Channels => ("an upload", "channels"),
        }
    }

    /// Returns the smallest number that Slack accepts.
    pub const fn least(self) -> usize {
        self.limits().0 as usize
    }

    /// Returns the largest number that Slack accepts.
    pub const fn most(self) -> usize {
        self.limits().1 as usize
    }

    /// Checks the number of things in this part.
    pub(crate) fn check(self, found: usize) -> Result<(), ArgumentError> {
        if (self.least()..=self.most()).contains(&found) {
            Ok(())
        } else {
            Err(ArgumentError { part: self, found })
        }
    }

    /// Checks the number of characters of the text of this part.
    pub(crate) fn check_text(self, text: &str) -> Result<(), ArgumentError> {
        // Every byte of UTF-8 but a continuation byte begins a character. The count of the standard
        // library is faster, and takes more flash than all else here.
        let is_first = |byte: &u8| byte & 0xC0 != 0x80;
        self.check(text.bytes().filter(is_first).count())
    }

    /// Checks the number of characters of an optional text of this part.
    pub(crate) fn check_optional(self, text: Option<&str>) -> Result<(), ArgumentError> {
        text.map_or(Ok(()), |text| self.check_text(text))
    }
}

const CHARACTERS: &str = "characters";

/// The error for an argument with a part that Slack would refuse or cut.
///
/// ```
/// use slack_rtm::blocks::{Block, HeaderBlock};
/// use slack_rtm::web_api::{ArgumentError, ArgumentPart};
///
/// let error = HeaderBlock::new(&"x".repeat(151)).check();
/// assert_eq!(error, Err(ArgumentError { part: ArgumentPart::HeaderText, found: 151 }));
/// assert_eq!(error.unwrap_err().to_string(), "a header has 151 characters, Slack accepts 1 to 150");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ArgumentError {
    /// The part that exceeds its limit.
    pub part: ArgumentPart,
    /// The number of its characters, elements, options or blocks.
    pub found: usize,
}

impl ArgumentError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        340
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, found } = self;
        let ((least, most), (name, unit)) = (part.limits(), part.names());
        write!(
            f,
            "{name} has {found} {unit}, Slack accepts {least} to {most}"
        )
    }
}

impl core::error::Error for ArgumentError {}
