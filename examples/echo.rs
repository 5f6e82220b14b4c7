//! Replies to every message with its text.
//!
//! Without a token it connects to a server in the same process and prints one line per step: hello,
//! a message, the echo, its ack, a ping and its pong, a goodbye, the reconnect, one more message.
//! With a token it connects to Slack and runs until Ctrl-C. The receive buffer has 32 KiB, the send
//! buffer 8 KiB, the outbox 16 KiB.

use slack_rtm::Event;
use slack_rtm::event::Author;
use slack_rtm::rtm::command::Post;
use slack_rtm::web_api::StartLists;
use slack_rtm_examples::demo::Replier;
use slack_rtm_examples::describe;
use slack_rtm_examples::program::{Program, Setting};
use slack_rtm_examples::terminal::Direction;
use slack_rtm_std::Session;
use std::error::Error;
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

fn echo(session: &mut Session<'_>, setting: &Setting<'_>) -> Result<(), Box<dyn Error>> {
    let terminal = setting.terminal;
    while let Some((event, mut handle)) = session.next()? {
        describe::line(terminal, &event, &handle);
        let Event::Message(message) = event else {
            continue;
        };
        // Edits, notices, messages of bots and own ones arrive too.
        let Some(Author::Person(_)) = message.posted_by() else {
            continue;
        };
        let Some(text) = message.text() else {
            continue;
        };
        // In the thread of the message, if it is in one.
        let Some(echo) = Post::reply_to(&message, text.as_str()) else {
            continue;
        };
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
