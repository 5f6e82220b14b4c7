//! A Slack-compatible server of RTM and Socket Mode on loopback: for tests, for examples, and for people.
//!
//! It speaks HTTP and WebSocket, over TLS with a certificate made at start or plain, and shares no code with
//! the clients that it tests: the frames are tungstenite's, TLS is rustls. Plain threads, nothing to set up.
//!
//! ```
//! use std::time::Duration;
//! use fake_slack::{FakeSlack, Fault, GENERAL, Step, USER};
//!
//! let server = FakeSlack::builder().start()?;
//! let _for_the_client = (server.api_base(), server.token(), server.root_certificate_pem());
//!
//! server.fault(Step::Hello, Fault::Delay(Duration::from_millis(20)));   // the next hello comes late
//! server.push_message(GENERAL, USER, "is anybody there?");              // to every open socket
//! assert_eq!(server.sockets(), 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A socket of RTM has events themselves; one of the app, which speaks Socket Mode, has them in envelopes that it must
//! acknowledge. `ping`, `close_all`, `disconnect_all` and `reset_all` meet both.
//!
//! Files are uploaded to a host and port of their own ([`FakeSlack::upload_port`]), as at Slack, and are then in
//! [`FakeSlack::files`].
//!
//! A test waits for what the server saw with [`Log`]'s `wait` functions instead of sleeping. Faults are queued per
//! [`Step`] and used up one by one; see the table at [`Fault`].
//!
//! The workspace has a bot ([`BOT`], with the server's token), a person ([`USER`], with [`USER_TOKEN`]), the channels
//! [`GENERAL`] and [`RANDOM`], and the direct channel of the two, [`BOT_DIRECT`].
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod acknowledgements;
mod app;
mod blocks;
mod builder;
pub mod certificates;
mod chat;
mod conversations;
mod envelopes;
mod files;
mod hooks;
mod http;
mod link;
mod log;
mod messages;
mod oauth;
mod paging;
mod people;
mod reactions;
mod rtm;
mod script;
mod server;
mod socket;
mod socket_mode;
mod text;
mod users;
mod views;
mod web_api;
mod workspace;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

pub use acknowledgements::{Acknowledgement, Loss, LossReason, Redelivery};
pub use builder::{Builder, QueryTokens, Rate, RtmStart, TlsVersions};
pub use envelopes::{DisconnectReason, MemberOrder};
pub use files::File;
pub use http::{Framing, Headers};
pub use log::{Ended, Entry, Frame, Log, Request, TimedOut, What};
pub use script::{Fault, Step};

use server::Server;
use workspace::{Author, Message, Outgoing};

/// The id of the user behind the server's token, a bot.
pub const BOT: &str = "U0FAKEBOT";
/// The id of the bot itself, in the messages that it posts by the Web API.
pub const BOT_ID: &str = "B0FAKE001";
/// The id of the bot's app.
pub const APP_ID: &str = "A0FAKE001";
/// The bot's token, when the builder has no other.
pub const BOT_TOKEN: &str = "xoxb-fake-slack-bot-token";
/// The app-level token, for Socket Mode, when the builder has no other.
pub const APP_TOKEN: &str = "xapp-1-A0FAKE001-fake-slack-app-token";
/// The id of the app's client in the program, for `oauth.v2.access`.
pub const CLIENT_ID: &str = "1234567890.0987654321";
/// The secret of that client.
pub const CLIENT_SECRET: &str = "fake-slack-client-secret";
/// The first refresh token of the bot in the program. Each is valid once.
pub const REFRESH_TOKEN: &str = "xoxe-1-fake-slack-refresh-token";
/// The id of a person.
pub const USER: &str = "U0ALICE01";
/// The person's token.
pub const USER_TOKEN: &str = "xoxp-fake-slack-user-token";
/// A channel with both.
pub const GENERAL: &str = "C0GENERAL";
/// Another channel with both.
pub const RANDOM: &str = "C0RANDOM1";
/// The direct channel of the person and the bot.
pub const BOT_DIRECT: &str = "D0ALICE01";

