//! Code shared by the examples.
#![deny(missing_docs, unsafe_code)]

pub mod demo;
pub mod describe;
pub mod options;
pub mod program;
pub mod terminal;
