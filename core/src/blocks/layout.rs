//! Blocks without interaction and without structure: the header and the divider.

use super::block::Block;
use super::text_object::plain_member;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// `header`: a title in a larger font.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeaderBlock<'a>(&'a str);

impl<'a> HeaderBlock<'a> {
    /// Creates a header with this plain text of 1 to 150 characters.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }
}

impl Block for HeaderBlock<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::HeaderText.check_text(self.0)
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("header");
        plain_member(json, "text", self.0);
        json.end_object();
    }
}

/// `divider`: a line.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Divider;

impl Block for Divider {
    fn check(&self) -> Result<(), ArgumentError> {
        Ok(())
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("divider");
        json.end_object();
    }
}
