//! The JSON of Socket Mode: envelopes, `hello`, `disconnect`, and the payloads of events, with members in order.

use serde_json::{Value, json};

use crate::workspace::TEAM;
use crate::{APP_ID, BOT};

/// The order of the members of an envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberOrder {
    /// As recorded: `envelope_id` first, then `payload`, and `type` and the others after it.
    #[default]
    Recorded,
    /// As in the samples of the documentation: `payload` first.
    Documented,
}

/// A reason in a `disconnect` frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The socket will be closed soon.
    Warning,
    /// The socket is to be replaced now.
    RefreshRequested,
    /// Socket Mode was switched off for the app.
    LinkDisabled,
    /// The app has too many sockets.
    TooManyWebsockets,
}

impl DisconnectReason {
    /// The reason as it is in the frame.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::RefreshRequested => "refresh_requested",
            Self::LinkDisabled => "link_disabled",
            Self::TooManyWebsockets => "too_many_websockets",
        }
    }

    /// The reason of this text.
    pub fn from_text(text: &str) -> Option<Self> {
        use DisconnectReason::{LinkDisabled, RefreshRequested, TooManyWebsockets, Warning};
        [Warning, RefreshRequested, LinkDisabled, TooManyWebsockets]
            .into_iter()
            .find(|reason| reason.as_str() == text)
    }
}

/// The content of an envelope. A redelivery has the same content in another envelope.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) kind: String,
    /// JSON.
    pub(crate) payload: String,
    pub(crate) accepts_response_payload: bool,
    /// The `event_id`, or nothing.
    pub(crate) event_id: String,
}

impl Delivery {
    pub(crate) fn is_event(&self) -> bool {
        self.kind == "events_api"
    }

    /// The frame of the envelope with this id.
    pub(crate) fn envelope(&self, order: MemberOrder, id: &str, attempt: u32) -> String {
        let id = ("envelope_id", string(id));
        let payload = ("payload", self.payload.clone());
        let mut members = match order {
            MemberOrder::Recorded => vec![id, payload],
            MemberOrder::Documented => vec![payload, id],
        };
        members.push(("type", string(&self.kind)));
        let accepts = self.accepts_response_payload.to_string();
        members.push(("accepts_response_payload", accepts));
        if self.is_event() {
            let reason = if attempt == 0 { "" } else { "timeout" };
            members.push(("retry_attempt", attempt.to_string()));
            members.push(("retry_reason", string(reason)));
        }
        object(&members)
    }
}

/// A JSON string.
pub(crate) fn string(text: &str) -> String {
    Value::from(text).to_string()
}

/// A JSON object with these members in this order. The values are JSON.
pub(crate) fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", string(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}

pub(crate) fn hello(connections: usize, life_seconds: u64) -> String {
    let debug_info = object(&[
        ("host", string("applink-fake")),
        ("started", string("2026-01-02 03:04:05.678")),
        ("build_number", "10".into()),
        ("approximate_connection_time", life_seconds.to_string()),
    ]);
    object(&[
        ("type", string("hello")),
        ("num_connections", connections.to_string()),
        ("debug_info", debug_info),
        ("connection_info", json!({"app_id": APP_ID}).to_string()),
    ])
}

/// A `disconnect` frame. That of `too_many_websockets` has the number of sockets too.
pub(crate) fn disconnect(reason: &str, connections: usize) -> String {
    let mut members = vec![("type", string("disconnect")), ("reason", string(reason))];
    if reason == DisconnectReason::TooManyWebsockets.as_str() {
        members.push(("num_connections", connections.to_string()));
    }
    let debug_info = json!({"host": "applink-fake"}).to_string();
    members.push(("debug_info", debug_info));
    if reason == DisconnectReason::TooManyWebsockets.as_str() {
        let info = json!({"app_id": APP_ID}).to_string();
        members.push(("connection_info", info));
    }
    object(&members)
}

