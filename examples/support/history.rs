//! Fetches the history of a channel, page by page, in a thread of its own.

use crate::program::{Refused, Setting};
use crate::terminal::{Direction, Terminal};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::json::{Members, Value};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{
    Api, ApiError, Call, CallError, CallEvent, ErrorCode, Named, ResponseError, paths,
};
use slack_rtm::{DisconnectReason, Output};
use slack_rtm_std::{Dialer, Pump, Waker};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

slack_rtm::paths! {
    const HISTORY extends paths::CALL {
        const NEXT_CURSOR = Whole "response_metadata.next_cursor";
        const MESSAGE = Element "messages[]";
        const TS = Whole "messages[].ts";
        const USER = Whole "messages[].user";
        const BOT_ID = Whole "messages[].bot_id";
        const SUBTYPE = Whole "messages[].subtype";
        const HIDDEN = Whole "messages[].hidden";
        const TEXT = Cut "messages[].text";
    }
}

/// The delay after a failed call, if the response has none. It doubles with each failure.
const DELAY: Duration = Duration::from_secs(1);
/// The longest delay, and the one after a rate limit without `Retry-After`.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// A message of the history.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The timestamp.
    pub ts: String,
    /// The text, cut if it is longer than the receive buffer.
    pub text: String,
    /// The user who posted it, if that is a person: the condition of
    /// [`Message::posted_by`](slack_rtm::event::Message::posted_by). Edits and deletions change a
    /// history, and are no messages of it.
    pub person: Option<String>,
}

impl Posted {
    fn new(message: Members<'_>) -> Option<Self> {
        let is_new = match message.find("subtype") {
            None | Some(Value::Null) => true,
            Some(Value::Text(subtype)) => matches!(
                subtype.as_str(),
                "file_share" | "thread_broadcast" | "me_message"
            ),
            Some(_) => false,
        };
        let is_of_bot =
            message.text_or_number("bot_id").is_some() || message.bool("hidden") == Some(true);
        let user = message.text("user").filter(|user| *user != "USLACKBOT");
        let is_complete = message.records().is_complete();
        Some(Self {
            ts: message.text("ts")?.to_string(),
            text: message
                .text("text")
                .map_or_else(String::new, |text| text.to_string()),
            person: user
                .filter(|_| is_new && !is_of_bot && is_complete)
                .map(|user| user.to_string()),
        })
    }
}

/// A page.
#[derive(Debug, Default)]
struct Page {
    messages: Vec<Posted>,
    next_cursor: Option<String>,
}

/// The action after a call without a page.
#[derive(Debug)]
enum Failure {
    /// Call again after this time.
    Again(Option<Duration>, String),
    /// The cursor has expired: begin with the first page.
    Restart,
    /// Give up.
    Refused(String),
}

/// Ends a fetch from another thread.
#[derive(Clone, Debug)]
pub struct Stop {
    stopped: Arc<AtomicBool>,
    waker: Waker,
}

impl Stop {
    /// Ends the present fetch, and every later one, with no messages.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.waker.wake();
    }
}

/// Fetches histories over links of its own.
#[derive(Debug)]
pub struct History<'p> {
    api: Api<'p>,
    pump: Pump,
    page: &'static str,
    terminal: Terminal,
    stop: Stop,
    rx: Vec<u8>,
    tx: Vec<u8>,
}

impl<'p> History<'p> {
    /// Creates a fetcher for the server, token and roots of a program.
    ///
    /// # Errors
    /// The error of the operating system if it has no more descriptors.
    pub fn new(setting: &Setting<'p>) -> Result<Self, Box<dyn Error>> {
        let mut api = Api::new(setting.token).token_in(setting.token_in);
        if let Some(base) = setting.api_base {
            api = api.base(base);
        }
        if setting.allow_insecure {
            api = api.allow_insecure();
        }
        let pump = Pump::new(Dialer::new(setting.trust.clone())?);
        Ok(Self {
            api,
            page: setting.page,
            terminal: setting.terminal.clone(),
            stop: Stop {
                stopped: Arc::default(),
                waker: pump.waker(),
            },
            pump,
            rx: vec![0; 32 * 1024],
            tx: vec![0; 1024],
        })
    }

