//! A record filter under TLS: refuses records that no honest server sends, and reports whether a
//! record is read in part.
//!
//! embedded-tls does not check the shape of records: an empty protected record makes it panic before
//! the server is authenticated, and it accepts plaintext handshake records and alerts where only
//! protected ones are allowed (RFC 8446 section 5). Its reads may be dropped only between records,
//! because it keeps a record's header in a local variable. So every byte from the network passes
//! through this filter first.

use core::cell::Cell;
use core::fmt;

use embassy_futures::yield_now;
use embedded_io::ErrorKind;
use embedded_io_async::{ErrorType, Read, Write};

use crate::guard;

/// Bytes of a record's header (RFC 8446 section 5.1).
const HEADER: usize = 5;
/// The index of the low byte of the version in it.
const MINOR: usize = 2;
/// Longest payload of a protected record (RFC 8446 section 5.2).
const LONGEST_PROTECTED: usize = 16_384 + 256;
/// Longest payload of a plaintext record (RFC 8446 section 5.1).
const LONGEST_PLAINTEXT: usize = 16_384;
/// Protected records of a handshake: honest servers send one for each of its five messages, or
/// fewer. The whole flight may have arrived, and nothing else happens while it is read.
const MOST_IN_HANDSHAKE: u8 = 32;
/// The number of records after which a read yields. embedded-tls reads on until a record has content,
/// and a server may send records without content as fast as they are decrypted.
const MOST_AT_ONCE: u8 = 32;
/// A protected record holds its content type and a 16-byte tag at the very least.
const SHORTEST_PROTECTED: usize = 1 + 16;

/// The rule that a server's record broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RecordError {
    /// A record type other than 20 to 23 (RFC 8446 section 5.1): most likely not TLS at all.
    UnknownType(u8),
    /// The major version is not 3 (RFC 8446 section 5.1).
    BadVersion,
    /// A protected record too short to hold a content type and a tag (RFC 8446 section 5.2).
    EmptyProtected,
    /// A record longer than the specification allows.
    TooLong,
    /// An empty or ill-sized plaintext record.
    BadPlaintext,
    /// A plaintext record after protection began, or a second plaintext handshake record.
    UnexpectedPlaintext,
    /// More than 32 protected records, and the handshake is not over.
    EndlessHandshake,
}

impl RecordError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::UnknownType(_) => 820,
            Self::BadVersion => 821,
            Self::EmptyProtected => 822,
            Self::TooLong => 823,
            Self::BadPlaintext => 824,
            Self::UnexpectedPlaintext => 825,
            Self::EndlessHandshake => 826,
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType(code) => {
                write!(f, "record type {code} is not TLS; check host and port")
            }
            Self::BadVersion => f.write_str("a record's version is not TLS; check host and port"),
            Self::EmptyProtected => f.write_str("a protected record is too short to hold anything"),
            Self::TooLong => f.write_str("a record is longer than TLS allows"),
            Self::BadPlaintext => f.write_str("a plaintext record has no valid size"),
            Self::UnexpectedPlaintext => {
                f.write_str("a plaintext record where only protected ones are allowed")
            }
            Self::EndlessHandshake => f.write_str("the server's handshake has no end"),
        }
    }
}

impl core::error::Error for RecordError {}

/// An error of the filter's transport, or a violation that the filter found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FilterError<E> {
    Transport(E),
    Record(RecordError),
}

impl<E: fmt::Display> fmt::Display for FilterError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::Record(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for FilterError<E> {}

impl<E: embedded_io::Error> embedded_io::Error for FilterError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(error) => error.kind(),
            Self::Record(_) => ErrorKind::InvalidData,
        }
    }
}

/// The position in the stream of records. The owner of the TLS session shares it, since it cannot
/// reach the filter inside of the session.
#[derive(Debug, Default)]
pub(crate) struct Records {
    header: Cell<[u8; HEADER]>,
    /// Bytes of the header that have arrived.
    header_len: Cell<usize>,
    /// Bytes of the payload still to come.
    payload: Cell<usize>,
    handshakes: Cell<u8>,
    spec_changes: Cell<u8>,
    /// Protected records of the handshake.
    protected: Cell<u8>,
    established: Cell<bool>,
    /// The number of records since a read yielded.
    at_once: Cell<u8>,
    violation: Cell<Option<RecordError>>,
}

impl Records {
    /// Whether no record is half read.
    pub(crate) fn at_boundary(&self) -> bool {
        self.header_len.get() == 0
    }

