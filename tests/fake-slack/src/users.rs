//! The methods of users and bots.

use serde_json::{Value, json};

use crate::envelopes::string;
use crate::paging::{Limits, Page};
use crate::people::{BOT_NAME, User};
use crate::web_api::{Body, Call, Refusal};
use crate::workspace::{TEAM, Workspace};
use crate::{APP_ID, BOT, BOT_ID};

/// The most users that are returned to a call without `limit`.
const MOST_WITHOUT_LIMIT: usize = 10_000;

/// The most users of a page.
const MAX_PAGE: usize = 1000;

/// The most members of a profile in one call.
const MAX_FIELDS: usize = 50;

/// The most characters of a status.
const MAX_STATUS: usize = 100;

pub(crate) fn list(call: &Call<'_>) -> Result<Body, Refusal> {
    let include_locale = call.flag("include_locale", false)?;
    let mut workspace = call.server.workspace();
    let count = workspace.people.len();
    if call.number("limit")?.is_none() && count > MOST_WITHOUT_LIMIT {
        return Err("limit_required".into());
    }
    let limits = Limits {
        default: MOST_WITHOUT_LIMIT,
        most: MAX_PAGE,
    };
    let page = Page::new(call, &workspace, "users".into(), limits)?;
    let (users, next) = page.of(0..count);
    let users = users.into_iter().filter_map(|at| workspace.people.at(at));
    let members = users.map(|user| full_text(&user, include_locale));
    let mut body = Body::new(&[]);
    body.push_list("members", members);
    let next = next.map(|(at, _)| {
        let id = workspace.people.id(at);
        (at.to_string(), format!("user:{id}"))
    });
    let next_cursor = page.next_cursor(call, &mut workspace, next);
    body.push_member("cache_ts", &1_402_463_766.into());
    body.push_member("response_metadata", &json!({"next_cursor": next_cursor}));
    Ok(body)
}

pub(crate) fn info(call: &Call<'_>) -> Result<Body, Refusal> {
    let include_locale = call.flag("include_locale", false)?;
    let workspace = call.server.workspace();
    let user = call.text("user").and_then(|id| workspace.people.get(id));
    Ok(of_user(&user.ok_or("user_not_found")?, include_locale))
}

pub(crate) fn look_up_by_email(call: &Call<'_>) -> Result<Body, Refusal> {
    let email = call.required("email")?;
    let user = call.server.workspace().people.with_email(email);
    Ok(of_user(&user.ok_or("users_not_found")?, false))
}

fn of_user(user: &User, include_locale: bool) -> Body {
    let mut body = Body::new(&[]);
    body.push_text("user", &full_text(user, include_locale));
    body
}

/// Who is not away by choice is active while a socket of RTM is open.
pub(crate) fn set_presence(call: &Call<'_>) -> Result<Body, Refusal> {
    let is_away = match call.required("presence")? {
        "away" => true,
        "auto" => false,
        _ => return Err("invalid_presence".into()),
    };
    let mut workspace = call.server.workspace();
    workspace.choose_presence(&call.user.id, is_away);
    Ok(Body::new(&[]))
}

/// The details are for the user alone.
pub(crate) fn get_presence(call: &Call<'_>) -> Result<Body, Refusal> {
    let id = call.text("user").filter(|id| !id.is_empty());
    let id = id.unwrap_or(&call.user.id);
    let workspace = call.server.workspace();
    let user = workspace.people.get(id).ok_or("user_not_found")?;
    let mut members = vec![("presence", user.presence.clone().into())];
    if id == call.user.id {
        let sockets = workspace.sockets_of(id);
        members.extend([
            ("online", (sockets > 0).into()),
            ("auto_away", false.into()),
            ("manual_away", user.is_away.into()),
            ("connection_count", sockets.into()),
            ("last_activity", 1_402_463_766.into()),
        ]);
    }
    Ok(Body::new(&members))
}

/// For the token of a person only.
pub(crate) fn set_profile(call: &Call<'_>) -> Result<Body, Refusal> {
    if call.user.is_bot {
        return Err("not_allowed_token_type".into());
    }
    let given = match (call.json("profile", "invalid_profile")?, call.text("name")) {
        (Some(profile), _) => profile,
        (None, Some(name)) => json!({name: call.text("value").unwrap_or_default()}),
        (None, None) => return Err("invalid_profile".into()),
    };
    let given = given.as_object().ok_or("invalid_profile")?;
    if given.is_empty() || given.len() > MAX_FIELDS {
        return Err("invalid_profile".into());
    }
    let mut profile = call.user.profile.clone();
    for (name, value) in given {
        let text = || value.as_str().map(String::from).ok_or("invalid_profile");
        match name.as_str() {
            "status_text" => profile.status_text = text()?,
            "status_emoji" => profile.status_emoji = text()?,
            "status_expiration" => {
                let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
                profile.status_expiration = number.ok_or("invalid_profile")?;
            }
            _ => drop(profile.others.insert(name.clone(), value.clone())),
        }
    }
    // Whether only one half is cleared, and the other one keeps a value.
    let is_half = |half: &str, other: &str, kept: &str| {
        given.get(half) == Some(&Value::from("")) && given.get(other).is_none() && !kept.is_empty()
    };
    if is_half("status_text", "status_emoji", &profile.status_emoji)
        || is_half("status_emoji", "status_text", &profile.status_text)
    {
        return Err("must_clear_both_status_text_and_status_emoji".into());
    }
    if profile.status_text.chars().nth(MAX_STATUS).is_some() {
        return Err("too_long".into());
    }
    if !profile.status_text.is_empty() && profile.status_emoji.is_empty() {
        profile.status_emoji = ":speech_balloon:".into();
    }
    let mut workspace = call.server.workspace();
    workspace
        .people
        .change(&call.user.id, |user| user.profile = profile);
    let changed = workspace.people.get(&call.user.id);
    let changed = full_text(&changed.ok_or("profile_set_failed")?, false);
    let changed: Value = serde_json::from_str(&changed).map_err(|_| "profile_set_failed")?;
    let event_ts = workspace.next_ts("");
    let event = json!({"type": "user_change", "user": changed, "event_ts": event_ts});
    workspace.event(None, &event.to_string());
    Ok(Body::new(&[
        ("username", call.user.name.clone().into()),
        ("profile", changed["profile"].clone()),
    ]))
}

