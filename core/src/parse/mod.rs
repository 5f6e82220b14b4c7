//! Small parsers and a hash that several layers share.

mod decimal;
mod fnv1a;
mod list;

pub(crate) use decimal::decimal;
pub(crate) use fnv1a::fnv1a;
pub(crate) use list::{Elements, contains};
