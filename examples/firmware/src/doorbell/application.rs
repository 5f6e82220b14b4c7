//! The application: posts when the bell rings, prints the messages of others, and closes when one
//! of them is "stop".

use core::cell::Cell;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Post;
use slack_rtm::{Client, CloseReason, Config, ConfigError, Event, OwnedStorage};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::connect::Connect;
use slack_rtm_embassy::pump::{Handle, Happening, Pump};
use static_cell::ConstStaticCell;

use machine::arguments::Arguments;
use machine::random::Random;
use machine::say;

use crate::exit::Exit;

/// The bell's button. An interrupt handler of real hardware would signal it.
pub static BUTTON: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// The client's buffers, and the storage for its token and for messages that wait.
struct Memory {
    receive: [u8; RECEIVE],
    send: [u8; SEND],
    storage: Storage,
}

type Storage = OwnedStorage<128, 512>;

const RECEIVE: usize = if cfg!(feature = "small") { 512 } else { 1024 };
const SEND: usize = if cfg!(feature = "small") { 256 } else { 512 };

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; RECEIVE],
    send: [0; SEND],
    storage: Storage::new(),
});

/// Runs over links of `connector` until the client has closed. Returns the exit status. `why`
/// returns the status for a broken link, if more is known about it than the client's reason.
pub async fn run(
    connector: &mut impl Connect,
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
) -> Exit {
    let memory = MEMORY.take();
    let domains = [arguments.domain];
    let mut client = client(arguments, &domains, &mut memory.storage);
    let client = match &mut client {
        Ok(client) => client,
        Err(mistake) => {
            say!("mistake: {}", mistake);
            return Exit::Mistake;
        }
    };
    let (mut receive, mut send) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let mut pump = Pump::new(client, connector, EmbassyClock, &mut receive, &mut send);

    let exit = Cell::new(Exit::Done);
    let ended = pump
        .run(
            async || BUTTON.wait().await,
            |happening, handle| {
                if let Some(failed) = respond(happening, handle, arguments, &why) {
                    exit.set(failed);
                    handle.close();
                }
            },
        )
        .await;
    match ended {
        Ok(CloseReason::Requested) => exit.get(),
        Ok(end) => {
            say!("the end: {}", end);
            Exit::Slack
        }
        Err(mistake) => {
            say!("mistake: {}", mistake);
            Exit::Mistake
        }
    }
}

/// Creates the client. It is a function of its own, so that its stack is free afterwards.
#[inline(never)]
fn client<'c>(
    arguments: &Arguments<'c>,
    domains: &'c [&'c str],
    storage: &'c mut Storage,
) -> Result<Client<'c, Random, &'c mut Storage>, ConfigError> {
    let mut config = Config::new()
        .api_base(arguments.api)
        .allowed_domains(domains);
    if cfg!(not(feature = "tls")) {
        config = config.allow_insecure();
    }
    let random = Random::new(arguments.seed).part(2);
    Client::new(config, arguments.token, storage, random)
}

/// Responds to what happened. Returns the exit status if this is a failure, and the arguments ask
/// to stop at one.
fn respond(
    happening: Happening<'_, ()>,
    handle: &mut Handle<'_, '_, '_, Random, &mut Storage>,
    arguments: &Arguments<'_>,
    why: &impl Fn() -> Option<Exit>,
) -> Option<Exit> {
    match happening {
        Happening::Woken(()) => match handle.send(&Post::new(arguments.channel, "Ding-dong!")) {
            Ok(id) => say!("rang: {}", id),
            Err(error) => say!("cannot ring: {}", error),
        },
        Happening::Event(Event::Hello(_)) => {
            say!("hello");
            // The simulated visitor comes whenever the bell is connected.
            BUTTON.signal(());
        }
        Happening::Event(Event::Acknowledged(post)) => {
            say!("heard: {} at {}", post.id(), post.ts().unwrap_or_default())
        }
        Happening::Event(Event::Message(message)) => {
            if let Some(text) = message.text() {
                say!("message: {}", text.as_str());
                if text == "stop" {
                    handle.close();
                }
            }
        }
        Happening::Event(Event::Reconnecting(end)) => {
            say!("again at {} ms: {}", end.at().as_millis(), end.reason());
            let exit = why().unwrap_or(Exit::of(end.reason()));
            if arguments.once {
                return Some(exit);
            }
        }
        Happening::Event(Event::Refused(error)) => say!("refused: {:?}", error),
        _ => {}
    }
    None
}
