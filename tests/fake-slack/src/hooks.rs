//! Requests to URLs of their own: incoming webhooks, and the URLs for responses to interactions.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::http::Answer;
use crate::log::Request;
use crate::server::Server;
use crate::web_api::Refusal;
use crate::workspace::{Author, Message, TEAM, Workspace};
use crate::{BOT, GENERAL, blocks, chat};

/// The name of the rate of incoming webhooks in [`Builder::rate`](crate::Builder::rate).
pub(crate) const WEBHOOK: &str = "incoming webhook";

/// How often a URL for responses may be used.
const MOST_USES: usize = 5;

/// The URLs that were given.
#[derive(Debug, Default)]
pub(crate) struct Hooks {
    /// The path of the webhook, once it was asked for.
    webhook: Option<String>,
    /// The paths for responses, each with the message that the interaction was with.
    responses: HashMap<String, Interaction>,
}

/// How long a URL for responses may be used.
const LIFE: Duration = Duration::from_secs(30 * 60);

#[derive(Debug)]
struct Interaction {
    channel: String,
    ts: String,
    uses: usize,
    given: Instant,
}

/// The URL of a path, on another host than the Web API.
fn url(server: &Server, path: &str) -> String {
    let base = server.base_url("http");
    let api = format!("//{}:", server.settings.host);
    let hooks = match server.settings.host.as_str() {
        "localhost" => "//127.0.0.1:",
        _ => "//localhost:",
    };
    format!("{}{path}", base.replace(&api, hooks))
}

/// The URL of a webhook that posts to #general.
pub(crate) fn webhook_url(server: &Server) -> String {
    let secret = server.random_text(24);
    let mut workspace = server.workspace();
    let path = workspace
        .hooks
        .webhook
        .get_or_insert_with(|| format!("/services/{TEAM}/B0FAKEHOOK/{secret}"));
    url(server, path)
}

/// A URL for responses to an interaction with a message.
pub(crate) fn response_url(server: &Server, channel: &str, ts: &str) -> String {
    let path = format!("/actions/{TEAM}/{}", server.random_text(24));
    let interaction = Interaction {
        channel: channel.into(),
        ts: ts.into(),
        uses: 0,
        given: Instant::now(),
    };
    let mut workspace = server.workspace();
    workspace.hooks.responses.insert(path.clone(), interaction);
    url(server, &path)
}

/// Answers a request to one of the URLs, or `None` if the path is that of none.
pub(crate) fn call(server: &Server, request: &Request) -> Option<Answer> {
    let is_webhook = request.path.starts_with("/services/");
    if !is_webhook && !request.path.starts_with("/actions/") {
        return None;
    }
    let done = match request.method.as_str() {
        "POST" if is_webhook => by_webhook(server, request),
        "POST" => respond(server, request),
        _ => return Some(Answer::of_webhook(405, "use POST")),
    };
    Some(match done {
        Ok(()) => Answer::of_webhook(200, "ok"),
        Err(Refusal::RateLimited(seconds)) => {
            let mut answer = Answer::of_webhook(429, "rate_limited");
            answer.fields.push(("retry-after", seconds.to_string()));
            answer
        }
        Err(Refusal::Code(code)) => Answer::of_webhook(status(&code), &code),
        Err(Refusal::Invalid(code, _)) => Answer::of_webhook(status(code), code),
        Err(Refusal::UnknownMethod) => Answer::of_webhook(404, "no_service"),
    })
}

fn status(code: &str) -> u16 {
    match code {
        "invalid_token" | "action_prohibited" => 403,
        "no_service" | "channel_not_found" | "used_url" | "expired_url" => 404,
        _ => 400,
    }
}

/// The members of the payload, which is JSON.
fn payload(request: &Request) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err("invalid_payload".into()),
    }
}

/// The text and the checked blocks of a payload.
fn content(payload: &Map<String, Value>) -> Result<(String, Option<Value>), Refusal> {
    let text = payload.get("text").and_then(Value::as_str);
    let blocks = payload.get("blocks").cloned().map(blocks::checked);
    let blocks = blocks.transpose()?;
    if text.is_none_or(str::is_empty) && blocks.is_none() {
        return Err("no_text".into());
    }
    Ok((text.unwrap_or_default().into(), blocks))
}

fn post(
    workspace: &mut Workspace,
    channel: &str,
    payload: &Map<String, Value>,
) -> Result<(), Refusal> {
    let (text, blocks) = content(payload)?;
    workspace.channel(channel).ok_or("channel_not_found")?;
    let ts = workspace.message(
        None,
        &Message {
            channel,
            author: Author::Bot(BOT),
            text: &text,
            blocks: blocks.as_ref(),
            files: None,
            thread_ts: payload.get("thread_ts").and_then(Value::as_str),
            reply_broadcast: false,
        },
    );
    workspace.follow_up(channel, &ts, true);
    Ok(())
}

fn by_webhook(server: &Server, request: &Request) -> Result<(), Refusal> {
    let mut workspace = server.workspace();
    let is_known = workspace.hooks.webhook.as_deref() == Some(request.path.as_str());
    if !is_known {
        return Err("no_service".into());
    }
    let rate = server.settings.rates.get(WEBHOOK).copied();
    let counted = workspace.may_call(WEBHOOK, "", rate);
    counted.map_err(Refusal::RateLimited)?;
    post(&mut workspace, GENERAL, &payload(request)?)
}

/// An ephemeral response is neither in the history nor on the sockets here.
fn respond(server: &Server, request: &Request) -> Result<(), Refusal> {
    let mut workspace = server.workspace();
    let interaction = workspace.hooks.responses.get_mut(&request.path);
    let interaction = interaction
        .filter(|interaction| interaction.given.elapsed() < LIFE)
        .ok_or("expired_url")?;
    if interaction.uses == MOST_USES {
        return Err("used_url".into());
    }
    let payload = payload(request)?;
    let (channel, ts) = (interaction.channel.clone(), interaction.ts.clone());
    apply(&mut workspace, &channel, &ts, &payload)?;
    if let Some(interaction) = workspace.hooks.responses.get_mut(&request.path) {
        interaction.uses += 1;
    }
    Ok(())
}

/// Does what a response to an interaction with this message asks for.
fn apply(
    workspace: &mut Workspace,
    channel: &str,
    ts: &str,
    payload: &Map<String, Value>,
) -> Result<(), Refusal> {
    let is_set = |name: &str| payload.get(name) == Some(&Value::Bool(true));
    let message = (channel, ts);
    let known = workspace.channel(channel);
    let previous = known.and_then(|known| known.messages.get(ts));
    let previous = previous.cloned().ok_or("message_not_found");
    if is_set("delete_original") {
        chat::remove(workspace, message, &previous?);
        return Ok(());
    }
    if is_set("replace_original") {
        let (text, blocks) = content(payload)?;
        // A message without blocks loses those that it had.
        let blocks = blocks.unwrap_or_else(|| json!([]));
        chat::change(
            workspace,
            message,
            &previous?,
            BOT,
            Some(&text),
            Some(&blocks),
        );
        return Ok(());
    }
    match payload.get("response_type").and_then(Value::as_str) {
        Some("in_channel") => post(workspace, channel, payload),
        _ => content(payload).map(|_| ()),
    }
}
