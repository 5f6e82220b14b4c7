//! The input block of a modal, and the text input.

use super::block::{Block, BlockElement};
use super::text_object::{optional_member, plain_member};
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// `input`: a label above an element whose value a modal submits.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    label: &'a str,
    element: &'a dyn BlockElement,
    hint: Option<&'a str>,
    block_id: Option<&'a str>,
    is_optional: bool,
}

impl<'a> Input<'a> {
    /// Creates an input with a plain label of 1 to 2,000 characters. A modal is submitted only when it has
    /// a value.
    pub const fn new(label: &'a str, element: &'a dyn BlockElement) -> Self {
        Self {
            label,
            element,
            hint: None,
            block_id: None,
            is_optional: false,
        }
    }

    /// Sets a plain text, of 1 to 2,000 characters, below the element.
    #[must_use]
    pub const fn hint(mut self, text: &'a str) -> Self {
        self.hint = Some(text);
        self
    }

    /// Sets `block_id`: the key of the value in the state of the view.
    #[must_use]
    pub const fn block_id(mut self, id: &'a str) -> Self {
        self.block_id = Some(id);
        self
    }

    /// Lets the value be empty.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }
}

impl Block for Input<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::InputLabel.check_text(self.label)?;
        ArgumentPart::InputHint.check_optional(self.hint)?;
        ArgumentPart::Id.check_optional(self.block_id)?;
        self.element.check()
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("input");
        optional_member(json, "block_id", self.block_id);
        plain_member(json, "label", self.label);
        json.name("element");
        self.element.write(json);
        if let Some(text) = self.hint {
            plain_member(json, "hint", text);
        }
        if self.is_optional {
            json.name("optional").bool(true);
        }
        json.end_object();
    }
}

/// Shows the label and the ids.
impl core::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Input")
            .field("label", &self.label)
            .field("block_id", &self.block_id)
            .field("is_optional", &self.is_optional)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Input<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Input {{ label: {}, block_id: {} }}",
            self.label,
            self.block_id
        );
    }
}

/// `plain_text_input`: a field to type into.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TextInput<'a> {
    action_id: &'a str,
    initial_value: Option<&'a str>,
    placeholder: Option<&'a str>,
    is_multiline: bool,
}

impl<'a> TextInput<'a> {
    /// Creates an empty field of one line. `action_id` has 1 to 255 characters, and is the key of the
    /// value within its block.
    pub const fn new(action_id: &'a str) -> Self {
        Self {
            action_id,
            initial_value: None,
            placeholder: None,
            is_multiline: false,
        }
    }

    /// Sets the text that the field has at first.
    #[must_use]
    pub const fn initial_value(mut self, text: &'a str) -> Self {
        self.initial_value = Some(text);
        self
    }

    /// Sets the plain text, of 1 to 150 characters, that is shown while the field is empty.
    #[must_use]
    pub const fn placeholder(mut self, text: &'a str) -> Self {
        self.placeholder = Some(text);
        self
    }

    /// Gives the field several lines.
    #[must_use]
    pub const fn multiline(mut self) -> Self {
        self.is_multiline = true;
        self
    }
}

impl BlockElement for TextInput<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Id.check_text(self.action_id)?;
        ArgumentPart::Placeholder.check_optional(self.placeholder)
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("plain_text_input");
        json.name("action_id").text(self.action_id);
        optional_member(json, "initial_value", self.initial_value);
        if let Some(text) = self.placeholder {
            plain_member(json, "placeholder", text);
        }
        if self.is_multiline {
            json.name("multiline").bool(true);
        }
        json.end_object();
    }
}
