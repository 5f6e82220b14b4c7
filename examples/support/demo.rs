//! The conversation without a token: a Slack-compatible server in this process, and its script.

use crate::options::Method;
use crate::terminal::{Terminal, Way};
use fake_slack::{FakeSlack, Frame, GENERAL, RtmStart, TimedOut, USER, What};
use slack_rtm::rtm::command::{Message, Ping};
use slack_rtm_std::{Sender, SessionGone};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{error, fmt, io};

/// How long each step of the script may take.
const STEP: Duration = Duration::from_secs(8);

/// A server on loopback with a certificate of its own.
#[derive(Debug)]
pub struct Demo {
    server: Arc<FakeSlack>,
    api_base: String,
    root_certificate: String,
}

/// Who answers the messages of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The example, in its loop.
    ByTheExample,
    /// The script, by a [`Sender`]: the example only listens.
    ByTheScript,
}

impl Demo {
    /// Starts the server.
    ///
    /// # Errors
    /// When there is no free port, or no certificate can be made.
    pub fn start(method: Method) -> io::Result<Self> {
        let server = FakeSlack::builder()
            .rtm_start(match method {
                Method::Connect => RtmStart::LikeConnect,
                Method::Start => RtmStart::Full,
            })
            .start()?;
        let root_certificate = server.root_certificate_pem().unwrap_or_default();
        Ok(Self {
            api_base: server.api_base(),
            root_certificate,
            server: Arc::new(server),
        })
    }

    /// Where its Web API is.
    pub fn api_base(&self) -> &str {
        &self.api_base
    }

    /// The token that it takes.
    pub fn token(&self) -> &str {
        self.server.token()
    }

    /// The host of its URLs.
    pub fn host(&self) -> &str {
        self.server.host()
    }

    /// The root of its certificate, PEM.
    pub fn root_certificate(&self) -> &str {
        &self.root_certificate
    }

    /// Plays its part of the conversation in a thread, and closes the session at the end.
    pub fn play(
        &self,
        answers: Answers,
        sender: Sender,
        terminal: Terminal,
    ) -> JoinHandle<Result<(), Stuck>> {
        let script = Script {
            server: Arc::clone(&self.server),
            answers,
            sender,
            terminal,
        };
        thread::spawn(move || {
            let outcome = script.run();
            // Also where the script got stuck: the example must come to its end.
            let _ = script.sender.close();
            outcome
        })
    }
}

struct Script {
    server: Arc<FakeSlack>,
    answers: Answers,
    sender: Sender,
    terminal: Terminal,
}

impl Script {
    fn run(&self) -> Result<(), Stuck> {
        self.hello(1)?;
        self.message(1, "is anybody there?")?;
        self.terminal.line(Way::Out, "ping", "");
        self.sender.send(Ping::new())?;
        self.sent("the pong", 1, |json| json["type"] == "pong")?;
        self.note("the server says goodbye and closes");
        self.server.goodbye();
        self.server.close_all(1000, "");
        self.hello(2)?;
        self.message(2, "and still there?")
    }

    fn hello(&self, nth: usize) -> Result<(), Stuck> {
        self.sent("hello", nth, |json| json["type"] == "hello")
    }

    /// Somebody writes, is answered, and the answer is acknowledged.
    fn message(&self, nth: usize, text: &'static str) -> Result<(), Stuck> {
        self.note("somebody writes into the channel");
        self.server.push_message(GENERAL, USER, text);
        if self.answers == Answers::ByTheScript {
            self.terminal
                .line(Way::Out, "message", format_args!("{text:?}"));
            self.sender
                .with(move |replies| replies.send(&Message::new(GENERAL, text)))?;
        }
        let log = self.server.log();
        log.wait_received(STEP, nth, "message")
            .map_err(|why| Stuck::Waiting("the answer", why))?;
        self.sent("its ack", nth, |json| {
            json["reply_to"].is_u64() && json["ok"] == true
        })
    }

    /// Waits until the server has sent the `nth` text frame like this.
    fn sent(
        &self,
        what: &'static str,
        nth: usize,
        wanted: impl Fn(&serde_json::Value) -> bool,
    ) -> Result<(), Stuck> {
        let sent = |what: &What| match what {
            What::Sent(frame @ Frame::Text(_)) => frame.json().is_some_and(|json| wanted(&json)),
            _ => false,
        };
        match self.server.log().wait_nth(STEP, nth, sent) {
            Ok(_) => Ok(()),
            Err(why) => Err(Stuck::Waiting(what, why)),
        }
    }

    fn note(&self, text: &str) {
        self.terminal.line(Way::Here, "script", text);
    }
}

/// The script could not go on.
#[derive(Debug)]
pub enum Stuck {
    /// Something did not happen in time.
    Waiting(&'static str, TimedOut),
    /// The session ended too soon.
    Gone(SessionGone),
}

impl From<SessionGone> for Stuck {
    fn from(gone: SessionGone) -> Self {
        Self::Gone(gone)
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(what, why) => write!(f, "{what} did not come: {why:?}"),
            Self::Gone(gone) => gone.fmt(f),
        }
    }
}

impl error::Error for Stuck {}
