//! Formats events as lines.

use crate::terminal::{Direction, Terminal};
use slack_rtm::json::{Members, Text};
use slack_rtm::{Event, ReconnectReason};
use slack_rtm_std::Handle;

/// Prints one line for `event`: its type, then its members as `name=value`, with texts quoted.
pub fn line(terminal: &Terminal, event: &Event<'_>, handle: &Handle<'_, '_>) {
    let direction = match event {
        Event::Refused(_) | Event::Rejected(_) | Event::Unconfirmed(_) | Event::Expired(_) => {
            Direction::Error
        }
        Event::Reconnecting(_) => Direction::Local,
        _ => Direction::In,
    };
    let (name, detail) = match event {
        Event::Accepted(response) => ("opened", members(response.members())),
        Event::ListsIncomplete(response) => {
            ("opened", members(response.members()) + " (lists cut)")
        }
        Event::Element(element) => (element.path(), members(element.members())),
        Event::Refused(error) => ("refused", error.to_string()),
        Event::Hello(hello) => ("hello", members(hello.members())),
        Event::Message(message) => ("message", members(message.members())),
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
    terminal.line(direction, name, detail);
}

/// Formats all members except `type`, which the line begins with, and `url`, which is a secret: it
/// opens the session.
fn members(members: Members<'_>) -> String {
    let shown = members
        .into_iter()
        .filter(|member| member.name != "type" && member.name != "url")
        .map(|member| member.to_string());
    shown.collect::<Vec<_>>().join(" ")
}
