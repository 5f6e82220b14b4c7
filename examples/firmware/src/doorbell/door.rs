//! The application in Socket Mode: opens the door at a slash command, prints messages and buttons,
//! and closes when a message is "stop".

use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, NoopRawMutex};
use embassy_sync::channel::Channel;
use slack_rtm::event::Author;
use slack_rtm::json::Writer;
use slack_rtm::socket_mode::SlashCommand;
#[cfg(feature = "web-api")]
use slack_rtm::time::Duration;
use slack_rtm::{Client, CloseReason, Config, ConfigError, Event, SocketMode, Token};
use slack_rtm_embassy::session;
use slack_rtm_embassy::wire::Wire;
use static_cell::ConstStaticCell;

use machine::arguments::Arguments;
use machine::random::Random;
use machine::say;

use crate::exit::Exit;

/// The number of presses that may wait while the application is busy. One more is ignored.
pub const WAITING: usize = 4;

/// Presses that were not handled yet. The task of the button fills it.
pub static PRESSES: Channel<CriticalSectionRawMutex, (), WAITING> = Channel::new();

/// The time after which nobody is at the door any more.
#[cfg(feature = "web-api")]
pub const RING_LIFE: Duration = Duration::from_secs(120);

/// The storage of the calls: the token of the bot, and posts that wait.
#[cfg(feature = "web-api")]
pub type Storage = slack_rtm::OwnedStorage<128, 1024>;

/// The longest time that the door stays open, in seconds.
const LONGEST: u8 = 60;

/// The commands that it knows.
pub const USAGE: &str = "/door open SECONDS, at most 60";

/// The client's buffers, and the storage for its app-level token.
pub struct Memory {
    pub receive: [u8; RECEIVE],
    pub send: [u8; SEND],
    pub storage: SocketStorage,
    /// Session and runner are in one task.
    pub wire: Wire<NoopRawMutex>,
}

pub type SocketStorage = Token<160>;

pub const RECEIVE: usize = if cfg!(feature = "small") { 512 } else { 1024 };
pub const SEND: usize = if cfg!(feature = "small") { 256 } else { 512 };

pub static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; RECEIVE],
    send: [0; SEND],
    storage: SocketStorage::new(),
    wire: Wire::new(),
});

pub type Handle<'s, 'a> =
    session::Handle<'s, 'a, Random, &'a mut SocketStorage, NoopRawMutex, 256, 256, SocketMode>;

/// Creates the client. It is a function of its own, so that its stack is free afterwards.
#[inline(never)]
pub fn client<'c>(
    arguments: &Arguments<'c>,
    domains: &'c [&'c str],
    storage: &'c mut SocketStorage,
    random: Random,
) -> Result<Client<'c, Random, &'c mut SocketStorage, SocketMode>, ConfigError> {
    let mut config = Config::socket_mode()
        .api_base(arguments.api)
        .allowed_domains(domains);
    if cfg!(not(feature = "tls")) {
        config = config.allow_insecure();
    }
    Client::new(config, arguments.app, storage, random)
}

/// Responds to an event. `rings` is the number of presses that nobody knows of. Returns the exit
/// status if this is a failure, and the arguments ask to stop at one.
pub async fn respond(
    event: &Event<'_, SocketMode>,
    handle: &mut Handle<'_, '_>,
    rings: &mut usize,
    arguments: &Arguments<'_>,
    why: &impl Fn() -> Option<Exit>,
) -> Option<Exit> {
    match event {
        Event::Hello(_) => say!("hello"),
        Event::SlashCommand(command) => open(command, handle, rings).await,
        // It is acknowledged already.
        Event::Interaction(press) => {
            let id = press.action_id();
            say!("button: {}", id.map_or("", |id| id.as_str()));
        }
        Event::Message(message) => {
            if let (Some(Author::Person(_)), Some(text)) = (message.posted_by(), message.text()) {
                say!("message: {}", text.as_str());
                if text == "stop" {
                    handle.close();
                }
            }
        }
        Event::Reconnecting(end) => {
            say!("again at {} ms: {}", end.at().as_millis(), end.reason());
            let exit = why().unwrap_or(Exit::of(end.reason()));
            if arguments.once {
                return Some(exit);
            }
        }
        Event::Refused(error) => say!("refused: {:?}", error),
        _ => {}
    }
    None
}

/// Opens the door at `open SECONDS`, and says so in the acknowledgement.
async fn open(command: &SlashCommand<'_>, handle: &mut Handle<'_, '_>, rings: &mut usize) {
    let text = command.text().map_or("", |text| text.as_str());
    say!("command: {}", text);
    let seconds = text.strip_prefix("open ").filter(|seconds| {
        let seconds = seconds.parse::<u8>().ok();
        seconds.is_some_and(|seconds| (1..=LONGEST).contains(&seconds))
    });
    // One digit is enough for a bell.
    let rang = b'0' + core::mem::take(rings).min(9) as u8;
    let response = |json: &mut Writer<'_>| {
        json.begin_object();
        match seconds {
            Some(seconds) => {
                json.name("response_type").text("in_channel");
                json.name("text").text_from(|sink| {
                    sink.put(b"The door is open for ");
                    sink.put(seconds.as_bytes());
                    sink.put(b" s; presses before: ");
                    sink.put(&[rang]);
                });
            }
            None => json.name("text").text(USAGE),
        }
        json.end_object();
    };
    match handle.acknowledge(&response).await {
        Ok(()) => say!("answered"),
        Err(error) => say!("not answered: {}", error),
    }
}

/// Returns the exit status of a session that has closed.
pub fn status(end: Option<CloseReason>, exit: Exit) -> Exit {
    match end {
        Some(CloseReason::Requested) | None => exit,
        Some(end) => {
            say!("the end: {}", end);
            Exit::Slack
        }
    }
}
