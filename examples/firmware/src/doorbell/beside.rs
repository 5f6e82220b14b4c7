//! The bell that posts through the Web API beside the session: two links, each with its runner.

use core::future::pending;

use embassy_futures::select::{Either4, select4};
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
use slack_rtm_embassy::wire::Wire;
use static_cell::ConstStaticCell;

use crate::application::{self, MEMORY, PRESSES, Storage};
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
    let mut session = Session::new(client, rx, tx, end, EmbassyClock);

    let (rx, tx) = (
        RecvBuf::new(&mut bell.receive),
        SendBuf::new(&mut bell.send),
    );
    let (end, runner_end) = bell.wire.split();
    let mut bell_runner = Runner::new(runner_end, for_calls, EmbassyClock);
    let mut bell = WebApi::new(caller, rx, tx, end, EmbassyClock);

    // A press waits for nothing of the session.
    let attended = application::attend(&mut session, arguments, why, pending, |_| ());
    let rings = async {
        loop {
            PRESSES.receive().await;
            post::ring(&mut bell, arguments).await;
        }
    };
    match select4(attended, rings, session_runner.run(), bell_runner.run()).await {
        Either4::First(exit) => exit,
        Either4::Second(never) | Either4::Third(never) | Either4::Fourth(never) => match never {},
    }
}
