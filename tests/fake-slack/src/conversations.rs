//! The `conversations` methods: list, info, members, open, join, leave, history, replies.

use serde_json::{Value, json};

use crate::messages::{self, Gone, Range};
use crate::paging::{Limits, Page};
use crate::web_api::{Body, Call, Refusal};
use crate::workspace::{Channel, Workspace};
use crate::{BOT, GENERAL, USER};

/// Most users besides the caller in a direct channel.
const MAX_DIRECT: usize = 8;

/// Elements in a page of conversations, or messages in one of a history.
const PAGE: Limits = Limits {
    default: 100,
    most: 999,
};

/// Members, or replies, in a page.
const PAGE_OF_MEMBERS: Limits = Limits {
    default: 100,
    most: 1000,
};
const PAGE_OF_REPLIES: Limits = Limits {
    default: 1000,
    most: 1000,
};

/// In the order of their ids' creation. Those that the caller cannot see are left out.
pub(crate) fn list(call: &Call<'_>) -> Result<Body, Refusal> {
    let types = call.text("types").filter(|types| !types.is_empty());
    let types: Vec<&str> = types
        .unwrap_or("public_channel")
        .split(',')
        .map(str::trim)
        .collect();
    let is_type = |kind: &&str| ["public_channel", "private_channel", "mpim", "im"].contains(kind);
    if !types.iter().all(is_type) {
        return Err("invalid_types".into());
    }
    let exclude_archived = call.flag("exclude_archived", false)?;
    let mut workspace = call.server.workspace();
    let list = format!("conversations {exclude_archived} {}", types.join(","));
    let page = Page::new(call, &workspace, list, PAGE)?;
    let user = call.user.id.as_str();
    let is_wanted = |channel: &&Channel| {
        types.contains(&kind(channel))
            && !(exclude_archived && channel.is_archived)
            && (kind(channel) == "public_channel" || channel.has_member(&workspace.people, user))
    };
    let (channels, next) = page.of(workspace.channels.iter().filter(is_wanted));
    let mut body = Body::new(&[]);
    let objects = channels.into_iter().map(|channel| {
        let mut object = listed(&workspace, channel, user);
        if !channel.is_direct() {
            object["num_members"] = channel.members(&workspace.people).count().into();
        }
        object.to_string()
    });
    body.push_list("channels", objects);
    let next = next.map(|(at, channel)| (at.to_string(), format!("team:{}", channel.id)));
    let next_cursor = page.next_cursor(call, &mut workspace, next);
    body.push_member("response_metadata", &json!({"next_cursor": next_cursor}));
    Ok(body)
}

/// The type of a conversation in the argument `types`.
fn kind(channel: &Channel) -> &'static str {
    match channel.users.len() {
        0 if channel.is_private => "private_channel",
        0 => "public_channel",
        1 | 2 => "im",
        _ => "mpim",
    }
}

pub(crate) fn info(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.required("channel")?;
    let num_members = call.flag("include_num_members", false)?;
    let include_locale = call.flag("include_locale", false)?;
    let workspace = call.server.workspace();
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    let mut object = listed(&workspace, channel, &call.user.id);
    if num_members {
        object["num_members"] = channel.members(&workspace.people).count().into();
    }
    if include_locale {
        object["locale"] = "en-US".into();
    }
    Ok(Body::new(&[("channel", object)]))
}

/// In the order of the users.
pub(crate) fn members(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.required("channel")?;
    let mut workspace = call.server.workspace();
    let list = format!("members {id}");
    let page = Page::new(call, &workspace, list, PAGE_OF_MEMBERS)?;
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    let (members, next) = page.of(channel.members(&workspace.people));
    let ids = members.iter().map(|number| workspace.people.id(*number));
    let ids: Value = ids.collect();
    let next = next.map(|(at, number)| {
        let user = workspace.people.id(number);
        (at.to_string(), format!("user:{user}"))
    });
    let next_cursor = page.next_cursor(call, &mut workspace, next);
    Ok(Body::new(&[
        ("members", ids),
        ("response_metadata", json!({"next_cursor": next_cursor})),
    ]))
}

/// A channel that the caller is in already is a warning.
pub(crate) fn join(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.required("channel")?;
    let mut workspace = call.server.workspace();
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    if channel.is_direct() || channel.is_private {
        return Err("method_not_supported_for_channel_type".into());
    }
    if channel.is_archived {
        return Err("is_archived".into());
    }
    let was_member = channel.has_member(&workspace.people, &call.user.id);
    if !was_member {
        let number = workspace.people.number(&call.user.id);
        if let (Some(channel), Some(number)) = (workspace.channel_mut(id), number) {
            channel.join(number);
        }
    }
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    let mut members = vec![("channel", listed(&workspace, channel, &call.user.id))];
    if was_member {
        let warning = "already_in_channel";
        members.push(("warning", warning.into()));
        members.push(("response_metadata", json!({"warnings": [warning]})));
    }
    Ok(Body::new(&members))
}

