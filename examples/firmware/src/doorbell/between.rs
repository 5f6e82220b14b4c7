//! The bell that posts through the Web API between two sessions: one link, which they use in turns.
//!
//! Messages that others write meanwhile are not received.

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use machine::arguments::Arguments;
use machine::random::Random;
use machine::say;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::web_api::RateSlot;
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::link::Connect;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::web_api::WebApi;
use slack_rtm_embassy::wire::SessionEnd;

use crate::application::{self, MEMORY, PRESSES, RECEIVE, SEND, Storage};
use crate::exit::Exit;
use crate::post::{self, Rates};

/// The links that it has at the same time.
pub const LINKS: usize = 1;

/// The memory that session and calls use in turns.
struct Shared<'m> {
    receive: &'m mut [u8; RECEIVE],
    send: &'m mut [u8; SEND],
    storage: &'m mut Storage,
    end: SessionEnd<'m, NoopRawMutex>,
}

/// Runs until the client has closed. Returns the exit status.
pub async fn run(
    [connector]: &mut [impl Connect; LINKS],
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
) -> Exit {
    let memory = MEMORY.take();
    let (end, runner_end) = memory.wire.split();
    let mut runner = Runner::new(runner_end, connector, EmbassyClock);
    let mut shared = Shared {
        receive: &mut memory.receive,
        send: &mut memory.send,
        storage: &mut memory.storage,
        end,
    };
    // The limits of Slack outlast a turn.
    let mut rates = [RateSlot::FREE; 2];
    let mut random = Random::new(arguments.seed).part(2);
    let turns = async {
        loop {
            let part = Random::new(random.number());
            let presses = match attend(&mut shared, arguments, part, &why).await {
                Ok(presses) => presses,
                Err(exit) => return exit,
            };
            let part = Random::new(random.number());
            if let Err(exit) = ring(&mut shared, arguments, part, &mut rates, presses).await {
                return exit;
            }
        }
    };
    match select(turns, runner.run()).await {
        Either::First(exit) => exit,
        Either::Second(never) => match never {},
    }
}

/// Attends a session until it has closed, which a press does. Returns the number of presses, or the
/// exit status.
async fn attend(
    shared: &mut Shared<'_>,
    arguments: &Arguments<'_>,
    random: Random,
    why: impl Fn() -> Option<Exit>,
) -> Result<usize, Exit> {
    let domains = [arguments.domain];
    let client = match application::client(arguments, &domains, shared.storage, random) {
        Ok(client) => client,
        Err(mistake) => {
            say!("mistake: {}", mistake);
            return Err(Exit::Mistake);
        }
    };
    let (rx, tx) = (RecvBuf::new(shared.receive), SendBuf::new(shared.send));
    let mut session = Session::new(client, rx, tx, shared.end.reborrow(), EmbassyClock);
    let mut presses = 0;
    let exit = application::attend(
        &mut session,
        arguments,
        why,
        || PRESSES.receive(),
        |session| {
            // More of them may come before it has closed.
            presses += 1;
            session.close();
        },
    )
    .await;
    match (presses, exit) {
        (1.., Exit::Done) => Ok(presses),
        _ => Err(exit),
    }
}

/// Rings for these presses and for those that come meanwhile, sends a picture if it has that feature,
/// and releases the link.
///
/// # Errors
/// The exit status of a mistake.
async fn ring(
    shared: &mut Shared<'_>,
    arguments: &Arguments<'_>,
    random: Random,
    rates: &mut Rates,
    mut presses: usize,
) -> Result<(), Exit> {
    let caller = match post::caller(arguments, shared.storage, rates, random) {
        Ok(caller) => caller,
        Err(mistake) => {
            say!("mistake: {}", mistake);
            return Err(Exit::Mistake);
        }
    };
    let (rx, tx) = (RecvBuf::new(shared.receive), SendBuf::new(shared.send));
    let mut bell = WebApi::new(caller, rx, tx, shared.end.reborrow(), EmbassyClock);
    while presses > 0 || PRESSES.try_receive().is_ok() {
        presses = presses.saturating_sub(1);
        post::ring(&mut bell, arguments).await;
    }
    #[cfg(feature = "picture")]
    crate::picture::send(&mut bell, arguments).await;
    if let Err(mistake) = bell.release().await {
        say!("mistake: {}", mistake);
    }
    Ok(())
}