    /// The handshake is over: from here on headers are marked for the cipher's guard.
    pub(crate) fn establish(&self) {
        self.established.set(true);
    }

    /// The rule that was broken, if one was.
    pub(crate) fn violation(&self) -> Option<RecordError> {
        self.violation.get()
    }

    /// How many bytes may be read next without passing the end of a header or of a record.
    fn wanted(&self) -> usize {
        if self.header_len.get() < HEADER {
            HEADER - self.header_len.get()
        } else {
            self.payload.get()
        }
    }

    /// Counts a record that is to be read next. Returns whether it is time to yield.
    fn is_turn_over(&self) -> bool {
        if !self.at_boundary() {
            return false;
        }
        let count = self.at_once.get();
        let is_over = count == MOST_AT_ONCE;
        self.at_once.set(if is_over { 0 } else { count + 1 });
        is_over
    }

    /// Takes what arrived, at most `wanted()` bytes.
    fn arrived(&self, bytes: &[u8]) -> Result<(), RecordError> {
        let have = self.header_len.get();
        if have < HEADER {
            let mut header = self.header.get();
            for (slot, byte) in header.iter_mut().skip(have).zip(bytes) {
                *slot = *byte;
            }
            self.header.set(header);
            self.header_len.set((have + bytes.len()).min(HEADER));
            if self.header_len.get() == HEADER {
                self.begin(header)?;
            }
        } else {
            self.payload
                .set(self.payload.get().saturating_sub(bytes.len()));
        }
        if self.header_len.get() == HEADER && self.payload.get() == 0 {
            self.header_len.set(0);
        }
        Ok(())
    }

    /// Judges a header. An empty record never passes, so a header is always followed by a payload.
    fn begin(&self, [kind, major, _, high, low]: [u8; HEADER]) -> Result<(), RecordError> {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if !(20..=23).contains(&kind) {
            return Err(RecordError::UnknownType(kind));
        }
        if major != 3 {
            return Err(RecordError::BadVersion);
        }
        match kind {
            23 if length < SHORTEST_PROTECTED => return Err(RecordError::EmptyProtected),
            23 if length > LONGEST_PROTECTED => return Err(RecordError::TooLong),
            // Before the ServerHello there are no keys that could protect anything.
            23 if self.handshakes.get() == 0 => return Err(RecordError::UnexpectedPlaintext),
            23 if self.established.get() => {}
            23 if self.protected.get() == MOST_IN_HANDSHAKE => {
                return Err(RecordError::EndlessHandshake);
            }
            23 => self.protected.set(self.protected.get() + 1),
            // One byte, ignored, at most once, and not after the handshake (RFC 8446 section 5).
            20 if length != 1 => return Err(RecordError::BadPlaintext),
            20 if self.spec_changes.replace(1) != 0 => {
                return Err(RecordError::UnexpectedPlaintext);
            }
            20 => {}
            // An attacker could end a session with a plaintext alert: once there are keys, alerts
            // are protected.
            _ if self.protected.get() != 0 => return Err(RecordError::UnexpectedPlaintext),
            21 if length != 2 => return Err(RecordError::BadPlaintext),
            21 => {}
            // The ServerHello is the one plaintext handshake message, and arrives in one record.
            _ if length < 4 => return Err(RecordError::BadPlaintext),
            _ if length > LONGEST_PLAINTEXT => return Err(RecordError::TooLong),
            _ if self.handshakes.replace(1) != 0 => return Err(RecordError::UnexpectedPlaintext),
            _ => {}
        }
        self.payload.set(length);
        Ok(())
    }
}

/// A transport of which only well-formed records pass.
#[derive(Clone, Debug)]
pub(crate) struct Filter<'r, S> {
    pub(crate) stream: S,
    pub(crate) records: &'r Records,
}

impl<S: ErrorType> ErrorType for Filter<'_, S> {
    type Error = FilterError<S::Error>;
}

