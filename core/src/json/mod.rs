//! JSON (RFC 8259): tokenizer, wanted members, writer.

mod fields;
#[doc(hidden)]
pub mod paths;
mod records;
mod scan;
mod token;
mod tokenizer;
#[cfg(feature = "serde")]
mod typed;
mod write;

pub(crate) use fields::Copy;
pub use fields::{Fields, Ran, RanState, Raw};
pub use paths::{Keep, Path, Paths};
pub use records::{Entries, List, Number, RawError, Record, RecordIter, Records, Text, Value};
pub use token::{Piece, Step, SyntaxError, Token};
pub use tokenizer::Tokenizer;
#[cfg(feature = "serde")]
pub use typed::{TypeError, from_raw};
pub use write::Writer;