pub(crate) fn leave(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.required("channel")?;
    let mut workspace = call.server.workspace();
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    if channel.is_direct() {
        return Err("method_not_supported_for_channel_type".into());
    }
    if id == GENERAL {
        return Err("cant_leave_general".into());
    }
    if channel.is_archived {
        return Err("is_archived".into());
    }
    if !channel.has_member(&workspace.people, &call.user.id) {
        return Ok(Body::new(&[("not_in_channel", true.into())]));
    }
    if channel.is_private && channel.members(&workspace.people).nth(1).is_none() {
        return Err("last_member".into());
    }
    let number = workspace.people.number(&call.user.id);
    if let (Some(channel), Some(number)) = (workspace.channel_mut(id), number) {
        channel.leave(number);
    }
    Ok(Body::new(&[]))
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
            if users
                .iter()
                .any(|user| workspace.people.get(user).is_none())
            {
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
        Some(channel) if return_im => listed(&workspace, channel, &call.user.id),
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
    let id = call.required("channel")?;
    let range = range(call)?;
    let mut workspace = call.server.workspace();
    workspace
        .may_call(
            "conversations.history",
            &call.user.id,
            call.server.settings.history_rate,
        )
        .map_err(Refusal::RateLimited)?;
    let page = Page::new(call, &workspace, format!("history {id}"), PAGE)?;
    let channel = readable(call, &workspace, id)?;
    let found = channel.messages.page(&Range {
        first: page.at.as_deref(),
        limit: page.limit,
        ..range
    });
    let found = found.map_err(|Gone| "invalid_cursor")?;
    let mut members = vec![("pin_count", 0.into())];
    finish(call, &mut workspace, &page, found, &mut members);
    Ok(Body::new(&members))
}

/// By the `ts` of any message of the thread. Its first message is on each page.
pub(crate) fn replies(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.required("channel")?;
    let ts = call.required("ts")?;
    let range = range(call)?;
    let mut workspace = call.server.workspace();
    let list = format!("replies {id} {ts}");
    let page = Page::new(call, &workspace, list, PAGE_OF_REPLIES)?;
    let messages = &readable(call, &workspace, id)?.messages;
    let first = messages.thread(ts).ok_or("thread_not_found")?;
    let range = Range {
        first: page.at.as_deref(),
        limit: page.limit,
        ..range
    };
    let found = messages.page_of_thread(&first, &range);
    let found = found.map_err(|Gone| "invalid_cursor")?;
    let mut members = vec![];
    finish(call, &mut workspace, &page, found, &mut members);
    Ok(Body::new(&members))
}

/// The range of messages that a call asks for, without the page.
fn range<'c>(call: &'c Call<'_>) -> Result<Range<'c>, Refusal> {
    Ok(Range {
        oldest: timestamp(call, "oldest", "invalid_ts_oldest")?,
        latest: timestamp(call, "latest", "invalid_ts_latest")?,
        inclusive: call.flag("inclusive", false)?,
        limit: 0,
        first: None,
    })
}

/// A channel whose messages the caller may read.
fn readable<'w>(
    call: &Call<'_>,
    workspace: &'w Workspace,
    id: &str,
) -> Result<&'w Channel, Refusal> {
    let channel = workspace.channel(id).ok_or("channel_not_found")?;
    match channel.has_member(&workspace.people, &call.user.id) {
        true => Ok(channel),
        false => Err("not_in_channel".into()),
    }
}

/// Puts the messages of a page before the other members, and after them its cursor, if there is one.
fn finish(
    call: &Call<'_>,
    workspace: &mut Workspace,
    page: &Page,
    found: messages::Page,
    members: &mut Vec<(&'static str, Value)>,
) {
    let next = found.next.map(|ts| {
        let digits = ts.replace('.', "");
        (ts, format!("next_ts:{digits}"))
    });
    let has_more = next.is_some();
    let cursor = page.next_cursor(call, workspace, next);
    members.insert(0, ("messages", found.messages.into()));
    members.insert(1, ("has_more", has_more.into()));
    if has_more {
        members.push(("response_metadata", json!({"next_cursor": cursor})));
    }
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

/// The public channels, as `rtm.start` has them.
pub(crate) fn objects<'w>(channels: impl IntoIterator<Item = &'w Channel>) -> Value {
    let mut public = Vec::new();
    for channel in channels {
        if kind(channel) == "public_channel" {
            let mut object = object(channel);
            object["members"] = json!([BOT, USER]);
            public.push(object);
        }
    }
    public.into()
}

/// A conversation as the methods of conversations return it.
fn listed(workspace: &Workspace, channel: &Channel, user: &str) -> Value {
    let mut object = object(channel);
    if !channel.is_direct() {
        let is_member = channel.has_member(&workspace.people, user);
        object["is_member"] = is_member.into();
    }
    object
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
        "is_channel": true, "is_group": false, "is_im": false, "is_mpim": false, "is_private": channel.is_private,
        "is_archived": channel.is_archived, "is_general": channel.name == "general", "is_member": true,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    })
}
