//! The context block: small texts in a row.

use super::block::Block;
use super::text_object::TextObject;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// `context`: 1 to 10 texts in a small font.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Context<'a>(&'a [TextObject<'a>]);

impl<'a> Context<'a> {
    /// Creates a context block with these texts.
    pub const fn new(elements: &'a [TextObject<'a>]) -> Self {
        Self(elements)
    }
}

impl Block for Context<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::ContextElements.check(self.0.len())
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("context");
        json.name("elements").begin_array();
        self.0.iter().for_each(|text| text.write(json));
        json.end_array();
        json.end_object();
    }
}
