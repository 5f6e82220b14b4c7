//! An event on one line.

use crate::terminal::{Terminal, Way};
use slack_rtm::json::Members;
use slack_rtm::{Event, ReconnectReason};
use slack_rtm_std::Replies;

/// Writes a line for `event`: its type, then its members as `name=value`, text quoted.
pub fn line(terminal: &Terminal, event: &Event<'_>, replies: &Replies<'_, '_>) {
    let way = match event {
        Event::Refused(_) | Event::Rejected { .. } | Event::Unconfirmed { .. } => Way::Wrong,
        Event::Reconnecting { .. } => Way::Here,
        _ => Way::In,
    };
    let (what, detail) = match event {
        Event::Opened(answer) => ("opened", members(answer.members())),
        Event::ListsIncomplete(answer) => ("opened", members(answer.members()) + " (lists cut)"),
        Event::Element(element) => (element.path(), members(element.members())),
        Event::Refused(why) => ("refused", why.to_string()),
        Event::Hello(hello) => ("hello", members(hello.members())),
        Event::Message(message) => ("message", members(message.members())),
        Event::Pong(pong) => ("pong", members(pong.members())),
        Event::Acknowledged { id, ts } => ("ack", format!("reply_to={id} ts={ts:?}")),
        Event::Rejected { id, code, msg } => {
            let detail = format!("reply_to={id} code={code} msg={:?}", msg.as_str());
            ("rejected", detail)
        }
        Event::Unconfirmed { id } => ("unconfirmed", format!("reply_to={id}")),
        Event::Rtm(event) => (event.type_name(), members(event.members())),
        Event::Malformed => ("malformed", "a message that is not JSON".into()),
        Event::Reconnecting { reason, at } => {
            let seconds = (*at - replies.now()).as_millis() as f64 / 1000.0;
            // The core knows the kind of failure; the adapter has the system's words for it.
            let said = match (reason, replies.last_failure()) {
                (ReconnectReason::Disconnected(_), Some(failure)) => format!(" ({failure})"),
                _ => String::new(),
            };
            ("reconnect", format!("in {seconds:.1} s: {reason}{said}"))
        }
        other => ("event", format!("{other:?}")),
    };
    terminal.line(way, what, detail);
}

/// The members but two: the type stands in front, and whoever has the URL of a session can open it.
fn members(members: Members<'_>) -> String {
    let told = members
        .into_iter()
        .filter(|member| member.name != "type" && member.name != "url")
        .map(|member| member.to_string());
    told.collect::<Vec<_>>().join(" ")
}
