//! The `conversations` methods: list, info, open, history.

use serde_json::{Value, json};

use crate::messages::{InvalidCursor, Range};
use crate::web_api::{Body, Call, Refusal};
use crate::workspace::Channel;
use crate::{BOT, USER};

/// Most users besides the caller in a direct channel.
const MAX_DIRECT: usize = 8;

/// Messages in a page of a history: by default, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 999;

pub(crate) fn list(call: &Call<'_>) -> Result<Body, Refusal> {
    let channels = objects(&call.server.workspace().channels);
    Ok(Body::new(&[
        ("channels", channels),
        ("response_metadata", json!({"next_cursor": ""})),
    ]))
}

pub(crate) fn info(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.text("channel").ok_or("invalid_arguments")?;
    let num_members = call.flag("include_num_members", false)?;
    let workspace = call.server.workspace();
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    let mut object = object(channel);
    if num_members {
        let direct = channel.users.len();
        object["num_members"] = if direct == 0 { 2 } else { direct }.into();
    }
    Ok(Body::new(&[("channel", object)]))
}

/// By `channel`, or by `users`, which do not name the caller.
pub(crate) fn open(call: &Call<'_>) -> Result<Body, Refusal> {
    let return_im = call.flag("return_im", false)?;
    let prevent_creation = call.flag("prevent_creation", false)?;
    let mut workspace = call.server.workspace();
    let (id, is_new) = match (call.text("channel"), call.text("users")) {
        (Some(id), _) => {
            let channel = workspace.channel(id).filter(|channel| channel.is_direct());
            (channel.ok_or("channel_not_found")?.id.clone(), false)
        }
        (None, Some(users)) => {
            let mut users: Vec<String> = users
                .split(',')
                .map(str::trim)
                .filter(|user| !user.is_empty() && *user != call.user.id)
                .map(String::from)
                .collect();
            if users.is_empty() {
                return Err("not_enough_users".into());
            }
            if users.len() > MAX_DIRECT {
                return Err("too_many_users".into());
            }
            if users.iter().any(|user| workspace.user(user).is_none()) {
                return Err("user_not_found".into());
            }
            users.push(call.user.id.clone());
            users.sort();
            users.dedup();
            match workspace.direct_channel(&users) {
                Some(channel) => (channel.id.clone(), false),
                None if prevent_creation => return Err("channel_not_found".into()),
                None => (workspace.open_direct(users), true),
            }
        }
        (None, None) => return Err("users_list_not_supplied".into()),
    };
    let channel = match workspace.channel(&id) {
        Some(channel) if return_im => object(channel),
        _ => json!({"id": id}),
    };
    let mut members = vec![("channel", channel)];
    if !is_new {
        members.insert(0, ("already_open", true.into()));
        members.insert(0, ("no_op", true.into()));
    }
    Ok(Body::new(&members))
}

pub(crate) fn history(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.text("channel").ok_or("invalid_arguments")?;
    let limit = match call.number("limit")? {
        None => PAGE,
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=MAX_PAGE).contains(limit))
            .ok_or("invalid_limit")?,
    };
    let range = Range {
        oldest: timestamp(call, "oldest", "invalid_ts_oldest")?,
        latest: timestamp(call, "latest", "invalid_ts_latest")?,
        inclusive: call.flag("inclusive", false)?,
        limit,
        cursor: call.text("cursor").filter(|cursor| !cursor.is_empty()),
    };
    let mut workspace = call.server.workspace();
    workspace
        .may_call(
            "conversations.history",
            &call.user.id,
            call.server.settings.history_rate,
        )
        .map_err(Refusal::RateLimited)?;
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    let page = channel.messages.page(&range);
    let page = page.map_err(|InvalidCursor| "invalid_cursor")?;
    let has_more = page.next_cursor.is_some();
    let mut members = vec![
        ("messages", Value::from(page.messages)),
        ("has_more", has_more.into()),
        ("pin_count", 0.into()),
    ];
    if let Some(cursor) = page.next_cursor {
        members.push(("response_metadata", json!({"next_cursor": cursor})));
    }
    Ok(Body::new(&members))
}

/// An argument that is a timestamp; 0 and nothing are no bound.
fn timestamp<'c>(
    call: &'c Call<'_>,
    name: &str,
    error: &'static str,
) -> Result<Option<&'c str>, Refusal> {
    let Some(ts) = call.text(name).filter(|ts| !matches!(*ts, "" | "0")) else {
        return Ok(None);
    };
    let is_number = ts.parse::<f64>().is_ok_and(|ts| ts >= 0.0);
    if is_number {
        Ok(Some(ts))
    } else {
        Err(error.into())
    }
}

/// The named channels, as `rtm.start` has them.
pub(crate) fn objects<'w>(channels: impl IntoIterator<Item = &'w Channel>) -> Value {
    channels
        .into_iter()
        .filter(|channel| !channel.is_direct())
        .map(object)
        .collect()
}

fn object(channel: &Channel) -> Value {
    if channel.is_direct() {
        let is_group = channel.users.len() > 2;
        let mut object = json!({
            "id": channel.id, "created": 1_402_463_766, "is_im": !is_group, "is_mpim": is_group, "is_open": true,
            "is_archived": false,
        });
        if !is_group {
            let other = channel.users.iter().find(|user| *user != BOT);
            object["user"] = other.map_or(USER, String::as_str).into();
        }
        return object;
    }
    json!({
        "id": channel.id, "name": channel.name, "created": 1_402_463_766, "creator": USER,
        "is_channel": true, "is_im": false, "is_archived": false, "is_general": channel.name == "general",
        "is_member": true, "members": [BOT, USER],
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    })
}
