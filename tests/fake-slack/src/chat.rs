//! The `chat` methods: postMessage, update, delete, postEphemeral, getPermalink; and the status of an assistant's thread.

use serde_json::{Value, json};

use crate::BOT_ID;
use crate::blocks;
use crate::web_api::{Body, Call, Refusal};
use crate::workspace::{Author, Channel, Message, TEAM_DOMAIN, Workspace};

/// Longest text of a message, in characters: Slack cuts what follows.
const MAX_TEXT: usize = 40_000;

/// The text of a message, its blocks, and whether the text was cut.
struct Content {
    text: String,
    blocks: Option<Value>,
    is_cut: bool,
}

impl Content {
    fn new(call: &Call<'_>) -> Result<Self, Refusal> {
        let blocks = call.json("blocks", "invalid_blocks_format")?;
        let blocks = blocks.map(blocks::checked).transpose()?;
        let text = call.text("text").unwrap_or_default();
        let has_blocks = blocks.as_ref().and_then(Value::as_array);
        if text.is_empty() && has_blocks.is_none_or(Vec::is_empty) {
            return Err("no_text".into());
        }
        Ok(Self {
            text: text.chars().take(MAX_TEXT).collect(),
            blocks,
            is_cut: text.chars().nth(MAX_TEXT).is_some(),
        })
    }

