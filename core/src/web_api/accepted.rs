//! What Slack answered: accepted, with the URL, oneself and the team; or refused, with a code.

use core::fmt;

use super::{ErrorCode, WarningCode, paths};
use crate::buffer::{Memory, ResourceError};
use crate::json::{Entries, List, Members, Paths, Records, Text, Value};
use crate::time::Duration;
use crate::url::{Scheme, Url, UrlError};

/// An answer with `"ok":true`.
#[derive(Clone, Copy)]
pub struct Accepted<'r> {
    members: Members<'r>,
}

/// Does not show the URL: whoever has it is in the session.
impl fmt::Debug for Accepted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("self_id", &self.self_id())
            .field("team_id", &self.team_id())
            .finish_non_exhaustive()
    }
}

impl<'r> Accepted<'r> {
    /// The answer whose kept members `records` holds, read with `paths` (or one that extends it).
    pub const fn new(records: Records<'r>, paths: &'r Paths) -> Self {
        Self {
            members: Members::new(records, paths),
        }
    }

    /// Every kept member, by name; also those that a caller's own table asks for.
    pub const fn members(&self) -> Members<'r> {
        self.members
    }

    /// The WebSocket's URL, checked: its scheme is `wss`, its host lies in one of `domains`.
    /// It is valid once, for 30 seconds.
    ///
    /// # Errors
    /// [`SocketUrlError`] if there is none, if it did not fit, or if it is not an allowed one.
    pub fn url(&self, domains: &[&str], plain: Cleartext) -> Result<Url<'r>, SocketUrlError> {
        url_in(self.members.find("url"), domains, plain)
    }

    /// `self.id`: the id of the user or bot user that the token stands for.
    pub fn self_id(&self) -> Option<&'r str> {
        self.named("self.id")
    }

    /// `self.name`.
    pub fn self_name(&self) -> Option<Text<'r>> {
        self.members.text("self.name")
    }

    /// `team.id`.
    pub fn team_id(&self) -> Option<&'r str> {
        self.named("team.id")
    }

    /// `team.name`.
    pub fn team_name(&self) -> Option<Text<'r>> {
        self.members.text("team.name")
    }

    /// `team.domain`: the first label of the workspace's host.
    pub fn team_domain(&self) -> Option<Text<'r>> {
        self.members.text("team.domain")
    }

    /// `team.enterprise_id`: told where the workspace belongs to an organization.
    pub fn enterprise_id(&self) -> Option<&'r str> {
        self.named("team.enterprise_id")
            .or_else(|| self.named("team.enteprise_id"))
    }

    /// `team.enterprise_name`.
    pub fn enterprise_name(&self) -> Option<Text<'r>> {
        self.members.text("team.enterprise_name")
    }

    /// `team.email_domain`.
    pub fn email_domain(&self) -> Option<Text<'r>> {
        self.members.text("team.email_domain")
    }

    /// `team.plan`.
    pub fn plan(&self) -> Option<Text<'r>> {
        self.members.text("team.plan")
    }

    /// `team.icon.image_default`: whether the team has no icon of its own.
    pub fn icon_is_default(&self) -> Option<bool> {
        self.members.bool("team.icon.image_default")
    }

    /// `team.msg_edit_window_mins`: how many minutes a message may be edited; -1 for ever.
    pub fn msg_edit_window_mins(&self) -> Option<i64> {
        match self.members.find("team.msg_edit_window_mins")? {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// `team.over_storage_limit`.
    pub fn over_storage_limit(&self) -> Option<bool> {
        self.members.bool("team.over_storage_limit")
    }

    /// The codes of `warning` and `response_metadata.warnings`, each once.
    pub fn warnings(&self) -> Warnings<'r> {
        let listed = self.records().list(paths::WARNINGS);
        Warnings {
            first: self.text(paths::WARNING).map_or("", Text::as_str),
            told: self.text(paths::WARNING).map_or("", Text::as_str),
            listed: listed.map(|list| list.iter()),
        }
    }

    /// The texts of `response_metadata.messages`: remarks for people, such as `[WARN] ...`.
    pub fn messages(&self) -> impl Iterator<Item = Text<'r>> + use<'r> {
        texts(self.records().list(paths::MESSAGES))
    }

    fn records(&self) -> Records<'r> {
        self.members.records()
    }

    fn text(&self, path: u8) -> Option<Text<'r>> {
        self.records().text(path)
    }

    /// What is not in the table for every call is found by name: a table that extends that one
    /// may have other members under the same numbers.
    fn named(&self, name: &str) -> Option<&'r str> {
        self.members.text(name).map(Text::as_str)
    }
}

/// Whether a WebSocket without TLS is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Cleartext {
    /// `wss` only.
    #[default]
    Refused,
    /// `ws` too: for tests on one's own machine.
    Allowed,
}

/// The WebSocket's URL that the member `url` brought, checked.
pub(crate) fn url_in<'u>(
    member: Option<Value<'u>>,
    domains: &[&str],
    plain: Cleartext,
) -> Result<Url<'u>, SocketUrlError> {
    match member {
        Some(Value::Text(text)) if !text.is_cut() => check_url(text.as_str(), domains, plain),
        Some(Value::TooLong { length }) => Err(SocketUrlError::TooLong { length }),
        _ => Err(SocketUrlError::Missing),
    }
}

