//! The attachments of a message, as JSON.

use super::json_text::JsonText;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// The attachments of a message: parts below its text or its blocks, with a coloured bar.
///
/// Slack advises [`Blocks`](super::Blocks) for new programs, which an attachment can contain. At
/// most 100 are accepted, and 20 are advised.
///
/// ```
/// use slack_rtm::blocks::{Attachments, JsonText};
/// use slack_rtm::methods::chat::PostMessage;
/// use slack_rtm::web_api::Method;
///
/// let json = r##"[{"color":"#cc0000","text":"The door has been open for an hour"}]"##;
/// let attachments = Attachments::json(JsonText::new(json)?);
/// let post = PostMessage::new("C0123456789", "Front door").attachments(attachments);
/// assert!(post.check().is_ok());
/// # Ok::<(), slack_rtm::blocks::JsonTextError>(())
/// ```
///
/// With the feature `serde` a type of the program is written by [`JsonText::serialize`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attachments<'a>(JsonText<'a>);

impl<'a> Attachments<'a> {
    /// No attachments: `chat.update` removes those that the message has.
    pub const NONE: Self = Self(JsonText::EMPTY_ARRAY);

    /// Creates attachments that are JSON already: an array. Their number is checked when the method is
    /// called.
    pub const fn json(json: JsonText<'a>) -> Self {
        Self(json)
    }

    /// Checks Slack's limit on their number.
    ///
    /// # Errors
    /// [`ArgumentError`] for [`ArgumentPart::Attachments`].
    pub fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Attachments.check(self.0.elements())
    }

    /// Writes the array of attachments.
    pub fn write(&self, json: &mut Writer<'_>) {
        self.0.write(json);
    }
}
