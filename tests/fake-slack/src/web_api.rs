//! Slack's Web API, as far as clients of RTM and Socket Mode and small examples call it.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::builder::{QueryTokens, RtmStart};
use crate::http::{Answer, decode_form};
use crate::log::Request;
use crate::people::User;
use crate::server::Server;
use crate::workspace::{TEAM, TEAM_DOMAIN, TEAM_NAME, Workspace};
use crate::{APP_ID, BOT_DIRECT, BOT_ID, USER};
use crate::{chat, conversations, files, oauth, reactions, users, views};

/// The method that opens a connection of Socket Mode.
const OPEN: &str = "apps.connections.open";

/// The methods that take no JSON: its members are not seen.
const FORM_ONLY: [&str; 11] = [
    "bots.info",
    "chat.getPermalink",
    "conversations.info",
    "conversations.list",
    "conversations.members",
    "conversations.replies",
    "files.getUploadURLExternal",
    "users.getPresence",
    "users.info",
    "users.list",
    "users.lookupByEmail",
];

/// Longest name of an argument.
const MAX_ARGUMENT_NAME: usize = 64;

/// `{"ok":false,...}` with this code.
pub(crate) fn error(code: &str) -> Answer {
    Answer::json(&json!({"ok": false, "error": code}).to_string())
}

/// Answers a request.
pub(crate) fn call(server: &Server, request: &Request) -> Answer {
    let Some(method) = request.api_method() else {
        return Answer::text(404, "no such page");
    };
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Answer::text(405, "use GET or POST");
    }
    match run(server, request, method) {
        Ok(mut body) => {
            warn(request, &mut body);
            Answer::json(&body.text)
        }
        Err(Refusal::Code(code)) => error(&code),
        Err(Refusal::UnknownMethod) => Answer::json(
            &json!({"ok": false, "error": "unknown_method", "req_method": method}).to_string(),
        ),
        Err(Refusal::Invalid(code, messages)) => Answer::json(
            &json!({
                "ok": false, "error": code, "errors": &messages,
                "response_metadata": {"messages": &messages},
            })
            .to_string(),
        ),
        Err(Refusal::RateLimited(seconds)) => {
            let mut answer = error("ratelimited");
            answer.status = 429;
            answer.fields.push(("retry-after", seconds.to_string()));
            answer
        }
    }
}

/// Why a call is not answered with `"ok":true`.
pub(crate) enum Refusal {
    Code(String),
    /// A code, with the details in `response_metadata.messages`.
    Invalid(&'static str, Vec<String>),
    UnknownMethod,
    RateLimited(u64),
}

impl From<&str> for Refusal {
    fn from(code: &str) -> Self {
        Self::Code(code.into())
    }
}

/// The JSON text of an answer. It is text, not a map, since its order matters: a long `rtm.start` ends with the URL.
pub(crate) struct Body {
    text: String,
}

impl Body {
    /// An object with these members, in this order.
    pub(crate) fn new(members: &[(&str, Value)]) -> Self {
        let mut text = String::from("{\"ok\":true");
        for (name, value) in members {
            text.push_str(&format!(",{}:{value}", Value::from(*name)));
        }
        text.push('}');
        Self { text }
    }

    /// Adds a member.
    pub(crate) fn push_member(&mut self, name: &str, value: &Value) {
        self.push_text(name, &value.to_string());
    }

    /// Adds a member whose value is this JSON text.
    pub(crate) fn push_text(&mut self, name: &str, json: &str) {
        self.text.pop();
        let name = Value::from(name).to_string();
        self.text.extend([",", &name, ":", json, "}"]);
    }

    /// Adds a member that is an array of these JSON texts.
    pub(crate) fn push_list(&mut self, name: &str, elements: impl Iterator<Item = String>) {
        self.push_text(name, "[");
        self.text.pop();
        for (at, element) in elements.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            self.text.extend([comma, &element]);
        }
        self.text.push_str("]}");
    }

