//! The button.

use super::block::BlockElement;
use super::text_object::{optional_member, plain_member};
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// `button`: sends a `block_actions` event when it is pressed, or opens a URL.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Button<'a> {
    action_id: &'a str,
    text: &'a str,
    value: Option<&'a str>,
    url: Option<&'a str>,
    style: Style,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Style {
    Plain,
    Primary,
    Danger,
}

impl<'a> Button<'a> {
    /// Creates a button with a plain text of 1 to 75 characters. `action_id` has 1 to 255, is different
    /// from that of other elements of the block, and is in the event of a press.
    pub const fn new(action_id: &'a str, text: &'a str) -> Self {
        Self {
            action_id,
            text,
            value: None,
            url: None,
            style: Style::Plain,
        }
    }

    /// Sets the value, of up to 2,000 characters, which the event of a press contains.
    #[must_use]
    pub const fn value(mut self, value: &'a str) -> Self {
        self.value = Some(value);
        self
    }

    /// Opens `url` in the browser at a press. The event comes too.
    #[must_use]
    pub const fn url(mut self, url: &'a str) -> Self {
        self.url = Some(url);
        self
    }

    /// Shows the button in green (`primary`).
    #[must_use]
    pub const fn primary(mut self) -> Self {
        self.style = Style::Primary;
        self
    }

    /// Shows the button in red (`danger`).
    #[must_use]
    pub const fn danger(mut self) -> Self {
        self.style = Style::Danger;
        self
    }
}

impl BlockElement for Button<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Id.check_text(self.action_id)?;
        ArgumentPart::ButtonText.check_text(self.text)?;
        ArgumentPart::ButtonValue.check_optional(self.value)
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("button");
        json.name("action_id").text(self.action_id);
        plain_member(json, "text", self.text);
        optional_member(json, "value", self.value);
        optional_member(json, "url", self.url);
        let style = match self.style {
            Style::Plain => None,
            Style::Primary => Some("primary"),
            Style::Danger => Some("danger"),
        };
        optional_member(json, "style", style);
        json.end_object();
    }
}
