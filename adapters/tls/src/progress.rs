//! The state of a connection that its two directions and its filter share.

use core::cell::Cell;

use embedded_io_async::{BufRead, Write};
use embedded_tls::TlsError as ProtocolError;

use crate::error::TlsError;
use crate::filter::Records;

/// What is under way in each direction, and how each one ended.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) records: Records,
    inbound: Direction,
    outbound: Direction,
}

/// One direction.
#[derive(Debug, Default)]
struct Direction {
    /// An operation has begun and has not returned. Still set at the next one, its future was
    /// dropped.
    is_busy: Cell<bool>,
    end: Cell<Option<TlsError>>,
}

impl Direction {
    /// Ends the direction, once: its first error is its only one.
    fn end(&self, error: TlsError) -> TlsError {
        let error = self.end.get().unwrap_or(error);
        self.end.set(Some(error));
        error
    }
}

impl Progress {
    /// Whether no record is half read.
    pub(crate) fn is_between_records(&self) -> bool {
        self.records.at_boundary()
    }

    /// Returns the plaintext that is left of a record, or waits for one.
    pub(crate) async fn fill<'s, S>(&self, session: &'s mut S) -> Result<&'s [u8], TlsError>
    where
        S: BufRead<Error = ProtocolError>,
    {
        if let Some(end) = self.inbound.end.get() {
            return Err(end);
        }
        // A read that was dropped between records has read nothing.
        if self.inbound.is_busy.replace(true) && !self.is_between_records() {
            return Err(self.inbound.end(TlsError::Interrupted));
        }
        match session.fill_buf().await {
            Ok(plaintext) => {
                self.inbound.is_busy.set(false);
                Ok(plaintext)
            }
            Err(error) => Err(self.inbound.end(TlsError::new(&error, &self.records))),
        }
    }

    /// Takes plaintext for a record, which is sent once it is full.
    pub(crate) async fn write<S>(
        &self,
        session: &mut S,
        plaintext: &[u8],
    ) -> Result<usize, TlsError>
    where
        S: Write<Error = ProtocolError>,
    {
        if plaintext.is_empty() {
            return Ok(0); // embedded-tls begins a record for it
        }
        self.begin_write()?;
        self.written(session.write(plaintext).await)
    }

    /// Sends the record that has been begun, if one has.
    pub(crate) async fn flush<S>(&self, session: &mut S) -> Result<(), TlsError>
    where
        S: Write<Error = ProtocolError>,
    {
        self.begin_write()?;
        self.written(session.flush().await)
    }

    /// Checks that `close_notify` can be sent: a half sent record or an alert of the server forbid
    /// it.
    pub(crate) fn begin_close(&self) -> Result<(), TlsError> {
        // embedded-tls would send an alert in plaintext after the server's own.
        if let Some(end) = self.inbound.end.get() {
            return Err(end);
        }
        self.begin_write()
    }

    /// A record whose write was dropped or failed has been sent in part, and its nonce may be used
    /// again by the next one: there is no next one.
    fn begin_write(&self) -> Result<(), TlsError> {
        if let Some(end) = self.outbound.end.get() {
            return Err(end);
        }
        if self.outbound.is_busy.replace(true) {
            return Err(self.outbound.end(TlsError::Interrupted));
        }
        Ok(())
    }

    fn written<T>(&self, result: Result<T, ProtocolError>) -> Result<T, TlsError> {
        match result {
            Ok(value) => {
                self.outbound.is_busy.set(false);
                Ok(value)
            }
            Err(error) => Err(self.outbound.end(TlsError::new(&error, &self.records))),
        }
    }
}
