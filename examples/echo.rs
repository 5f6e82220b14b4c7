//! Answers every message with its own text.
//!
//! Without a token it plays against a server in its own process and prints a line per step: hello,
//! a message, the echo, its ack, a ping and its pong, a goodbye, the reconnect, one more message.
//! With a token it talks to Slack until Ctrl-C. It receives into 32 KiB, sends from 8 KiB, and keeps
//! messages that wait in another 8 KiB.

use slack_rtm::rtm::command::Message;
use slack_rtm::web_api::StartLists;
use slack_rtm::{Event, UsageError};
use slack_rtm_examples::demo::Answers;
use slack_rtm_examples::describe;
use slack_rtm_examples::program::Program;
use slack_rtm_examples::terminal::{Terminal, Way};
use slack_rtm_std::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program {
        name: "echo",
        what: "Answers every message with its own text.",
        answers: Answers::ByTheExample,
        lists: StartLists::NONE,
        run: echo,
    };
    program.main()
}

fn echo(session: &mut Session<'_>, terminal: &Terminal) -> Result<(), UsageError> {
    while let Some((event, mut replies)) = session.next()? {
        describe::line(terminal, &event, &replies);
        let Event::Message(message) = event else {
            continue;
        };
        // Its own words come back too, from other connections and after a reconnect.
        if message.is_own() || message.subtype_name().is_some() {
            continue;
        }
        let echo = Message::new(message.channel(), message.text().as_str());
        match replies.send(&echo) {
            Ok(id) => terminal.line(
                Way::Out,
                "message",
                format_args!("id={id} text={:?}", message.text().as_str()),
            ),
            Err(why) => terminal.line(Way::Wrong, "not sent", why),
        }
    }
    Ok(())
}
