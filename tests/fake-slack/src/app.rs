//! The app, which speaks Socket Mode: how it is set up, and what people do with it in Slack.

use std::time::Duration;

use serde_json::{Value, json};

use crate::envelopes::{self, Delivery, object, string};
use crate::socket_mode::unix_time;
use crate::workspace::{TEAM, TEAM_DOMAIN, TEAM_NAME, Workspace};
use crate::{APP_ID, BOT, BOT_DIRECT, Builder, DisconnectReason, FakeSlack, GENERAL, MemberOrder};
use crate::{TimedOut, USER, hooks};

/// The id of the view in the payloads of modals.
const VIEW: &str = "V0FAKE001";

/// Settings of Socket Mode. A limit on `apps.connections.open` is that of [`Builder::rate`], and WebSocket pings are
/// those of [`Builder::ping_every`].
impl Builder {
    /// The app-level token; by default [`APP_TOKEN`](crate::APP_TOKEN).
    pub fn app_token(mut self, token: &str) -> Self {
        self.settings.socket_mode.app_token = token.into();
        self
    }

    /// The order of the members of envelopes; by default as recorded.
    pub fn member_order(mut self, order: MemberOrder) -> Self {
        self.settings.socket_mode.order = order;
        self
    }

    /// The types of events that the app is subscribed to, such as `app_mention`; by default all.
    pub fn subscriptions(mut self, kinds: &[&str]) -> Self {
        let kinds = kinds.iter().map(|kind| (*kind).into()).collect();
        self.settings.socket_mode.subscriptions = Some(kinds);
        self
    }

    /// The life of a socket; by default 18,060 s.
    pub fn socket_life(mut self, life: Duration) -> Self {
        self.settings.socket_mode.life = life;
        self
    }

    /// The life of a socket whose URL has `debug_reconnects=true`; by default 360 s.
    pub fn debug_socket_life(mut self, life: Duration) -> Self {
        self.settings.socket_mode.debug_life = life;
        self
    }

    /// The time from `warning` to `refresh_requested`, which comes at the end of the socket's life; by default 10 s.
    pub fn warning_ahead(mut self, ahead: Duration) -> Self {
        self.settings.socket_mode.warning_ahead = ahead;
        self
    }

    /// The time from `refresh_requested` to the close of the socket; by default 10 s. After `link_disabled` and
    /// `too_many_websockets` it is closed at once.
    pub fn close_after_disconnect(mut self, after: Duration) -> Self {
        self.settings.socket_mode.close_after_disconnect = after;
        self
    }

    /// How long a socket stays registered, and has its share of the payloads, if its TCP connection ended without a close
    /// frame; by default 0: there are no ghosts.
    pub fn ghost_life(mut self, life: Duration) -> Self {
        self.settings.socket_mode.ghost_life = life;
        self
    }

    /// The time for an acknowledgement; by default 3 s.
    pub fn acknowledge_within(mut self, within: Duration) -> Self {
        self.settings.socket_mode.acknowledge_within = within;
        self
    }

    /// The times from each failed delivery of an event to the next one; by default 100 ms, 1 min and 5 min. There are as
    /// many redeliveries as times.
    pub fn redeliver_after(mut self, times: &[Duration]) -> Self {
        self.settings.socket_mode.redeliver_after = times.to_vec();
        self
    }
}

/// Socket Mode. Each payload goes to one socket of the app, in turn. A function that sends an envelope returns its
/// `envelope_id`; the acknowledgement of it is in the log. Before the app has opened a first socket, no events are delivered.
impl FakeSlack {
    /// The app-level token.
    pub fn app_token(&self) -> &str {
        &self.server.settings.socket_mode.app_token
    }

    /// How many sockets of the app are registered, ghosts included.
    pub fn registered_sockets(&self) -> usize {
        self.server.socket_mode.sockets()
    }

