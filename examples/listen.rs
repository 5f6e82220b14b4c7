//! Prints every event, one line each: its type, then its members.

use slack_rtm::UsageError;
use slack_rtm_examples::demo::Answers;
use slack_rtm_examples::terminal::Terminal;
use slack_rtm_examples::{describe, program};
use slack_rtm_std::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    program::main(
        "listen",
        "Prints every event, one line each.",
        Answers::ByTheScript,
        listen,
    )
}

fn listen(session: &mut Session<'_>, terminal: &Terminal) -> Result<(), UsageError> {
    while let Some((event, replies)) = session.next()? {
        describe::line(terminal, &event, &replies);
    }
    Ok(())
}