    /// Adds the warning about a text that was cut.
    fn warn(&self, members: &mut Vec<(&'static str, Value)>) {
        if self.is_cut {
            let warning = "message_truncated";
            members.push(("warning", warning.into()));
            members.push(("response_metadata", json!({"warnings": [warning]})));
        }
    }
}

/// The echo is on its way to the sockets, the caller's too, before the answer. It has the id of the bot; under a
/// `username` it has no user.
pub(crate) fn post_message(call: &Call<'_>) -> Result<Body, Refusal> {
    let channel = call.text("channel").ok_or("invalid_arguments")?;
    let content = Content::new(call)?;
    let author = match call.text("username") {
        Some(name) if call.user.is_bot => Author::Named(name),
        _ => Author::Bot(&call.user.id),
    };
    let message = Message {
        channel,
        author,
        text: &content.text,
        blocks: content.blocks.as_ref(),
        files: None,
        thread_ts: call.text("thread_ts"),
        reply_broadcast: call.flag("reply_broadcast", false)?,
    };
    let has_preview = call.flag("unfurl_links", true)?;
    let mut workspace = call.server.workspace();
    if known(&workspace, channel)?.is_archived {
        return Err("is_archived".into());
    }
    let ts = workspace.message(None, &message);
    let posted = known(&workspace, channel)?.messages.get(&ts).cloned();
    workspace.follow_up(channel, &ts, has_preview);
    let mut members = vec![
        ("channel", channel.into()),
        ("ts", ts.into()),
        ("message", posted.unwrap_or_default()),
    ];
    content.warn(&mut members);
    Ok(Body::new(&members))
}

/// Without `blocks` a message keeps those that it has; an empty list removes them.
pub(crate) fn update(call: &Call<'_>) -> Result<Body, Refusal> {
    let (channel, ts) = item(call)?;
    let content = match Content::new(call) {
        // A text may be left out with `blocks=[]`, if the message has one.
        Err(_) if call.text("text").is_none() && call.is_empty_list("blocks") => Content {
            text: String::new(),
            blocks: Some(json!([])),
            is_cut: false,
        },
        content => content?,
    };
    let mut workspace = call.server.workspace();
    let previous = own(&workspace, call, channel, ts, "cant_update_message")?;
    let text = call.text("text").is_some().then_some(content.text.as_str());
    let blocks = content.blocks.as_ref();
    let changed = change(
        &mut workspace,
        (channel, ts),
        &previous,
        &call.user.id,
        text,
        blocks,
    );
    let mut members = vec![
        ("channel", channel.into()),
        ("ts", ts.into()),
        ("text", changed["text"].clone()),
        ("message", changed),
    ];
    content.warn(&mut members);
    Ok(Body::new(&members))
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Body, Refusal> {
    let (channel, ts) = item(call)?;
    let mut workspace = call.server.workspace();
    let previous = own(&workspace, call, channel, ts, "cant_delete_message")?;
    remove(&mut workspace, (channel, ts), &previous);
    Ok(Body::new(&[("channel", channel.into()), ("ts", ts.into())]))
}

/// Changes a message, of a channel and with a timestamp, and sends the event of it. Returns the message.
pub(crate) fn change(
    workspace: &mut Workspace,
    (channel, ts): (&str, &str),
    previous: &Value,
    editor: &str,
    text: Option<&str>,
    blocks: Option<&Value>,
) -> Value {
    let edited_ts = workspace.next_ts(channel);
    let mut changed = previous.clone();
    if let Some(text) = text {
        changed["text"] = crate::text::with_links(text).into();
    }
    if let Some(blocks) = blocks {
        changed["blocks"] = blocks.clone();
    }
    if let Some(members) = changed.as_object_mut() {
        members.retain(|name, value| name != "blocks" || *value != json!([]));
    }
    changed["edited"] = json!({"user": editor, "ts": edited_ts});
    if let Some(stored) = workspace
        .channel_mut(channel)
        .and_then(|known| known.messages.get_mut(ts))
    {
        *stored = changed.clone();
    }
    let event = json!({
        "subtype": "message_changed", "message": changed, "previous_message": previous,
    });
    workspace.about(channel, &event);
    changed
}

/// Removes a message, of a channel and with a timestamp, and sends the event of it.
pub(crate) fn remove(workspace: &mut Workspace, (channel, ts): (&str, &str), previous: &Value) {
    if let Some(known) = workspace.channel_mut(channel) {
        known.messages.remove(ts);
    }
    let event = json!({
        "subtype": "message_deleted", "deleted_ts": ts, "previous_message": previous,
    });
    workspace.about(channel, &event);
}

/// Nobody sees it: an ephemeral message is neither in the history nor on the sockets here.
pub(crate) fn post_ephemeral(call: &Call<'_>) -> Result<Body, Refusal> {
    let channel = call.text("channel").ok_or("invalid_arguments")?;
    let user = call.text("user").ok_or("invalid_arguments")?;
    let content = Content::new(call)?;
    let mut workspace = call.server.workspace();
    if !known(&workspace, channel)?.has_member(&workspace.people, user) {
        return Err("user_not_in_channel".into());
    }
    let mut members = vec![("message_ts", workspace.next_ts(channel).into())];
    content.warn(&mut members);
    Ok(Body::new(&members))
}

/// The URL of a message for people; of a reply it names the thread too.
pub(crate) fn permalink(call: &Call<'_>) -> Result<Body, Refusal> {
    let channel = call.required("channel")?;
    let ts = call.required("message_ts")?;
    let workspace = call.server.workspace();
    let messages = &known(&workspace, channel)?.messages;
    let message = messages.get(ts).ok_or("message_not_found")?;
    let permalink = permalink_of(channel, message);
    Ok(Body::new(&[
        ("channel", channel.into()),
        ("permalink", permalink.into()),
    ]))
}

/// The URL of a message.
fn permalink_of(channel: &str, message: &Value) -> String {
    let ts = message["ts"].as_str().unwrap_or_default();
    let digits = ts.replace('.', "");
    let url = format!("https://{TEAM_DOMAIN}.slack.com/archives/{channel}/p{digits}");
    match message["thread_ts"].as_str() {
        Some(first) if first != ts => format!("{url}?thread_ts={first}&cid={channel}"),
        _ => url,
    }
}

/// `assistant.threads.setStatus`: the line below a thread, which nobody sees here.
pub(crate) fn set_status(call: &Call<'_>) -> Result<Body, Refusal> {
    let channel = call.required("channel_id")?;
    let ts = call.required("thread_ts")?;
    if call.text("status").is_none() {
        return Err(call.missing("status"));
    }
    let workspace = call.server.workspace();
    let messages = &known(&workspace, channel)?.messages;
    messages.thread(ts).ok_or("invalid_thread_ts")?;
    Ok(Body::new(&[]))
}

/// The channel and the timestamp that a call names.
fn item<'c>(call: &'c Call<'_>) -> Result<(&'c str, &'c str), Refusal> {
    match (call.text("channel"), call.text("ts")) {
        (Some(channel), Some(ts)) => Ok((channel, ts)),
        _ => Err("invalid_arguments".into()),
    }
}

fn known<'w>(workspace: &'w Workspace, channel: &str) -> Result<&'w Channel, Refusal> {
    Ok(workspace.channel(channel).ok_or("channel_not_found")?)
}

/// A message of the caller; else this error.
fn own(
    workspace: &Workspace,
    call: &Call<'_>,
    channel: &str,
    ts: &str,
    error: &'static str,
) -> Result<Value, Refusal> {
    let messages = &known(workspace, channel)?.messages;
    let message = messages.get(ts).ok_or("message_not_found")?;
    let is_own = message["user"] == call.user.id.as_str()
        || (call.user.is_bot && message["bot_id"] == BOT_ID);
    match is_own {
        true => Ok(message.clone()),
        false => Err(error.into()),
    }
}
