//! What a client may say over its socket, and the answers.

use serde_json::{Map, Value, json};

use crate::builder::Rate;
use crate::script::Step;
use crate::server::Server;
use crate::text::{with_links, without_labels};
use crate::workspace::{Author, Bucket, Message};

/// Longest text of a message over RTM, in characters.
const MAX_TEXT: usize = 4000;

/// Most ids in one `presence_query`.
const MAX_QUERY: usize = 500;

/// After so many refused messages in a row the client is dropped.
const MAX_SLOW_DOWNS: u32 = 20;

/// Error codes of error acks. Slack documents 2; -1 was seen with the rate limit; 1 is for everything else here.
const CODE_OTHER: i64 = 1;
const CODE_TEXT_MISSING: i64 = 2;
const CODE_SLOW_DOWN: i64 = -1;

/// The client of one socket.
pub(crate) struct Client {
    number: u64,
    pub(crate) user: String,
    rate: Option<Bucket>,
    slow_downs: u32,
}

impl Client {
    pub(crate) fn new(number: u64, user: String, rate: Option<Rate>) -> Self {
        Self {
            number,
            user,
            rate: rate.map(Bucket::new),
            slow_downs: 0,
        }
    }
}

/// What becomes of a frame.
pub(crate) enum Verdict {
    /// No reply, or it is in the queue already.
    Nothing,
    /// This reply.
    Reply(Step, String),
    /// The client broke a rule once too often.
    Drop(&'static str),
}

/// Acts on a text frame.
pub(crate) fn receive(server: &Server, client: &mut Client, text: &str) -> Verdict {
    let Ok(Value::Object(frame)) = serde_json::from_str(text) else {
        return error_ack(None, CODE_OTHER, "not a JSON object");
    };
    let id = frame.get("id").and_then(Value::as_u64).filter(|id| *id > 0);
    let string = |name: &str| frame.get(name).and_then(Value::as_str).unwrap_or_default();
    match string("type") {
        "message" => message(server, client, id, &frame),
        "ping" => pong(&frame),
        "typing" | "user_typing" => {
            let channel = string("channel");
            let workspace = server.workspace();
            if workspace.has_channel(channel) {
                let mut event =
                    json!({"type": "user_typing", "channel": channel, "user": client.user});
                if let Some(thread_ts) = frame.get("thread_ts") {
                    event["thread_ts"] = thread_ts.clone();
                }
                workspace.event(Some(client.number), &event.to_string());
            }
            Verdict::Nothing
        }
        "presence_sub" => {
            server.workspace().subscribe(client.number, &ids(&frame));
            Verdict::Nothing
        }
        "presence_query" => {
            let ids = ids(&frame);
            if ids.len() > MAX_QUERY {
                return error_ack(id, CODE_OTHER, "too many ids");
            }
            server.workspace().tell_presence(client.number, &ids);
            Verdict::Nothing
        }
        "tickle" => {
            server.workspace().set_presence(&client.user, "active");
            Verdict::Nothing
        }
        "" => error_ack(id, CODE_OTHER, "type is missing"),
        _ => error_ack(id, CODE_OTHER, "unknown type"),
    }
}

fn message(
    server: &Server,
    client: &mut Client,
    id: Option<u64>,
    frame: &Map<String, Value>,
) -> Verdict {
    let string = |name: &str| frame.get(name).and_then(Value::as_str);
    if id.is_none() {
        return error_ack(None, CODE_OTHER, "id is missing");
    }
    if let Some(Err(_)) = client.rate.as_mut().map(Bucket::take) {
        client.slow_downs += 1;
        if client.slow_downs > MAX_SLOW_DOWNS {
            return Verdict::Drop("too many messages too fast");
        }
        return error_ack(id, CODE_SLOW_DOWN, "slow down, too many messages...");
    }
    client.slow_downs = 0;
    let Some(text) = string("text").filter(|text| !text.is_empty()) else {
        return error_ack(id, CODE_TEXT_MISSING, "message text is missing");
    };
    if text.chars().count() > MAX_TEXT {
        return error_ack(id, CODE_OTHER, "msg_too_long");
    }
    let mut workspace = server.workspace();
    let Some(channel) = string("channel").filter(|channel| workspace.has_channel(channel)) else {
        return error_ack(id, CODE_OTHER, "channel_not_found");
    };
    let text = with_links(&without_labels(text));
    let message = Message {
        channel,
        author: Author::User(&client.user),
        text: &text,
        blocks: None,
        files: None,
        thread_ts: string("thread_ts"),
        reply_broadcast: frame.get("reply_broadcast") == Some(&Value::Bool(true)),
    };
    let ts = workspace.message(Some(client.number), &message);
    let ack = json!({"ok": true, "reply_to": id, "ts": ts, "text": text});
    workspace.send_to(client.number, Step::Ack, ack.to_string());
    workspace.follow_up(channel, &ts, true);
    Verdict::Nothing
}

/// The flat scalar members of the ping come back.
fn pong(ping: &Map<String, Value>) -> Verdict {
    let mut pong = ping.clone();
    pong.retain(|_, value| !value.is_object() && !value.is_array());
    if let Some(id) = pong.remove("id") {
        pong.insert("reply_to".into(), id);
    }
    pong.insert("type".into(), "pong".into());
    Verdict::Reply(Step::Pong, Value::from(pong).to_string())
}

fn ids(frame: &Map<String, Value>) -> Vec<String> {
    let ids = frame.get("ids").and_then(Value::as_array);
    ids.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(String::from)
        .collect()
}

fn error_ack(id: Option<u64>, code: i64, msg: &str) -> Verdict {
    Verdict::Reply(Step::Ack, error_ack_json(id, code, msg).to_string())
}

fn error_ack_json(id: Option<u64>, code: i64, msg: &str) -> Value {
    let mut ack = json!({"ok": false, "error": {"code": code, "msg": msg}});
    if let Some(id) = id {
        ack["reply_to"] = id.into();
    }
    ack
}

/// An error ack to the same message as this ack.
pub(crate) fn error_ack_like(ack: &str, msg: &str) -> String {
    let ack: Value = serde_json::from_str(ack).unwrap_or_default();
    error_ack_json(ack["reply_to"].as_u64(), CODE_OTHER, msg).to_string()
}
