//! Replies to every message with its text.
//!
//! Without a token it connects to a server in the same process and prints one line per step: hello,
//! a message, the echo, its ack, a ping and its pong, a goodbye, the reconnect, one more message.
//! With a token it connects to Slack and runs until Ctrl-C. The receive buffer has 32 KiB, the send
//! buffer 8 KiB, the outbox 16 KiB.

use slack_rtm::rtm::command::Post;
use slack_rtm::web_api::StartLists;
use slack_rtm::{Event, PollError};
use slack_rtm_examples::demo::Replier;
use slack_rtm_examples::describe;
use slack_rtm_examples::program::Program;
use slack_rtm_examples::terminal::{Direction, Terminal};
use slack_rtm_std::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program {
        name: "echo",
        about: "Replies to every message with its text.",
        replier: Replier::Example,
        lists: StartLists::NONE,
        run: echo,
    };
    program.main()
}

fn echo(session: &mut Session<'_>, terminal: &Terminal) -> Result<(), PollError> {
    while let Some((event, mut handle)) = session.next()? {
        describe::line(terminal, &event, &handle);
        let Event::Message(message) = event else {
            continue;
        };
        // Own messages arrive too: those of other connections, and after a reconnect.
        if message.is_own() || message.subtype_name().is_some() {
            continue;
        }
        let (Some(channel), Some(text)) = (message.channel(), message.text()) else {
            continue;
        };
        let echo = Post::new(channel, text.as_str());
        match handle.send(&echo) {
            Ok(id) => terminal.line(
                Direction::Out,
                "message",
                format_args!("id={id} text={:?}", text.as_str()),
            ),
            Err(error) => terminal.line(Direction::Error, "not sent", error),
        }
    }
    Ok(())
}
