//! The elements of all pages of a list, lent one by one.

use crate::WebApi;
use crate::web_api::{Pause, Run, Work};
use slack_rtm::web_api::{CallFailure, Element, Sequence};
use std::fmt;

/// The elements of a sequence of calls, such as those of all pages of a list. Created by
/// [`WebApi::list`].
///
/// Dropping it before its end abandons the call under way and closes the link, whose response was
/// not read whole.
pub struct List<'w, 'm> {
    web_api: &'w mut WebApi<'m>,
    state: State<'w>,
}

enum State<'w> {
    /// Nothing was called.
    New(&'w mut (dyn Sequence + 'w)),
    UnderWay(Run<'w>),
    Ended,
}

impl<'m> WebApi<'m> {
    /// Returns the elements of all calls of `sequence`, which is
    /// [`Pages`](slack_rtm::web_api::Pages) in most cases: [`List::next`] makes the calls and lends
    /// the elements one by one.
    ///
    /// A page may be empty or shorter than its limit: the list ends after the last page, and not
    /// before. A list of any length needs no memory but the buffers and the cursor. Posts wait until it
    /// has ended.
    ///
    /// After a failure, another list over the same `Pages` continues with the page that failed, whose
    /// elements come again. A cursor is valid for a limited time: if it has expired, Slack refuses
    /// the page with `invalid_cursor`, and the list can only begin again.
    ///
    /// ```no_run
    /// use slack_rtm::methods::users::{ListUsers, USERS, UserProfile};
    /// use slack_rtm::web_api::Pages;
    /// use slack_rtm_std::{CallFailure, WebApi};
    ///
    /// # fn run(web_api: &mut WebApi<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// let (method, mut cursor) = (ListUsers::new().limit(200), [0; Pages::CURSOR]);
    /// let mut pages = Pages::new(&method, &USERS, &mut cursor);
    /// let mut names = Vec::new();
    /// let mut list = web_api.list(&mut pages);
    /// let is_expired = loop {
    ///     match list.next() {
    ///         Ok(Some(user)) => {
    ///             let name = UserProfile::of(user).display_name();
    ///             names.extend(name.map(|name| name.as_str().to_owned()));
    ///         }
    ///         Ok(None) => return Ok(()),
    ///         Err(CallFailure::Refused(error)) => break error.code().as_str() == "invalid_cursor",
    ///         Err(failure) => {
    ///             println!("{failure}; {} users so far", names.len());
    ///             break false;
    ///         }
    ///     }
    /// };
    /// drop(list);
    /// // The next `web_api.list(&mut pages)` continues with this page, or with the first one:
    /// if is_expired {
    ///     names.clear();
    ///     pages.restart();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list<'w>(&'w mut self, sequence: &'w mut dyn Sequence) -> List<'w, 'm> {
        List {
            web_api: self,
            state: State::New(sequence),
        }
    }
}

impl List<'_, '_> {
    /// Returns the next element, or `None` after the last one. Blocks while a call is made, or waits
    /// for a rate limit.
    ///
    /// The elements of a page are lent as they arrive, before it is known to be complete. A page of which
    /// an element was lent is not repeated: if its link fails then, so does the list.
    ///
    /// # Errors
    /// [`CallFailure`] if a page has no response with `"ok":true` or cannot be requested, or if a
    /// [`StopHandle`](crate::StopHandle) was used. The list has ended then: `None` follows.
    #[expect(clippy::should_implement_trait)] // an `Iterator` cannot lend
    pub fn next(&mut self) -> Result<Option<Element<'_>>, CallFailure<'_>> {
        match self.advance()? {
            Some(Pause::Element) => Ok(self.web_api.element()),
            Some(_) => self.web_api.outcome().map(|_| None),
            None => Ok(None),
        }
    }

    /// Runs the machine until an element or the outcome. Returns `None` after the end.
    fn advance(&mut self) -> Result<Option<Pause>, CallFailure<'static>> {
        let mut run = match std::mem::replace(&mut self.state, State::Ended) {
            State::New(sequence) => self.web_api.begin(Work::Sequence(sequence))?,
            State::UnderWay(run) => run,
            State::Ended => return Ok(None),
        };
        let pause = self.web_api.advance_call(&mut run)?;
        if let Pause::Element = pause {
            self.state = State::UnderWay(run);
        }
        Ok(Some(pause))
    }
}

impl Drop for List<'_, '_> {
    fn drop(&mut self) {
        if let State::UnderWay(_) = self.state {
            // If there is no randomness, the next call abandons this one.
            let _ = self.web_api.abandon();
        }
    }
}

/// Shows neither transmitted bytes nor the token.
impl fmt::Debug for List<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::New(_) => "new",
            State::UnderWay(_) => "under way",
            State::Ended => "ended",
        };
        f.debug_struct("List")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
