//! The framing of a body: the rules for the fields of a response that decide where its body ends.

use super::body::Body;
use super::error::HttpError;
use super::field::KnownField;
use crate::parse::{self, Elements};

/// The framing of a body, collected from the field lines (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct Framing {
    length: Option<u64>,
    chunked: bool,
    /// Whether the server closes the link after the response (RFC 9112 section 9.6).
    closes: bool,
}

impl Framing {
    /// Creates the framing of a body without any field: it lasts until the link closes.
    pub const fn new() -> Self {
        Self {
            length: None,
            chunked: false,
            closes: false,
        }
    }

    /// Applies one field line; ignores those that do not concern framing.
    ///
    /// # Errors
    /// [`HttpError`] if the field is `Content-Length`, `Transfer-Encoding` or `Content-Encoding`,
    /// and its value is invalid or not supported.
    pub fn field(&mut self, name: &[u8], value: &[u8]) -> Result<(), HttpError> {
        match KnownField::of(name) {
            Some(known) => self.known(known, value),
            None => Ok(()),
        }
    }

    /// Applies one field line, as [`field`](Self::field) does.
    pub(crate) fn known(&mut self, field: KnownField, value: &[u8]) -> Result<(), HttpError> {
        match field {
            KnownField::ContentLength => {
                // "5, 5" may be accepted as 5 if all the numbers agree (RFC 9112 section 6.3).
                for digits in Elements::of(value) {
                    let number = parse::decimal(digits).ok_or(HttpError::ContentLength)?;
                    if self.length.is_some_and(|length| length != number) {
                        return Err(HttpError::ContentLengthsDiffer);
                    }
                    self.length = Some(number);
                }
            }
            // RFC 2616 had `identity` for no coding at all; some servers still send it.
            KnownField::TransferEncoding if !value.eq_ignore_ascii_case(b"identity") => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(HttpError::TransferEncoding);
                }
                self.chunked = true;
            }
            KnownField::ContentEncoding if !is_identity(value) => {
                return Err(HttpError::ContentEncoding);
            }
            KnownField::Connection => {
                self.closes |= Elements::of(value).any(|it| it.eq_ignore_ascii_case(b"close"));
            }
            _ => {}
        }
        if self.chunked && self.length.is_some() {
            return Err(HttpError::LengthAndCoding);
        }
        Ok(())
    }

    /// Applies a field line that did not fit into the receive buffer.
    ///
    /// # Errors
    /// [`HttpError::FieldTooLong`] if the field concerns framing.
    pub fn too_long(&self, name: &[u8]) -> Result<(), HttpError> {
        Self::known_too_long(KnownField::of(name))
    }

    /// Applies a field line that did not fit, as [`too_long`](Self::too_long) does.
    pub(crate) fn known_too_long(field: Option<KnownField>) -> Result<(), HttpError> {
        match field {
            Some(field) if field.is_of_framing() => Err(HttpError::FieldTooLong),
            _ => Ok(()),
        }
    }

    /// Returns whether the server closes the link after the response.
    pub(crate) const fn closes(&self) -> bool {
        self.closes
    }

    /// Returns the body that follows a head with this `status`.
    pub const fn body(&self, status: u16) -> Body {
        match (status, self.chunked, self.length) {
            (100..200 | 204 | 304, _, _) | (_, false, Some(0)) => Body::empty(),
            (_, true, _) => Body::chunked(),
            (_, false, Some(length)) => Body::of_length(length),
            (_, false, None) => Body::until_close(),
        }
    }
}

/// Returns whether a value of `Content-Encoding` means that the body is not coded.
fn is_identity(coding: &[u8]) -> bool {
    coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Framing);