impl<S: Read> Read for Filter<'_, S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        if let Some(error) = self.records.violation() {
            return Err(FilterError::Record(error));
        }
        if self.records.is_turn_over() {
            yield_now().await;
        }
        let room = self.records.wanted().min(buf.len());
        let Some(buf) = buf.get_mut(..room) else {
            return Ok(0);
        };
        let count = self
            .stream
            .read(buf)
            .await
            .map_err(FilterError::Transport)?;
        let minor = MINOR.checked_sub(self.records.header_len.get());
        if let Err(error) = self.records.arrived(buf.get(..count).unwrap_or_default()) {
            self.records.violation.set(Some(error));
            return Err(FilterError::Record(error));
        }
        if self.records.established.get()
            && let Some(version) = minor.and_then(|at| buf.get_mut(..count)?.get_mut(at))
        {
            // Another version than the constant is not the header that was sealed: the record is
            // refused.
            *version = match *version {
                guard::VERSION => guard::MARK,
                _ => !guard::VERSION,
            };
        }
        Ok(count)
    }
}

impl<S: Write> Write for Filter<'_, S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        self.stream.write(buf).await.map_err(FilterError::Transport)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.stream.flush().await.map_err(FilterError::Transport)
    }
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::{RecordError, Records};

    fn run(stream: &[u8], step: usize) -> Result<bool, RecordError> {
        let records = Records::default();
        let mut rest = stream;
        while !rest.is_empty() {
            let count = records.wanted().min(step).min(rest.len());
            assert!(count > 0, "the filter must always want something");
            records.arrived(&rest[..count])?;
            rest = &rest[count..];
        }
        Ok(records.at_boundary())
    }

    fn record(kind: u8, length: usize) -> Vec<u8> {
        let mut record = vec![kind, 3, 3, (length >> 8) as u8, length as u8];
        record.resize(5 + length, 0xaa);
        record
    }

    #[test]
    fn sequences_pass_or_break_one_rule_at_every_split() {
        /// Records by type and length, and what comes of them.
        type Case = (&'static [(u8, usize)], Result<bool, RecordError>);
        let table: &[Case] = &[
            (&[(22, 90)], Ok(true)),
            (&[(22, 90), (20, 1), (23, 17), (23, 16_640)], Ok(true)),
            (&[(21, 2)], Ok(true)),
            (&[(22, 90), (21, 2)], Ok(true)),
            (&[(22, 90), (23, 16)], Err(RecordError::EmptyProtected)),
            (&[(22, 90), (23, 0)], Err(RecordError::EmptyProtected)),
            (&[(22, 90), (23, 16_641)], Err(RecordError::TooLong)),
            (&[(22, 16_385)], Err(RecordError::TooLong)),
            (&[(22, 3)], Err(RecordError::BadPlaintext)),
            (&[(22, 90), (22, 90)], Err(RecordError::UnexpectedPlaintext)),
            (
                &[(22, 90), (23, 40), (22, 90)],
                Err(RecordError::UnexpectedPlaintext),
            ),
            (
                &[(22, 90), (23, 40), (21, 2)],
                Err(RecordError::UnexpectedPlaintext),
            ),
            (&[(23, 40)], Err(RecordError::UnexpectedPlaintext)),
            (
                &[(22, 90), (20, 1), (20, 1)],
                Err(RecordError::UnexpectedPlaintext),
            ),
            (&[(20, 2)], Err(RecordError::BadPlaintext)),
            (&[(21, 3)], Err(RecordError::BadPlaintext)),
            (&[(24, 8)], Err(RecordError::UnknownType(24))),
            (&[(b'H', 8)], Err(RecordError::UnknownType(b'H'))),
        ];
        let (endless, long) = ([(23, 17); 33], [(23, 17); 32]);
        let table = table
            .iter()
            .copied()
            .map(|(records, expected)| (records.to_vec(), expected))
            .chain([
                ([&[(22, 90)], &long[..]].concat(), Ok(true)),
                (
                    [&[(22, 90)], &endless[..]].concat(),
                    Err(RecordError::EndlessHandshake),
                ),
            ]);
        for (records, expected) in table {
            let stream: Vec<u8> = records
                .iter()
                .flat_map(|(kind, length)| record(*kind, *length))
                .collect();
            for step in [1, 2, 3, 5, 7, 64, 20_000] {
                assert_eq!(
                    run(&stream, step),
                    expected,
                    "{records:?} in steps of {step}"
                );
            }
        }
        assert_eq!(run(&[22, 2, 3, 0, 9], 1), Err(RecordError::BadVersion));
    }

    #[test]
    fn only_whole_records_are_a_boundary() {
        let stream = [record(22, 4), record(23, 20)].concat();
        for cut in 0..=stream.len() {
            let whole = cut == 0 || cut == 9 || cut == stream.len();
            assert_eq!(run(&stream[..cut], 1), Ok(whole), "cut at {cut}");
        }
    }
}
