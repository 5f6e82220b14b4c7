//! The acknowledgements of envelopes: their rules, and what the log says of them.

use std::time::Duration;

use serde_json::Value;

use crate::log::{Log, TimedOut, What};
use crate::server::Server;
use crate::socket_mode::{Envelope, Fate};
use crate::workspace::{Author, Message};
use crate::{BOT, blocks};

/// The longest frame of a client. One byte more ends the connection.
pub(crate) const MAX_FRAME: usize = 20_479;

/// An acknowledgement that follows the rules.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Acknowledgement {
    /// The id of the envelope.
    pub envelope_id: String,
    /// The type of the envelope, such as `events_api`.
    pub kind: String,
    /// The id of the event, empty if the envelope has none.
    pub event_id: String,
    /// The number of the redelivery; 0 is the first delivery.
    pub attempt: u32,
    /// The payload of the response.
    pub payload: Option<Value>,
    /// The time since the envelope was sent.
    pub after: Duration,
}

/// Another delivery of an event that was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redelivery {
    /// The id of the new envelope.
    pub envelope_id: String,
    /// The id of the event, the same in each delivery.
    pub event_id: String,
    /// `retry_attempt`, from 1.
    pub attempt: u32,
}

/// A payload that will not be delivered again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// The id of the last envelope with it.
    pub envelope_id: String,
    /// The type of the envelope, such as `slash_commands`.
    pub kind: String,
    /// The id of the event, empty if the envelope has none.
    pub event_id: String,
    /// Why the last delivery failed.
    pub reason: LossReason,
}

/// Why a delivery failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LossReason {
    /// The app had no socket.
    NoSocket,
    /// It was the turn of a socket whose TCP connection had ended.
    Ghost,
    /// It was sent, and no acknowledgement came in time.
    Unacknowledged,
}

/// Acts on a text frame of an app.
pub(crate) fn receive(server: &Server, number: u64, text: &str) {
    let violation = |why: &str| server.log.write(number, What::Violation(why.into()));
    let Ok(Value::Object(frame)) = serde_json::from_str(text) else {
        return violation("an acknowledgement that is not a JSON object");
    };
    let Some(id) = frame.get("envelope_id").and_then(Value::as_str) else {
        return violation("an acknowledgement without an envelope_id");
    };
    if let Some(other) = frame
        .keys()
        .find(|name| !matches!(name.as_str(), "envelope_id" | "payload"))
    {
        violation(&format!("an acknowledgement with the member {other}"));
    }
    let Some(envelope) = server.socket_mode.acknowledge(number, id) else {
        return violation("an acknowledgement of an unknown envelope");
    };
    match envelope.fate {
        _ if envelope.socket != number => {
            return violation("an acknowledgement over another socket");
        }
        Fate::Acknowledged => return violation("a second acknowledgement"),
        Fate::TooLate => return violation("a late acknowledgement"),
        Fate::Awaited => {}
    }
    // An empty object is the same as none, and accepted everywhere.
    let payload = frame.get("payload").filter(|payload| !is_empty(payload));
    let is_valid = match payload {
        None => true,
        Some(_) if !envelope.delivery.accepts_response_payload => {
            violation("a payload where none is accepted");
            false
        }
        Some(payload) => match check(&envelope, payload) {
            Ok(()) => true,
            Err(why) => {
                violation(why);
                false
            }
        },
    };
    let acknowledgement = Acknowledgement {
        envelope_id: id.into(),
        kind: envelope.delivery.kind.clone(),
        event_id: envelope.delivery.event_id.clone(),
        attempt: envelope.attempt,
        payload: payload.cloned(),
        after: envelope.sent_at.elapsed(),
    };
    server.socket_mode.log(number, acknowledgement);
    if let Some(payload) = payload.filter(|_| is_valid) {
        respond(server, &envelope, payload);
    }
}

