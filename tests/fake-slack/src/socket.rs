//! A WebSocket from its handshake to its end: one thread reads it, one writes it. The frames are tungstenite's.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::Error;
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::server::{create_response, write_response};
use tungstenite::http;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame as WireFrame, FrameSocket};

use crate::APP_ID;
use crate::acknowledgements::{self, MAX_FRAME};
use crate::envelopes;
use crate::http::{Answer, answer};
use crate::link::Link;
use crate::log::{Ended, Frame, Request, What};
use crate::rtm::{self, Verdict};
use crate::script::{Fault, Step};
use crate::server::{Server, scripted_answer};
use crate::web_api::socket_url;
use crate::workspace::Outgoing;

/// A client's message above this makes the server drop the client.
const MAX_MESSAGE: usize = 16 * 1024;

/// The path of the URLs of Socket Mode.
pub(crate) const APP_PATH: &str = "/link/";

/// How much longer a `reconnect_url` is valid than other URLs: the next one comes after 180 s.
const RECONNECT_URL_LIVES: u32 = 10;

/// From `hello` to the first `reconnect_url`.
const FIRST_RECONNECT_URL: Duration = Duration::from_millis(50);

/// Answers the handshake and serves the socket until it ends. `unread` was read behind the request.
pub(crate) fn run(
    server: &Arc<Server>,
    link: &Arc<Link>,
    request: &Request,
    unread: Vec<u8>,
) -> io::Result<()> {
    let fault = server.take(link, Step::Upgrade);
    let is_app = request.path == APP_PATH;
    let mut refusal = fault.as_ref().and_then(scripted_answer);
    if refusal.is_none() && is_app && !server.socket_mode.take_ticket(&request.query) {
        refusal = Some(Answer::text(404, "the URL was used, or has expired"));
    }
    let response = response(request, fault.as_ref());
    let response = match (refusal, response) {
        (Some(refusal), _) | (None, Err(refusal)) => {
            answer(server, link, request, &refusal)?;
            link.end(Ended::Closed);
            return Ok(());
        }
        (None, Ok(response)) => response,
    };
    let (queue, outgoing) = channel();
    let closing = Arc::new(AtomicBool::new(false));
    link.deliver(fault.as_ref(), &response)?;
    let user = match is_app {
        true => open_for_app(server, link, request, fault, &queue),
        false => open(server, link, request, fault, &queue),
    };
    let writer = Writer {
        server: server.clone(),
        link: link.clone(),
        user: user.clone(),
        is_app,
        closing: closing.clone(),
    };
    let writer = std::thread::spawn(move || writer.run(&outgoing));
    let number = link.number();
    let client = (!is_app).then(|| rtm::Client::new(number, user, server.settings.message_rate));
    let read = Reader {
        server,
        link,
        queue,
        closing,
        client,
    }
    .run(unread);
    server.forget_socket(link.number());
    link.end(end_of(&read));
    if let Err(panic) = writer.join() {
        std::panic::resume_unwind(panic);
    }
    read
}

/// How a connection ended that was read until this.
pub(crate) fn end_of(read: &io::Result<()>) -> Ended {
    match read {
        Ok(()) => Ended::ByClient,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ended::Truncated,
        Err(_) => Ended::Broken,
    }
}

/// The bytes of the `101`, or the answer to a handshake that breaks RFC 6455, section 4.2.1.
fn response(request: &Request, fault: Option<&Fault>) -> Result<Vec<u8>, Answer> {
    let mut asked = http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.path);
    for (name, value) in &request.headers {
        asked = asked.header(name, value);
    }
    let bad = |why: &dyn std::fmt::Display| Answer::text(400, &why.to_string());
    let asked = asked.body(()).map_err(|error| bad(&error))?;
    let mut response = create_response(&asked).map_err(|error| bad(&error))?;
    if fault == Some(&Fault::WrongAccept) {
        let wrong = derive_accept_key(b"another key")
            .parse()
            .map_err(|error| bad(&error))?;
        response.headers_mut().insert("sec-websocket-accept", wrong);
    }
    let mut bytes = Vec::new();
    write_response(&mut bytes, &response).map_err(|error| bad(&error))?;
    Ok(bytes)
}

