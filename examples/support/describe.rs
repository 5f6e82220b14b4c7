//! An event on one line.

use crate::terminal::{Terminal, Way};
use slack_rtm::{Cause, Event};
use slack_rtm_std::Replies;

/// Writes a line for `event`: its type, then its members as `name=value`, text quoted.
pub fn line(terminal: &Terminal, event: &Event<'_>, replies: &Replies<'_, '_>) {
    let (way, what, detail) = match event {
        Event::Opened(answer) | Event::ListsIncomplete(answer) => (
            Way::In,
            "opened",
            format!(
                "self={:?} team={:?}",
                answer.self_id().unwrap_or_default(),
                answer.team_id().unwrap_or_default(),
            ),
        ),
        Event::Element(element) => (Way::In, "element", format!("{element:?}")),
        Event::Refused(why) => (Way::Wrong, "refused", why.code.to_string()),
        Event::Hello(_) => (Way::In, "hello", String::new()),
        Event::Message(message) => (
            Way::In,
            "message",
            format!(
                "channel={:?} user={:?} text={:?} ts={:?}",
                message.channel, message.user, message.text, message.ts
            ),
        ),
        Event::Pong { id, .. } => (Way::In, "pong", format!("reply_to={id}")),
        Event::Acknowledged { id, ts, .. } => (Way::In, "ack", format!("reply_to={id} ts={ts:?}")),
        Event::Rejected { id, code, msg } => (
            Way::Wrong,
            "rejected",
            format!("reply_to={id} code={code} msg={msg:?}"),
        ),
        Event::Unconfirmed { id } => (Way::Wrong, "unconfirmed", format!("reply_to={id}")),
        Event::Rtm(event) => (Way::In, event.type_name(), format!("{event:?}")),
        Event::Malformed => (Way::Wrong, "malformed", "passed over".into()),
        Event::Reconnecting { cause, at } => {
            let said = match (cause, replies.last_failure()) {
                (Cause::Link(_), Some(failure)) => format!(" ({failure})"),
                _ => String::new(),
            };
            let seconds = at.since(replies.now()).as_millis() as f64 / 1000.0;
            let detail = format!("in {seconds:.1} s: {cause}{said}");
            (Way::Here, "reconnect", detail)
        }
        other => (Way::In, "event", format!("{other:?}")),
    };
    terminal.line(way, what, detail);
}
