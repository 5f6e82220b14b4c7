//! The upload of a file: three calls over two hosts, as one.

use super::files::{GetUploadUrl, UPLOAD_URL, UploadUrl, UploadedFile};
use super::sharing::{Sharing, sharing_setters};
use crate::blocks::Blocks;
use crate::buffer::{Memory, ResourceError};
use crate::json::Paths;
use crate::url::Url;
use crate::utf8;
use crate::web_api::paths::CALL;
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Body, Job, Method, MethodInfo, RequestError,
    SLACK_DOMAINS, Sequence, SequenceError, UPLOADED,
};
use core::fmt;

/// The upload of a file, as one call ([`Sequence`]): `files.getUploadURLExternal`, the bytes to the
/// host that it names, and `files.completeUploadExternal`.
///
/// The caller supplies the bytes, forward and part by part
/// ([`BodyNeeded`](crate::web_api::CallerEvent::BodyNeeded)), so that a picture needs no memory but
/// the send buffer. If the link fails before Slack has all of them, they are sent once more from the
/// beginning, over a fresh link.
///
/// The time limit of each call includes the time that the source takes: see
/// [`CallerConfig::total`](crate::web_api::CallerConfig::total). Posts wait until the outcome.
///
/// Needs the scope `files:write`.
///
/// # Outcomes
/// Nothing is visible in Slack before the last call.
///
/// - [`Accepted`](crate::web_api::CallerEvent::Accepted): the response to the last call. Begun again, it
///   uploads another file of the same name and length.
/// - [`Failed`](crate::web_api::CallerEvent::Failed) with
///   [`CannotRestart`](crate::web_api::CallError::CannotRestart): the link has failed, and the source
///   [cannot](Self::cannot_restart) supply the bytes again.
/// - `Failed` with [`EarlyResponse`](crate::web_api::CallError::EarlyResponse): Slack has responded
///   before it had received all bytes.
/// - `Failed` with [`CallError::Sequence`](crate::web_api::CallError::Sequence): the memory does not
///   suffice ([`SequenceError::Full`]), the URL is not one of an [allowed
///   host](Self::allowed_domains), or Slack has received another number of bytes.
/// - [`Unconfirmed`](crate::web_api::CallerEvent::Unconfirmed): the file may be visible.
///
/// After a failure, [`begin_sequence`](crate::web_api::Caller::begin_sequence) continues with the call
/// that failed, which [`stage`](Self::stage) returns: the call with the bytes begins with the first
/// byte. [`restart`](Self::restart) it if its URL has expired.
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::Entropy;
/// use slack_rtm::methods::files::GetUploadUrl;
/// use slack_rtm::methods::upload::Upload;
/// use slack_rtm::web_api::{Caller, CallerEvent, RequestError};
/// use slack_rtm::{Output, Storage, time::Instant};
///
/// fn run<E: Entropy, S: Storage>(
///     picture: &[u8],
///     caller: &mut Caller<'_, E, S>,
///     rx: &mut RecvBuf<'_>,
///     tx: &mut SendBuf<'_>,
///     now: impl Fn() -> Instant,
/// ) -> Result<(), RequestError> {
///     let mut memory = [0; Upload::MEMORY];
///     let file = GetUploadUrl::new("door.bmp", picture.len() as u64);
///     let mut upload = Upload::new(file, &mut memory).in_channel("C0123456789");
///     caller.begin_sequence(&upload)?;
///     loop {
///         match caller.poll_sequence(&mut upload, rx, tx, now()) {
///             Ok(Output::Event(CallerEvent::BodyNeeded { offset, .. })) => {
///                 let rest = picture.get(offset as usize..).unwrap_or_default();
///                 let room = caller.body_room(tx);
///                 let count = room.len().min(rest.len());
///                 room[..count].copy_from_slice(&rest[..count]);
///                 caller.body_filled(count, tx, now());
///             }
///             Ok(Output::Event(event)) => match event.outcome() {
///                 Some(Ok(_)) => return Ok(()),
///                 Some(Err(failure)) => {
///                     println!("{failure}");
///                     return Ok(());
///                 }
///                 None => println!("{event:?}"), // of a post
///             },
///             # _ => return Ok(()),
///             // The other outputs are handled as for every call.
///         }
///     }
/// }
/// ```
#[must_use]
pub struct Upload<'a> {
    file: GetUploadUrl<'a>,
    title: Option<&'a str>,
    sharing: Sharing<'a>,
    domains: &'a [&'a str],
    body: Body,
    stage: UploadStage,
    /// The id of the file, and then the URL.
    memory: &'a mut [u8],
    id_length: usize,
    url_length: usize,
}

/// The call that an [`Upload`] makes, or continues with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UploadStage {
    /// `files.getUploadURLExternal`.
    GetUrl,
    /// The bytes of the file.
    Send,
    /// `files.completeUploadExternal`.
    Complete,
}

impl<'a> Upload<'a> {
    /// Bytes of memory for an id and a URL, which have about 11 and 230 bytes.
    pub const MEMORY: usize = 400;

    /// Creates the upload of `file`, whose id and URL are kept in `memory`, of
    /// [`MEMORY`](Self::MEMORY) bytes. It is private until it is shared in a channel.
    pub const fn new(file: GetUploadUrl<'a>, memory: &'a mut [u8]) -> Self {
        Self {
            title: None,
            sharing: Sharing::NONE,
            domains: SLACK_DOMAINS,
            body: Body::new(file.checked_length()),
            file,
            stage: UploadStage::GetUrl,
            memory,
            id_length: 0,
            url_length: 0,
        }
    }