    /// Adds a warning to those that it has.
    fn warn(&mut self, warning: &str) {
        let mut json: Value = match serde_json::from_str(&self.text) {
            Ok(json) => json,
            Err(_) => return,
        };
        let first = json["warning"]
            .as_str()
            .map(|first| format!("{first},{warning}"));
        if json["response_metadata"].is_null() && first.is_none() {
            self.push_member("warning", &warning.into());
            self.push_member("response_metadata", &json!({"warnings": [warning]}));
            return;
        }
        json["warning"] = first.unwrap_or_else(|| warning.into()).into();
        if let Some(warnings) = json["response_metadata"]["warnings"].as_array_mut() {
            warnings.push(warning.into());
        } else {
            json["response_metadata"]["warnings"] = json!([warning]);
        }
        self.text = json.to_string();
    }
}

/// A call whose token is good.
pub(crate) struct Call<'c> {
    pub(crate) server: &'c Server,
    arguments: Map<String, Value>,
    pub(crate) user: User,
}

fn run(server: &Server, request: &Request, method: &str) -> Result<Body, Refusal> {
    if method == OPEN {
        return open_connection(server, request);
    }
    let known: fn(&Call<'_>) -> Result<Body, Refusal> = match method {
        "api.test" => |call| Ok(Body::new(&[("args", call.arguments.clone().into())])),
        "auth.test" => auth_test,
        "rtm.connect" => rtm_connect,
        "rtm.start" => rtm_start,
        "assistant.threads.setStatus" => chat::set_status,
        "bots.info" => users::bot_info,
        "chat.delete" => chat::delete,
        "chat.getPermalink" => chat::permalink,
        "chat.postEphemeral" => chat::post_ephemeral,
        "chat.postMessage" => chat::post_message,
        "chat.update" => chat::update,
        "conversations.history" => conversations::history,
        "conversations.info" => conversations::info,
        "conversations.join" => conversations::join,
        "conversations.leave" => conversations::leave,
        "conversations.list" => conversations::list,
        "conversations.members" => conversations::members,
        "conversations.open" => conversations::open,
        "conversations.replies" => conversations::replies,
        "files.completeUploadExternal" => files::complete,
        "files.getUploadURLExternal" => files::upload_url,
        "oauth.v2.access" => oauth::access,
        "reactions.add" => reactions::add,
        "reactions.remove" => reactions::remove,
        "team.info" => team_info,
        "users.getPresence" => users::get_presence,
        "users.info" => users::info,
        "users.list" => users::list,
        "users.lookupByEmail" => users::look_up_by_email,
        "users.profile.set" => users::set_profile,
        "users.setPresence" => users::set_presence,
        "views.open" => views::open,
        "views.publish" => views::publish,
        "views.push" => views::push,
        "views.update" => views::update,
        _ => return Err(Refusal::UnknownMethod),
    };
    let (mut arguments, token) = arguments(server, request, FORM_ONLY.contains(&method))?;
    if method == "oauth.v2.access" {
        oauth::add_credentials(request, &mut arguments);
    }
    let user = match token {
        _ if matches!(method, "api.test" | "oauth.v2.access") => server.workspace().people.bot(),
        None => return Err("not_authed".into()),
        Some(token) => authenticate(server, &token)?,
    };
    let call = Call {
        server,
        arguments,
        user,
    };
    call.count(method)?;
    known(&call)
}

/// The arguments of a call without the token, and the token. Those in JSON are left out if the method takes a form only.
fn arguments(
    server: &Server,
    request: &Request,
    form_only: bool,
) -> Result<(Map<String, Value>, Option<String>), Refusal> {
    let query = decode_form(request.query.as_bytes()).ok_or("invalid_arguments")?;
    let mut arguments = Map::new();
    let mut token = None;
    for (name, value) in query {
        check_name(&name)?;
        if name != "token" {
            arguments.insert(name, value.into());
        } else if server.settings.query_tokens == QueryTokens::Accepted {
            token = Some(value);
        }
    }
    if request.method == "POST" {
        for (name, value) in posted(request)? {
            check_name(&name)?;
            match value {
                // A token in JSON does not count.
                Value::String(value) if name == "token" && !is_json(request) => token = Some(value),
                _ if name == "token" || (form_only && is_json(request)) => {}
                value => drop(arguments.insert(name, value)),
            }
        }
    }
    Ok((
        arguments,
        bearer(request).or(token).filter(|token| !token.is_empty()),
    ))
}

