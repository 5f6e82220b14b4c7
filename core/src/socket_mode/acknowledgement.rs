//! Acknowledgements: the only frames that an app sends.

use crate::buffer::{Counter, Sink};
use crate::json::Writer;
use core::fmt;

/// The largest acknowledgement that Slack accepts, in bytes.
pub const LONGEST: usize = 20_479;

/// An acknowledgement of an envelope, with a response or without one.
///
/// ```
/// use slack_rtm::buffer::{Sink, write_to_slice};
/// use slack_rtm::socket_mode::acknowledgement::Acknowledgement;
///
/// let bare = Acknowledgement::new("5f1c");
/// let mut memory = [0; 64];
/// let write = |sink: &mut dyn Sink| bare.write(sink);
/// assert_eq!(write_to_slice(&mut memory, write)?, br#"{"envelope_id":"5f1c"}"#);
///
/// let response = |json: &mut slack_rtm::json::Writer<'_>| {
///     json.begin_object();
///     json.name("text").text("Opening");
///     json.end_object();
/// };
/// let opening = Acknowledgement::new("5f1c").response(&response);
/// let write = |sink: &mut dyn Sink| opening.write(sink);
/// assert_eq!(
///     write_to_slice(&mut memory, write)?,
///     br#"{"envelope_id":"5f1c","payload":{"text":"Opening"}}"#
/// );
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct Acknowledgement<'a> {
    envelope_id: &'a str,
    response: Option<&'a dyn Fn(&mut Writer<'_>)>,
}

impl<'a> Acknowledgement<'a> {
    /// The length without a response, in bytes, beside that of the id.
    pub(crate) const OVERHEAD: usize = r#"{"envelope_id":""}"#.len();

    /// Creates an acknowledgement of the envelope with this id.
    pub const fn new(envelope_id: &'a str) -> Self {
        Self {
            envelope_id,
            response: None,
        }
    }

    /// Adds a response, for an envelope that [accepts one](super::Envelope::accepts_response).
    /// `write` writes one JSON object; it is called several times, and must write the same bytes
    /// each time.
    pub const fn response(mut self, write: &'a dyn Fn(&mut Writer<'_>)) -> Self {
        self.response = Some(write);
        self
    }

    /// Emits the frame's payload.
    pub fn write(&self, sink: &mut dyn Sink) {
        let mut json = Writer::new(sink);
        json.begin_object();
        json.name("envelope_id").text(self.envelope_id);
        if let Some(write) = self.response {
            write(json.name("payload"));
        }
        json.end_object();
    }

    /// Returns the length in bytes.
    ///
    /// # Errors
    /// [`TooLong`] if Slack would not accept it.
    pub fn length(&self) -> Result<usize, TooLong> {
        match Counter::of(|sink| self.write(sink)) {
            length @ ..=LONGEST => Ok(length),
            length => Err(TooLong { length }),
        }
    }
}

impl fmt::Debug for Acknowledgement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledgement")
            .field("envelope_id", &self.envelope_id)
            .field("has_response", &self.response.is_some())
            .finish()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Acknowledgement<'_>);

/// The error for an acknowledgement that exceeds Slack's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooLong {
    /// The length in bytes.
    pub length: usize,
}

impl TooLong {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        352
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length } = self;
        write!(
            f,
            "the response has {length} bytes with its envelope, Slack accepts {LONGEST}; shorten it"
        )
    }
}

impl core::error::Error for TooLong {}
