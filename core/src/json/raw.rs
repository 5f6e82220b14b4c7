//! The raw copy of a document: its bytes as they were received, next to the kept values.

use super::tokenizer::Tokenizer;
use crate::buffer::RecvBuf;
use core::fmt;

/// Whether a raw copy of each document is kept next to its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Raw {
    /// Values only.
    #[default]
    Off,
    /// [`RecvBuf::raw`] returns the document, or the element of a list, if it fits and is nested no
    /// deeper than [`Extractor::RAW_LEVELS`](super::Extractor::RAW_LEVELS). The buffer must be
    /// [`split`](RecvBuf::split).
    On,
}

/// The reason why there is no raw copy of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RawError {
    /// No copy was asked for.
    Off,
    /// The copy does not fit into the receive buffer, or the document is nested deeper than
    /// [`Extractor::RAW_LEVELS`](super::Extractor::RAW_LEVELS).
    TooLarge,
}

impl RawError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Off => 760,
            Self::TooLarge => 761,
        }
    }
}

impl fmt::Display for RawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "no raw copy was asked for; configure Raw::On",
            Self::TooLarge => {
                "the raw copy does not fit; use a larger receive buffer, or the kept members"
            }
        })
    }
}

impl core::error::Error for RawError {}

/// A function that appends the consumed bytes from a position in the memory on to the copy. Its
/// last argument is the depth of the document that they reach.
///
/// It is called through a pointer, so that programs that keep no copy do not link it.
pub(crate) type CopyRaw = fn(&mut RecvBuf<'_>, usize, usize);

/// The deepest nesting of which a copy is kept.
pub(super) const LEVELS: usize = 32;

/// The [`CopyRaw`] of all extractors.
pub(super) fn copy(rx: &mut RecvBuf<'_>, from: usize, levels: usize) {
    if levels > LEVELS {
        rx.drop_copy();
    }
    rx.append_copy(from);
}

/// The progress of a raw copy.
#[derive(Clone, Debug)]
pub(super) struct RawCopy {
    /// `None` if no copy is kept.
    copy: Option<CopyRaw>,
    /// The number of open containers around the copied part.
    outer: usize,
}

impl RawCopy {
    pub(super) const fn new(copy: Option<CopyRaw>) -> Self {
        Self { copy, outer: 0 }
    }

    /// Begins a copy with the next byte, or, in a document, with the container just opened.
    pub(super) fn begin(&mut self, rx: &mut RecvBuf<'_>, tokenizer: &mut Tokenizer) {
        self.outer = tokenizer.depth().saturating_sub(1);
        tokenizer.forget_deepest();
        if self.copy.is_some() {
            rx.begin_copy();
        }
    }

    /// Appends the consumed bytes from `from` on.
    #[inline(always)] // a branch where no copy is kept
    pub(super) fn append(&self, rx: &mut RecvBuf<'_>, from: usize, tokenizer: &Tokenizer) {
        if let Some(copy) = self.copy {
            copy(rx, from, tokenizer.deepest() - self.outer);
        }
    }
}