/// The token in the header.
fn bearer(request: &Request) -> Option<String> {
    request
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned())
}

/// `apps.connections.open`: a URL of Socket Mode, for an app-level token in the header.
fn open_connection(server: &Server, request: &Request) -> Result<Body, Refusal> {
    let query = decode_form(request.query.as_bytes()).ok_or("invalid_arguments")?;
    let has_token = query.iter().any(|(name, _)| name == "token");
    if request.method != "POST" || has_token {
        return Err("insecure_request".into());
    }
    for (name, _) in posted(request)? {
        check_name(&name)?;
        if name == "token" {
            return Err("insecure_request".into());
        }
    }
    let token = bearer(request).filter(|token| !token.is_empty());
    let token = token.ok_or("not_authed")?;
    let mut refused = server.settings.refused_tokens.iter();
    if let Some((_, error)) = refused.find(|(refused, _)| *refused == token) {
        return Err(error.as_str().into());
    }
    if token != server.settings.socket_mode.app_token {
        return Err(match token.starts_with("xapp-") {
            true => "invalid_auth".into(),
            // A valid token of another kind, or the error of one that is not valid.
            false => authenticate(server, &token)
                .map_or_else(|refusal| refusal, |_| "not_allowed_token_type".into()),
        });
    }
    let rate = server.settings.rates.get(OPEN).copied();
    let counted = server.workspace().may_call(OPEN, APP_ID, rate);
    counted.map_err(Refusal::RateLimited)?;
    let query = server.socket_mode.give_ticket(server.settings.url_life);
    let url = format!(
        "{}{}?{query}",
        server.base_url("ws"),
        crate::socket::APP_PATH
    );
    Ok(Body::new(&[("url", url.into())]))
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.contains(['[', ']']) {
        return Err("invalid_array_arg".into());
    }
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain || name.is_empty() || name.len() > MAX_ARGUMENT_NAME {
        return Err("invalid_arg_name".into());
    }
    Ok(())
}

/// Media type and charset of a request's body, in small letters.
fn content_type(request: &Request) -> Option<(String, Option<String>)> {
    let value = request.header("content-type")?.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_owned();
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    Some((
        media,
        charset.map(|charset| charset.trim_matches('"').to_owned()),
    ))
}

fn is_json(request: &Request) -> bool {
    content_type(request).is_some_and(|(media, _)| media == "application/json")
}

/// The arguments in the body of a POST.
fn posted(request: &Request) -> Result<Vec<(String, Value)>, Refusal> {
    let Some((media, charset)) = content_type(request) else {
        return if request.body.is_empty() {
            Ok(vec![])
        } else {
            Err("missing_post_type".into())
        };
    };
    if charset.is_some_and(|charset| !matches!(charset.as_str(), "utf-8" | "iso-8859-1")) {
        return Err("invalid_charset".into());
    }
    let texts = |pairs: Vec<(String, String)>| {
        pairs
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect()
    };
    match media.as_str() {
        "application/x-www-form-urlencoded" => decode_form(&request.body)
            .map(texts)
            .ok_or("invalid_form_data".into()),
        "multipart/form-data" => multipart(request)
            .map(texts)
            .ok_or("invalid_form_data".into()),
        "application/json" if request.body.is_empty() => Ok(vec![]),
        "application/json" => match serde_json::from_slice(&request.body) {
            Ok(Value::Object(members)) => Ok(members.into_iter().collect()),
            Ok(_) => Err("json_not_object".into()),
            Err(_) => Err("invalid_json".into()),
        },
        "text/plain" => Ok(vec![]),
        _ => Err("invalid_post_type".into()),
    }
}

