//! JSON (RFC 8259): tokenizer, extraction of wanted members, writer.
//!
//! - [`Extractor`]: start here. Reads a document of any length through a small buffer and keeps the
//!   members that a table of [`paths!`](crate::paths) names
//! - [`Records`], [`Value`], [`Text`], [`Number`], [`List`]: the kept values, by the number of
//!   their path; [`Members`]: the same by their names; [`ArrayElement`]: an object of an array
//! - [`Tokenizer`], [`JsonToken`]: the push parser that the extractor uses, for any other use. It
//!   validates every byte
//! - [`Writer`]: emits JSON into a [`Sink`](crate::buffer::Sink)
//! - `from_raw` (feature `serde`): types of the caller, from a raw copy
//!
//! ```
//! use slack_rtm::buffer::RecvBuf;
//! use slack_rtm::json::{DocumentState, Extractor, Members, Raw};
//!
//! slack_rtm::paths! {
//!     const TABLE {
//!         const TEMPERATURE = Whole "sensor.temperature";
//!         const PLACE = Cut "sensor.place"; // as much as fits
//!     }
//! }
//! let mut memory = [0; 512];
//! let mut rx = RecvBuf::new(&mut memory);
//! let mut extractor = Extractor::new(&TABLE, Raw::Off);
//! // The document arrives in pieces of any size; nothing but wanted members is kept.
//! for piece in [r#"{"other":[1,2],"sensor":{"tempera"#, r#"ture":21,"place":"hall"}}"#] {
//!     rx.space()[..piece.len()].copy_from_slice(piece.as_bytes());
//!     rx.filled(piece.len());
//!     let progress = extractor.feed(&mut rx, usize::MAX)?;
//!     if progress.state == DocumentState::Complete {
//!         let members = Members::new(rx.records(), &TABLE);
//!         assert_eq!(members.number("sensor.temperature"), Some(21));
//!         assert_eq!(members.text("sensor.place").unwrap(), "hall");
//!     }
//! }
//! # assert!(rx.records().find(PLACE).is_some() && TEMPERATURE == 0);
//! # Ok::<(), slack_rtm::json::SyntaxError>(())
//! ```

mod array_elements;
mod extractor;
mod member;
mod members;
mod path_name;
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
mod walk;
mod write;

pub use array_elements::{ArrayElement, ArrayElements};
pub use extractor::{DocumentState, Extractor, Progress};
pub use member::{Member, MembersIter};
pub use members::Members;
pub use path_name::{Path, PathName, PathParts};
pub use paths::{Paths, Retention};
pub(crate) use raw::CopyRaw;
pub use raw::{Raw, RawError};
pub use records::{Record, RecordIter, Records};
pub use source::Source;
pub use text::Text;
pub use token::{JsonToken, Piece, SyntaxError, TokenStep};
pub use tokenizer::Tokenizer;
#[cfg(feature = "serde")]
pub use typed::{TypeError, from_raw};
pub use value::{Entries, List, Number, Value};
pub(crate) use walk::{Met, Walk};
pub use write::Writer;
