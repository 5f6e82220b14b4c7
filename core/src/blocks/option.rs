//! An option of a menu.

use super::text_object::plain_member;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// An option of a menu with options of its own.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SelectOption<'a> {
    text: &'a str,
    value: &'a str,
}

impl<'a> SelectOption<'a> {
    /// Creates an option with a plain text of 1 to 75 characters, and a value of 1 to 150, which the event
    /// of its selection contains.
    pub const fn new(text: &'a str, value: &'a str) -> Self {
        Self { text, value }
    }

    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::OptionText.check_text(self.text)?;
        ArgumentPart::OptionValue.check_text(self.value)
    }

    pub(super) fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        plain_member(json, "text", self.text);
        json.name("value").text(self.value);
        json.end_object();
    }
}
