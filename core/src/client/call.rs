//! A call of the method that gives the URL: the request out, the answer in.

use super::config::Settings;
use super::context::{Context, Link, UNTOLD_RETRY_AFTER, status};
use super::event::{ReconnectReason, Step};
use super::outbound::TxContext;
use super::output::DisconnectReason;
use super::render::Told;
use super::step::StepError;
use crate::buffer::{RecvBuf, Sink};
use crate::json::Text;
use crate::time::{Duration, Instant};
use crate::web_api::{
    ApiError, ErrorCode, RequestError, Response, ResponseErrorKind, ResponseStepKind, paths,
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
    answer: Response,
    /// Bytes of the request that went into the send buffer.
    written: usize,
    is_written: bool,
    /// Bytes that could not be taken yet when they were looked at last.
    left_unread: usize,
    /// When it ends, however steadily the answer drips.
    over_at: Instant,
}

impl Call {
    pub(super) fn new(common: &Context<'_>) -> Self {
        Self {
            answer: Response::new(common.settings.answer),
            written: 0,
            is_written: false,
            left_unread: 0,
            over_at: common.now + ANSWER_LIFE,
        }
    }

    /// To be called once, in the place where it stays: it is large.
    pub(super) fn prepare(&mut self, settings: &Settings<'_>) {
        (settings.calling.prepare)(&mut self.answer, settings);
    }

    /// Puts what is left of the request into the send buffer, as far as there is room.
    #[inline(never)] // its stack is not needed while the answer is read
    pub(super) fn write(
        &mut self,
        common: &Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), RequestError> {
        if !self.is_written {
            let settings = &common.settings;
            let url = settings.api_url()?;
            let write = |sink: &mut dyn Sink| {
                (settings.calling.write)(&settings.api, &settings.method, &url, sink);
            };
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
        common: &mut Context<'_>,
        rx: &mut RecvBuf<'_>,
    ) -> Result<Told, StepError> {
        // Bytes that stay unread, such as half a line, are not heard again.
        if rx.unread().len() > self.left_unread {
            let until = common.now + common.settings.patience.answer;
            common.until = until.min(self.over_at);
        }
        let progress = match self.answer.advance(rx) {
            Ok(progress) => progress,
            Err(ResponseErrorKind::Status) => return Err(self.status().into()),
            Err(fault) => return Err(self.answer.error(fault).into()),
        };
        match progress {
            ResponseStepKind::Incomplete => self.left_unread = rx.unread().len(),
            ResponseStepKind::Head => {
                common.url_until = common.now + URL_LIFE;
                return Ok(Told::Nothing);
            }
            ResponseStepKind::Element(path) => return Ok(Told::Element(path)),
            ResponseStepKind::Accepted => return accepted(Told::Opened, common, rx),
            ResponseStepKind::Refused => {
                common.retry_after = self.answer.retry_after().unwrap_or_default();
                refused(common, rx);
                return Ok(Told::Refused);
            }
        }
        if common.link == Link::Down(DisconnectReason::Closed) {
            self.answer.eof(rx)?;
            return Ok(Told::Nothing);
        }
        let leave_at = common.url_until - LISTS_LEFT;
        if common.now >= leave_at
            && common.link == Link::Up
            && let Ok(told) = accepted(Told::ListsIncomplete, common, rx)
        {
            return Ok(told);
        }
        let told = common.await_link(Step::Response);
        if common.now < leave_at {
            common.wake_by(leave_at);
        }
        told
    }

    /// A status that is not 200.
    fn status(&self) -> ReconnectReason {
        status(self.answer.status(), self.answer.retry_after())
    }
}

/// The answer brought a URL; its lists were told, or are left.
fn accepted(told: Told, common: &mut Context<'_>, rx: &RecvBuf<'_>) -> Result<Told, StepError> {
    if let Err(error) = common.settings.socket_url(rx) {
        return Err(match error.resource(rx.capacity()) {
            Some(resource) => ReconnectReason::Resource(resource).into(),
            None => error.into(),
        });
    }
    common.set_user_id(rx.records().text(paths::SELF_ID).map_or("", Text::as_str));
    Ok(told)
}

fn refused(common: &mut Context<'_>, rx: &RecvBuf<'_>) {
    let code = ApiError::new(rx.records(), None).code().without_text();
    if code == ErrorCode::RateLimited && common.retry_after == Duration::ZERO {
        common.retry_after = UNTOLD_RETRY_AFTER;
    }
    common.cause = ReconnectReason::Refused(code);
}
