//! The error for settings of a request that cannot be used.

use super::argument_error::ArgumentError;
use crate::buffer::ResourceError;
use crate::storage::TokenError;
use crate::url::UrlError;
use core::fmt;

/// A setting of [`Api`](super::Api) or [`Method`](super::Method) that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError {
    /// The base is not a URL.
    Base(UrlError),
    /// The base is a WebSocket URL.
    BaseScheme,
    /// The base has a query.
    BaseQuery,
    /// The base is `http`, and [`allow_insecure`](super::Api::allow_insecure) was not called.
    Cleartext,
    /// The token is empty, or has characters other than visible ASCII, such as CR or LF.
    Token,
    /// `User-Agent` is empty, or has characters that a field line cannot contain.
    UserAgent,
    /// The method's name is empty, or has characters other than letters, digits, dots and `_`.
    MethodName,
    /// The URL of a webhook, or for responses, is not one.
    Url(UrlError),
    /// That URL is one of a WebSocket.
    UrlScheme,
    /// That URL is `http`, and [`allow_insecure`](super::Api::allow_insecure) was not called.
    UrlCleartext,
    /// The method has a body that the caller supplies, which only
    /// [`Caller::begin`](super::Caller::begin) sends.
    Body,
    /// An argument exceeds a limit of Slack's.
    Argument(ArgumentError),
    /// The token does not fit into the memory for it.
    Full(ResourceError),
}

impl RequestError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Base(error) | Self::Url(error) => error.code(),
            Self::BaseScheme => 320,
            Self::BaseQuery => 321,
            Self::Cleartext => 322,
            Self::Token => 323,
            Self::UserAgent => 324,
            Self::MethodName => 325,
            Self::UrlScheme => 327,
            Self::UrlCleartext => 328,
            Self::Body => 329,
            Self::Argument(error) => error.code(),
            Self::Full(error) => error.code(),
        }
    }
}

impl From<TokenError> for RequestError {
    fn from(error: TokenError) -> Self {
        match error {
            // Only a client of Socket Mode checks the kind of a token.
            TokenError::Characters | TokenError::NotAppLevel => Self::Token,
            TokenError::Full(error) => Self::Full(error),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base(error) => return write!(f, "API base: {error}"),
            Self::Url(error) => return write!(f, "webhook: {error}"),
            Self::Argument(error) => return error.fmt(f),
            Self::Full(error) => return error.fmt(f),
            Self::BaseScheme => "the API base must begin with https://",
            Self::BaseQuery => "the API base has a query; remove it (?...)",
            Self::Cleartext => "the API base has no TLS; use https://, or in a test call allow_insecure",
            Self::UrlScheme => "the URL of the webhook or upload must begin with https://",
            Self::UrlCleartext => {
                "the URL of the webhook or upload has no TLS; use https://, or in a test call allow_insecure"
            }
            Self::Body => "the bytes of an upload are supplied by its caller; call WebApi::upload, or poll the sequence",
            Self::Token => {
                "the token is empty or has blanks or control characters; check how it was read"
            }
            Self::UserAgent => {
                "the user agent is empty or has control characters; use visible ASCII"
            }
            Self::MethodName => {
                "the method's name is empty or has characters other than letters, digits, dots and _; \
                 check it"
            },
        })
    }
}

impl core::error::Error for RequestError {}
