//! Uploads of files from a source that produces their bytes while they are sent.

use core::convert::Infallible;
use core::fmt;

use embassy_sync::blocking_mutex::raw::RawMutex;
use slack_rtm::Storage;
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::methods::upload::Upload;
use slack_rtm::web_api::{Accepted, CallFailure, CallerEvent, RequestError};

use crate::clock::Clock;
use crate::web_api::WebApi;

/// A source of the bytes of a file, such as a camera or a file in flash.
///
/// ```
/// use core::convert::Infallible;
/// use slack_rtm_embassy::upload::UploadSource;
///
/// /// A gray picture without a header, whose bytes are kept nowhere.
/// struct Gray;
///
/// impl UploadSource for Gray {
///     type Error = Infallible;
///
///     async fn read(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize, Infallible> {
///         for (gray, at) in buf.iter_mut().zip(offset..) {
///             *gray = at as u8;
///         }
///         Ok(buf.len()) // no byte beyond the length of the upload has room
///     }
/// }
/// ```
pub trait UploadSource {
    /// Why the source cannot supply bytes.
    type Error;

    /// Waits for bytes of the file, and writes those from `offset` on into the beginning of `buf`,
    /// which is not empty. Returns the number of bytes written: 0 only at the end of the source.
    ///
    /// The offset is that after the bytes of the call before. Only if the link has failed it is 0
    /// again; never within an upload that [cannot restart](Upload::cannot_restart). Each call of
    /// [`WebApi::upload`] begins at 0.
    ///
    /// # Errors
    /// If the source cannot supply the bytes. The upload ends then.
    async fn read(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize, Self::Error>;
}

/// A file in memory.
impl UploadSource for &[u8] {
    type Error = Infallible;

    async fn read(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize, Infallible> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.get(offset..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }
}

/// Why [`WebApi::upload`] has not uploaded a file. `X` is the error of its source.
///
/// The file is visible in Slack only if the last call was done, which
/// [`is_unconfirmed`](Self::is_unconfirmed) leaves open.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UploadFailure<'r, X> {
    /// A call has no response with `"ok":true`. [`Upload::stage`] returns which one.
    Call(CallFailure<'r>),
    /// The source returned this error. The upload was abandoned, and its link is closed.
    Source(X),
    /// The source has fewer bytes than the upload. The upload was abandoned, and its link is closed.
    Ended {
        /// The number of bytes that the source has.
        read: u64,
        /// The length of the upload, in bytes.
        length: u64,
    },
}

impl<X> UploadFailure<'_, X> {
    /// Returns the stable number of the failure, for logs and for C. For a failure of a call it is
    /// that of [`CallFailure::code`].
    pub const fn code(&self) -> u16 {
        match self {
            Self::Call(failure) => failure.code(),
            Self::Source(_) => 378,
            Self::Ended { .. } => 379,
        }
    }

    /// Returns whether Slack may have done the call that failed: [`Upload::stage`] returns which one
    /// that is.
    pub const fn is_unconfirmed(&self) -> bool {
        match self {
            Self::Call(failure) => failure.is_unconfirmed(),
            Self::Source(_) | Self::Ended { .. } => false,
        }
    }
}

impl<'r, X> From<CallFailure<'r>> for UploadFailure<'r, X> {
    fn from(failure: CallFailure<'r>) -> Self {
        Self::Call(failure)
    }
}

impl<X> From<RequestError> for UploadFailure<'_, X> {
    fn from(error: RequestError) -> Self {
        Self::Call(error.into())
    }
}

impl<X> From<EntropyError> for UploadFailure<'_, X> {
    fn from(error: EntropyError) -> Self {
        Self::Call(error.into())
    }
}

/// Writes the reason, and what to do.
impl<X: fmt::Display> fmt::Display for UploadFailure<'_, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(failure) => failure.fmt(f),
            Self::Source(error) => write!(f, "the source of the file failed: {error}"),
            Self::Ended { read, length } => write!(
                f,
                "the source of the file ended after {read} of {length} bytes; state the length that \
                 it has"
            ),
        }
    }
}

impl<X: fmt::Debug + fmt::Display> core::error::Error for UploadFailure<'_, X> {}

impl<C, E, S, M, const IN: usize, const OUT: usize> WebApi<'_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Uploads a file, whose bytes `source` supplies while they are sent, and lends the response to
    /// the last call. The file needs no memory but the send buffer.
    ///
    /// `progress` is called with the number of bytes that have left, and with the length of the file:
    /// before each part, and when Slack has accepted the file. If the link fails before Slack has all
    /// of them, they are requested once more from the beginning, and the number begins again at 0. An
    /// upload that [cannot restart](Upload::cannot_restart) fails then.
    ///
    /// The time that the source takes counts only for the
    /// [limit of the whole call](slack_rtm::web_api::CallerConfig::total).
    ///
    /// If the future is dropped, the upload is abandoned. After a failure, or after that, call this
    /// again with the same `upload` to continue with the call that failed, or with another one to
    /// start again. Nothing is visible in Slack before the last call. Outcomes of posts that come
    /// during the upload are discarded.
    ///
    /// ```no_run
    /// # use slack_rtm::{Storage, entropy::Entropy};
    /// # use slack_rtm_embassy::{clock::Clock, web_api::WebApi};
    /// use slack_rtm::methods::files::GetUploadUrl;
    /// use slack_rtm::methods::upload::Upload;
    /// use slack_rtm_embassy::upload::UploadSource;
    ///
    /// # async fn send<C: Clock, E: Entropy, S: Storage>(
    /// #     web_api: &mut WebApi<'_, C, E, S>,
    /// #     mut camera: impl UploadSource<Error: std::fmt::Display>,
    /// #     length: u64,
    /// # ) {
    /// let mut memory = [0; Upload::MEMORY];
    /// let file = GetUploadUrl::new("door.bmp", length);
    /// let mut upload = Upload::new(file, &mut memory)
    ///     .in_channel("C0123456789")
    ///     .cannot_restart();
    /// let progress = |sent, length| println!("{sent} of {length} bytes");
    /// if let Err(failure) = web_api.upload(&mut upload, &mut camera, progress).await {
    ///     println!("{failure}");
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`UploadFailure`] if a call has failed, or if the source has failed or ended early. In the second
    /// case the upload is abandoned, and its link is closed.
    pub async fn upload<U: UploadSource>(
        &mut self,
        upload: &mut Upload<'_>,
        source: &mut U,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Accepted<'_>, UploadFailure<'_, U::Error>> {
        let total = upload.length();
        let mut call = self.begin_sequence(upload)?;
        while !call.is_over() {
            let CallerEvent::BodyNeeded { offset, length } = call.next().await? else {
                continue;
            };
            progress(offset, length);
            let room = call.body_room();
            let read = source.read(offset, room).await;
            let count = read.map_err(UploadFailure::Source)?;
            if count == 0 {
                let read = offset;
                return Err(UploadFailure::Ended { read, length });
            }
            call.body_filled(count);
        }
        drop(call);
        let response = self.outcome()?;
        progress(total, total);
        Ok(response)
    }
}