fn is_empty(payload: &Value) -> bool {
    payload.is_null() || payload.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Whether a payload is a response to what is in the envelope.
fn check(envelope: &Envelope, payload: &Value) -> Result<(), &'static str> {
    if !payload.is_object() {
        return Err("a payload that is not an object");
    }
    let sent: Value = serde_json::from_str(&envelope.delivery.payload).unwrap_or_default();
    let is_right = match (envelope.delivery.kind.as_str(), sent["type"].as_str()) {
        ("slash_commands", _) => {
            payload["text"].is_string()
                || payload["blocks"].is_array()
                || payload["attachments"].is_array()
        }
        (_, Some("view_submission")) => match payload["response_action"].as_str() {
            Some("errors") => payload["errors"].is_object(),
            Some("update" | "push") => payload["view"].is_object(),
            Some("clear") => true,
            _ => false,
        },
        (_, Some("block_suggestion")) => {
            payload["options"].is_array() || payload["option_groups"].is_array()
        }
        _ => true,
    };
    match is_right {
        true => Ok(()),
        false => Err("a payload of the wrong kind"),
    }
}

/// Posts the response to a slash command if everybody is to see it. Others are neither in the history nor on the sockets.
fn respond(server: &Server, envelope: &Envelope, payload: &Value) {
    if envelope.delivery.kind != "slash_commands" || payload["response_type"] != "in_channel" {
        return;
    }
    let sent: Value = serde_json::from_str(&envelope.delivery.payload).unwrap_or_default();
    let Some(channel) = sent["channel_id"].as_str() else {
        return;
    };
    let blocks = payload.get("blocks").cloned().map(blocks::checked);
    let Ok(blocks) = blocks.transpose() else {
        return;
    };
    let mut workspace = server.workspace();
    let ts = workspace.message(
        None,
        &Message {
            channel,
            author: Author::Bot(BOT),
            text: payload["text"].as_str().unwrap_or_default(),
            blocks: blocks.as_ref(),
            files: None,
            thread_ts: None,
            reply_broadcast: false,
        },
    );
    workspace.follow_up(channel, &ts, true);
}

/// The acknowledgements of apps.
impl Log {
    /// The acknowledgements that followed the rules.
    pub fn acknowledgements(&self) -> Vec<Acknowledgement> {
        self.all(|what| match what {
            What::Acknowledged(acknowledgement) => Some(acknowledgement.clone()),
            _ => None,
        })
    }

    /// Waits for the acknowledgement of the envelope with this id.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_acknowledged(
        &self,
        timeout: Duration,
        envelope_id: &str,
    ) -> Result<Acknowledgement, TimedOut> {
        self.wait(timeout, |entries| {
            entries.iter().find_map(|entry| match &entry.what {
                What::Acknowledged(it) if it.envelope_id == envelope_id => Some(it.clone()),
                _ => None,
            })
        })
    }

    /// The rules that clients broke.
    pub fn violations(&self) -> Vec<String> {
        self.all(|what| match what {
            What::Violation(rule) => Some(rule.clone()),
            _ => None,
        })
    }

    /// The redeliveries of events.
    pub fn redeliveries(&self) -> Vec<Redelivery> {
        self.all(|what| match what {
            What::Redelivered(redelivery) => Some(redelivery.clone()),
            _ => None,
        })
    }

    /// The payloads that were lost.
    pub fn losses(&self) -> Vec<Loss> {
        self.all(|what| match what {
            What::Lost(loss) => Some(loss.clone()),
            _ => None,
        })
    }

    /// Waits until so many payloads were lost.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_losses(&self, timeout: Duration, count: usize) -> Result<Vec<Loss>, TimedOut> {
        self.wait_nth(timeout, count, |what| matches!(what, What::Lost(_)))?;
        Ok(self.losses())
    }

    /// The envelopes of this type that were sent.
    pub fn envelopes(&self, kind: &str) -> Vec<Value> {
        self.all(|what| match what {
            What::Sent(frame) => frame
                .json()
                .filter(|json| json["type"] == kind && json["envelope_id"].is_string()),
            _ => None,
        })
    }

    fn all<T>(&self, look: impl Fn(&What) -> Option<T>) -> Vec<T> {
        let entries = self.entries();
        entries
            .iter()
            .filter_map(|entry| look(&entry.what))
            .collect()
    }
}
