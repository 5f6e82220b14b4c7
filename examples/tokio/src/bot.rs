//! The bot: echoes messages, posts at intervals, and closes in order when it is asked to.

use crate::clock::TokioClock;
use crate::entropy::OsEntropy;
use crate::network::Network;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::event::Author;
use slack_rtm::rtm::command::Post;
use slack_rtm::{
    Client, CloseReason, Config, ConfigError, Event, OwnedStorage, PollError, SendError, State,
};
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::wire::Wire;
use std::pin::pin;
use std::time::Duration;
use std::{error, fmt};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

/// The bytes of the longest response head, event or acknowledgement that is kept whole.
const RECEIVE: usize = 16 * 1024;
/// The bytes of the longest message to be sent, as JSON.
const SEND: usize = 4 * 1024;
/// The bytes of messages that wait to be sent or acknowledged.
const OUTBOX: usize = 8 * 1024;

/// The settings of a bot.
#[derive(Clone)]
pub struct Settings {
    /// The token.
    pub token: String,
    /// The base URL of the Web API; by default that of Slack.
    pub api_base: Option<String>,
    /// WebSocket hosts to allow in addition to the domains of Slack.
    pub allow_hosts: Vec<String>,
    /// The channel to post to at intervals.
    pub channel: Option<String>,
    /// The interval of these posts.
    pub every: Duration,
    /// The interval of a timer that only ends the wait for an event.
    pub tick: Duration,
}

/// Omits the token.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("api_base", &self.api_base)
            .field("allow_hosts", &self.allow_hosts)
            .field("channel", &self.channel)
            .field("every", &self.every)
            .field("tick", &self.tick)
            .finish_non_exhaustive()
    }
}

/// Runs a bot until `stop` is ready and the session has closed, or until Slack refuses the token.
/// Returns why it ended.
///
/// The future owns everything that it uses, and is `Send`: it goes to `tokio::spawn`.
///
/// # Errors
/// [`BotError`] if the settings cannot be used, or if the operating system has no randomness.
pub async fn run(
    settings: Settings,
    network: Network,
    stop: impl Future<Output = ()>,
) -> Result<CloseReason, BotError> {
    let mut domains = Config::DOMAINS.to_vec();
    domains.extend(settings.allow_hosts.iter().map(String::as_str));
    let mut config = Config::new()
        .allowed_domains(&domains)
        .user_agent("slack-rtm-tokio/0.1");
    if let Some(base) = &settings.api_base {
        config = config.api_base(base);
    }
    // On the heap: arrays would be a part of the future, which is moved when it is spawned.
    let (mut rx, mut tx) = (Box::new([0; RECEIVE]), Box::new([0; SEND]));
    let mut storage = Box::new(OwnedStorage::<256, OUTBOX>::new());
    let client = Client::new(config, &settings.token, storage.as_mut(), OsEntropy)?;

    let clock = TokioClock::start();
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut session = Session::new(client, rx, tx, session_end, clock);
    let mut runner = Runner::new(runner_end, network, clock);

    let replies = async {
        // These live as long as the loop: a future that is dropped in the loop would forget a
        // signal that came while a handler was running.
        let mut stop = pin!(stop);
        let mut is_stopping = false;
        let mut post = interval_at(Instant::now() + settings.every, settings.every);
        let mut tick = interval(settings.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        post.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut dropped, mut posts) = (0_u64, 0_u64);
        loop {
            // Whichever is ready first, the other futures are dropped: that of `next` too.
            tokio::select! {
                biased;
                () = &mut stop, if !is_stopping => {
                    is_stopping = true;
                    println!("closing");
                    session.close();
                }
                _ = post.tick() => {
                    if let (Some(channel), State::Open) = (&settings.channel, session.state()) {
                        posts += 1;
                        let text = format!("post {posts}");
                        report(&text, session.handle().send(&Post::new(channel, &text)));
                    }
                }
                _ = tick.tick() => {}
                next = session.next() => {
                    let Some((event, mut handle)) = next? else {
                        break;
                    };
                    show(&event);
                    if let Event::Reconnecting(end) = &event {
                        let wait = end.at() - handle.now();
                        println!("reconnecting in {} ms: {}", wait.as_millis(), end.reason());
                    }
                    if let Event::Message(message) = event
                        && let Some(Author::Person(_)) = message.posted_by()
                        && let Some(text) = message.text()
                        && let Some(post) = Post::reply_to(&message, text.as_str())
                    {
                        report(text.as_str(), handle.send(&post));
                    }
                    continue;
                }
            }
            dropped += 1;
        }
        println!("dropped next() {dropped} times");
        // `next` returns `None` only after it has stored the reason.
        Ok(session.close_reason().unwrap_or(CloseReason::Requested))
    };
    tokio::select! {
        result = replies => result,
        never = runner.run() => match never {},
    }
}

fn report<Id: fmt::Display>(text: &str, sent: Result<Id, SendError>) {
    match sent {
        Ok(id) => println!("-> message id={id} {text:?}"),
        Err(error) => println!("!! {text:?} was not sent: {error}"),
    }
}

/// Prints one line for an event from Slack.
fn show(event: &Event<'_>) {
    match event {
        Event::Accepted(_) => println!("<- accepted"),
        Event::Refused(error) => println!("<- refused: {error}"),
        Event::Message(message) => println!(
            "<- message from {} {:?}",
            message.user().unwrap_or("somebody"),
            message.text().map_or("", |text| text.as_str()),
        ),
        Event::Acknowledged(message) => println!("<- ack of id={}", message.id()),
        Event::Rejected(message) => println!("<- rejected id={}", message.id()),
        Event::Unconfirmed(id) => println!("!! unconfirmed id={id}"),
        other => {
            if let Some(name) = other.type_name() {
                println!("<- {name}");
            }
        }
    }
}

/// The reason why a bot could not run.
#[derive(Debug)]
pub enum BotError {
    /// The token or a setting cannot be used.
    Config(ConfigError),
    /// The operating system has no randomness.
    Poll(PollError),
}

impl From<ConfigError> for BotError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<PollError> for BotError {
    fn from(error: PollError) -> Self {
        Self::Poll(error)
    }
}

impl fmt::Display for BotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Poll(error) => error.fmt(f),
        }
    }
}

impl error::Error for BotError {}
