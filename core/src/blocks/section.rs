//! The section: a text, fields, and an element beside them.

use super::block::{Block, BlockElement};
use super::text_object::{TextObject, optional_member};
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// `section`: a text, or up to ten fields in two columns, or both.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    text: Option<TextObject<'a>>,
    fields: &'a [TextObject<'a>],
    accessory: Option<&'a dyn BlockElement>,
    block_id: Option<&'a str>,
}

impl<'a> Section<'a> {
    /// Creates a section with a text of 1 to 3,000 characters.
    pub const fn new(text: TextObject<'a>) -> Self {
        Self {
            text: Some(text),
            fields: &[],
            accessory: None,
            block_id: None,
        }
    }

    /// Creates a section with 1 to 10 fields of 1 to 2,000 characters, and without a text.
    pub const fn of_fields(fields: &'a [TextObject<'a>]) -> Self {
        Self {
            text: None,
            fields,
            accessory: None,
            block_id: None,
        }
    }

    /// Adds fields below the text.
    #[must_use]
    pub const fn fields(mut self, fields: &'a [TextObject<'a>]) -> Self {
        self.fields = fields;
        self
    }

    /// Adds an element beside the text.
    #[must_use]
    pub const fn accessory(mut self, element: &'a dyn BlockElement) -> Self {
        self.accessory = Some(element);
        self
    }

    /// Sets `block_id`, which the events of its element contain.
    #[must_use]
    pub const fn block_id(mut self, id: &'a str) -> Self {
        self.block_id = Some(id);
        self
    }
}

impl Block for Section<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        match self.text {
            Some(text) => ArgumentPart::SectionText.check_text(text.text())?,
            // One of the two is required.
            None if self.fields.is_empty() => ArgumentPart::SectionText.check(0)?,
            None => {}
        }
        ArgumentPart::SectionFields.check(self.fields.len())?;
        for field in self.fields {
            ArgumentPart::FieldText.check_text(field.text())?;
        }
        ArgumentPart::Id.check_optional(self.block_id)?;
        self.accessory.map_or(Ok(()), |element| element.check())
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("section");
        optional_member(json, "block_id", self.block_id);
        if let Some(text) = self.text {
            json.name("text");
            text.write(json);
        }
        if !self.fields.is_empty() {
            json.name("fields").begin_array();
            self.fields.iter().for_each(|field| field.write(json));
            json.end_array();
        }
        if let Some(element) = self.accessory {
            json.name("accessory");
            element.write(json);
        }
        json.end_object();
    }
}

/// Shows an accessory as its presence only.
impl core::fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Section")
            .field("text", &self.text)
            .field("fields", &self.fields)
            .field("has_accessory", &self.accessory.is_some())
            .field("block_id", &self.block_id)
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Section<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Section {{ text: {}, fields: {}, block_id: {} }}",
            self.text,
            self.fields,
            self.block_id
        );
    }
}
