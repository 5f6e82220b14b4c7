//! Small parsers and a hash that several layers share.

mod decimal;
mod fnv1a;
pub(crate) mod list;
mod match_name;

pub(crate) use decimal::{decimal, signed_decimal};
pub(crate) use fnv1a::fnv1a;
pub(crate) use list::{Elements, contains};
pub(crate) use match_name::match_name;