/// The fields of `multipart/form-data` (RFC 7578), text only.
fn multipart(request: &Request) -> Option<Vec<(String, String)>> {
    let header = request.header("content-type")?;
    let boundary = header
        .split("boundary=")
        .nth(1)?
        .split(';')
        .next()?
        .trim_matches('"');
    let body = std::str::from_utf8(&request.body).ok()?;
    let delimiter = format!("--{boundary}");
    let (parts, _) = body.split_once(&format!("{delimiter}--"))?;
    parts
        .split(&delimiter)
        .skip(1)
        .map(|part| {
            let (head, value) = part.split_once("\r\n\r\n")?;
            let name = head.split("name=\"").nth(1)?.split('"').next()?;
            Some((name.to_owned(), value.strip_suffix("\r\n")?.to_owned()))
        })
        .collect()
}

fn authenticate(server: &Server, token: &str) -> Result<User, Refusal> {
    if let Some((_, error)) = server
        .settings
        .refused_tokens
        .iter()
        .find(|(refused, _)| refused == token)
    {
        return Err(error.as_str().into());
    }
    if token.starts_with("xapp-") {
        return Err("not_allowed_token_type".into());
    }
    let workspace = server.workspace();
    if workspace.tokens.is_expired(token) {
        return Err("token_expired".into());
    }
    if workspace.tokens.is_valid(token) {
        return Ok(workspace.people.bot());
    }
    workspace
        .people
        .with_token(token)
        .ok_or("invalid_auth".into())
}

/// Adds the documented warnings about the charset of a POST.
fn warn(request: &Request, body: &mut Body) {
    if request.method != "POST" {
        return;
    }
    let Some((media, charset)) = content_type(request) else {
        return;
    };
    let form = matches!(
        media.as_str(),
        "application/x-www-form-urlencoded" | "multipart/form-data"
    );
    let warning = match charset {
        Some(_) if form => "superfluous_charset",
        None if !form => "missing_charset",
        _ => return,
    };
    body.warn(warning);
}

impl Call<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.arguments.get(name)?.as_str()
    }

    /// An argument that is a text and not empty.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.text(name).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.missing(name))
    }

    /// The refusal of a call without this argument.
    pub(crate) fn missing(&self, name: &str) -> Refusal {
        let message = format!("[ERROR] missing required field: {name}");
        Refusal::Invalid("invalid_arguments", vec![message])
    }

    /// A list or an object: JSON itself in a JSON body, JSON as text elsewhere.
    pub(crate) fn json(&self, name: &str, error: &'static str) -> Result<Option<Value>, Refusal> {
        match self.arguments.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(error.into()),
            },
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// Whether an argument is `[]`.
    pub(crate) fn is_empty_list(&self, name: &str) -> bool {
        matches!(self.json(name, ""), Ok(Some(Value::Array(list))) if list.is_empty())
    }

    /// Counts the call by the rate of its method, if there is one: per user, and a post per channel.
    fn count(&self, method: &str) -> Result<(), Refusal> {
        let rate = self.server.settings.rates.get(method).copied();
        let channel = match method {
            "chat.postMessage" => self.text("channel").unwrap_or_default(),
            _ => "",
        };
        let subject = format!("{} {channel}", self.user.id);
        self.server
            .workspace()
            .may_call(method, &subject, rate)
            .map_err(Refusal::RateLimited)
    }

    /// A number, or a numeral.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let number = match self.arguments.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64(),
        };
        number.map(Some).ok_or("invalid_arguments".into())
    }

    /// A boolean, as `1`, `0`, `true`, `false` or JSON's own.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.arguments.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::Number(number)) if number.as_u64() == Some(1) => Ok(true),
            Some(Value::Number(number)) if number.as_u64() == Some(0) => Ok(false),
            Some(Value::String(text)) => match text.as_str() {
                "1" | "true" => Ok(true),
                "0" | "false" | "" => Ok(false),
                _ => Err("invalid_arguments".into()),
            },
            Some(_) => Err("invalid_arguments".into()),
        }
    }

    /// The checks of both RTM methods, and a URL that opens a session.
    fn open_session(&self, method: &str) -> Result<String, Refusal> {
        let batch_presence_aware = self.flag("batch_presence_aware", false)?;
        self.flag("presence_sub", true)?;
        let mut workspace = self.server.workspace();
        workspace
            .may_call(method, &self.user.id, self.server.settings.connect_rate)
            .map_err(Refusal::RateLimited)?;
        if workspace.migrating > 0 {
            workspace.migrating -= 1;
            return Err("migration_in_progress".into());
        }
        let life = self.server.settings.url_life;
        Ok(socket_url(
            self.server,
            &mut workspace,
            &self.user.id,
            batch_presence_aware,
            life,
        ))
    }
}

