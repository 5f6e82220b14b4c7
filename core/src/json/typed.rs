//! Types of the caller, deserialized from a raw copy.

use core::fmt;
use serde::Deserialize;

/// Deserializes a value of the caller's type from a [raw copy](crate::buffer::RecvBuf::raw), by
/// `serde-json-core`.
///
/// The copy is valid JSON and nested no deeper than
/// [`Extractor::RAW_LEVELS`](super::Extractor::RAW_LEVELS). A `&str` of the type borrows the string
/// as it is written, escapes included.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Reaction<'a> {
///     count: u32,
///     name: &'a str,
/// }
/// let reaction: Reaction = slack_rtm::json::from_raw(br#"{"count":2,"users":[],"name":"tada"}"#)?;
/// assert_eq!((reaction.count, reaction.name), (2, "tada"));
/// # Ok::<(), slack_rtm::json::TypeError>(())
/// ```
///
/// # Errors
/// [`TypeError`] if the JSON does not match the type.
pub fn from_raw<'r, T: Deserialize<'r>>(raw: &'r [u8]) -> Result<T, TypeError> {
    match serde_json_core::from_slice(raw) {
        Ok((value, _)) => Ok(value),
        Err(error) => Err(TypeError(error)),
    }
}

/// The error for JSON that does not match the caller's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError(serde_json_core::de::Error);

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the JSON does not match the type, correct the type: {}",
            self.0
        )
    }
}

impl core::error::Error for TypeError {}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(TypeError);
