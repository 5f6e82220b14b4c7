//! Prints every event, one line each: its type, then its members.
//!
//! Without a token it listens to the same conversation as `echo`, in which a script answers. With
//! `--method rtm.start` it prints the elements of the lists too. Buffers as in `echo`.

use slack_rtm::UsageError;
use slack_rtm::web_api::StartLists;
use slack_rtm_examples::demo::Answers;
use slack_rtm_examples::describe;
use slack_rtm_examples::program::Program;
use slack_rtm_examples::terminal::Terminal;
use slack_rtm_std::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program {
        name: "listen",
        what: "Prints every event, one line each.",
        answers: Answers::ByTheScript,
        lists: StartLists::ALL,
        run: listen,
    };
    program.main()
}

fn listen(session: &mut Session<'_>, terminal: &Terminal) -> Result<(), UsageError> {
    while let Some((event, replies)) = session.next()? {
        describe::line(terminal, &event, &replies);
    }
    Ok(())
}
