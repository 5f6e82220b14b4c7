//! The bell in Socket Mode that posts through the Web API beside the session: two links, each with
//! its runner.

use embassy_futures::select::{Either, Either3, select, select3};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use machine::arguments::Arguments;
use machine::random::Random;
use machine::say;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::event::Author;
use slack_rtm::methods::chat::Posted;
use slack_rtm::web_api::RateSlot;
use slack_rtm::{Event, SocketMode};
use slack_rtm_embassy::app::{App, AppEvent, AppHandle, PostOutcome};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::link::Connect;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::web_api::WebApi;
use slack_rtm_embassy::wire::Wire;
use static_cell::ConstStaticCell;

use crate::application::{self, MEMORY, PRESSES, SocketStorage, Storage};
use crate::exit::Exit;
use crate::post::{self, Rates};

/// The links that it has at the same time.
pub const LINKS: usize = 2;

/// The memory for calls, beside that of the session.
struct BellMemory {
    receive: [u8; RecvBuf::MIN],
    send: [u8; SendBuf::MIN],
    storage: Storage,
    rates: Rates,
    wire: Wire<NoopRawMutex>,
}

static BELL: ConstStaticCell<BellMemory> = ConstStaticCell::new(BellMemory {
    receive: [0; RecvBuf::MIN],
    send: [0; SendBuf::MIN],
    storage: Storage::new(),
    rates: [RateSlot::FREE; 2],
    wire: Wire::new(),
});

type Door<'a> =
    App<'a, EmbassyClock, Random, &'a mut SocketStorage, Random, &'a mut Storage, NoopRawMutex>;
type DoorHandle<'s, 'a> =
    AppHandle<'s, 'a, Random, &'a mut SocketStorage, Random, &'a mut Storage, NoopRawMutex>;

/// Runs until the client has closed. Returns the exit status. The connectors are lent: if the future
/// owned them, it would be moved over the stack, whole.
pub async fn run(
    [for_session, for_calls]: &mut [impl Connect; LINKS],
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
) -> Exit {
    let (memory, bell) = (MEMORY.take(), BELL.take());
    let domains = [arguments.domain];
    let random = Random::new(arguments.seed);
    let client = application::client(arguments, &domains, &mut memory.storage, random.part(2));
    let caller = post::caller(
        arguments,
        &mut bell.storage,
        &mut bell.rates,
        random.part(3),
    );
    let (client, caller) = match (client, caller) {
        (Ok(client), Ok(caller)) => (client, caller),
        (Err(mistake), _) => {
            say!("mistake: {}", mistake);
            return Exit::Mistake;
        }
        (_, Err(mistake)) => {
            say!("mistake: {}", mistake);
            return Exit::Mistake;
        }
    };

    let (rx, tx) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let (end, runner_end) = memory.wire.split();
    let mut session_runner = Runner::new(runner_end, for_session, EmbassyClock);
    let session = Session::new(client, rx, tx, end, EmbassyClock);

    let (rx, tx) = (
        RecvBuf::new(&mut bell.receive),
        SendBuf::new(&mut bell.send),
    );
    let (end, runner_end) = bell.wire.split();
    let mut bell_runner = Runner::new(runner_end, for_calls, EmbassyClock);
    let web_api = WebApi::new(caller, rx, tx, end, EmbassyClock);

    let mut app = App::new(session, web_api);
    let attended = attend(&mut app, arguments, why);
    match select3(attended, session_runner.run(), bell_runner.run()).await {
        Either3::First(exit) => exit,
        Either3::Second(never) | Either3::Third(never) => match never {},
    }
}

/// Attends the app until its session has closed. Returns the exit status.
async fn attend(
    app: &mut Door<'_>,
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
) -> Exit {
    let (mut exit, mut rings) = (Exit::Done, 0);
    loop {
        match select(PRESSES.receive(), app.next()).await {
            Either::First(()) => {
                rings += 1;
                let mut handle = app.handle();
                post::store(arguments, |ring, life| handle.post(ring, Some(life)));
            }
            Either::Second(Ok(Some((event, mut handle)))) => match event {
                AppEvent::Event(event) => {
                    reply(&event, &mut handle);
                    let session = handle.session();
                    let failed = application::respond(&event, session, &mut rings, arguments, &why);
                    if let Some(failed) = failed.await {
                        exit = failed;
                        handle.close();
                    }
                }
                AppEvent::Posted(id, PostOutcome::Accepted(response)) => {
                    let ts = Posted::new(response).ts();
                    say!("heard: {} at {}", id, ts.unwrap_or_default());
                }
                AppEvent::Posted(id, other) => say!("not heard: {}: {:?}", id, other),
                _ => {}
            },
            Either::Second(Ok(None)) => break,
            Either::Second(Err(mistake)) => {
                say!("mistake: {}", mistake);
                return Exit::Mistake;
            }
        }
    }
    application::status(app.close_reason(), exit)
}

/// Replies to a message for the bot, once.
fn reply(event: &Event<'_, SocketMode>, handle: &mut DoorHandle<'_, '_>) {
    let is_repeated = event
        .envelope()
        .is_some_and(|envelope| envelope.is_repeated());
    if let Event::Message(message) = event
        && !is_repeated
        && let Some(Author::Person(_)) = message.posted_by()
        && message.command().is_some()
    {
        match handle.reply(message, application::USAGE) {
            Ok(_) => say!("replied"),
            Err(error) => say!("cannot reply: {}", error),
        }
    }
}
