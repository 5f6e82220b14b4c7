//! The application, however it posts: prints the messages of others, shows one that begins with
//! "show " on a slow display, and closes when one is "stop".

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, NoopRawMutex};
use embassy_sync::channel::Channel;
use embassy_time::Timer;
use slack_rtm::event::Author;
use slack_rtm::rtm::command::Typing;
use slack_rtm::time::Duration;
use slack_rtm::{Client, CloseReason, Config, ConfigError, Event, OwnedStorage};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::session::{Handle, Session};
use slack_rtm_embassy::wire::Wire;
use static_cell::ConstStaticCell;

use machine::arguments::Arguments;
use machine::button;
use machine::random::Random;
use machine::say;

use crate::exit::Exit;

/// The number of presses that may wait while the application is busy. One more is ignored.
pub const WAITING: usize = 4;

/// Presses that were not posted yet. The task of the button fills it.
pub static PRESSES: Channel<CriticalSectionRawMutex, (), WAITING> = Channel::new();

/// The time after which nobody is at the door any more.
pub const RING_LIFE: Duration = Duration::from_secs(120);

/// The time that the display takes, in seconds.
const DISPLAY: u64 = 10;

/// The client's buffers, and the storage for its token and for messages that wait.
pub struct Memory {
    pub receive: [u8; RECEIVE],
    pub send: [u8; SEND],
    pub storage: Storage,
    /// Session and runner are in one task.
    pub wire: Wire<NoopRawMutex>,
}

pub type Storage = OwnedStorage<128, 512>;

pub const RECEIVE: usize = if cfg!(feature = "small") { 512 } else { 1024 };
pub const SEND: usize = if cfg!(feature = "small") { 256 } else { 512 };

pub static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; RECEIVE],
    send: [0; SEND],
    storage: Storage::new(),
    wire: Wire::new(),
});

pub type Doorbell<'a> = Session<'a, EmbassyClock, Random, &'a mut Storage, NoopRawMutex>;

/// Attends the session until it has closed: calls `on_press` whenever `pressed` is ready, and
/// responds to events. Returns the exit status. `why` returns the status for a broken link, if more
/// is known about it than the client's reason.
pub async fn attend(
    session: &mut Doorbell<'_>,
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
    mut pressed: impl AsyncFnMut(),
    mut on_press: impl FnMut(&mut Doorbell<'_>),
) -> Exit {
    let mut exit = Exit::Done;
    loop {
        match select(pressed(), session.next()).await {
            Either::First(()) => on_press(session),
            Either::Second(Ok(Some((event, mut handle)))) => {
                if let Event::Message(message) = &event
                    && let Some(Author::Person(_)) = message.posted_by()
                    && let Some(text) = message.text()
                    && let Some(shown) = text.as_str().strip_prefix("show ")
                {
                    say!("message: {}", text.as_str());
                    show(shown, &mut handle, arguments).await;
                } else if let Some(failed) = respond(event, &mut handle, arguments, &why) {
                    exit = failed;
                    handle.close();
                }
            }
            Either::Second(Ok(None)) => break,
            Either::Second(Err(mistake)) => {
                say!("mistake: {}", mistake);
                return Exit::Mistake;
            }
        }
    }
    match session.close_reason() {
        Some(CloseReason::Requested) | None => exit,
        Some(end) => {
            say!("the end: {}", end);
            Exit::Slack
        }
    }
}

/// Creates the client. It is a function of its own, so that its stack is free afterwards.
#[inline(never)]
pub fn client<'c>(
    arguments: &Arguments<'c>,
    domains: &'c [&'c str],
    storage: &'c mut Storage,
    random: Random,
) -> Result<Client<'c, Random, &'c mut Storage>, ConfigError> {
    let mut config = Config::new()
        .api_base(arguments.api)
        .allowed_domains(domains);
    if cfg!(not(feature = "tls")) {
        config = config.allow_insecure();
    }
    Client::new(config, arguments.token, storage, random)
}

/// Shows a text on a display that takes ten seconds, such as electronic paper. The event is held
/// meanwhile.
async fn show<'a>(
    text: &str,
    handle: &mut Handle<'_, 'a, Random, &'a mut Storage, NoopRawMutex>,
    arguments: &Arguments<'_>,
) {
    // It is sent while the event is held; an error has no consequence. What is measured does without
    // it, since a second type of command takes 1.3 KiB of flash.
    if cfg!(not(feature = "quiet")) {
        let _ = handle.send(&Typing::new(arguments.channel));
    }
    Timer::after_secs(DISPLAY).await;
    say!("shown: {}", text);
}

/// Responds to an event. Returns the exit status if this is a failure, and the arguments ask
/// to stop at one.
fn respond<'a>(
    event: Event<'_>,
    handle: &mut Handle<'_, 'a, Random, &'a mut Storage, NoopRawMutex>,
    arguments: &Arguments<'_>,
    why: &impl Fn() -> Option<Exit>,
) -> Option<Exit> {
    match event {
        Event::Hello(_) => {
            say!("hello");
            // The simulated visitor comes whenever the bell is connected. A bell that closes its
            // session for each press would have no peace.
            if cfg!(not(feature = "web-api")) {
                button::press();
            }
        }
        Event::Acknowledged(post) => {
            say!("heard: {} at {}", post.id(), post.ts().unwrap_or_default())
        }
        Event::Message(message) => {
            if let (Some(Author::Person(_)), Some(text)) = (message.posted_by(), message.text()) {
                say!("message: {}", text.as_str());
                if text == "stop" {
                    handle.close();
                }
            }
        }
        Event::Expired(id) => say!("too old to be posted: {}", id),
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