    /// Returns a handle that ends the fetch.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Returns the timestamp of the latest message, or `0` if there is none.
    ///
    /// # Errors
    /// [`Refused`] if Slack refuses the call for a reason that no retry removes.
    pub fn latest_ts(&mut self, channel: &str) -> Result<String, Refused> {
        let arguments = [("channel", channel), ("limit", "1")];
        let page = self.until_page(&arguments)?;
        let latest = page.and_then(|page| page.messages.into_iter().next());
        Ok(latest.map_or_else(|| "0".into(), |message| message.ts))
    }

    /// Returns every message after `oldest`, in the order of their timestamps, or `None` if it was
    /// stopped. Replies in threads are not part of a history.
    ///
    /// # Errors
    /// [`Refused`] if Slack refuses a call for a reason that no retry removes.
    pub fn after(&mut self, channel: &str, oldest: &str) -> Result<Option<Vec<Posted>>, Refused> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let arguments = [
                ("channel", channel),
                ("oldest", oldest),
                ("limit", self.page),
                ("cursor", cursor.as_deref().unwrap_or_default()),
            ];
            // The first page has no cursor.
            let count = if cursor.is_some() { 4 } else { 3 };
            let Some(page) = self.until_page(&arguments[..count])? else {
                if self.is_stopped() {
                    return Ok(None);
                }
                // A server that accepts no cursor must not be called without a pause.
                self.pause(DELAY);
                (all, cursor) = (Vec::new(), None);
                continue;
            };
            let count = page.messages.len();
            let detail = format_args!("channel={channel:?} oldest={oldest:?} messages={count}");
            self.terminal.line(Direction::In, "history", detail);
            all.extend(page.messages);
            cursor = page.next_cursor;
            if cursor.is_none() {
                // Pages and their messages come in an order of Slack's choice.
                all.sort_by(|a, b| a.ts.cmp(&b.ts));
                return Ok(Some(all));
            }
        }
    }

    /// Calls until there is a page. Returns `None` if it was stopped, or if the cursor has expired.
    fn until_page(&mut self, arguments: &[(&str, &str)]) -> Result<Option<Page>, Refused> {
        let mut delay = DELAY;
        while !self.is_stopped() {
            match self.page(arguments) {
                Ok(page) => return Ok(page),
                Err(Failure::Restart) => return Ok(None),
                Err(Failure::Refused(error)) => return Err(Refused(error)),
                Err(Failure::Again(retry_after, reason)) => {
                    let wait = retry_after.unwrap_or(delay);
                    let seconds = wait.as_millis() as f64 / 1000.0;
                    let detail = format_args!("again in {seconds:.1} s: {reason}");
                    self.terminal.line(Direction::Local, "history", detail);
                    self.pause(wait);
                    delay = (delay + delay).min(LONGEST_DELAY);
                }
            }
        }
        Ok(None)
    }

    fn is_stopped(&self) -> bool {
        self.stop.stopped.load(Ordering::SeqCst)
    }

    /// Waits, without a link, until the time has passed or the fetch is stopped.
    fn pause(&mut self, wait: Duration) {
        let until = self.pump.now() + wait;
        let (Ok(mut rx), Ok(mut tx)) = (
            RecvBuf::try_from(&mut self.rx[..]),
            SendBuf::try_from(&mut self.tx[..]),
        ) else {
            return;
        };
        while self.pump.now() < until && !self.stop.stopped.load(Ordering::SeqCst) {
            let _ = self.pump.exchange(&mut rx, &mut tx, until);
        }
    }

    /// Makes one call. Returns `None` if it was stopped.
    fn page(&mut self, arguments: &[(&str, &str)]) -> Result<Option<Page>, Failure> {
        let refused = |error: &dyn Error| Failure::Refused(error.to_string());
        let mut rx = RecvBuf::try_from(&mut self.rx[..]).map_err(|error| refused(&error))?;
        let mut tx = SendBuf::try_from(&mut self.tx[..]).map_err(|error| refused(&error))?;
        let method = Named {
            name: "conversations.history",
            arguments,
        };
        let call = Call::new(&self.api, method, &HISTORY);
        let mut call = call.map_err(|error| refused(&error))?;
        let (mut page, mut outcome) = (Page::default(), Ok(None));
        loop {
            match call.poll(&mut rx, &mut tx, self.pump.now()) {
                Output::Connect { peer, until, .. } => self.pump.connect(peer, until),
                Output::Wait { until, .. } => {
                    match self.pump.exchange(&mut rx, &mut tx, until) {
                        Ok(progress) if progress.connected => call.connected(),
                        Ok(_) => {}
                        Err(error) => call.disconnected(error.reason()),
                    }
                    if self.stop.stopped.load(Ordering::SeqCst) {
                        self.pump.disconnect(&mut tx);
                        return Ok(None);
                    }
                }
                // One message at a time: a page may be longer than the buffer.
                Output::Event(CallEvent::Element(message)) => {
                    page.messages.extend(Posted::new(message.members()));
                }
                Output::Event(CallEvent::Accepted(response)) => {
                    let cursor = response.members().text("response_metadata.next_cursor");
                    page.next_cursor = cursor
                        .filter(|cursor| !cursor.is_empty())
                        .map(|cursor| cursor.to_string());
                    outcome = Ok(Some(std::mem::take(&mut page)));
                }
                Output::Event(CallEvent::Refused(error)) => outcome = Err(of_refusal(&error)),
                Output::Event(CallEvent::Failed(error)) => outcome = Err(of_error(error)),
                Output::Disconnect => {
                    self.pump.disconnect(&mut tx);
                    call.disconnected(DisconnectReason::Closed);
                }
                Output::Closed(()) => return outcome,
                _ => {}
            }
        }
    }
}

