//! All pages of a list, as a loop over elements.

use core::fmt;

use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use slack_rtm::Storage;
use slack_rtm::entropy::Entropy;
use slack_rtm::web_api::{CallFailure, CallerEvent, Element, RequestError, Sequence};

use crate::clock::Clock;
use crate::web_api::{PendingCall, WebApi};

/// The elements of all pages of a list, one by one: see [`WebApi::list`].
///
/// The futures of [`next`](Self::next) may be dropped at any await point. To drop this before the
/// end abandons the list, like a [`PendingCall`].
pub struct List<
    'w,
    'j,
    'a,
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    call: PendingCall<'w, 'j, 'a, C, E, S, M, IN, OUT>,
    /// Why no call has begun, until it is returned.
    failure: Option<RequestError>,
    /// Whether the end or a failure was returned.
    has_ended: bool,
}

impl<'a, C, E, S, M, const IN: usize, const OUT: usize> WebApi<'a, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Begins a list: [`List::next`] lends the elements of every page, one by one.
    ///
    /// A page may be empty or shorter than its limit: the list ends after the last page, and not before.
    /// A list of any length needs no memory but the buffers and the cursor. Posts wait until it has
    /// ended.
    ///
    /// After a failure, another `list` with the same [`Pages`](slack_rtm::web_api::Pages) continues
    /// with the page that failed, whose elements come again. If the cursor of that page has expired,
    /// which is the refusal `invalid_cursor`, start again with the first page:
    /// [`restart`](slack_rtm::web_api::Pages::restart).
    ///
    /// ```no_run
    /// # use slack_rtm::{Storage, entropy::Entropy};
    /// # use slack_rtm_embassy::{clock::Clock, web_api::WebApi};
    /// use slack_rtm::methods::users::{ListUsers, USERS};
    /// use slack_rtm::web_api::{CallFailure, Pages};
    ///
    /// # async fn users<C: Clock, E: Entropy, S: Storage>(
    /// #     web_api: &mut WebApi<'_, C, E, S>,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let (method, mut cursor) = (ListUsers::new().limit(200), [0; Pages::CURSOR]);
    /// let mut pages = Pages::new(&method, &USERS, &mut cursor);
    /// loop {
    ///     let mut users = web_api.list(&mut pages);
    ///     let is_expired = loop {
    ///         match users.next().await {
    ///             Ok(Some(user)) => println!("{:?} {:?}", user.id(), user.name()),
    ///             Ok(None) => return Ok(()),
    ///             Err(CallFailure::Refused(error)) => {
    ///                 break error.code().as_str() == "invalid_cursor";
    ///             }
    ///             Err(failure) => {
    ///                 println!("{failure}");
    ///                 break false;
    ///             }
    ///         }
    ///     };
    ///     drop(users);
    ///     if !is_expired {
    ///         return Ok(()); // a later list with these pages continues
    ///     }
    ///     pages.restart();
    /// }
    /// # }
    /// ```
    pub fn list<'w, 'j>(
        &'w mut self,
        pages: &'j mut dyn Sequence,
    ) -> List<'w, 'j, 'a, C, E, S, M, IN, OUT> {
        let failure = self.caller.begin_sequence(pages).err();
        List {
            call: PendingCall::of(self, pages),
            failure,
            has_ended: false,
        }
    }
}

impl<C, E, S, M, const IN: usize, const OUT: usize> List<'_, '_, '_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Waits for the next element, of this page or of a later one, and lends it. Returns `None` after
    /// the last page, and after an error.
    ///
    /// The elements of a page are lent as they arrive, before it is known to be complete. A page of which
    /// an element was lent is not repeated: if its link fails then, so does the list. Outcomes of posts
    /// that come meanwhile are discarded.
    ///
    /// # Errors
    /// [`CallFailure`] if a page has no response with `"ok":true`, or cannot be requested. The list has
    /// ended then, but for [`CallFailure::Entropy`]: nothing was lost, and the next call continues.
    pub async fn next(&mut self) -> Result<Option<Element<'_>>, CallFailure<'_>> {
        if self.has_ended {
            return Ok(None);
        }
        if let Some(error) = self.failure.take() {
            self.has_ended = true;
            return Err(error.into());
        }
        let is_element = self.call.reach_element().await?;
        if !is_element {
            self.has_ended = true;
            return self.call.outcome().await.map(|_| None);
        }
        Ok(match self.call.event() {
            CallerEvent::Element(element) => Some(element),
            _ => None,
        })
    }
}

/// Shows neither transmitted bytes nor the token.
impl<C, E, S, M, const IN: usize, const OUT: usize> fmt::Debug
    for List<'_, '_, '_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("call", &self.call)
            .field("has_ended", &self.has_ended)
            .finish()
    }
}