/// Checks that `text` is a WebSocket's URL that may be connected to.
///
/// # Errors
/// [`SocketUrlError`] says what is not allowed about it.
pub fn check_url<'u>(
    text: &'u str,
    domains: &[&str],
    plain: Cleartext,
) -> Result<Url<'u>, SocketUrlError> {
    let url = Url::parse(text).map_err(SocketUrlError::Url);
    let is_allowed = |scheme| match scheme {
        Scheme::Wss => true,
        Scheme::Ws => plain == Cleartext::Allowed,
        _ => false,
    };
    match &url {
        Ok(url) if !is_allowed(url.scheme()) => Err(SocketUrlError::Scheme),
        Ok(url) if !domains.iter().any(|domain| url.host_in_domain(domain)) => {
            Err(SocketUrlError::Host)
        }
        _ => url,
    }
}

/// Why the URL of an answer cannot be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SocketUrlError {
    /// There is no `url`.
    Missing,
    /// The URL does not fit into the receive buffer.
    TooLong {
        /// Its length in bytes.
        length: u32,
    },
    /// It is no URL.
    Url(UrlError),
    /// Its scheme is not `wss`.
    Scheme,
    /// Its host lies in none of the allowed domains.
    Host,
}

impl SocketUrlError {
    /// The room that was missing, if that is the reason: of the receive buffer's `capacity`,
    /// 3/4 are held free for the URL.
    pub fn resource(self, capacity: usize) -> Option<ResourceError> {
        match self {
            Self::TooLong { length } => Some(ResourceError {
                memory: Memory::Receive,
                wanted: usize::try_from(length)
                    .unwrap_or(usize::MAX)
                    .saturating_add(128)
                    .saturating_mul(4)
                    / 3,
                available: capacity,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for SocketUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the answer has no WebSocket URL; check the API base",
            Self::TooLong { length } => {
                return write!(
                    f,
                    "the WebSocket URL has {length} bytes; use a larger receive buffer"
                );
            }
            Self::Url(error) => return write!(f, "the WebSocket URL is none: {error}"),
            Self::Scheme => "the WebSocket URL must begin with wss://; allow plain for a test",
            Self::Host => "the WebSocket URL's host is in none of the allowed domains; if it is right, allow its domain",
        })
    }
}

impl core::error::Error for SocketUrlError {}

/// The codes of warnings, each once.
#[derive(Clone, Debug)]
pub struct Warnings<'r> {
    /// What is left of `warning`, a list with commas.
    first: &'r str,
    /// All of `warning`.
    told: &'r str,
    /// What is left of `response_metadata.warnings`.
    listed: Option<Entries<'r>>,
}

impl<'r> Iterator for Warnings<'r> {
    type Item = WarningCode<'r>;

    fn next(&mut self) -> Option<WarningCode<'r>> {
        while !self.first.is_empty() {
            let code = next_code(&mut self.first);
            if !code.is_empty() {
                return Some(WarningCode::new(code));
            }
        }
        let told = self.told;
        let is_new = |code: &Text<'_>| {
            let mut rest = told;
            while !rest.is_empty() {
                if next_code(&mut rest) == code.as_str() {
                    return false;
                }
            }
            true
        };
        texts_of(self.listed.as_mut()?)
            .find(is_new)
            .map(|code| WarningCode::new(code.as_str()))
    }
}

/// An answer with `"ok":false`.
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
/// let mut answer = Response::new(&paths::CONNECT);
/// answer.poll(&mut rx)?; // the head
/// if let ResponseStep::Refused(error) = answer.poll(&mut rx)? {
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

    /// Returns the error code; [`ErrorCode::RateLimited`] for every response of status 429.
    pub fn code(&self) -> ErrorCode<'r> {
        if self.status == 429 {
            return ErrorCode::RateLimited;
        }
        ErrorCode::new(self.records.text(paths::ERROR).map_or("", Text::as_str))
    }

    /// Returns the HTTP status: 200, or the one that came with the refusal.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// `needed`: the scope that the method needs, beside `missing_scope`.
    pub fn needed(&self) -> Option<Text<'r>> {
        self.records.text(paths::NEEDED)
    }

    /// `provided`: the scopes that the token has, beside `missing_scope`.
    pub fn provided(&self) -> Option<Text<'r>> {
        self.records.text(paths::PROVIDED)
    }

    /// `Retry-After` of the answer's head, or the minute that a [`Client`](crate::Client) waits where
    /// `ratelimited` came without one: no new try before.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The texts of `response_metadata.messages`: what is wrong in detail, such as `[ERROR] ...`.
    pub fn messages(&self) -> impl Iterator<Item = Text<'r>> + use<'r> {
        texts(self.records.list(paths::MESSAGES))
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

/// The code, what it means, what to do, and the scopes if Slack told any.
impl fmt::Display for ApiError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        let told = [("needed", self.needed()), ("provided", self.provided())];
        for (name, scopes) in told {
            if let Some(scopes) = scopes.filter(|scopes| !scopes.is_empty()) {
                let more = if scopes.is_cut() { "..." } else { "" };
                write!(f, "; {name}: {scopes}{more}")?;
            }
        }
        Ok(())
    }
}

impl core::error::Error for ApiError<'_> {}

/// The code before the next comma, without blanks; what is behind it stays in `rest`.
fn next_code<'r>(rest: &mut &'r str) -> &'r str {
    let end = rest.bytes().position(|byte| byte == b',');
    let (code, behind) = match end {
        Some(end) => (rest.get(..end), rest.get(end + 1..)),
        None => (Some(*rest), None),
    };
    *rest = behind.unwrap_or_default();
    let code = code.unwrap_or_default().as_bytes().trim_ascii();
    crate::utf8::valid(code)
}

fn texts(list: Option<List<'_>>) -> impl Iterator<Item = Text<'_>> {
    list.into_iter().flatten().filter_map(as_text)
}

fn texts_of<'r>(entries: &mut Entries<'r>) -> impl Iterator<Item = Text<'r>> {
    entries.filter_map(as_text)
}

fn as_text(value: Value<'_>) -> Option<Text<'_>> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
