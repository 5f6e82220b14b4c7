//! The response to a refused call.

use core::fmt;

use super::code::ErrorCode;
use super::error_table::{ErrorTable, Explanation, Scopes};
use super::paths;
use super::texts::texts;
use crate::json::{Records, Text};
use crate::time::Duration;

/// The delay after a rate limit without `Retry-After`: Tier 1 limits are per minute.
pub(crate) const RATE_LIMIT_DELAY: Duration = Duration::from_secs(60);

/// A response with `"ok":false`, or with status 429.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::web_api::{Response, ResponseStep, ErrorCode, Remedy, paths};
///
/// # let mut memory = [0; 512];
/// # let mut rx = RecvBuf::new(&mut memory);
/// let bytes = b"HTTP/1.1 200 OK\r\n\r\n\
///     {\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"rtm:stream\",\"provided\":\"chat:write\"}";
/// rx.space()[..bytes.len()].copy_from_slice(bytes);
/// rx.filled(bytes.len());
/// let mut response = Response::new(&paths::CONNECT);
/// response.poll(&mut rx)?; // the head
/// if let ResponseStep::Refused(error) = response.poll(&mut rx)? {
///     assert_eq!(error.code(), ErrorCode::MissingScope);
///     assert_eq!(error.code().remedy(), Remedy::ChangeApp);
///     assert_eq!(error.needed().unwrap(), "rtm:stream");
///     assert!(error.to_string().contains("needed: rtm:stream"));
/// }
/// # Ok::<(), slack_rtm::web_api::ResponseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct ApiError<'r> {
    records: Records<'r>,
    status: u16,
    retry_after: Option<Duration>,
}

impl<'r> ApiError<'r> {
    pub(crate) const fn new(
        records: Records<'r>,
        status: u16,
        retry_after: Option<Duration>,
    ) -> Self {
        Self {
            records,
            status,
            retry_after,
        }
    }

    /// Creates the error of a response with this `Retry-After`. A rate limit without one gets the
    /// default.
    pub(crate) fn of_response(
        records: Records<'r>,
        status: u16,
        retry_after: Option<Duration>,
    ) -> Self {
        let mut error = Self::new(records, status, retry_after);
        if let ErrorCode::RateLimited = error.code() {
            error.retry_after = Some(retry_after.unwrap_or(RATE_LIMIT_DELAY));
        }
        error
    }

    /// Returns the reason: the member `error`, or [`ErrorCode::RateLimited`] for every response of
    /// status 429.
    pub fn code(&self) -> ErrorCode<'r> {
        if self.status == 429 {
            return ErrorCode::RateLimited;
        }
        ErrorCode::from_code(self.records.text(paths::ERROR).map_or("", Text::as_str))
    }

    /// Returns the HTTP status: 200, or another one that came with the refusal.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns `needed`: the scope that the method requires, with `missing_scope`.
    pub fn needed(&self) -> Option<Text<'r>> {
        self.records.text(paths::NEEDED)
    }

    /// Returns `provided`: the scopes that the token has, with `missing_scope`.
    pub fn provided(&self) -> Option<Text<'r>> {
        self.records.text(paths::PROVIDED)
    }

    /// Looks the code up in the table of the method that was called: one of those in
    /// [`errors`](super::errors).
    ///
    /// ```
    /// use slack_rtm::web_api::{ApiError, errors};
    ///
    /// /// Returns whether the reaction is there.
    /// fn has_reacted(result: Result<(), ApiError<'_>>) -> Result<(), String> {
    ///     match result {
    ///         Err(error) if !error.code().is_harmless() => {
    ///             Err(error.explain(&errors::REACTIONS_ADD).to_string())
    ///         }
    ///         _ => Ok(()),
    ///     }
    /// }
    /// # let _ = has_reacted;
    /// ```
    pub fn explain(&self, table: &'static ErrorTable) -> Explanation<'r> {
        Explanation::new(self.code(), table, self.scopes())
    }

    fn scopes(&self) -> Scopes<'r> {
        Scopes {
            needed: self.needed(),
            provided: self.provided(),
        }
    }

    /// Returns `Retry-After` of the response's head: the time before which the call is not to be
    /// repeated. It is one minute if a rate limit came without the field.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the texts of `response_metadata.messages`: details of the error, such as
    /// `[ERROR] ...`.
    pub fn messages(&self) -> impl Iterator<Item = Text<'r>> + use<'r> {
        texts(self.records.list(paths::MESSAGES).into_iter().flatten())
    }
}

impl fmt::Debug for ApiError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &self.code())
            .field("needed", &self.needed())
            .field("provided", &self.provided())
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

/// Writes the code, its meaning, the remedy, and the scopes if the response has any.
impl fmt::Display for ApiError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        self.scopes().fmt(f)
    }
}

impl core::error::Error for ApiError<'_> {}

#[cfg(feature = "defmt")]
impl defmt::Format for ApiError<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "{=str}; needed: {}; provided: {}",
            self.code().as_str(),
            self.needed(),
            self.provided()
        );
    }
}