/// `bots.info`: the one bot.
pub(crate) fn bot_info(call: &Call<'_>) -> Result<Body, Refusal> {
    if call.required("bot")? != BOT_ID {
        return Err("bot_not_found".into());
    }
    let icon = |size: u32| format!("https://images.invalid/{BOT_ID}/{size}.png");
    let icons = json!({"image_36": icon(36), "image_48": icon(48), "image_72": icon(72)});
    let bot = json!({
        "id": BOT_ID, "deleted": false, "name": BOT_NAME, "updated": 1_402_463_766, "app_id": APP_ID,
        "user_id": BOT, "icons": icons,
    });
    Ok(Body::new(&[("bot", bot)]))
}

/// The users as `rtm.start` has them.
pub(crate) fn all_brief(workspace: &Workspace, include_locale: bool) -> Value {
    let users = (0..workspace.people.len()).filter_map(|at| workspace.people.at(at));
    users
        .map(|user| {
            let mut user = brief(&user);
            if include_locale {
                user["locale"] = "en-US".into();
            }
            user
        })
        .collect()
}

fn brief(user: &User) -> Value {
    json!({
        "id": user.id, "team_id": TEAM, "name": user.name, "deleted": false, "color": "9f69e7",
        "real_name": format!("The {}", user.name), "tz": "Europe/London", "tz_label": "Greenwich Mean Time",
        "tz_offset": 0, "is_admin": false, "is_owner": false, "is_bot": user.is_bot, "updated": 1_402_463_766,
        "profile": {
            "display_name": user.name, "real_name": format!("The {}", user.name),
            "status_text": user.profile.status_text,
            "image_24": format!("https://images.invalid/{}/24.png", user.id),
        },
    })
}

/// A user with all members, about 1.3 kB of JSON in Slack's order. It is written as text, for the sake of long lists.
fn full_text(user: &User, include_locale: bool) -> String {
    let (id, name, is_bot) = (&user.id, &user.name, user.is_bot);
    let (status_text, status_emoji) = (
        string(&user.profile.status_text),
        string(&user.profile.status_emoji),
    );
    let expiration = user.profile.status_expiration;
    let email = user.email().map_or_else(String::new, |email| {
        format!(r#""email":{},"#, string(&email))
    });
    let locale = if include_locale {
        r#","locale":"en-US""#
    } else {
        ""
    };
    let image = format!("https://images.invalid/{id}");
    let text = format!(
        "{{\"id\":\"{id}\",\"team_id\":\"{TEAM}\",\"name\":\"{name}\",\"deleted\":false,\"color\":\"9f69e7\",\
         \"real_name\":\"The {name}\",\"tz\":\"Europe/London\",\"tz_label\":\"Greenwich Mean Time\",\"tz_offset\":0,\
         \"profile\":{{\"title\":\"\",\"phone\":\"\",\"real_name\":\"The {name}\",\
         \"real_name_normalized\":\"The {name}\",\"display_name\":\"{name}\",\
         \"display_name_normalized\":\"{name}\",\"status_text\":{status_text},\"status_emoji\":{status_emoji},\
         \"status_emoji_display_info\":[],\"status_expiration\":{expiration},\"avatar_hash\":\"g1f2e3d4c5b6\",\
         {email}\"image_24\":\"{image}/24.png\",\"image_32\":\"{image}/32.png\",\"image_48\":\"{image}/48.png\",\
         \"image_72\":\"{image}/72.png\",\"image_192\":\"{image}/192.png\",\"image_512\":\"{image}/512.png\",\
         \"team\":\"{TEAM}\"}},\"is_admin\":false,\"is_owner\":false,\"is_primary_owner\":false,\
         \"is_restricted\":false,\"is_ultra_restricted\":false,\"is_bot\":{is_bot},\"is_app_user\":false,\
         \"updated\":1402463766,\"is_email_confirmed\":{},\"who_can_share_contact_card\":\"EVERYONE\"{locale}}}",
        !is_bot
    );
    if user.profile.others.is_empty() {
        return text;
    }
    let mut object: Value = serde_json::from_str(&text).unwrap_or_default();
    for (name, value) in &user.profile.others {
        object["profile"][name] = value.clone();
    }
    object.to_string()
}