/// The payload of an event.
pub(crate) fn event_callback(event: &str, event_id: &str, event_time: u64) -> String {
    let authorizations = json!([{
        "enterprise_id": null, "team_id": TEAM, "user_id": BOT, "is_bot": true,
        "is_enterprise_install": false,
    }]);
    object(&[
        ("token", string("fake-verification-token")),
        ("team_id", string(TEAM)),
        ("api_app_id", string(APP_ID)),
        ("event", event.into()),
        ("type", string("event_callback")),
        ("event_id", string(event_id)),
        ("event_time", event_time.to_string()),
        ("authorizations", authorizations.to_string()),
        ("is_ext_shared_channel", "false".into()),
        ("event_context", string("4-fake")),
        ("context_team_id", string(TEAM)),
        ("context_enterprise_id", "null".into()),
    ])
}

/// The payload without an event: the app has had too many of them in this minute.
pub(crate) fn app_rate_limited(minute: u64) -> String {
    object(&[
        ("token", string("fake-verification-token")),
        ("type", string("app_rate_limited")),
        ("team_id", string(TEAM)),
        ("minute_rate_limited", minute.to_string()),
        ("api_app_id", string(APP_ID)),
    ])
}

/// The event as the Events API has it: a message has the type of its channel. `None` if only RTM has it.
pub(crate) fn of_events_api(mut event: Value) -> Option<Value> {
    let kind = event["type"].as_str()?.to_owned();
    if is_rtm_only(&kind) {
        return None;
    }
    if kind == "message" && event["channel_type"].is_null() {
        let channel = event["channel"].as_str().unwrap_or_default();
        let channel_type = match channel.chars().next() {
            Some('D') => "im",
            Some('G') => "mpim",
            _ => "channel",
        };
        event["channel_type"] = channel_type.into();
    }
    Some(event)
}

fn is_rtm_only(kind: &str) -> bool {
    const NAMES: [&str; 14] = [
        "hello",
        "goodbye",
        "reconnect_url",
        "user_typing",
        "presence_change",
        "manual_presence_change",
        "pref_change",
        "team_pref_change",
        "bot_added",
        "bot_changed",
        "accounts_changed",
        "commands_changed",
        "team_migration_started",
        "pong",
    ];
    NAMES.contains(&kind) || kind.ends_with("_marked")
}

/// The `app_mention` that this message of a person causes, with the blocks that Slack makes of the text.
pub(crate) fn app_mention(message: &Value) -> Option<String> {
    let mention = format!("<@{BOT}>");
    let text = message["text"].as_str()?;
    let is_of_person = message["type"] == "message"
        && message["subtype"].is_null()
        && message["bot_id"].is_null()
        && message["user"] != BOT;
    if !is_of_person || !text.contains(&mention) {
        return None;
    }
    let mut elements = Vec::new();
    for (at, part) in text.split(&mention).enumerate() {
        if at > 0 {
            elements.push(json!({"type": "user", "user_id": BOT}));
        }
        if !part.is_empty() {
            elements.push(json!({"type": "text", "text": part}));
        }
    }
    let blocks = json!([{
        "type": "rich_text", "block_id": "fakeB",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }]);
    let mut members = vec![("type", string("app_mention"))];
    for name in [
        "user",
        "text",
        "ts",
        "team",
        "thread_ts",
        "channel",
        "event_ts",
    ] {
        if !message[name].is_null() {
            members.push((name, message[name].to_string()));
        }
    }
    members.push(("blocks", blocks.to_string()));
    Some(object(&members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_rtm_alone_are_not_for_the_app() {
        let is_for_app = |text: &str| of_events_api(serde_json::from_str(text).unwrap()).is_some();
        assert!(is_for_app(r#"{"type":"message","channel":"C1"}"#));
        assert!(!is_for_app(r#"{"type":"user_typing"}"#));
        assert!(!is_for_app(r#"{"type":"im_marked"}"#));
        assert!(!is_for_app("[]"));
    }
}