/// Takes the URL's ticket and queues `hello`; or, when it is not valid, the error frame and the end.
/// Gives the user's id, or nothing.
fn open(
    server: &Server,
    link: &Link,
    request: &Request,
    fault: Option<Fault>,
    queue: &Sender<Outgoing>,
) -> String {
    let secret = request
        .path
        .strip_prefix("/websocket/")
        .and_then(|rest| rest.strip_suffix("/2"))
        .unwrap_or_default();
    let mut workspace = server.workspace();
    let ticket = workspace.take_ticket(secret);
    let refusal = match fault {
        Some(Fault::Error(message)) => Some(message),
        _ if ticket.is_none() => Some("Socket URL has expired".into()),
        _ => None,
    };
    let user = match (ticket, refusal) {
        (Some(ticket), None) => {
            let user = ticket.user.clone();
            workspace.open(
                link.number(),
                ticket,
                server.settings.hello.clone(),
                queue.clone(),
            );
            user
        }
        (_, refusal) => {
            let message = refusal.unwrap_or_default();
            let _ = queue.send(Outgoing::Text(Step::Hello, error_frame(&message)));
            let _ = queue.send(Outgoing::Close(Some(1000), String::new()));
            String::new()
        }
    };
    drop(workspace);
    link.log(What::Opened { user: user.clone() });
    user
}

/// Registers a socket of the app, which sends `hello`. Returns the empty id, as it is no user's.
fn open_for_app(
    server: &Server,
    link: &Link,
    request: &Request,
    fault: Option<Fault>,
    queue: &Sender<Outgoing>,
) -> String {
    server.keep_time();
    if let Some(Fault::Error(reason)) = fault {
        let frame = envelopes::disconnect(&reason, server.socket_mode.sockets());
        let _ = queue.send(Outgoing::Disconnect(frame, Duration::ZERO));
    } else {
        let mut workspace = server.workspace();
        workspace.open_for_app(link.number(), queue.clone());
        let query = &request.query;
        server.socket_mode.open(link.number(), query, queue.clone());
    }
    link.log(What::Opened {
        user: APP_ID.into(),
    });
    String::new()
}

fn error_frame(message: &str) -> String {
    json!({"type": "error", "error": {"code": 1, "msg": message}}).to_string()
}

/// Reads and acts on frames.
struct Reader<'s> {
    server: &'s Arc<Server>,
    link: &'s Arc<Link>,
    queue: Sender<Outgoing>,
    closing: Arc<AtomicBool>,
    /// Absent on a socket of the app.
    client: Option<rtm::Client>,
}

impl Reader<'_> {
    fn run(mut self, unread: Vec<u8>) -> io::Result<()> {
        let source = Source {
            server: self.server,
            link: self.link,
        };
        let mut frames = FrameSocket::from_partially_read(source, unread);
        let (longest, too_long) = match self.client {
            Some(_) => (MAX_MESSAGE, "a message above 16 KiB"),
            None => (MAX_FRAME, "a message of 20,480 bytes or more"),
        };
        loop {
            let frame = match frames.read(Some(longest)) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                Err(Error::Io(error)) => return Err(error),
                Err(Error::Capacity(_)) => return self.drop_client(too_long),
                Err(error) => return self.fail(CloseCode::Protocol, &error.to_string()),
            };
            self.link.alive()?;
            let header = frame.header();
            let Some(mask) = header.mask else {
                return self.fail(CloseCode::Protocol, "an unmasked frame");
            };
            if header.rsv1 || header.rsv2 || header.rsv3 {
                return self.fail(CloseCode::Protocol, "a reserved bit");
            }
            let (opcode, is_final) = (header.opcode, header.is_final);
            let payload: Vec<u8> = frame
                .payload()
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask)
                .collect();
            match opcode {
                OpCode::Control(_) if payload.len() > 125 || !is_final => {
                    return self.fail(CloseCode::Protocol, "a bad control frame");
                }
                OpCode::Control(Control::Ping) => {
                    self.received(Frame::Ping(payload.clone()));
                    self.send(Outgoing::Pong(payload));
                }
                OpCode::Control(Control::Pong) => self.received(Frame::Pong(payload)),
                OpCode::Control(Control::Close) => self.close(&payload),
                OpCode::Data(Data::Continue) => return self.drop_client("a continuation frame"),
                _ if !is_final => return self.drop_client("a fragmented message"),
                OpCode::Data(Data::Text) => match String::from_utf8(payload) {
                    Ok(text) => self.text(text)?,
                    Err(_) => return self.fail(CloseCode::Invalid, "text that is not UTF-8"),
                },
                _ => {
                    self.received(Frame::Other(payload));
                    return self.fail(CloseCode::Unsupported, "a binary frame");
                }
            }
        }
    }

    fn text(&mut self, text: String) -> io::Result<()> {
        self.received(Frame::Text(text.clone()));
        if self.closing.load(Ordering::SeqCst) {
            return Ok(());
        }
        let Some(client) = &mut self.client else {
            acknowledgements::receive(self.server, self.link.number(), &text);
            return Ok(());
        };
        if client.user.is_empty() {
            return Ok(());
        }
        match rtm::receive(self.server, client, &text) {
            Verdict::Nothing => Ok(()),
            Verdict::Reply(step, reply) => {
                self.send(Outgoing::Text(step, reply));
                Ok(())
            }
            Verdict::Drop(why) => self.drop_client(why),
        }
    }

    /// The client's close frame: the answer to the server's, or the first.
    fn close(&self, payload: &[u8]) {
        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        let reason = payload.get(2..).unwrap_or_default();
        let reason = String::from_utf8_lossy(reason).into_owned();
        self.received(Frame::Close { code, reason });
        self.server.socket_mode.close(self.link.number());
        if self.closing.load(Ordering::SeqCst) {
            self.link.end(Ended::Closed);
        } else {
            self.send(Outgoing::CloseReply(code));
        }
    }

    fn received(&self, frame: Frame) {
        self.link.log(What::Received(frame));
    }

    fn send(&self, outgoing: Outgoing) {
        let _ = self.queue.send(outgoing);
    }

    /// Drops the client without a close frame, as Slack is reported to do.
    fn drop_client(&self, why: &str) -> io::Result<()> {
        self.link.log(What::Violation(why.into()));
        self.link.end(Ended::Closed);
        Ok(())
    }

    /// Closes with the code of a broken rule. What comes behind it cannot be read as frames.
    fn fail(&self, code: CloseCode, why: &str) -> io::Result<()> {
        self.link.log(What::Violation(why.into()));
        self.send(Outgoing::Close(Some(code.into()), why.into()));
        let mut waste = [0; 4096];
        while self.link.read(&mut waste)? > 0 {}
        Ok(())
    }
}

