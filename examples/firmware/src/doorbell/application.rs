//! The application: posts when the bell rings, shows what others write, closes when told to.

use core::cell::Cell;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Message;
use slack_rtm::{Client, CloseReason, Config, Event};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::connect::Connect;
use slack_rtm_embassy::pump::{Happening, Pump, Replies};
use static_cell::ConstStaticCell;

use machine::arguments::Arguments;
use machine::random::Random;
use machine::say;

use crate::exit::Exit;

/// The bell's button. An interrupt handler of real hardware would signal it.
pub static BUTTON: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// The client's buffers.
struct Memory {
    receive: [u8; RECEIVE],
    send: [u8; SEND],
    outbox: [u8; 512],
}

const RECEIVE: usize = if cfg!(feature = "small") { 512 } else { 1024 };
const SEND: usize = if cfg!(feature = "small") { 256 } else { 512 };

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; RECEIVE],
    send: [0; SEND],
    outbox: [0; 512],
});

/// Runs over links of `connector` until the client's end, and gives the exit status. `why` tells more about a broken link
/// than the client knows.
pub async fn run(
    connector: &mut impl Connect,
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
) -> Exit {
    let memory = MEMORY.take();
    let domains = [arguments.domain];
    let mut config = Config::new(arguments.token)
        .api_base(arguments.api)
        .allowed_domains(&domains)
        .outbox(&mut memory.outbox);
    if cfg!(not(feature = "tls")) {
        config = config.allow_insecure();
    }
    let mut client = Client::new(config, Random::new(arguments.seed).part(2));
    let (mut receive, mut send) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let mut pump = Pump::new(
        &mut client,
        connector,
        EmbassyClock,
        &mut receive,
        &mut send,
    );

    let exit = Cell::new(Exit::Done);
    let ended = pump
        .run(
            async || BUTTON.wait().await,
            |happening, replies| {
                if let Some(failed) = answer(happening, replies, arguments, &why) {
                    exit.set(failed);
                    replies.client().close();
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

/// Answers what happened. `Some`: an argument asked to stop at failures, and this is one.
fn answer(
    happening: Happening<'_, ()>,
    replies: &mut Replies<'_, '_, '_, Random>,
    arguments: &Arguments<'_>,
    why: &impl Fn() -> Option<Exit>,
) -> Option<Exit> {
    match happening {
        Happening::Woken(()) => {
            match replies.send(&Message::new(arguments.channel, "Ding-dong!")) {
                Ok(id) => say!("rang: {}", id),
                Err(error) => say!("cannot ring: {}", error),
            }
        }
        Happening::Event(Event::Hello(_)) => {
            say!("hello");
            // The simulated visitor comes whenever the bell is connected.
            BUTTON.signal(());
        }
        Happening::Event(Event::Acknowledged { id, ts, .. }) => {
            say!("heard: {} at {}", id, ts)
        }
        Happening::Event(Event::Message(message)) => {
            say!("message: {}", &*message.text());
            if &*message.text() == "stop" {
                replies.client().close();
            }
        }
        Happening::Event(Event::Reconnecting { reason, at }) => {
            say!("again at {} ms: {}", at.as_millis(), reason);
            let exit = why().unwrap_or(Exit::of(reason));
            if arguments.once {
                return Some(exit);
            }
        }
        Happening::Event(Event::Refused(error)) => say!("refused: {:?}", error),
        Happening::Event(_) => {}
    }
    None
}