fn of_refusal(error: &ApiError<'_>) -> Failure {
    match error.code() {
        ErrorCode::RateLimited => {
            let wait = error.retry_after().unwrap_or(LONGEST_DELAY);
            Failure::Again(Some(wait), error.to_string())
        }
        code if code.as_str() == "invalid_cursor" => Failure::Restart,
        code if code.remedy().is_retry() => Failure::Again(error.retry_after(), error.to_string()),
        _ => Failure::Refused(format!("conversations.history: {error}")),
    }
}

fn of_error(error: CallError) -> Failure {
    let retry_after = match error {
        CallError::Response(error @ ResponseError::Status { .. }) => error.retry_after(),
        _ => None,
    };
    Failure::Again(retry_after, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{HISTORY, Posted};
    use slack_rtm::buffer::RecvBuf;
    use slack_rtm::web_api::{Response, ResponseStep};

    /// Reads a history of one message with these members.
    fn posted(members: &str) -> Posted {
        let page = format!(
            r#"{{"ok":true,"messages":[{{"type":"message","ts":"1.1","text":"hi",{members}}}]}}"#
        );
        let bytes = format!("HTTP/1.1 200 OK\r\n\r\n{page}");
        let mut memory = [0; 2048];
        let mut rx = RecvBuf::new(&mut memory);
        rx.space()[..bytes.len()].copy_from_slice(bytes.as_bytes());
        rx.filled(bytes.len());
        let mut response = Response::new(&HISTORY);
        loop {
            match response.poll(&mut rx).unwrap() {
                ResponseStep::Element(message) => return Posted::new(message.members()).unwrap(),
                ResponseStep::Head => {}
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_message_of_the_history_is_of_a_person_as_an_event_is() {
        for members in [
            r#""user":"U2""#,
            r#""user":"U2","subtype":null,"bot_id":null"#,
            r#""user":"U2","thread_ts":"1.1","reply_count":3"#,
            r#""user":"U2","edited":{"user":"U2","ts":"1.2"}"#,
            r#""user":"U2","subtype":"file_share","files":[{"id":"F1"}]"#,
            r#""user":"U2","subtype":"thread_broadcast","thread_ts":"1.0""#,
            r#""user":"U2","subtype":"me_message""#,
        ] {
            assert_eq!(posted(members).person.as_deref(), Some("U2"), "{members}");
        }
        for members in [
            r#""user":"U2","bot_id":"B2""#,
            r#""subtype":"bot_message","bot_id":"B2","username":"ci""#,
            r#""user":"USLACKBOT""#,
            r#""user":"USLACKBOT","subtype":"tombstone""#,
            r#""user":"U2","subtype":"channel_join""#,
            r#""user":"U2","subtype":"new_in_2030""#,
            r#""user":"U2","subtype":7"#,
            r#""user":"U2","hidden":true"#,
            r#""username":"nobody""#,
        ] {
            let posted = posted(members);
            assert_eq!(
                (posted.person, posted.ts.as_str()),
                (None, "1.1"),
                "{members}"
            );
        }
    }
}
