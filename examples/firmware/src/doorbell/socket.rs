//! The bell over one link in Socket Mode. It cannot post: it counts the presses of its button, and
//! the response to the next command has their number.

use embassy_futures::select::{Either, select};
use machine::arguments::Arguments;
use machine::random::Random;
use machine::say;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::link::Connect;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;

use crate::application::{self, MEMORY, PRESSES};
use crate::exit::Exit;

/// The links that it has at the same time.
pub const LINKS: usize = 1;

/// Runs until the client has closed. Returns the exit status.
pub async fn run(
    [connector]: &mut [impl Connect; LINKS],
    arguments: &Arguments<'_>,
    why: impl Fn() -> Option<Exit>,
) -> Exit {
    let memory = MEMORY.take();
    let domains = [arguments.domain];
    let random = Random::new(arguments.seed).part(2);
    let client = match application::client(arguments, &domains, &mut memory.storage, random) {
        Ok(client) => client,
        Err(mistake) => {
            say!("mistake: {}", mistake);
            return Exit::Mistake;
        }
    };
    let (receive, send) = (
        RecvBuf::new(&mut memory.receive),
        SendBuf::new(&mut memory.send),
    );
    let (session_end, runner_end) = memory.wire.split();
    let mut runner = Runner::new(runner_end, connector, EmbassyClock);
    let mut session = Session::new(client, receive, send, session_end, EmbassyClock);
    let attended = async {
        let (mut exit, mut rings) = (Exit::Done, 0);
        loop {
            match select(PRESSES.receive(), session.next()).await {
                Either::First(()) => rings += 1,
                Either::Second(Ok(Some((event, mut handle)))) => {
                    let failed =
                        application::respond(&event, &mut handle, &mut rings, arguments, &why);
                    if let Some(failed) = failed.await {
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
        application::status(session.close_reason(), exit)
    };
    match select(attended, runner.run()).await {
        Either::First(exit) => exit,
        Either::Second(never) => match never {},
    }
}
