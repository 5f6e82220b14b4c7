//! The `reactions` methods: add and remove.

use serde_json::{Value, json};

use crate::web_api::{Body, Call, Refusal};

pub(crate) fn add(call: &Call<'_>) -> Result<Body, Refusal> {
    change(call, "reaction_added", |reactions, name, user| {
        let at = reactions
            .iter()
            .position(|reaction| reaction["name"] == name);
        let Some(at) = at else {
            reactions.push(json!({"name": name, "users": [user], "count": 1}));
            return Ok(());
        };
        let users = users(&reactions[at]);
        if users.iter().any(|known| known == user) {
            return Err("already_reacted".into());
        }
        let users = [users, vec![user.into()]].concat();
        reactions[at] = json!({"name": name, "count": users.len(), "users": users});
        Ok(())
    })
}

pub(crate) fn remove(call: &Call<'_>) -> Result<Body, Refusal> {
    change(call, "reaction_removed", |reactions, name, user| {
        let at = reactions
            .iter()
            .position(|reaction| reaction["name"] == name)
            .ok_or("no_reaction")?;
        let mut users = users(&reactions[at]);
        let of_user = users.iter().position(|known| known == user);
        users.remove(of_user.ok_or("no_reaction")?);
        if users.is_empty() {
            reactions.remove(at);
        } else {
            reactions[at] = json!({"name": name, "count": users.len(), "users": users});
        }
        Ok(())
    })
}

fn users(reaction: &Value) -> Vec<String> {
    let users = reaction["users"].as_array();
    users
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(String::from)
        .collect()
}

/// Changes the reactions of a message, and sends the event to every socket, the caller's too.
fn change(
    call: &Call<'_>,
    event: &str,
    change: impl Fn(&mut Vec<Value>, &str, &str) -> Result<(), Refusal>,
) -> Result<Body, Refusal> {
    let name = call.text("name").filter(|name| is_name(name));
    let name = name.ok_or("invalid_name")?;
    let (Some(channel), Some(ts)) = (call.text("channel"), call.text("timestamp")) else {
        return Err("no_item_specified".into());
    };
    if ts.parse::<f64>().is_err() {
        return Err("bad_timestamp".into());
    }
    let mut workspace = call.server.workspace();
    let messages = &mut workspace
        .channel_mut(channel)
        .ok_or("channel_not_found")?
        .messages;
    let message = messages.get_mut(ts).ok_or("message_not_found")?;
    let mut reactions = match &message["reactions"] {
        Value::Array(reactions) => reactions.clone(),
        _ => vec![],
    };
    change(&mut reactions, name, &call.user.id)?;
    message["reactions"] = reactions.into();
    let mut sent = json!({
        "type": event, "user": call.user.id, "reaction": name,
        "item": {"type": "message", "channel": channel, "ts": ts},
    });
    if message["user"].is_string() {
        sent["item_user"] = message["user"].clone();
    }
    sent["event_ts"] = workspace.next_ts(channel).into();
    workspace.event(None, &sent.to_string());
    Ok(Body::new(&[]))
}

/// Whether it can be the name of an emoji, without colons around it.
fn is_name(name: &str) -> bool {
    let name = name.split("::skin-tone-").next().unwrap_or_default();
    let of_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-'".contains(&byte);
    !name.is_empty() && name.bytes().all(of_name)
}
