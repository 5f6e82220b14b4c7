//! The demo without a token: a scripted conversation with a server in this process.

use fake_slack::{FakeSlack, Frame, GENERAL, TimedOut, USER, What};
use std::time::Duration;

/// The time limit of each step of the script.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the script. It blocks the thread.
///
/// # Errors
/// The log of the server if a step timed out.
pub fn play(server: &FakeSlack) -> Result<(), TimedOut> {
    hello(server, 1)?;
    echo(server, "is anybody there?")?;
    // A timer of the bot posts this.
    received(server, "post 1")?;
    println!("the server says goodbye and closes");
    server.goodbye();
    server.close_all(1000, "");
    hello(server, 2)?;
    echo(server, "and still there?")
}

/// Waits until the server has sent `hello` over its `nth` socket.
fn hello(server: &FakeSlack, nth: usize) -> Result<(), TimedOut> {
    let is_hello = |what: &What| match what {
        What::Sent(frame) => frame.json().is_some_and(|json| json["type"] == "hello"),
        _ => false,
    };
    server.log().wait_nth(TIMEOUT, nth, is_hello).map(drop)
}

/// Sends a message, and waits until the bot has echoed it.
fn echo(server: &FakeSlack, text: &str) -> Result<(), TimedOut> {
    println!("somebody writes {text:?}");
    server.push_message(GENERAL, USER, text);
    received(server, text)
}

/// Waits until the server has received a message with this text, and the bot its acknowledgement.
fn received(server: &FakeSlack, text: &str) -> Result<(), TimedOut> {
    let id = server.log().wait(TIMEOUT, |entries| {
        entries.iter().find_map(|entry| match &entry.what {
            What::Received(frame) => {
                let json = frame.json().filter(|json| json["text"] == text)?;
                json["id"].as_u64()
            }
            _ => None,
        })
    })?;
    let is_ack = |what: &What| match what {
        What::Sent(frame) => frame.json().is_some_and(|json| json["reply_to"] == id),
        _ => false,
    };
    server.log().wait_nth(TIMEOUT, 1, is_ack)?;
    // The bot replies to a ping in its turn: it has handled the ack before.
    server.ping(text.as_bytes());
    let is_pong = |what: &What| match what {
        What::Received(Frame::Pong(payload)) => payload == text.as_bytes(),
        _ => false,
    };
    server.log().wait_nth(TIMEOUT, 1, is_pong).map(drop)
}
