//! JSON (RFC 8259): tokenizer, wanted members, writer.

mod between;
mod scan;
mod token;
mod tokenizer;
mod write;

pub use token::{Piece, Step, SyntaxError, Token};
pub use tokenizer::Tokenizer;
pub use write::Writer;
