//! The actions block: buttons and menus in a row.

use super::block::{Block, BlockElement};
use super::text_object::optional_member;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// `actions`: 1 to 25 buttons and menus.
#[derive(Clone, Copy)]
pub struct Actions<'a> {
    elements: &'a [&'a dyn BlockElement],
    block_id: Option<&'a str>,
}

impl<'a> Actions<'a> {
    /// Creates an actions block with these elements.
    pub const fn new(elements: &'a [&'a dyn BlockElement]) -> Self {
        Self {
            elements,
            block_id: None,
        }
    }

    /// Sets `block_id`, which the events of its elements contain.
    #[must_use]
    pub const fn block_id(mut self, id: &'a str) -> Self {
        self.block_id = Some(id);
        self
    }
}

impl Block for Actions<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::ActionElements.check(self.elements.len())?;
        ArgumentPart::Id.check_optional(self.block_id)?;
        self.elements.iter().try_for_each(|element| element.check())
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text("actions");
        optional_member(json, "block_id", self.block_id);
        json.name("elements").begin_array();
        self.elements.iter().for_each(|element| element.write(json));
        json.end_array();
        json.end_object();
    }
}

impl core::fmt::Debug for Actions<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Actions")
            .field("elements", &self.elements.len())
            .field("block_id", &self.block_id)
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Actions<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Actions {{ elements: {}, block_id: {} }}",
            self.elements.len(),
            self.block_id
        );
    }
}
