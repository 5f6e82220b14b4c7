//! All pages of a list, as one call.

use super::accepted::Accepted;
use super::argument_error::ArgumentError;
use super::arguments::Arguments;
use super::job::Job;
use super::method::{Method, MethodInfo};
use super::next_cursor::NextCursor;
use super::paths::PAGE;
use super::sequence::Sequence;
use super::sequence_error::SequenceError;
use crate::buffer::{Memory, ResourceError};
use crate::json::Paths;
use crate::utf8;
use core::fmt;

/// All pages of a list, as one call ([`Sequence`]): the elements of every page come one by one, and
/// the cursor between two pages is kept in memory that the caller lends.
///
/// A page may be empty, or shorter than its limit: the list ends where the cursor of the next page is
/// empty. The receive buffer holds one element at a time, so that neither the length of a page nor that
/// of the list takes memory. Posts wait until the list has ended.
///
/// # Outcomes
/// - [`Accepted`](super::CallerEvent::Accepted): the response with the last page. The list is complete.
/// - [`Refused`](super::CallerEvent::Refused) with the code [`invalid_cursor`](super::errors): the
///   cursor has expired. Begin with the first page: [`restart`](Self::restart).
/// - [`Failed`](super::CallerEvent::Failed) with [`CallError::Sequence`](super::CallError::Sequence):
///   the memory does not suffice for the cursor ([`SequenceError::Full`]), the receive buffer does not
///   ([`SequenceError::TooLong`]), the table of paths is not one of pages
///   ([`SequenceError::NotInTable`]), or the server repeats the cursor
///   ([`SequenceError::CursorRepeated`]).
/// - Any other failure: [`begin_sequence`](super::Caller::begin_sequence) continues with the page that
///   failed, whose elements come again.
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::Entropy;
/// use slack_rtm::methods::users::{ListUsers, USERS};
/// use slack_rtm::web_api::{Caller, CallerEvent, Pages, RequestError};
/// use slack_rtm::{Output, Storage, time::Instant};
///
/// fn run<E: Entropy, S: Storage>(
///     caller: &mut Caller<'_, E, S>,
///     rx: &mut RecvBuf<'_>,
///     tx: &mut SendBuf<'_>,
///     now: impl Fn() -> Instant,
/// ) -> Result<(), RequestError> {
///     let (list, mut cursor) = (ListUsers::new().limit(200), [0; Pages::CURSOR]);
///     let mut pages = Pages::new(&list, &USERS, &mut cursor);
///     caller.begin_sequence(&pages)?;
///     loop {
///         match caller.poll_sequence(&mut pages, rx, tx, now()) {
///             Ok(Output::Event(CallerEvent::Element(user))) => println!("{:?}", user.id()),
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
pub struct Pages<'a> {
    method: &'a dyn Method,
    paths: &'static Paths,
    memory: &'a mut [u8],
    /// The length of the cursor in the memory, 0 for the first page.
    length: usize,
}

impl<'a> Pages<'a> {
    /// Bytes of memory for the longest cursor that Slack is known to send, doubled.
    pub const CURSOR: usize = 128;

    /// Creates the list that `method` returns. The method has no cursor of its own.
    ///
    /// `paths` names the members of the elements to keep: the table beside the method in
    /// [`methods`](crate::methods), or another one that extends [`PAGE`](super::paths::PAGE). `cursor`
    /// is memory for the cursor: [`CURSOR`](Self::CURSOR) bytes.
    pub const fn new(method: &'a dyn Method, paths: &'static Paths, cursor: &'a mut [u8]) -> Self {
        Self {
            method,
            paths,
            memory: cursor,
            length: 0,
        }
    }

    /// Begins with the first page next, such as after the cursor has expired.
    pub const fn restart(&mut self) {
        self.length = 0;
    }

    /// Returns the cursor of the present page, which is empty for the first one.
    pub fn cursor(&self) -> &str {
        utf8::valid(self.memory.get(..self.length).unwrap_or_default())
    }
}

impl Method for Pages<'_> {
    fn info(&self) -> MethodInfo<'_> {
        self.method.info()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.method.write(arguments);
        arguments.optional(
            "cursor",
            Some(self.cursor()).filter(|text| !text.is_empty()),
        );
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.method.check()
    }
}

impl Sequence for Pages<'_> {
    fn job(&self) -> Job<'_> {
        Job::new(self, self.paths)
    }

    fn accepted(&mut self, response: Accepted<'_>) -> Result<bool, SequenceError> {
        if !self.paths.begins_with(&PAGE) {
            return Err(SequenceError::NotInTable(NextCursor::NAME));
        }
        let cursor = match response.next_cursor() {
            NextCursor::Page(cursor) => cursor,
            NextCursor::End => {
                self.restart();
                return Ok(false);
            }
            NextCursor::TooLong { length } => {
                return Err(SequenceError::TooLong { length });
            }
        };
        if cursor == self.cursor() {
            return Err(SequenceError::CursorRepeated);
        }
        let available = self.memory.len();
        let memory = self.memory.get_mut(..cursor.len());
        memory
            .ok_or(ResourceError {
                memory: Memory::Sequence,
                wanted: cursor.len(),
                available,
            })?
            .copy_from_slice(cursor.as_bytes());
        self.length = cursor.len();
        Ok(true)
    }
}

/// Shows the method's name, and whether the page is the first one.
impl fmt::Debug for Pages<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("method", &self.method.info().name)
            .field("is_first", &(self.length == 0))
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Pages<'_>);
