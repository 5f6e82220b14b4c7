//! JSON (RFC 8259): tokenizer, extraction of wanted members, writer.
//!
//! - [`Extractor`]: start here. Reads a document of any length through a small buffer and keeps the
//!   members that a table of [`paths!`](crate::paths) names
//! - [`Records`], [`Value`], [`Text`], [`Number`], [`List`]: the kept values, by the number of
//!   their path; [`Members`]: the same by their names
//! - [`Tokenizer`], [`Token`]: the push parser that the extractor uses, for any other use. It
//!   validates every byte
//! - [`Writer`]: emits JSON into a [`Sink`](crate::buffer::Sink)
//! - `from_raw` (feature `serde`): types of the caller, from a raw copy

mod extractor;
mod members;
mod paths;
mod raw;
mod record_kind;
mod record_layout;
mod record_room;
mod records;
mod scan;
mod source;
mod store;
mod text;
mod token;
mod tokenizer;
#[doc(hidden)]
pub mod tree;
#[cfg(feature = "serde")]
mod typed;
mod value;
mod write;

pub use extractor::{DocumentState, Extractor, Progress};
pub use members::{Member, Members, MembersIter};
pub use paths::{Path, Paths, Retention};
pub(crate) use raw::CopyRaw;
pub use raw::{Raw, RawError};
pub use records::{Record, RecordIter, Records};
pub use source::Source;
pub use text::Text;
pub use token::{Piece, SyntaxError, Token, TokenStep};
pub use tokenizer::Tokenizer;
#[cfg(feature = "serde")]
pub use typed::{TypeError, from_raw};
pub use value::{Entries, List, Number, Value};
pub use write::Writer;
