//! JSON (RFC 8259): tokenizer, wanted members, writer.
//!
//! - [`Extractor`]: start here. Reads a document of any length through a small buffer and keeps the members
//!   that a table of [`paths!`](crate::paths) names
//! - [`Records`], [`Value`], [`Text`], [`Number`], [`List`]: what was kept
//! - [`Tokenizer`], [`Token`]: the push machine beneath, for any other use; it validates every byte
//! - [`Writer`]: emits JSON into a [`Sink`](crate::buffer::Sink)
//! - `from_raw` (feature `serde`): your own types, from a raw copy

mod extractor;
mod members;
#[doc(hidden)]
pub mod paths;
mod records;
mod scan;
mod token;
mod tokenizer;
#[cfg(feature = "serde")]
mod typed;
mod write;

pub(crate) use extractor::CopyRaw;
pub use extractor::{DocumentState, Extractor, Progress, Raw};
pub use members::{Member, Members, MembersIter};
pub use paths::{Path, Paths, Retention};
pub use records::{Entries, List, Number, RawError, Record, RecordIter, Records, Text, Value};
pub use token::{Piece, Step, SyntaxError, Token};
pub use tokenizer::Tokenizer;
#[cfg(feature = "serde")]
pub use typed::{TypeError, from_raw};
pub use write::Writer;