    /// Waits until so many sockets of the app are registered, ghosts included.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_registered_sockets(&self, count: usize, timeout: Duration) -> Result<(), TimedOut> {
        self.log().wait(timeout, |_| {
            (self.registered_sockets() == count).then_some(())
        })
    }

    /// Delivers an event to the app alone, whatever it is subscribed to, and returns its `event_id`.
    pub fn push_app_event(&self, event: &Value) -> String {
        self.server.socket_mode.deliver_event(&event.to_string())
    }

    /// Sends a message of [`USER`] in [`GENERAL`] that mentions the bot, and returns its `ts`. The app has a `message` and
    /// an `app_mention`.
    pub fn mention(&self, text: &str) -> String {
        self.push_message(GENERAL, USER, &format!("<@{BOT}> {text}"))
    }

    /// [`USER`] opens the app's Home tab. Returns the `event_id`.
    pub fn open_home(&self) -> String {
        self.push_app_event(&json!({
            "type": "app_home_opened", "user": USER, "channel": BOT_DIRECT, "tab": "home",
            "event_ts": self.now(),
        }))
    }

    /// Sends a payload without an event, of type `app_rate_limited`.
    pub fn app_rate_limited(&self) -> String {
        let minute = unix_time() / 60 * 60;
        self.send("events_api", envelopes::app_rate_limited(minute), false)
    }

    /// Sends an envelope of any type with this payload.
    pub fn push_envelope(
        &self,
        kind: &str,
        payload: &Value,
        accepts_response_payload: bool,
    ) -> String {
        self.send(kind, payload.to_string(), accepts_response_payload)
    }

    /// Sends a text frame that is no envelope, JSON or not, over the socket whose turn it is. Returns whether one was open.
    pub fn push_frame(&self, text: &str) -> bool {
        self.server.socket_mode.push(text)
    }

    /// Sends the frame that was seen at Slack and is not JSON.
    pub fn push_cache_error(&self) -> bool {
        self.push_frame("UNAUTHENTICATED: cache_error")
    }

    /// [`USER`] types a slash command in [`GENERAL`], such as `/door`.
    pub fn slash_command(&self, command: &str, text: &str) -> String {
        let response_url = hooks::response_url(&self.server, GENERAL, "");
        let payload = object(&[
            ("token", string("fake-verification-token")),
            ("team_id", string(TEAM)),
            ("team_domain", string(TEAM_DOMAIN)),
            ("channel_id", string(GENERAL)),
            ("channel_name", string("general")),
            ("user_id", string(USER)),
            ("user_name", string("alice")),
            ("command", string(command)),
            ("text", string(text)),
            ("api_app_id", string(APP_ID)),
            ("is_enterprise_install", string("false")),
            ("response_url", string(&response_url)),
            ("trigger_id", string(&self.trigger_id())),
        ]);
        self.send("slash_commands", payload, true)
    }

    /// [`USER`] presses the button with this `action_id`, in the newest message that has one; without such a message, in one
    /// that is not stored. Without `value` it is that of the button.
    pub fn press(&self, action_id: &str, value: Option<&str>) -> String {
        let found = find_button(&self.server.workspace(), action_id);
        let (channel, message, block_id, button) = found.unwrap_or_else(|| {
            let text = json!({"type": "plain_text", "text": action_id});
            let button = json!({"type": "button", "action_id": action_id, "text": text});
            let blocks = json!([{"type": "actions", "block_id": "fakeA", "elements": [button]}]);
            let message = json!({
                "type": "message", "user": BOT, "ts": self.now(), "text": action_id, "blocks": blocks,
            });
            (GENERAL.into(), message, "fakeA".into(), button)
        });
        let ts = message["ts"].as_str().unwrap_or_default();
        let action = action(&button, &block_id, value, &self.now());
        let container = json!({
            "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false,
        });
        let response_url = hooks::response_url(&self.server, &channel, ts);
        let mut members = self.begin("block_actions");
        members.extend([
            ("container", container.to_string()),
            ("trigger_id", string(&self.trigger_id())),
            ("team", team()),
            ("enterprise", "null".into()),
            ("is_enterprise_install", "false".into()),
            ("channel", self.channel(&channel)),
            ("message", message.to_string()),
            ("state", r#"{"values":{}}"#.into()),
            ("response_url", string(&response_url)),
            ("actions", json!([action]).to_string()),
        ]);
        self.send("interactive", object(&members), false)
    }

    /// [`USER`] presses the button with this `action_id` in a modal.
    pub fn press_in_view(&self, action_id: &str, value: Option<&str>) -> String {
        let text = json!({"type": "plain_text", "text": action_id});
        let button = json!({"type": "button", "action_id": action_id, "text": text});
        let action = action(&button, "fakeA", value, &self.now());
        let blocks = json!([{"type": "actions", "block_id": "fakeA", "elements": [button]}]);
        let view = view("", "", &blocks, &json!({}));
        self.send("interactive", self.in_view(&view, &action), false)
    }

    /// A `block_actions` of a modal with large menus, as it was recorded: more than 67,000 bytes, 12 levels deep.
    pub fn press_in_large_view(&self, action_id: &str) -> String {
        let option = |number: usize| {
            let text = format!("Entrance number {number} of the old house");
            json!({"text": {"type": "plain_text", "text": text, "emoji": true}, "value": format!("v{number}")})
        };
        let mut blocks = Vec::new();
        for block in 0..7 {
            let options: Vec<Value> = (0..90).map(|at| option(block * 90 + at)).collect();
            let label = json!({"type": "plain_text", "text": "Entrances"});
            let select = json!({
                "type": "static_select", "action_id": format!("menu{block}"),
                "option_groups": [{"label": label, "options": options}],
            });
            let block_id = format!("fakeM{block}");
            blocks.push(json!({"type": "actions", "block_id": block_id, "elements": [select]}));
        }
        let text = json!({"type": "plain_text", "text": action_id});
        let button = json!({"type": "button", "action_id": action_id, "text": text});
        let action = action(&button, "fakeA", None, &self.now());
        let view = view("large", "", &Value::from(blocks), &json!({}));
        self.send("interactive", self.in_view(&view, &action), false)
    }

    /// [`USER`] submits a modal with this `callback_id` and these values, each with the `block_id` and `action_id` of its input.
    pub fn submit_view(&self, callback_id: &str, values: &[(&str, &str, &str)]) -> String {
        let mut blocks = Vec::new();
        let mut state = json!({});
        for (block_id, action_id, value) in values {
            let label = json!({"type": "plain_text", "text": block_id});
            let element = json!({"type": "plain_text_input", "action_id": action_id});
            blocks.push(
                json!({"type": "input", "block_id": block_id, "label": label, "element": element}),
            );
            state[*block_id][*action_id] = json!({"type": "plain_text_input", "value": value});
        }
        let view = view(callback_id, GENERAL, &Value::from(blocks), &state);
        let mut members = self.begin("view_submission");
        members.extend([
            ("trigger_id", string(&self.trigger_id())),
            ("team", team()),
            ("view", view),
            ("response_urls", "[]".into()),
            ("is_enterprise_install", "false".into()),
        ]);
        self.send("interactive", object(&members), true)
    }

    /// [`USER`] closes a modal with this `callback_id`.
    pub fn close_view(&self, callback_id: &str) -> String {
        let view = view(callback_id, GENERAL, &json!([]), &json!({}));
        let mut members = self.begin("view_closed");
        members.extend([
            ("team", team()),
            ("view", view),
            ("is_cleared", "false".into()),
            ("is_enterprise_install", "false".into()),
        ]);
        self.send("interactive", object(&members), false)
    }

    /// [`USER`] chooses a global shortcut.
    pub fn shortcut(&self, callback_id: &str) -> String {
        let mut members = self.begin("shortcut");
        members.extend([
            ("action_ts", string(&self.now())),
            ("team", team()),
            ("is_enterprise_install", "false".into()),
            ("enterprise", "null".into()),
            ("callback_id", string(callback_id)),
            ("trigger_id", string(&self.trigger_id())),
        ]);
        self.send("interactive", object(&members), false)
    }

    /// [`USER`] chooses a shortcut of the message in this channel and with this `ts`.
    pub fn message_action(&self, callback_id: &str, channel: &str, ts: &str) -> String {
        let message = {
            let workspace = self.server.workspace();
            let channel = workspace.channel(channel);
            channel.and_then(|channel| channel.messages.get(ts).cloned())
        };
        let message = message.unwrap_or_else(|| json!({"type": "message", "ts": ts}));
        let response_url = hooks::response_url(&self.server, channel, ts);
        let mut members = self.begin("message_action");
        members.extend([
            ("callback_id", string(callback_id)),
            ("trigger_id", string(&self.trigger_id())),
            ("action_ts", string(&self.now())),
            ("message_ts", string(ts)),
            ("response_url", string(&response_url)),
            ("team", team()),
            ("channel", self.channel(channel)),
            ("message", message.to_string()),
        ]);
        self.send("interactive", object(&members), false)
    }

    /// [`USER`] types in a menu of a modal whose options come from the app.
    pub fn suggest(&self, action_id: &str, value: &str) -> String {
        let element = json!({"type": "external_select", "action_id": action_id});
        let label = json!({"type": "plain_text", "text": action_id});
        let blocks =
            json!([{"type": "input", "block_id": "fakeA", "label": label, "element": element}]);
        let mut members = self.begin("block_suggestion");
        members.extend([
            ("team", team()),
            (
                "container",
                json!({"type": "view", "view_id": VIEW}).to_string(),
            ),
            ("action_id", string(action_id)),
            ("block_id", string("fakeA")),
            ("value", string(value)),
            ("view", view("", "", &blocks, &json!({}))),
        ]);
        self.send("interactive", object(&members), true)
    }

    /// Sends `disconnect` to every socket of the app. After a warning, `refresh_requested` follows; after that, and after the
    /// other reasons, the socket is closed.
    pub fn disconnect(&self, reason: DisconnectReason) {
        self.server.socket_mode.disconnect(reason);
    }

    /// Registers sockets that nobody reads from, such as those of a device that lost its power, for so long.
    pub fn add_ghosts(&self, count: usize, life: Duration) {
        self.server.keep_time();
        self.server.socket_mode.add_ghosts(count, life);
    }

    fn send(&self, kind: &str, payload: String, accepts_response_payload: bool) -> String {
        self.server.keep_time();
        self.server.socket_mode.deliver(Delivery {
            kind: kind.into(),
            payload,
            accepts_response_payload,
            event_id: String::new(),
        })
    }

    /// The first members of an interaction.
    fn begin(&self, kind: &str) -> Vec<(&'static str, String)> {
        let user = json!({"id": USER, "username": "alice", "name": "alice", "team_id": TEAM});
        vec![
            ("type", string(kind)),
            ("user", user.to_string()),
            ("api_app_id", string(APP_ID)),
            ("token", string("fake-verification-token")),
        ]
    }

    /// A `block_actions` in a view.
    fn in_view(&self, view: &str, action: &Value) -> String {
        let mut members = self.begin("block_actions");
        members.extend([
            (
                "container",
                json!({"type": "view", "view_id": VIEW}).to_string(),
            ),
            ("trigger_id", string(&self.trigger_id())),
            ("team", team()),
            ("enterprise", "null".into()),
            ("is_enterprise_install", "false".into()),
            ("view", view.into()),
            ("actions", json!([action]).to_string()),
        ]);
        object(&members)
    }

    fn channel(&self, id: &str) -> String {
        let workspace = self.server.workspace();
        let name = workspace
            .channel(id)
            .map_or("", |channel| channel.name.as_str());
        let name = if name.is_empty() {
            "directmessage"
        } else {
            name
        };
        json!({"id": id, "name": name}).to_string()
    }

    fn trigger_id(&self) -> String {
        let secret = self.server.random_text(32);
        format!("1234567890123.2345678901234.{secret}")
    }

    /// The `ts` of something that is no message.
    fn now(&self) -> String {
        self.server.workspace().next_ts("")
    }
}

