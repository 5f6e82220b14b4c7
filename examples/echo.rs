//! Replies to every message with its text.
//!
//! Without a token it connects to a server in the same process and prints one line per step: hello,
//! a message, the echo, its ack, a ping and its pong, a goodbye, the reconnect, one more message.
//! With `--socket-mode` these are the steps of Socket Mode: a message and its echo by the Web API, a
//! slash command and the response in its acknowledgement, a button and the response by its URL.
//! With a token it connects to Slack and runs until Ctrl-C: with that of a bot alone over RTM, with
//! an app-level token beside it in Socket Mode. The receive buffer has 32 KiB, the send buffer 8 KiB,
//! the outbox 16 KiB.

use slack_rtm::event::{Author, Message};
use slack_rtm::json::Text;
use slack_rtm::rtm::command::Post;
use slack_rtm::socket_mode::{Interaction, SlashCommand};
use slack_rtm::time::Duration;
use slack_rtm::web_api::StartLists;
use slack_rtm::{Dialect, Event, MessageId};
use slack_rtm_examples::demo::Replier;
use slack_rtm_examples::describe;
use slack_rtm_examples::program::{Program, RunSocketMode, Setting};
use slack_rtm_examples::terminal::{Direction, Terminal};
use slack_rtm_std::{App, AppEvent, AppHandle, PostOutcome, Session};
use std::error::Error;
use std::process::ExitCode;

/// The time for posts that wait when the session has closed.
const LAST_POSTS: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let program = Program {
        name: "echo",
        about: "Replies to every message with its text.",
        replier: Replier::Example,
        lists: StartLists::NONE,
        run: echo,
        run_socket_mode: RunSocketMode::App(echo_in_socket_mode),
    };
    program.main()
}

/// Returns the message of an event and its text, if it is to be echoed. It is the same in each
/// dialect.
fn to_echo<'r, D: Dialect>(event: &Event<'r, D>) -> Option<(Message<'r>, Text<'r>)> {
    let Event::Message(message) = *event else {
        return None;
    };
    // Slack sends a message with a mention twice, as `message` and as `app_mention`.
    if event.is_repeated() {
        return None;
    }
    // Edits, notices, messages of bots and own ones arrive too.
    let Some(Author::Person(_)) = message.posted_by() else {
        return None;
    };
    Some((message, message.text()?))
}

/// RTM: messages are sent over the socket.
fn echo(session: &mut Session<'_>, setting: &Setting<'_>) -> Result<(), Box<dyn Error>> {
    let terminal = setting.terminal;
    while let Some((event, mut handle)) = session.next()? {
        describe::line(terminal, &event, &handle);
        let Some((message, text)) = to_echo(&event) else {
            continue;
        };
        // In the thread of the message, if it is in one.
        let Some(echo) = Post::reply_to(&message, text.as_str()) else {
            continue;
        };
        match handle.send(&echo) {
            Ok(id) => sent(terminal, "message", id, text.as_str()),
            Err(error) => terminal.line(Direction::Error, "not sent", error),
        }
    }
    Ok(())
}

/// Socket Mode: messages are posted by the Web API, beside the socket.
fn echo_in_socket_mode(app: &mut App<'_>, setting: &Setting<'_>) -> Result<(), Box<dyn Error>> {
    let terminal = setting.terminal;
    while let Some((event, mut handle)) = app.next()? {
        match event {
            AppEvent::Event(event) => {
                describe::line(terminal, &event, handle.session());
                if let Some((message, text)) = to_echo(&event) {
                    match handle.reply(&message, text.as_str()) {
                        Ok(Some(id)) => sent(terminal, "message", id, text.as_str()),
                        Ok(None) => {}
                        Err(error) => terminal.line(Direction::Error, "not sent", error),
                    }
                }
                match event {
                    Event::SlashCommand(command) => answer(&command, &mut handle, terminal),
                    Event::Interaction(interaction) => respond(&interaction, &mut handle, terminal),
                    _ => {}
                }
            }
            AppEvent::Posted(id, outcome) => posted(terminal, id, &outcome),
            AppEvent::TokenExpired => {
                terminal.line(
                    Direction::Error,
                    "token",
                    "the token of the bot has expired",
                );
            }
            _ => {}
        }
    }
    // The last posts may wait for a rate limit.
    while let Some((id, outcome)) = app.web_api().next_post(LAST_POSTS)? {
        posted(terminal, id, &outcome);
    }
    Ok(())
}

fn posted(terminal: &Terminal, id: MessageId, outcome: &PostOutcome) {
    terminal.line(Direction::In, "posted", format_args!("id={id} {outcome}"));
}

/// Answers a slash command in its acknowledgement. Only the user sees it.
fn answer(command: &SlashCommand<'_>, handle: &mut AppHandle<'_, '_>, terminal: &Terminal) {
    let name = command.command().map_or("", Text::as_str);
    let text = command.text().map_or("", Text::as_str);
    let answer = format!("You typed {name} {text}");
    let result = handle.acknowledge(&|json| {
        json.begin_object();
        json.name("text").text(&answer);
        json.end_object();
    });
    match result {
        Ok(()) => terminal.line(Direction::Out, "response", format_args!("text={answer:?}")),
        Err(error) => terminal.line(Direction::Error, "not sent", error),
    }
}

/// Responds to a button by its `response_url`. Only the user sees it.
fn respond(interaction: &Interaction<'_>, handle: &mut AppHandle<'_, '_>, terminal: &Terminal) {
    let Some(url) = interaction.response_url() else {
        return;
    };
    match handle.respond(url, "Done") {
        Ok(id) => sent(terminal, "response", id, "Done"),
        Err(error) => terminal.line(Direction::Error, "not sent", error),
    }
}

fn sent(terminal: &Terminal, name: &str, id: MessageId, text: &str) {
    terminal.line(Direction::Out, name, format_args!("id={id} text={text:?}"));
}
