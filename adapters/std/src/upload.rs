//! Uploads files: the bytes of a source, part by part, over the link of the calls.

use crate::web_api::{Pause, Work};
use crate::{UploadFailure, UploadSource, WebApi};
use slack_rtm::methods::upload::Upload;
use slack_rtm::web_api::Accepted;
use std::io;

impl WebApi<'_> {
    /// Uploads a file, and lends the response to the last call: see [`Upload`].
    ///
    /// The bytes are read from `source` part by part, as the link takes them, into the send buffer.
    /// If the link fails before Slack has all of them, they are read again from the beginning. No byte
    /// beyond the length of the upload is read.
    ///
    /// `progress` is called with the number of bytes that have left and the length: before each part,
    /// and when Slack has accepted the file. The number begins again at 0 if the bytes are sent again.
    ///
    /// A [`StopHandle`](crate::StopHandle) ends the upload between two reads. A source that blocks is
    /// not interrupted. The time of the reads counts for
    /// [`CallerConfig::total`](slack_rtm::web_api::CallerConfig::total), 5 minutes by default, which
    /// limits each call of the upload: set it to the time that the file may take.
    ///
    /// ```no_run
    /// use slack_rtm::methods::files::GetUploadUrl;
    /// use slack_rtm::methods::upload::Upload;
    /// use slack_rtm_std::WebApi;
    /// use std::fs::File;
    ///
    /// # fn run(web_api: &mut WebApi<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = File::open("door.jpg")?;
    /// let length = file.metadata()?.len();
    /// let mut memory = [0; Upload::MEMORY];
    /// let mut upload = Upload::new(GetUploadUrl::new("door.jpg", length), &mut memory)
    ///     .in_channel("C0123456789")
    ///     .initial_comment("Somebody is at the door");
    /// web_api
    ///     .upload(&mut upload, &mut file, |sent, length| println!("{sent} of {length} bytes"))
    ///     .map_err(|failure| failure.to_string())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`UploadFailure`] if a call has failed, or if the source has failed or ended early. Call this
    /// again with the same `upload` to continue with the call that failed ([`Upload::stage`]); the bytes
    /// are read from the beginning then.
    pub fn upload(
        &mut self,
        upload: &mut Upload<'_>,
        source: &mut dyn UploadSource,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Accepted<'_>, UploadFailure<'_>> {
        let total = upload.length();
        let mut run = self.begin(Work::Sequence(upload))?;
        loop {
            match self.advance_upload(&mut run)? {
                Pause::Element => {} // of a list that no response to an upload has
                Pause::Body { offset, length } => {
                    progress(offset, length);
                    let failure = match read(source, offset, self.body_room()) {
                        Ok(count) if count > 0 => {
                            self.body_filled(count);
                            continue;
                        }
                        Ok(_) => UploadFailure::Ended {
                            read: offset,
                            length,
                        },
                        Err(error) => UploadFailure::Source(error),
                    };
                    self.abandon()?;
                    return Err(failure);
                }
                _ => break,
            }
        }
        let response = self.outcome()?;
        progress(total, total);
        Ok(response)
    }
}

/// Reads, and repeats a read that a signal interrupted.
fn read(source: &mut dyn UploadSource, offset: u64, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(offset, room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
