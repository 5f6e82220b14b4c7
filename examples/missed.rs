//! Replies to every message of a channel once, also to those that were posted while it was offline.
//!
//! Slack does not replay them. After each `hello` a second thread fetches `conversations.history`
//! from the last message on. The timestamp of a message decides whether it is handled, whether it
//! comes first over the socket or with the history. The session continues meanwhile: a rate limit of the fetch does not delay its
//! pings. Without a token it shows that with a server in the same process, which drops the link.
//!
//! Not fetched: replies in threads, which `conversations.replies` returns, and messages that were
//! posted while the program was not running. For the latter, store the timestamp of
//! `Seen::oldest`.

use slack_rtm::event::Author;
use slack_rtm::rtm::command::Post;
use slack_rtm::web_api::StartLists;
use slack_rtm::{Event, SendError};
use slack_rtm_examples::demo::Replier;
use slack_rtm_examples::describe;
use slack_rtm_examples::history::History;
use slack_rtm_examples::program::{Program, Refused, RunSocketMode, Setting};
use slack_rtm_examples::seen::Seen;
use slack_rtm_examples::terminal::{Direction, Terminal};
use slack_rtm_std::{Sender, Session};
use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::{fmt, thread};

fn main() -> ExitCode {
    let program = Program {
        name: "missed",
        about: "Replies to every message of a channel once, also to those it missed.",
        replier: Replier::ExampleAfterGaps,
        lists: StartLists::NONE,
        run: missed,
        run_socket_mode: RunSocketMode::Unsupported,
    };
    program.main()
}

/// The handled messages of each channel. Both threads check it before they handle a message.
type Channels = Mutex<BTreeMap<String, Seen>>;

fn missed(session: &mut Session<'_>, setting: &Setting<'_>) -> Result<(), Box<dyn Error>> {
    let terminal = setting.terminal;
    let mut history = History::new(setting)?;
    let mut channels = BTreeMap::new();
    for channel in setting.channels {
        // Before the session opens: every later message comes over the socket or with the history.
        let latest = history.latest_ts(channel)?;
        terminal.line(
            Direction::In,
            "history",
            format_args!("channel={channel:?} latest={latest:?}"),
        );
        channels.insert(channel.clone(), Seen::after(&latest));
    }
    let channels = Mutex::new(channels);
    let (stop, sender) = (history.stop(), session.sender());
    let (hellos, orders) = mpsc::channel::<String>();
    thread::scope(|scope| {
        let fetching = scope.spawn(|| catch_up(&mut history, &channels, orders, &sender, terminal));
        let result = converse(session, &channels, &hellos, terminal);
        // The thread waits for the next hello, or is inside a call.
        drop(hellos);
        stop.stop();
        fetching
            .join()
            .map_err(|_| "the fetching thread panicked")??;
        result
    })
}

/// Runs the session: replies to messages, and requests a fetch after each `hello`.
fn converse(
    session: &mut Session<'_>,
    channels: &Channels,
    hellos: &mpsc::Sender<String>,
    terminal: &Terminal,
) -> Result<(), Box<dyn Error>> {
    while let Some((event, mut handle)) = session.next()? {
        describe::line(terminal, &event, &handle);
        match event {
            Event::Hello(_) => {
                let own_id = handle.user_id().unwrap_or_default();
                // The thread has ended if Slack refused the fetch, which it has printed.
                let _ = hellos.send(own_id.to_owned());
            }
            Event::Reconnecting(_) => lock(channels).values_mut().for_each(Seen::lose_link),
            Event::Message(message) => {
                let (Some(author), Some(channel)) = (message.posted_by(), message.channel()) else {
                    continue;
                };
                let ts = message.ts().unwrap_or_default();
                if take(channels, channel, ts)
                    && let (Author::Person(_), Some(text)) = (author, message.text())
                {
                    let sent = handle.send(&Post::new(channel, text.as_str()));
                    report(terminal, text.as_str(), sent);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Fetches the history after each `hello`, and replies to the messages that were not handled.
fn catch_up(
    history: &mut History<'_>,
    channels: &Channels,
    hellos: mpsc::Receiver<String>,
    sender: &Sender,
    terminal: &Terminal,
) -> Result<(), Refused> {
    for own_id in hellos {
        let followed: Vec<String> = lock(channels).keys().cloned().collect();
        for channel in &followed {
            let Some((oldest, gaps)) = lock(channels)
                .get(channel)
                .map(|seen| (seen.oldest().to_owned(), seen.gaps()))
            else {
                continue;
            };
            let fetched = history.after(channel, &oldest);
            let fetched = fetched.inspect_err(|error| {
                terminal.line(Direction::Error, "history", error);
                // Without the history the program does not do its work.
                let _ = sender.close();
            })?;
            let Some(messages) = fetched else {
                return Ok(());
            };
            for message in messages {
                let is_new = take(channels, channel, &message.ts);
                let is_of_person = message.person.is_some_and(|person| person != own_id);
                if is_new && is_of_person {
                    let detail = format_args!("ts={:?} text={:?}", message.ts, message.text);
                    terminal.line(Direction::In, "missed", detail);
                    let receipt = sender.message(channel, &message.text);
                    let Ok(sent) = receipt.and_then(|receipt| receipt.wait()) else {
                        return Ok(());
                    };
                    report(terminal, &message.text, sent);
                }
            }
            if let Some(seen) = lock(channels).get_mut(channel) {
                seen.catch_up(gaps);
            }
        }
    }
    Ok(())
}

/// Returns whether a message must be handled: once, in a channel that is followed.
fn take(channels: &Channels, channel: &str, ts: &str) -> bool {
    lock(channels)
        .get_mut(channel)
        .is_some_and(|seen| seen.take(ts))
}

fn lock(channels: &Channels) -> MutexGuard<'_, BTreeMap<String, Seen>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

fn report<I: fmt::Display>(terminal: &Terminal, text: &str, sent: Result<I, SendError>) {
    match sent {
        Ok(id) => {
            let detail = format_args!("id={id} text={text:?}");
            terminal.line(Direction::Out, "message", detail);
        }
        Err(error) => terminal.line(Direction::Error, "not sent", error),
    }
}
