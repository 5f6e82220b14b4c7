//! The traits of blocks and their elements, and a list of blocks.

use super::json_text::JsonText;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// A block of a message, a modal or the Home tab.
///
/// Implement it for a kind of block that this module lacks. It is `Sync` for the same reason as
/// [`Method`](crate::web_api::Method).
pub trait Block: Sync {
    /// Checks Slack's limits.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    fn check(&self) -> Result<(), ArgumentError>;

    /// Writes the block, which is an object. Every call must write the same bytes: they are
    /// counted before they are sent.
    fn write(&self, json: &mut Writer<'_>);
}

/// An interactive element: a button, a menu or a text input.
pub trait BlockElement: Sync {
    /// Checks Slack's limits.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    fn check(&self) -> Result<(), ArgumentError>;

    /// Writes the element, which is an object. Every call must write the same bytes.
    fn write(&self, json: &mut Writer<'_>);
}

/// The blocks of a message or of a view.
#[derive(Clone, Copy)]
pub struct Blocks<'a> {
    source: Source<'a>,
    /// Checks the number of blocks by the limit of a part, and each block. A pointer like `write`,
    /// so that the linker drops the code from programs whose messages have no blocks.
    check: fn(&Source<'_>, ArgumentPart) -> Result<(), ArgumentError>,
    write: fn(&Source<'_>, &mut Writer<'_>),
}

#[derive(Clone, Copy)]
enum Source<'a> {
    List(&'a [&'a dyn Block]),
    Json(JsonText<'a>),
}

impl<'a> Blocks<'a> {
    /// Creates blocks that are written when they are sent.
    pub const fn list(blocks: &'a [&'a dyn Block]) -> Self {
        Self::of(Source::List(blocks))
    }

    /// Creates blocks that are JSON already: an array. Of their limits only the number of blocks is checked.
    pub const fn json(json: JsonText<'a>) -> Self {
        Self::of(Source::Json(json))
    }

    const fn of(source: Source<'a>) -> Self {
        Self {
            source,
            check: |source, part| match source {
                Source::List(blocks) => {
                    part.check(blocks.len())?;
                    blocks.iter().try_for_each(|block| block.check())
                }
                Source::Json(json) => part.check(json.elements()),
            },
            write: |source, json| match source {
                Source::List(blocks) => {
                    json.begin_array();
                    blocks.iter().for_each(|block| block.write(json));
                    json.end_array();
                }
                Source::Json(text) => text.write(json),
            },
        }
    }

    /// Checks Slack's limits on the blocks of a message.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.check_as(ArgumentPart::MessageBlocks)
    }

    /// Checks the number of blocks by the limit of `part`, and each block unless it is JSON.
    pub(super) fn check_as(&self, part: ArgumentPart) -> Result<(), ArgumentError> {
        (self.check)(&self.source, part)
    }

    /// Writes the array of blocks.
    pub fn write(&self, json: &mut Writer<'_>) {
        (self.write)(&self.source, json);
    }
}

impl core::fmt::Debug for Blocks<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut f = f.debug_tuple("Blocks");
        match &self.source {
            Source::List(blocks) => f.field(&blocks.len()),
            Source::Json(json) => f.field(json),
        };
        f.finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Blocks<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match &self.source {
            Source::List(blocks) => defmt::write!(f, "Blocks({})", blocks.len()),
            Source::Json(json) => defmt::write!(f, "Blocks({})", json),
        }
    }
}
