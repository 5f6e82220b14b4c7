//! The opening call: sends it, handles its response, and skips the rest before the URL expires.

use super::context::Context;
use super::error::PeerError;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use super::settings::Settings;
use super::step::{Step, StepError};
use super::tx_context::TxContext;
use crate::buffer::{RecvBuf, Sink};
use crate::link::{Link, Timeout};
use crate::time::Duration;
use crate::url::Url;
use crate::web_api::{
    ADVANCE_JSON, APPS_CONNECTIONS_OPEN, ApiError, Exchange, ExchangeError, JSON_BODY, JsonBody,
    OpeningMethod, ReadUntil, Response, ResponseStepKind, paths,
};

/// The validity of a URL, from the head of the response on.
const URL_VALIDITY: Duration = Duration::from_secs(30);
/// The time before its end in which the rest of the response is skipped: enough to connect and
/// shake hands.
const CONNECT_RESERVE: Duration = Duration::from_secs(12);

/// Code for the opening call, selected by the setters of [`Config`](crate::Config) so that the
/// linker drops it from programs that do not configure it.
pub(super) struct CallHooks {
    /// Writes the request with this token.
    write: fn(&Settings<'_>, token: &str, &Url<'_>, &mut dyn Sink),
    /// Configures how much of the response is read, and which of its lists.
    pub(super) configure: fn(&mut Response, &Settings<'_>),
}

impl CallHooks {
    /// `rtm.connect` without arguments, the token in the header.
    pub(super) const BARE: Self = Self {
        write: |settings, token, url, sink| {
            settings
                .endpoint
                .write_bare(token, settings.method.name(), url, sink);
        },
        configure: |_, _| (),
    };

    /// `apps.connections.open`: a form without arguments, the token in the header.
    pub(super) const SOCKET_MODE: Self = Self {
        write: |settings, token, url, sink| {
            settings
                .endpoint
                .write_empty_form(token, APPS_CONNECTIONS_OPEN, url, sink);
        },
        configure: |_, _| (),
    };

    /// Any method with any arguments in the query or a form.
    pub(super) const ANY: Self = Self {
        write: |settings, token, url, sink| write_any(settings, token, url, None, sink),
        configure: configure_any,
    };

    /// Any method with any arguments.
    pub(super) const ANY_WITH_JSON: Self = Self {
        write: |settings, token, url, sink| {
            write_any(settings, token, url, Some(JSON_BODY), sink);
        },
        configure: configure_any,
    };
}

fn write_any(
    settings: &Settings<'_>,
    token: &str,
    url: &Url<'_>,
    json: Option<JsonBody>,
    sink: &mut dyn Sink,
) {
    settings
        .endpoint
        .write(token, &settings.method, url, json, sink);
}

fn configure_any(response: &mut Response, settings: &Settings<'_>) {
    response.set_lists(settings.lists);
    // After the URL a response to rtm.start may have megabytes.
    if let OpeningMethod::RtmStart(_) = settings.method
        && settings.lists.is_empty()
    {
        response.set_until(ReadUntil::Url);
    }
}

/// Sends the rest of the request and takes the next step of the response.
#[inline(never)] // its stack is not needed while another phase is served
pub(super) fn poll(
    hooks: &CallHooks,
    exchange: &mut Exchange,
    context: &mut Context<'_>,
    rx: &mut RecvBuf<'_>,
    out: &mut TxContext<'_, '_>,
) -> Result<Step, StepError> {
    let (settings, now) = (&context.settings, context.now);
    let token = out.token;
    let write = |sink: &mut dyn Sink| {
        if let Some(url) = settings.api_url() {
            (hooks.write)(settings, token, &url, sink);
        }
    };
    let received = exchange.poll(rx, out.tx, context.link, now, &write, ADVANCE_JSON);
    let response = exchange.response();
    let error = match received {
        Ok(ResponseStepKind::Head) => {
            context.url_until = now + URL_VALIDITY;
            return Ok(Step::Continue);
        }
        Ok(ResponseStepKind::Element(path)) => {
            return Ok(Step::Yield(OutputKind::Element(path)));
        }
        Ok(ResponseStepKind::Accepted) => return accept(OutputKind::Accepted, context, rx),
        Ok(ResponseStepKind::Refused) => {
            refuse(response, context, rx);
            return Ok(Step::Yield(OutputKind::Refused));
        }
        Ok(ResponseStepKind::Incomplete) => None,
        Err(error) => Some(error),
    };
    context.wake_by(exchange.until());
    // The members that arrived before a long wait may be all that is needed.
    if let None | Some(ExchangeError::TimedOut) = error
        && let Some(step) = skip_rest(context, rx)
    {
        return Ok(step);
    }
    let reason = match error {
        None => return Ok(Step::Yield(OutputKind::Wait)),
        Some(ExchangeError::Disconnected(reason)) => ReconnectReason::Disconnected(reason),
        Some(ExchangeError::TimedOut) => ReconnectReason::TimedOut(Timeout::Response),
        Some(ExchangeError::Response(kind)) if !response.has_error_status() => {
            ReconnectReason::Peer(PeerError::Response(response.error(kind)))
        }
        Some(ExchangeError::Response(_)) => {
            ReconnectReason::from_status(response.status(), response.retry_after())
        }
    };
    Err(StepError::failed(context, reason))
}

/// Skips the rest of a slow response, if it is time and the URL has arrived. Otherwise makes sure
/// that the next poll is not later than that time.
fn skip_rest(context: &mut Context<'_>, rx: &RecvBuf<'_>) -> Option<Step> {
    let skip_at = context.url_until - CONNECT_RESERVE;
    if context.now < skip_at {
        context.wake_by(skip_at);
    } else if context.link == Link::Open && context.settings.socket_url(rx).is_ok() {
        return accept(OutputKind::ListsIncomplete, context, rx).ok();
    }
    None
}

/// Checks the URL of an accepted call and keeps the user id.
fn accept(
    kind: OutputKind,
    context: &mut Context<'_>,
    rx: &RecvBuf<'_>,
) -> Result<Step, StepError> {
    if let Err(error) = context.settings.socket_url(rx) {
        let reason = match error.resource(rx.capacity()) {
            Some(resource) => ReconnectReason::Resource(resource),
            None => ReconnectReason::Peer(error.into()),
        };
        return Err(StepError::failed(context, reason));
    }
    if let Some(id) = rx.records().text(paths::SELF_ID) {
        context.identity.set_user(id.as_str());
    }
    Ok(Step::Yield(kind))
}

/// Keeps why the call was refused.
fn refuse(response: &Response, context: &mut Context<'_>, rx: &RecvBuf<'_>) {
    context.status = response.status();
    let error = ApiError::of_response(rx.records(), context.status, response.retry_after());
    context.retry_after = error.retry_after().unwrap_or_default();
    context.reason = ReconnectReason::Refused(error.code().without_text());
}
