//! The demo without a token: a Slack-compatible server in this process, and a scripted
//! conversation.

use crate::options::Method;
use crate::terminal::{Direction, Terminal};
use fake_slack::{
    DisconnectReason, FakeSlack, Frame, GENERAL, Rate, RtmStart, TimedOut, USER, What,
};
use slack_rtm::rtm::command::{Ping, Post};
use slack_rtm::{Dialect, Rtm, SocketMode};
use slack_rtm_std::{Sender, SessionGone};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{error, fmt, io};

/// The time limit of each step of the script.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Low, so that the demo of `missed` reaches it.
const HISTORY_RATE: Rate = Rate {
    burst: 2,
    every: Duration::from_secs(1),
};

/// A server on loopback with a self-made root certificate.
#[derive(Debug)]
pub struct Demo {
    server: Arc<FakeSlack>,
    api_base: String,
    root_certificate: String,
}

/// Who replies to the messages of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replier {
    /// The example, in its loop.
    Example,
    /// The example, in its loop and after a gap: the script posts while the example is offline.
    ExampleAfterGaps,
    /// The script, through a [`Sender`]; the example only listens.
    Script,
}

impl Demo {
    /// Starts the server.
    ///
    /// # Errors
    /// The error of the operating system if there is no free port, or if no certificate can be
    /// created.
    pub fn start(method: Method) -> io::Result<Self> {
        let server = FakeSlack::builder()
            .rtm_start(match method {
                Method::Connect => RtmStart::LikeConnect,
                Method::Start => RtmStart::Full,
            })
            .history_rate(Some(HISTORY_RATE))
            .start()?;
        let root_certificate = server.root_certificate_pem().unwrap_or_default();
        Ok(Self {
            api_base: server.api_base(),
            root_certificate,
            server: Arc::new(server),
        })
    }

    /// Returns the base URL of its Web API.
    pub fn api_base(&self) -> &str {
        &self.api_base
    }

    /// Returns the token that it accepts.
    pub fn token(&self) -> &str {
        self.server.token()
    }

    /// Returns the app-level token that it accepts.
    pub fn app_token(&self) -> &str {
        self.server.app_token()
    }

    /// Returns the id of the channel in which the script writes.
    pub fn channel(&self) -> String {
        GENERAL.into()
    }

    /// Returns the host of its URLs.
    pub fn host(&self) -> &str {
        self.server.host()
    }

    /// Returns its root certificate as PEM.
    pub fn root_certificate(&self) -> &str {
        &self.root_certificate
    }

    /// Runs the script in a thread, and closes the session at its end.
    pub fn play<D: Play>(
        &self,
        replier: Replier,
        sender: Sender<D>,
        terminal: Terminal,
    ) -> JoinHandle<Result<(), ScriptError>> {
        let script = Script {
            server: Arc::clone(&self.server),
            replier,
            sender,
            terminal,
        };
        thread::spawn(move || {
            let result = D::run(&script);
            // Also after an error: the session of the example must close.
            let _ = script.sender.close();
            result
        })
    }
}

/// A dialect that has a script.
pub trait Play: Dialect {
    /// Runs the script.
    #[doc(hidden)] // `Demo::play` calls it
    #[allow(private_interfaces)] // no other crate implements it
    fn run(script: &Script<Self>) -> Result<(), ScriptError>;
}

struct Script<D: Dialect> {
    server: Arc<FakeSlack>,
    replier: Replier,
    sender: Sender<D>,
    terminal: Terminal,
}

impl Play for Rtm {
    #[allow(private_interfaces)]
    fn run(script: &Script<Self>) -> Result<(), ScriptError> {
        script.hello(1)?;
        script.message(1, "is anybody there?")?;
        if script.replier == Replier::ExampleAfterGaps {
            return script.gap();
        }
        script.terminal.line(Direction::Out, "ping", "");
        script.sender.send(Ping::new())?;
        script.sent("the pong", 1, |json| json["type"] == "pong")?;
        script.note("the server says goodbye and closes");
        script.server.goodbye();
        script.server.close_all(1000, "");
        script.hello(2)?;
        script.message(2, "and still there?")
    }
}

