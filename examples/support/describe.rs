//! Formats events as lines.

use crate::terminal::{Direction, Terminal};
use slack_rtm::json::{Members, Text};
use slack_rtm::{Dialect, Event, ReconnectReason, Rtm, SocketMode};
use slack_rtm_std::Handle;
use std::borrow::Cow;

/// The name and the detail of a line.
type Line<'r> = (Cow<'r, str>, String);

/// A dialect whose events can be printed.
pub trait Describe: Dialect {
    /// Returns the line of an event that only this dialect has.
    fn own_line<'r>(event: &Event<'r, Self>) -> Option<Line<'r>>;
}

impl Describe for Rtm {
    fn own_line<'r>(event: &Event<'r>) -> Option<Line<'r>> {
        let (name, detail) = match event {
            Event::ListsIncomplete(response) => {
                ("opened", members(response.members()) + " (lists cut)")
            }
            Event::Element(element) => {
                let path = element.path().to_string();
                return Some((path.into(), members(element.members())));
            }
            Event::Pong(pong) => ("pong", members(pong.members())),
            Event::Acknowledged(message) => {
                let ts = message.ts().unwrap_or_default();
                ("ack", format!("reply_to={} ts={ts:?}", message.id()))
            }
            Event::Rejected(message) => {
                let code = message.error_code().unwrap_or_default();
                let text = message.error_message().map_or("", Text::as_str);
                let detail = format!("reply_to={} code={code} msg={text:?}", message.id());
                ("rejected", detail)
            }
            _ => return None,
        };
        Some((name.into(), detail))
    }
}

impl Describe for SocketMode {
    fn own_line<'r>(event: &Event<'r, Self>) -> Option<Line<'r>> {
        let (name, detail) = match event {
            Event::SlashCommand(command) => ("command", members(command.members())),
            Event::Interaction(interaction) => ("interaction", members(interaction.members())),
            Event::Disconnect(disconnect) => ("disconnect", members(disconnect.members())),
            Event::Envelope(envelope) => ("envelope", members(envelope.members())),
            _ => return None,
        };
        Some((name.into(), detail))
    }
}

/// Prints one line for `event`: its type, then its members as `name=value`, with texts quoted.
pub fn line<D: Describe>(terminal: &Terminal, event: &Event<'_, D>, handle: &Handle<'_, '_, D>) {
    let direction = match event {
        Event::Refused(_) | Event::Rejected(_) | Event::Unconfirmed(_) | Event::Expired(_) => {
            Direction::Error
        }
        Event::Reconnecting(_) => Direction::Local,
        _ => Direction::In,
    };
    let (name, detail) = D::own_line(event).unwrap_or_else(|| common_line(event, handle));
    terminal.line(direction, &name, detail);
}

/// Returns the line of an event that every dialect has.
fn common_line<'r, D: Dialect>(event: &Event<'r, D>, handle: &Handle<'_, '_, D>) -> Line<'r> {
    let (name, detail) = match event {
        Event::Accepted(response) => ("opened", members(response.members())),
        Event::Refused(error) => ("refused", error.to_string()),
        Event::Hello(_) => ("hello", event.members().map_or_else(String::new, members)),
        Event::Message(message) => {
            // Or `app_mention`.
            let name = event.type_name().unwrap_or("message");
            (name, members(message.members()))
        }
        Event::Unconfirmed(id) => ("unconfirmed", format!("reply_to={id}")),
        Event::Expired(id) => ("expired", format!("reply_to={id}")),
        Event::Withdrawn(id) => ("withdrawn", format!("reply_to={id}")),
        Event::Malformed => ("malformed", "a message that is not JSON".into()),
        Event::Reconnecting(end) => {
            let seconds = (end.at() - handle.now()).as_millis() as f64 / 1000.0;
            // The core has the reason, the adapter the message of the operating system, and this
            // program the option.
            let detail = match (end.reason(), handle.last_failure(), end.refused_host()) {
                (ReconnectReason::Disconnected(_), Some(error), _) => format!(" ({error})"),
                (.., Some(host)) => format!(" (--allow-host {host})"),
                _ => String::new(),
            };
            ("reconnect", format!("in {seconds:.1} s: {end}{detail}"))
        }
        other => (
            other.type_name().unwrap_or("event"),
            other
                .members()
                .map_or_else(|| format!("{other:?}"), members),
        ),
    };
    (name.into(), detail)
}

/// Formats all members except `type`, which the line begins with, and URLs that are secrets: `url`
/// opens the session, `response_url` posts.
fn members(members: Members<'_>) -> String {
    let shown = members
        .into_iter()
        .filter(|member| member.name != "type" && member.name != "url")
        .filter(|member| member.name.last() != "response_url")
        .map(|member| member.to_string());
    shown.collect::<Vec<_>>().join(" ")
}
