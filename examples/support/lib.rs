//! Code shared by the examples.
#![deny(missing_docs, unsafe_code)]

pub mod caller;
pub mod demo;
pub mod describe;
pub mod history;
pub mod options;
pub mod program;
pub mod seen;
pub mod terminal;