/// The bytes of the client, with the faults of [`Step::Receive`].
struct Source<'s> {
    server: &'s Arc<Server>,
    link: &'s Arc<Link>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.link.read(buffer)?;
        if length > 0
            && let Some(fault) = self.server.take(self.link, Step::Receive)
        {
            self.link.deliver(Some(&fault), &[])?;
        }
        Ok(length)
    }
}

/// Sends what is queued, and what is due.
struct Writer {
    server: Arc<Server>,
    link: Arc<Link>,
    user: String,
    is_app: bool,
    closing: Arc<AtomicBool>,
}

impl Writer {
    fn run(self, outgoing: &Receiver<Outgoing>) {
        self.send_all(outgoing);
        // The reader may yet wait for the client to close TCP.
        self.server.forget_socket(self.link.number());
    }

    fn send_all(&self, outgoing: &Receiver<Outgoing>) {
        let settings = &self.server.settings;
        let start = Instant::now();
        let mut ping = settings.ping_every.map(|every| start + every);
        let mut reconnect_url = settings
            .reconnect_url_every
            .filter(|_| !self.is_app)
            .map(|_| start + FIRST_RECONNECT_URL);
        let mut close = None;
        loop {
            let now = Instant::now();
            let due = [ping, reconnect_url, close].into_iter().flatten().min();
            let wait = due.map_or(Duration::MAX, |due| due.saturating_duration_since(now));
            let next = match due {
                None => outgoing.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(_) => outgoing.recv_timeout(wait),
            };
            let sent = match next {
                Ok(Outgoing::Disconnect(frame, after)) => {
                    close = Some(Instant::now() + after);
                    self.send(Outgoing::Text(Step::Frame, frame))
                }
                Ok(Outgoing::Goodbye(after)) => {
                    close = Some(Instant::now() + after);
                    self.send(Outgoing::Goodbye(after))
                }
                Ok(next) => self.send(next),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if close == due => {
                    close = None;
                    self.send(Outgoing::Close(Some(1000), String::new()))
                }
                Err(RecvTimeoutError::Timeout) if ping == due => {
                    ping = settings.ping_every.map(|every| Instant::now() + every);
                    self.send(Outgoing::Ping(b"fake-slack".to_vec()))
                }
                Err(RecvTimeoutError::Timeout) => {
                    reconnect_url = settings
                        .reconnect_url_every
                        .map(|every| Instant::now() + every);
                    self.send(Outgoing::Text(
                        Step::Frame,
                        reconnect_url_event(&self.server, &self.user),
                    ))
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }

    fn send(&self, outgoing: Outgoing) -> io::Result<()> {
        if self.closing.load(Ordering::SeqCst) {
            return Ok(());
        }
        match outgoing {
            Outgoing::Text(step, text) => self.text(step, text),
            Outgoing::Goodbye(_) => self.text(Step::Frame, r#"{"type":"goodbye"}"#.into()),
            Outgoing::Disconnect(frame, _) => self.text(Step::Frame, frame),
            Outgoing::Ping(payload) => {
                self.frame(Frame::Ping(payload.clone()), WireFrame::ping(payload), None)
            }
            Outgoing::Pong(payload) => {
                self.frame(Frame::Pong(payload.clone()), WireFrame::pong(payload), None)
            }
            Outgoing::Close(code, reason) => self.close(code, reason, None),
            Outgoing::CloseReply(code) => self.close_reply(code),
        }
    }

    fn text(&self, step: Step, mut text: String) -> io::Result<()> {
        let mut fault = self.server.take(&self.link, step);
        match fault {
            Some(Fault::Delay(delay)) => {
                self.link.wait(delay)?;
                fault = None;
            }
            Some(Fault::CloseCode(code)) => return self.close(Some(code), String::new(), None),
            Some(Fault::Error(message)) if step == Step::Ack => {
                text = rtm::error_ack_like(&text, &message);
                fault = None;
            }
            Some(Fault::Error(message)) => {
                let frame = match self.is_app {
                    true => envelopes::disconnect(&message, self.server.socket_mode.sockets()),
                    false => error_frame(&message),
                };
                self.text_frame(frame, None)?;
                return self.close(Some(1000), String::new(), None);
            }
            Some(Fault::Text(instead)) => {
                text = instead;
                fault = None;
            }
            Some(Fault::Fragments(size)) => return self.fragments(text, size),
            _ => {}
        }
        self.text_frame(text, fault.as_ref())
    }

    fn text_frame(&self, text: String, fault: Option<&Fault>) -> io::Result<()> {
        let wire = WireFrame::message(text.clone(), OpCode::Data(Data::Text), true);
        self.frame(Frame::Text(text), wire, fault)
    }

    /// Fragments may cut a character; the pings between them belong to no message.
    fn fragments(&self, text: String, size: usize) -> io::Result<()> {
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(size.max(1)).collect();
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 {
                let payload = at.to_string().into_bytes();
                self.frame(Frame::Ping(payload.clone()), WireFrame::ping(payload), None)?;
            }
            let opcode = if at == 0 { Data::Text } else { Data::Continue };
            let last = at + 1 == pieces.len();
            let wire = WireFrame::message(piece.to_vec(), OpCode::Data(opcode), last);
            self.link.write(&bytes(wire)?)?;
        }
        self.link.log(What::Sent(Frame::Text(text)));
        Ok(())
    }

    fn close(&self, code: Option<u16>, reason: String, fault: Option<&Fault>) -> io::Result<()> {
        let wire = WireFrame::close(code.map(|code| CloseFrame {
            code: code.into(),
            reason: reason.clone().into(),
        }));
        self.closing.store(true, Ordering::SeqCst);
        self.server.socket_mode.close(self.link.number());
        self.frame(Frame::Close { code, reason }, wire, fault)
    }

    fn close_reply(&self, mut code: Option<u16>) -> io::Result<()> {
        let fault = self.server.take(&self.link, Step::Close);
        if let Some(Fault::CloseCode(instead)) = fault {
            code = Some(instead);
        }
        self.close(code, String::new(), fault.as_ref())?;
        if fault != Some(Fault::KeepOpen) && !self.link.is_muted() {
            self.link.end(Ended::Closed);
        }
        self.link.alive()
    }

    /// Logged before it is sent: whoever has seen the frame finds it in the log.
    fn frame(&self, frame: Frame, wire: WireFrame, fault: Option<&Fault>) -> io::Result<()> {
        let whole = !matches!(
            fault,
            Some(
                Fault::Reset
                    | Fault::Close
                    | Fault::Truncate(_)
                    | Fault::ResetAfter(_)
                    | Fault::Silence
                    | Fault::Stall
                    | Fault::Skip
                    | Fault::RawBytes(_)
            )
        );
        if whole && !self.link.is_muted() && self.link.ended().is_none() {
            self.link.log(What::Sent(frame));
        }
        self.link.deliver(fault, &bytes(wire)?)
    }
}

fn bytes(frame: WireFrame) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// `reconnect_url` with a new URL for this user, written as the Web API writes it.
pub(crate) fn reconnect_url_event(server: &Server, user: &str) -> String {
    let life = server.settings.url_life * RECONNECT_URL_LIVES;
    let url = socket_url(server, &mut server.workspace(), user, false, life);
    json!({"type": "reconnect_url", "url": url})
        .to_string()
        .replace('/', "\\/")
}
