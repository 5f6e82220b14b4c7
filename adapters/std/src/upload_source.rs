//! Where the bytes of an upload come from.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Where the bytes of an upload come from.
///
/// [`WebApi::upload`](crate::WebApi::upload) reads forward, without gaps; or from the beginning again,
/// if the link has failed. Each call of it begins at the offset 0.
///
/// ```
/// use slack_rtm_std::UploadSource;
///
/// /// A gray picture without a header, whose bytes are kept nowhere.
/// struct Gray;
///
/// impl UploadSource for Gray {
///     fn read(&mut self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
///         for (gray, at) in buf.iter_mut().zip(offset..) {
///             *gray = at as u8;
///         }
///         Ok(buf.len()) // no byte beyond the length of the upload has room
///     }
/// }
/// ```
pub trait UploadSource {
    /// Reads bytes from `offset` on into the beginning of `buf`, and returns their number: 0 only at
    /// the end of the source. `offset` is where the last read has ended, or 0.
    ///
    /// # Errors
    /// The error of the source, which ends the upload;
    /// [`Interrupted`](io::ErrorKind::Interrupted) repeats the read.
    fn read(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
}

impl UploadSource for &[u8] {
    fn read(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        Read::read(&mut rest.unwrap_or_default(), buf)
    }
}

/// A file from its beginning, wherever it was read before. For a pipe use [`ReadOnce`].
impl UploadSource for File {
    fn read(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if self.stream_position()? != offset {
            self.seek(SeekFrom::Start(offset))?;
        }
        Read::read(self, buf)
    }
}

/// A source that can be read once, such as a pipe or a camera.
///
/// If the link fails during the upload, the upload fails too. State that by
/// [`Upload::cannot_restart`](slack_rtm::methods::upload::Upload::cannot_restart) for a failure that
/// names the reason ([`CannotRestart`](slack_rtm::web_api::CallError::CannotRestart)); without it, the
/// source returns the error [`Unsupported`](io::ErrorKind::Unsupported).
///
/// ```
/// use slack_rtm_std::{ReadOnce, UploadSource};
///
/// let mut source = ReadOnce::new(&b"ding-dong"[..]);
/// let mut part = [0; 4];
/// assert_eq!(source.read(0, &mut part)?, 4);
/// assert_eq!(source.read(4, &mut part)?, 4);
/// assert!(source.read(0, &mut part).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ReadOnce<R> {
    reader: R,
    /// The number of bytes that were read.
    position: u64,
}

impl<R> ReadOnce<R> {
    /// Creates a source of the bytes that `reader` returns from now on.
    pub const fn new(reader: R) -> Self {
        Self {
            reader,
            position: 0,
        }
    }

    /// Returns the reader.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: Read> UploadSource for ReadOnce<R> {
    fn read(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset != self.position {
            let text = "the source cannot be read again from its beginning";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        let count = self.reader.read(buf)?;
        self.position += count as u64; // no more than the buffer
        Ok(count)
    }
}