/// A running server. Dropping it ends every connection and waits for its threads; it panics if one of them did.
pub struct FakeSlack {
    server: Arc<Server>,
    listeners: Vec<JoinHandle<()>>,
    wakers: Vec<SocketAddr>,
}

impl FakeSlack {
    /// A server to be set up.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Where the Web API is, such as `https://localhost:40123/api/`.
    pub fn api_base(&self) -> String {
        format!("{}/api/", self.server.base_url("http"))
    }

    /// The URL of an incoming webhook that posts to [`GENERAL`]. It is on another host than the Web API. Its rate is
    /// that of `incoming webhook`.
    pub fn webhook_url(&self) -> String {
        hooks::webhook_url(&self.server)
    }

    /// A URL for responses to an interaction with the message in this channel and with this `ts`, as the payload of
    /// the interaction has it. It may be used five times.
    pub fn response_url(&self, channel: &str, ts: &str) -> String {
        hooks::response_url(&self.server, channel, ts)
    }

    /// The host in its URLs.
    pub fn host(&self) -> &str {
        &self.server.settings.host
    }

    /// The port of everything but uploads, which are at [`FakeSlack::upload_port`].
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        &self.server.settings.token
    }

    /// The certificate of the root that signed the server's, PEM; `None` on a plain server.
    pub fn root_certificate_pem(&self) -> Option<String> {
        self.server.authority().map(certificates::Authority::pem)
    }

    /// The certificate of the root that signed the server's, DER; `None` on a plain server.
    pub fn root_certificate_der(&self) -> Option<Vec<u8>> {
        self.server
            .authority()
            .map(|authority| authority.der().to_vec())
    }

    /// The root itself, to have it sign other certificates; `None` on a plain server.
    pub fn authority(&self) -> Option<&certificates::Authority> {
        self.server.authority()
    }

    /// What the server saw and did.
    pub fn log(&self) -> &Log {
        &self.server.log
    }

    /// How many sockets are open, of RTM and of the app.
    pub fn sockets(&self) -> usize {
        self.server.workspace().sockets()
    }

    /// Waits until so many sockets are open.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_sockets(&self, count: usize, timeout: Duration) -> Result<(), TimedOut> {
        self.log()
            .wait(timeout, |_| (self.sockets() == count).then_some(()))
    }

    /// Sends this text to every open socket of RTM, JSON or not. If it is an event, it is delivered to the app too.
    pub fn push(&self, text: &str) {
        self.server.workspace().event(None, text);
    }

    /// Sends a message of this user to every open socket, and returns its `ts`. If it has a link, a preview follows.
    pub fn push_message(&self, channel: &str, user: &str, text: &str) -> String {
        self.person_writes(channel, user, text, None)
    }

    /// As [`FakeSlack::push_message`], in the thread of the message with this `ts`. The update of the thread follows.
    pub fn push_reply(&self, channel: &str, user: &str, text: &str, thread_ts: &str) -> String {
        self.person_writes(channel, user, text, Some(thread_ts))
    }

    fn person_writes(
        &self,
        channel: &str,
        user: &str,
        text: &str,
        thread_ts: Option<&str>,
    ) -> String {
        let message = Message {
            channel,
            author: Author::User(user),
            text,
            blocks: None,
            files: None,
            thread_ts,
            reply_broadcast: false,
        };
        let mut workspace = self.server.workspace();
        let ts = workspace.message(None, &message);
        workspace.follow_up(channel, &ts, true);
        ts
    }

    /// Sends `goodbye` to every open socket. Those that are still open after
    /// [`Builder::close_after_goodbye`] are closed.
    pub fn goodbye(&self) {
        self.goodbye_and_close(self.server.settings.close_after_goodbye);
    }

    /// As [`FakeSlack::goodbye`], with another time to the close.
    pub fn goodbye_and_close(&self, after: Duration) {
        self.server
            .workspace()
            .broadcast_to_rtm(None, || Outgoing::Goodbye(after));
    }

    /// Sends a new `reconnect_url` to every open socket.
    pub fn reconnect_url(&self) {
        let numbers = self.server.workspace().socket_numbers();
        for number in numbers {
            let user = self
                .server
                .workspace()
                .socket(number)
                .map(|socket| socket.user.clone());
            let Some(user) = user.filter(|user| !user.is_empty()) else {
                continue;
            };
            let event = socket::reconnect_url_event(&self.server, &user);
            self.server.workspace().send_to(number, Step::Frame, event);
        }
    }

    /// Sends `team_migration_started` and closes every socket; the next `calls` of `rtm.connect` or `rtm.start` are
    /// answered `migration_in_progress`.
    pub fn team_migration(&self, calls: usize) {
        self.server.workspace().migrating = calls;
        self.push(r#"{"type":"team_migration_started"}"#);
        self.close_all(1000, "");
    }

    /// Changes a user's presence; sockets that subscribed to it are told.
    pub fn set_presence(&self, user: &str, presence: &str) {
        self.server.workspace().set_presence(user, presence);
    }

    /// Sends a WebSocket ping to every open socket. At most 125 bytes.
    pub fn ping(&self, payload: &[u8]) {
        self.server
            .workspace()
            .broadcast(|| Outgoing::Ping(payload.to_vec()));
    }

    /// Sends a close frame to every open socket.
    pub fn close_all(&self, code: u16, reason: &str) {
        let close = || Outgoing::Close(Some(code), reason.into());
        self.server.workspace().broadcast(close);
    }

    /// Closes the TCP connection of every open socket in order, without a close frame.
    pub fn disconnect_all(&self) {
        self.end_sockets(Ended::Closed);
    }

    /// Closes in order every TCP connection that has no socket: those of the Web API, if no call is under way.
    pub fn close_idle(&self) {
        let sockets = self.server.workspace().socket_numbers();
        for link in self.server.links() {
            if !sockets.contains(&link.number()) {
                link.end(Ended::Closed);
            }
        }
    }

    /// Resets the TCP connection of every open socket.
    pub fn reset_all(&self) {
        self.end_sockets(Ended::Reset);
    }

    /// Ends the validity of all tokens of the bot so far: calls with one are refused with `token_expired`. A token of a
    /// later `oauth.v2.access` is valid.
    pub fn expire_tokens(&self) {
        let first = self.token();
        self.server.workspace().tokens.expire(first);
    }

    /// Ends the validity of every cursor that was given: calls with one are refused with `invalid_cursor`.
    pub fn expire_cursors(&self) {
        self.server.workspace().cursors.expire();
    }

    /// Ends the validity of every URL that was given and not used: those of sockets, and those for uploads.
    pub fn expire_urls(&self) {
        self.server.workspace().expire_tickets();
        self.server.workspace().files.expire();
        self.server.socket_mode.expire_tickets();
    }

    /// Queues a fault for the next occurrence of a step.
    ///
    /// # Panics
    /// When the fault cannot happen at that step: see the table at [`Fault`].
    pub fn fault(&self, step: Step, fault: Fault) {
        self.fault_times(step, fault, 1);
    }

    /// Queues a fault for the next so many occurrences of a step, behind those that are queued for it;
    /// `usize::MAX` is for ever.
    ///
    /// # Panics
    /// When the fault cannot happen at that step: see the table at [`Fault`].
    pub fn fault_times(&self, step: Step, fault: Fault, times: usize) {
        self.server.script().plan(step, fault, times);
    }

    /// Forgets all queued faults.
    pub fn clear_faults(&self) {
        self.server.script().clear();
    }

    /// Whether faults are left in the queue.
    pub fn has_faults(&self) -> bool {
        !self.server.script().is_empty()
    }

    fn end_sockets(&self, how: Ended) {
        let numbers = self.server.workspace().socket_numbers();
        for link in self.server.links() {
            if numbers.contains(&link.number()) {
                link.end(how);
                self.server.forget_socket(link.number());
            }
        }
    }
}

impl fmt::Debug for FakeSlack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeSlack({})", self.api_base())
    }
}

impl Drop for FakeSlack {
    fn drop(&mut self) {
        self.server.begin_stop();
        for waker in &self.wakers {
            builder::wake(*waker);
        }
        for listener in self.listeners.drain(..) {
            let _ = listener.join();
        }
        self.server.stop();
    }
}