/// A new URL of a socket for this user.
pub(crate) fn socket_url(
    server: &Server,
    workspace: &mut Workspace,
    user: &str,
    batch_presence_aware: bool,
    life: Duration,
) -> String {
    let secret = format!("{}=", server.random_text(139));
    let url = format!("{}/websocket/{secret}/2", server.base_url("ws"));
    workspace.give_ticket(secret, user, batch_presence_aware, life);
    url
}

fn team() -> Value {
    json!({"id": TEAM, "name": TEAM_NAME, "domain": TEAM_DOMAIN})
}

fn rtm_connect(call: &Call<'_>) -> Result<Body, Refusal> {
    let url = call.open_session("rtm.connect")?;
    let own = json!({"id": call.user.id, "name": call.user.name});
    Ok(Body::new(&[
        ("url", url.into()),
        ("team", team()),
        ("self", own),
    ]))
}

fn rtm_start(call: &Call<'_>) -> Result<Body, Refusal> {
    match call.server.settings.rtm_start {
        RtmStart::Refused => return Err("rtm_connect_required".into()),
        RtmStart::LikeConnect => return rtm_connect(call),
        RtmStart::Full => {}
    }
    for flag in ["simple_latest", "no_latest", "no_unreads"] {
        call.flag(flag, false)?;
    }
    let mpim_aware = call.flag("mpim_aware", false)?;
    let include_locale = call.flag("include_locale", false)?;
    let url = call.open_session("rtm.start")?;
    let workspace = call.server.workspace();
    let own = json!({
        "id": call.user.id, "name": call.user.name, "created": 1_402_463_766, "manual_presence": "active",
        "prefs": {"highlight_words": "", "color_names_in_list": true},
    });
    let mut team = team();
    team["email_domain"] = "".into();
    team["msg_edit_window_mins"] = (-1).into();
    team["over_storage_limit"] = false.into();
    team["icon"] = json!({"image_default": true});
    team["plan"] = "std".into();
    team["prefs"] = json!({"default_channels": [crate::GENERAL, crate::RANDOM]});
    let ims = json!([{"id": BOT_DIRECT, "is_im": true, "user": USER, "created": 1_402_463_766, "is_open": true}]);
    let mut members = vec![
        ("self", own),
        ("team", team),
        ("users", users::all_brief(&workspace, include_locale)),
        ("channels", conversations::objects(&workspace.channels)),
        ("groups", json!([])),
        ("ims", ims),
        (
            "bots",
            json!([{"id": BOT_ID, "name": "fakebot", "deleted": false}]),
        ),
    ];
    if mpim_aware {
        members.push(("mpims", json!([])));
    }
    members.push(("cache_ts", 1_402_463_766.into()));
    members.push(("url", url.into()));
    Ok(Body::new(&members))
}

fn auth_test(call: &Call<'_>) -> Result<Body, Refusal> {
    let mut members = vec![
        ("url", format!("{}/", call.server.base_url("http")).into()),
        ("team", TEAM_NAME.into()),
        ("user", call.user.name.clone().into()),
        ("team_id", TEAM.into()),
        ("user_id", call.user.id.clone().into()),
    ];
    if call.user.is_bot {
        members.push(("bot_id", BOT_ID.into()));
    }
    members.push(("is_enterprise_install", false.into()));
    Ok(Body::new(&members))
}

/// The team of the token, or of its id in `team`.
fn team_info(call: &Call<'_>) -> Result<Body, Refusal> {
    if call.text("team").is_some_and(|id| id != TEAM) {
        return Err("team_not_found".into());
    }
    let mut team = team();
    team["email_domain"] = "".into();
    team["icon"] = json!({"image_default": true});
    Ok(Body::new(&[("team", team)]))
}