    /// Sets the title. Without it the title is the name of the file.
    pub const fn title(mut self, title: &'a str) -> Self {
        self.title = Some(title);
        self
    }

    sharing_setters!();

    /// States that the source cannot supply the bytes again from the beginning, such as a camera
    /// that keeps no picture.
    pub const fn cannot_restart(mut self) -> Self {
        self.body.can_restart = false;
        self
    }

    /// Sets the domains of the hosts that the file may be sent to. Default: those of Slack, like
    /// [`Config::DOMAINS`](crate::Config::DOMAINS).
    pub const fn allowed_domains(mut self, domains: &'a [&'a str]) -> Self {
        self.domains = domains;
        self
    }

    /// Returns the call that is under way, or that failed: the upload continues with it. After the
    /// outcome [`Accepted`](crate::web_api::CallerEvent::Accepted) it is the first one.
    pub const fn stage(&self) -> UploadStage {
        self.stage
    }

    /// Returns the length of the file, in bytes.
    pub const fn length(&self) -> u64 {
        self.file.length()
    }

    /// Returns the id of the file, from the first response on. After the outcome it remains until the
    /// next file has one.
    pub fn file_id(&self) -> Option<&str> {
        let id = self.memory.get(..self.id_length).map(utf8::valid);
        id.filter(|id| !id.is_empty())
    }

    /// Starts again with the first call, such as after the URL has expired.
    pub const fn restart(&mut self) {
        self.stage = UploadStage::GetUrl;
        self.id_length = 0;
        self.url_length = 0;
    }

    fn url(&self) -> &str {
        let end = self.id_length.saturating_add(self.url_length);
        utf8::valid(self.memory.get(self.id_length..end).unwrap_or_default())
    }

    /// Keeps the id and the URL of the response.
    fn keep(&mut self, response: UploadUrl<'_>) -> Result<(), SequenceError> {
        if let Some(length) = response.too_long() {
            return Err(SequenceError::TooLong { length });
        }
        let text = response.url().ok_or(SequenceError::Missing("upload_url"))?;
        let length = ArgumentPart::UploadUrl.check(text.len());
        length.map_err(|error| SequenceError::Request(RequestError::Argument(error)))?;
        let url = Url::parse(text).map_err(SequenceError::UploadUrl)?;
        if !self.domains.iter().any(|domain| url.host_in_domain(domain)) {
            return Err(SequenceError::UploadHost);
        }
        let id = response.file_id();
        let id = id.ok_or(SequenceError::Missing("file_id"))?;
        let full = ResourceError {
            memory: Memory::Sequence,
            wanted: id.len().saturating_add(text.len()),
            available: self.memory.len(),
        };
        let memory = self.memory.get_mut(..full.wanted).ok_or(full)?;
        let bytes = id.bytes().chain(text.bytes());
        memory
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        self.id_length = id.len();
        self.url_length = text.len();
        Ok(())
    }
}

impl Method for Upload<'_> {
    fn info(&self) -> MethodInfo<'_> {
        match self.stage {
            UploadStage::GetUrl => self.file.info(),
            UploadStage::Send => MethodInfo::upload(self.url(), &self.body),
            UploadStage::Complete => Sharing::INFO,
        }
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        match self.stage {
            UploadStage::GetUrl => self.file.write(arguments),
            UploadStage::Send => {} // the caller supplies the body
            UploadStage::Complete => {
                let file = UploadedFile::new(self.file_id().unwrap_or_default());
                let file = match self.title {
                    Some(title) => file.title(title),
                    None => file,
                };
                self.sharing.write(|json| file.write(json), arguments);
            }
        }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        // All arguments, before anything is sent.
        self.file.check()?;
        self.sharing.check()
    }
}

impl Sequence for Upload<'_> {
    fn job(&self) -> Job<'_> {
        let paths: &'static Paths = match self.stage {
            UploadStage::GetUrl => &UPLOAD_URL,
            UploadStage::Send | UploadStage::Complete => &CALL,
        };
        Job::new(self, paths)
    }

    fn accepted(&mut self, response: Accepted<'_>) -> Result<bool, SequenceError> {
        match self.stage {
            UploadStage::GetUrl => {
                self.keep(UploadUrl::new(response))?;
                self.stage = UploadStage::Send;
                Ok(true)
            }
            UploadStage::Send => {
                let text = response.members().text("error");
                let text = text.and_then(|text| text.as_str().strip_prefix(UPLOADED));
                let received = text.and_then(|count| count.trim_ascii().parse().ok());
                if let Some(received) = received.filter(|count| *count != self.file.length()) {
                    let sent = self.file.length();
                    return Err(SequenceError::UploadLength { sent, received });
                }
                self.stage = UploadStage::Complete;
                Ok(true)
            }
            UploadStage::Complete => {
                // Begun again, it would share the same file once more.
                self.stage = UploadStage::GetUrl;
                Ok(false)
            }
        }
    }
}

/// Does not show the URL, which is a secret.
impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("stage", &self.stage)
            .field("length", &self.file.length())
            .field("file_id", &self.file_id())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Upload<'_>);