fn team() -> String {
    json!({"id": TEAM, "domain": TEAM_DOMAIN, "name": TEAM_NAME}).to_string()
}

/// An element of `actions`.
fn action(button: &Value, block_id: &str, value: Option<&str>, ts: &str) -> Value {
    let mut action = button.clone();
    action["block_id"] = block_id.into();
    action["action_ts"] = ts.into();
    if let Some(value) = value {
        action["value"] = value.into();
    }
    action
}

fn view(callback_id: &str, private_metadata: &str, blocks: &Value, values: &Value) -> String {
    let title = json!({"type": "plain_text", "text": "A view", "emoji": true});
    object(&[
        ("id", string(VIEW)),
        ("team_id", string(TEAM)),
        ("type", string("modal")),
        ("blocks", blocks.to_string()),
        ("private_metadata", string(private_metadata)),
        ("callback_id", string(callback_id)),
        ("state", json!({"values": values}).to_string()),
        ("hash", string("1764200000.fakehash")),
        ("title", title.to_string()),
        ("clear_on_close", "false".into()),
        ("notify_on_close", "true".into()),
        ("root_view_id", string(VIEW)),
        ("app_id", string(APP_ID)),
        ("bot_id", string(crate::BOT_ID)),
    ])
}

/// The newest message with a button with this `action_id`: its channel, itself, the id of the block, and the button.
fn find_button(workspace: &Workspace, action_id: &str) -> Option<(String, Value, String, Value)> {
    let mut newest: Option<(String, Value, String, Value)> = None;
    for channel in &workspace.channels {
        for message in channel.messages.all() {
            for block in message["blocks"].as_array().into_iter().flatten() {
                let elements = block["elements"].as_array().into_iter().flatten();
                let mut elements = elements.chain([&block["accessory"]]);
                let Some(button) = elements.find(|element| element["action_id"] == action_id)
                else {
                    continue;
                };
                let is_newer = newest
                    .as_ref()
                    .is_none_or(|(_, known, _, _)| known["ts"].as_str() < message["ts"].as_str());
                if is_newer {
                    let block_id = block["block_id"].as_str().unwrap_or_default();
                    newest = Some((
                        channel.id.clone(),
                        message.clone(),
                        block_id.into(),
                        button.clone(),
                    ));
                }
            }
        }
    }
    newest
}
