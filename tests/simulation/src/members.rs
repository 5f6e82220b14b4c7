//! Members of a channel that do more than post: they edit, delete, reply in threads, paste links, and some are bots.

use crate::random::Random;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The channel that the members write to.
pub(crate) const CHANNEL: &str = "C1";
/// The user of the client, and the bot of its app.
const SELF: &str = "U0SELF";

/// The members, and which of their events are new messages of people.
#[derive(Debug, Default)]
pub(crate) struct Members {
    events: u64,
    /// `ts` of the messages that people posted, in order.
    posted: Vec<String>,
    /// `event_ts` of the same.
    questions: HashSet<String>,
}

impl Members {
    /// Whether the event with this `event_ts` is a new message of a person.
    pub(crate) fn is_question(&self, event_ts: &str) -> bool {
        self.questions.contains(event_ts)
    }

    /// The next event: a new message of a person in about half of the cases. The others have the same author and text,
    /// so that only their shape shows what they are.
    pub(crate) fn act(&mut self, random: &mut Random) -> Value {
        self.events += 1;
        let now = format!("1800000000.{:06}", self.events);
        let earlier = match self.posted.is_empty() {
            true => now.clone(),
            false => random.choose(&self.posted).clone(),
        };
        let (is_question, members) = match random.chance(50) {
            true => (true, question(random, &earlier)),
            false => (false, other(random, &earlier)),
        };
        let mut event = members;
        event["type"] = json!("message");
        event["channel"] = json!(CHANNEL);
        event["ts"] = json!(now);
        event["event_ts"] = json!(now);
        if is_question {
            self.posted.push(now.clone());
            self.questions.insert(now);
        }
        event
    }
}

fn question(random: &mut Random, earlier: &str) -> Value {
    random
        .choose(&[
            json!({"user": "U2", "text": "ping"}),
            json!({"user": "U3", "text": "ping", "subtype": null, "bot_id": null, "hidden": false}),
            json!({"user": "U2", "text": "<https://x.org>", "client_msg_id": "c0ffee"}),
            json!({"user": "U2", "text": "ping", "thread_ts": earlier, "parent_user_id": SELF}),
            json!({"user": "U2", "text": "ping", "subtype": "thread_broadcast", "thread_ts": earlier}),
            json!({"user": "U2", "text": "ping", "subtype": "me_message"}),
            json!({"user": "U2", "text": "ping", "subtype": "file_share", "files": [{"id": "F1"}]}),
        ])
        .clone()
}

fn other(random: &mut Random, earlier: &str) -> Value {
    let before = json!({"type": "message", "user": "U2", "text": "ping", "ts": earlier});
    let with = |member: &str, value: Value| {
        let mut message = before.clone();
        message[member] = value;
        message
    };
    let edited = with("edited", json!({"user": "U2", "ts": earlier}));
    let shown = with("attachments", json!([{"fallback": "A page"}]));
    let first = with("thread_ts", json!(earlier));
    let mut tombstone = with("subtype", json!("tombstone"));
    tombstone["user"] = json!("USLACKBOT");
    random
        .choose(&[
            // Edits, and a link preview: the text is the same.
            json!({"subtype": "message_changed", "hidden": true, "message": edited, "previous_message": before}),
            json!({"subtype": "message_changed", "message": edited}),
            json!({"subtype": "message_changed", "hidden": true, "message": shown, "previous_message": before}),
            // Deletions.
            json!({"subtype": "message_deleted", "hidden": true, "deleted_ts": earlier, "previous_message": before}),
            json!({"subtype": "message_changed", "message": tombstone, "previous_message": before}),
            json!({"subtype": "tombstone", "user": "USLACKBOT", "text": "ping"}),
            // Updates of threads, also without the subtype, as Slack sent them for years.
            json!({"subtype": "message_replied", "hidden": true, "message": first}),
            json!({"hidden": true, "message": first}),
            json!({"message": first}),
            // Other bots.
            json!({"subtype": "bot_message", "bot_id": "B2", "text": "ping", "username": "ci"}),
            json!({"user": "U4", "bot_id": "B4", "text": "ping", "bot_profile": {"name": "ci"}}),
            json!({"user": "USLACKBOT", "text": "ping"}),
            // Notices.
            json!({"subtype": "channel_join", "user": "U2", "text": "ping"}),
            json!({"subtype": "channel_topic", "user": "U2", "text": "ping", "topic": "ping"}),
            json!({"subtype": "pinned_item", "user": "U2", "text": "ping"}),
            json!({"subtype": "new_in_2030", "user": "U2", "text": "ping"}),
            // The client's own user, in another program, replayed, by the Web API.
            json!({"user": SELF, "text": "ping"}),
            json!({"user": SELF, "text": "ping", "reply_to": 7}),
            json!({"user": "U2", "text": "ping", "reply_to": 7}),
            json!({"user": SELF, "bot_id": "B0SELF", "text": "ping", "thread_ts": earlier}),
            json!({"subtype": "bot_message", "bot_id": "B0SELF", "text": "ping"}),
            json!({"user": "U2", "text": "ping", "hidden": true}),
        ])
        .clone()
}
