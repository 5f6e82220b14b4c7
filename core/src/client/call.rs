//! A call of the method that gives the URL: the request out, the answer in.

use super::common::{Common, Link, UNTOLD_RETRY_AFTER, status};
use super::event::{Cause, Step};
use super::mail::Out;
use super::output::LinkEnd;
use super::stop::Stop;
use super::told::Told;
use crate::buffer::{RecvBuf, Sink};
use crate::time::{Duration, Instant};
use crate::web_api::{
    Accepted, Answer, ApiError, ErrorCode, Fault, Lists, Method, Progress, ReadUntil, RequestError,
};

/// A URL is valid for 30 seconds from the head of the answer on.
const URL_LIFE: Duration = Duration::from_secs(30);
/// Lists are left so long before the URL expires: time to connect and shake hands.
const LISTS_LEFT: Duration = Duration::from_secs(12);
/// However steadily an answer drips, it ends by then.
const ANSWER_LIFE: Duration = Duration::from_secs(180);

/// A call under way.
#[derive(Debug)]
pub(super) struct Call {
    answer: Answer,
    /// Bytes of the request that went into the send buffer.
    written: usize,
    is_written: bool,
    /// Bytes that could not be taken yet when they were looked at last.
    left_unread: usize,
    /// When it ends, however steadily the answer drips.
    over_at: Instant,
}

impl Call {
    pub(super) fn new(common: &Common<'_>) -> Self {
        let lists = common.settings.lists;
        // What rtm.start tells behind the URL may be megabytes.
        let wanted = match common.settings.method {
            Method::RtmStart(_) if lists == Lists::NONE => ReadUntil::Url,
            _ => ReadUntil::End,
        };
        Self {
            answer: Answer::new(lists.table()).lists(lists).until(wanted),
            written: 0,
            is_written: false,
            left_unread: 0,
            over_at: common.now.after(ANSWER_LIFE),
        }
    }

    /// Puts what is left of the request into the send buffer, as far as there is room.
    #[inline(never)] // its stack is not needed while the answer is read
    pub(super) fn write(
        &mut self,
        common: &Common<'_>,
        out: &mut Out<'_, '_>,
    ) -> Result<(), RequestError> {
        if !self.is_written {
            let settings = &common.settings;
            let url = settings.api_url()?;
            let write =
                |sink: &mut dyn Sink| (settings.write)(&settings.api, &settings.method, &url, sink);
            let (count, is_written) = out.tx.append(self.written, write);
            self.written += count;
            self.is_written = is_written;
        }
        Ok(())
    }

    /// Reads the answer; what it tells of the call's end decides what follows.
    #[inline(never)] // its stack is not needed while another phase is served
    pub(super) fn poll(
        &mut self,
        common: &mut Common<'_>,
        rx: &mut RecvBuf<'_>,
    ) -> Result<Told, Stop> {
        // Bytes that stay unread, such as half a line, are not heard again.
        if rx.unread().len() > self.left_unread {
            let until = common.now.after(common.settings.patience.answer);
            common.until = until.min(self.over_at);
        }
        let progress = match self.answer.advance(rx) {
            Ok(progress) => progress,
            Err(Fault::Status) => return Err(self.status().into()),
            Err(fault) => return Err(self.answer.error(fault).into()),
        };
        match progress {
            Progress::Incomplete => self.left_unread = rx.unread().len(),
            Progress::Head => {
                common.url_until = common.now.after(URL_LIFE);
                return Ok(Told::Nothing);
            }
            Progress::Element(path) => return Ok(Told::Element(path)),
            Progress::Accepted => return accepted(Told::Opened, common, rx),
            Progress::Refused => {
                common.retry_after = self.answer.retry_after().unwrap_or_default();
                refused(common, rx);
                return Ok(Told::Refused);
            }
        }
        if common.link == Link::Down(LinkEnd::Closed) {
            self.answer.eof(rx)?;
            return Ok(Told::Nothing);
        }
        let leave_at = common.url_until.before(LISTS_LEFT);
        if common.now >= leave_at
            && common.link == Link::Up
            && let Ok(told) = accepted(Told::ListsIncomplete, common, rx)
        {
            return Ok(told);
        }
        let told = common.await_link(Step::Answer);
        if common.now < leave_at {
            common.wake_by(leave_at);
        }
        told
    }

    /// A status that is not 200.
    fn status(&self) -> Cause {
        status(self.answer.status(), self.answer.retry_after())
    }
}

/// The answer brought a URL; its lists were told, or are left.
fn accepted(told: Told, common: &mut Common<'_>, rx: &RecvBuf<'_>) -> Result<Told, Stop> {
    let accepted = Accepted::new(rx.records(), common.settings.lists.table());
    if let Err(error) = common.settings.url_of(accepted) {
        return Err(match error.resource(rx.capacity()) {
            Some(resource) => Cause::Resource(resource).into(),
            None => error.into(),
        });
    }
    common.set_user_id(accepted.self_id().unwrap_or_default());
    Ok(told)
}

fn refused(common: &mut Common<'_>, rx: &RecvBuf<'_>) {
    let code = ApiError::code(rx.records()).without_text();
    if code == ErrorCode::RateLimited && common.retry_after == Duration::ZERO {
        common.retry_after = UNTOLD_RETRY_AFTER;
    }
    common.cause = Cause::Refused(code);
}
