//! Prints one line per event: its type, then its members.
//!
//! With a token of a bot it runs RTM, with an app-level token Socket Mode. Without a token it connects to the same server as `echo`, and a script handle to the messages.
//! With `--method rtm.start` it also prints the elements of the lists. The buffers are those of
//! `echo`.

use slack_rtm::web_api::StartLists;
use slack_rtm_examples::demo::Replier;
use slack_rtm_examples::describe::{self, Describe};
use slack_rtm_examples::program::{Program, RunSocketMode, Setting};
use slack_rtm_std::Session;
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program {
        name: "listen",
        about: "Prints one line per event.",
        replier: Replier::Script,
        lists: StartLists::ALL,
        run: listen,
        run_socket_mode: RunSocketMode::Session(listen),
    };
    program.main()
}

fn listen<D: Describe>(
    session: &mut Session<'_, D>,
    setting: &Setting<'_>,
) -> Result<(), Box<dyn Error>> {
    while let Some((event, handle)) = session.next()? {
        describe::line(setting.terminal, &event, &handle);
    }
    Ok(())
}
