//! What the programs in this folder share.
#![deny(missing_docs, unsafe_code)]

pub mod options;
pub mod terminal;