impl Play for SocketMode {
    #[allow(private_interfaces)]
    fn run(script: &Script<Self>) -> Result<(), ScriptError> {
        let (server, log) = (&script.server, script.server.log());
        let replies = script.replier == Replier::Example;
        script.hello(1)?;
        script.note("somebody mentions the bot in the channel");
        server.mention("is anybody there?");
        if replies {
            log.wait_call(TIMEOUT, 1, "chat.postMessage")
                .map_err(|error| ScriptError::TimedOut("the reply", error))?;
        }
        script.note("somebody types /door open");
        script.acknowledged(&server.slash_command("/door", "open"))?;
        script.note("somebody presses the button \"lock\"");
        script.acknowledged(&server.press("lock", None))?;
        if replies {
            let responded = |what: &What| match what {
                What::Request(request) => request.path.contains("/actions/"),
                _ => false,
            };
            log.wait_nth(TIMEOUT, 1, responded)
                .map_err(|error| ScriptError::TimedOut("the response", error))?;
        }
        script.note("the server requests another socket");
        server.disconnect(DisconnectReason::RefreshRequested);
        script.hello(2)?;
        script.note("somebody types /door close");
        script.acknowledged(&server.slash_command("/door", "close"))
    }
}

impl Script<SocketMode> {
    /// Waits for the acknowledgement of the envelope with this id.
    fn acknowledged(&self, envelope_id: &str) -> Result<(), ScriptError> {
        match self.server.log().wait_acknowledged(TIMEOUT, envelope_id) {
            Ok(_) => Ok(()),
            Err(error) => Err(ScriptError::TimedOut("the acknowledgement", error)),
        }
    }
}

impl Script<Rtm> {
    /// Posts while the client is offline, and once when it is back.
    fn gap(&self) -> Result<(), ScriptError> {
        // The first one is the call before the session.
        self.fetched(2)?;
        self.note("the server drops the link; somebody writes three times");
        self.server.disconnect_all();
        for text in ["one", "two", "three"] {
            self.server.push_message(GENERAL, USER, text);
        }
        self.hello(2)?;
        self.note("somebody writes while the history is fetched");
        self.server.push_message(GENERAL, USER, "four");
        self.fetched(3)?;
        let log = self.server.log();
        log.wait_received(TIMEOUT, 5, "message")
            .map_err(|error| ScriptError::TimedOut("five replies", error))?;
        self.sent("the last ack", 5, is_ack)
    }

    /// Waits for the last page of the `nth` history.
    fn fetched(&self, nth: usize) -> Result<(), ScriptError> {
        let last_page = |what: &What| match what {
            What::Answer { body, .. } => body.contains(r#""has_more":false"#),
            _ => false,
        };
        match self.server.log().wait_nth(TIMEOUT, nth, last_page) {
            Ok(_) => Ok(()),
            Err(error) => Err(ScriptError::TimedOut("the history", error)),
        }
    }

    /// Sends a message to the client, waits for the reply, and for its acknowledgement.
    fn message(&self, nth: usize, text: &'static str) -> Result<(), ScriptError> {
        self.note("somebody writes to the channel");
        self.server.push_message(GENERAL, USER, text);
        if self.replier == Replier::Script {
            self.terminal
                .line(Direction::Out, "message", format_args!("{text:?}"));
            self.sender
                .with(move |handle| handle.send(&Post::new(GENERAL, text)))?;
        }
        let log = self.server.log();
        log.wait_received(TIMEOUT, nth, "message")
            .map_err(|error| ScriptError::TimedOut("the reply", error))?;
        self.sent("its ack", nth, is_ack)
    }
}

impl<D: Dialect> Script<D> {
    fn hello(&self, nth: usize) -> Result<(), ScriptError> {
        self.sent("hello", nth, |json| json["type"] == "hello")
    }

    /// Waits until the server has sent `nth` text frames that `wanted` accepts.
    fn sent(
        &self,
        name: &'static str,
        nth: usize,
        wanted: impl Fn(&serde_json::Value) -> bool,
    ) -> Result<(), ScriptError> {
        let sent = |what: &What| match what {
            What::Sent(frame @ Frame::Text(_)) => frame.json().is_some_and(|json| wanted(&json)),
            _ => false,
        };
        match self.server.log().wait_nth(TIMEOUT, nth, sent) {
            Ok(_) => Ok(()),
            Err(error) => Err(ScriptError::TimedOut(name, error)),
        }
    }

    fn note(&self, text: &str) {
        self.terminal.line(Direction::Local, "script", text);
    }
}

fn is_ack(json: &serde_json::Value) -> bool {
    json["reply_to"].is_u64() && json["ok"] == true
}

/// The error of a script that could not continue.
#[derive(Debug)]
pub enum ScriptError {
    /// A step timed out.
    TimedOut(&'static str, TimedOut),
    /// The session ended before the script.
    Gone(SessionGone),
}

impl From<SessionGone> for ScriptError {
    fn from(gone: SessionGone) -> Self {
        Self::Gone(gone)
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(step, error) => write!(f, "{step} timed out: {error:?}"),
            Self::Gone(gone) => gone.fmt(f),
        }
    }
}

impl error::Error for ScriptError {}
