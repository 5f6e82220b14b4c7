//! The messages of one channel: their threads, their reactions, and the history in pages.

use serde_json::{Value, json};

/// The messages in the order of their timestamps, as `conversations.history` returns them.
#[derive(Debug, Default)]
pub(crate) struct Messages(Vec<Value>);

/// The part of a history that a call asks for.
#[derive(Debug)]
pub(crate) struct Range<'a> {
    /// The timestamp that every message is later than.
    pub(crate) oldest: Option<&'a str>,
    /// The timestamp that every message is earlier than.
    pub(crate) latest: Option<&'a str>,
    /// Whether messages with these timestamps are in the range too.
    pub(crate) inclusive: bool,
    /// The most messages of a page.
    pub(crate) limit: usize,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<&'a str>,
}

/// A page of a history.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    /// The newest message first.
    pub(crate) messages: Vec<Value>,
    /// Absent on the last page.
    pub(crate) next_cursor: Option<String>,
}

/// A cursor that no page has given.
#[derive(Debug, PartialEq)]
pub(crate) struct InvalidCursor;

impl Messages {
    /// Adds a message, which must be later than all others.
    pub(crate) fn add(&mut self, message: Value) {
        self.0.push(message);
    }

    /// The messages in the order of their timestamps.
    pub(crate) fn all(&self) -> &[Value] {
        &self.0
    }

    /// The message with this timestamp.
    pub(crate) fn get(&self, ts: &str) -> Option<&Value> {
        self.0.iter().rfind(|message| message["ts"] == ts)
    }

    pub(crate) fn get_mut(&mut self, ts: &str) -> Option<&mut Value> {
        self.0.iter_mut().rfind(|message| message["ts"] == ts)
    }

    /// Removes the message with this timestamp.
    pub(crate) fn remove(&mut self, ts: &str) {
        self.0.retain(|message| message["ts"] != ts);
    }

    /// Counts a reply in the first message of its thread, and returns that as it is then. `None` if there is no such
    /// message.
    pub(crate) fn replied(&mut self, reply: &Value) -> Option<Value> {
        let author = [&reply["user"], &reply["bot_id"]]
            .into_iter()
            .find(|id| id.is_string())
            .cloned();
        let (first_ts, reply_ts) = (reply["thread_ts"].clone(), reply["ts"].clone());
        let first = self.get_mut(first_ts.as_str()?)?;
        first["thread_ts"] = first_ts;
        first["reply_count"] = (first["reply_count"].as_u64().unwrap_or(0) + 1).into();
        first["latest_reply"] = reply_ts;
        if !first["reply_users"].is_array() {
            first["reply_users"] = json!([]);
        }
        if let (Some(author), Some(users)) = (author, first["reply_users"].as_array_mut())
            && !users.contains(&author)
        {
            users.push(author);
        }
        let users = first["reply_users"].as_array().map_or(0, Vec::len);
        first["reply_users_count"] = users.into();
        Some(first.clone())
    }

    /// A page of the history. Replies in threads are not in it, unless they were broadcast. Without `latest` the first
    /// page has the messages that follow `oldest`; else it has the latest ones.
    pub(crate) fn page(&self, range: &Range<'_>) -> Result<Page, InvalidCursor> {
        let in_range = |message: &&Value| {
            let ts = message["ts"].as_str().unwrap_or_default();
            let after = |oldest| ts > oldest || (range.inclusive && ts == oldest);
            let before = |latest| ts < latest || (range.inclusive && ts == latest);
            range.oldest.is_none_or(after) && range.latest.is_none_or(before)
        };
        let of_channel = |message: &&Value| {
            message["subtype"] == "thread_broadcast"
                || message["thread_ts"].is_null()
                || message["thread_ts"] == message["ts"]
        };
        let is_upward = range.oldest.is_some() && range.latest.is_none();
        let mut wanted: Vec<&Value> = self.0.iter().filter(of_channel).filter(in_range).collect();
        if !is_upward {
            wanted.reverse();
        }
        let begin = match range.cursor {
            None => 0,
            Some(cursor) => wanted
                .iter()
                .position(|message| cursor_at(message) == cursor)
                .ok_or(InvalidCursor)?,
        };
        let rest = wanted.split_off(begin);
        let next_cursor = rest.get(range.limit).copied().map(cursor_at);
        let mut messages: Vec<Value> = rest.into_iter().take(range.limit).cloned().collect();
        if is_upward {
            messages.reverse();
        }
        Ok(Page {
            messages,
            next_cursor,
        })
    }
}

/// The cursor of the page that begins at this message. Its `=` must be percent-encoded in a form.
fn cursor_at(message: &Value) -> String {
    let ts = message["ts"].as_str().unwrap_or_default().replace('.', "");
    base64(format!("next_ts:{ts}").as_bytes())
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let at = |index| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for position in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * position)) as usize % 64];
            text.push(if position <= group.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Messages {
        let mut messages = Messages::default();
        for ts in ["1.1", "1.2", "1.3", "1.4", "1.5"] {
            messages.add(json!({"ts": ts, "user": "U1"}));
        }
        messages.add(json!({"ts": "1.6", "user": "U2", "thread_ts": "1.1"}));
        messages.add(
            json!({"ts": "1.7", "user": "U2", "thread_ts": "1.1", "subtype": "thread_broadcast"}),
        );
        messages
    }

    const ALL: Range<'_> = Range {
        oldest: None,
        latest: None,
        inclusive: false,
        limit: 100,
        cursor: None,
    };

    /// The timestamps of each page, and a line between pages.
    fn walk(range: &Range<'_>) -> String {
        let (messages, mut cursor, mut walked) = (messages(), None::<String>, String::new());
        loop {
            let page = messages
                .page(&Range {
                    cursor: cursor.as_deref(),
                    ..*range
                })
                .unwrap();
            for message in page.messages {
                walked += message["ts"].as_str().unwrap();
                walked.push(' ');
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return walked.trim_end().into();
            }
            walked += "| ";
        }
    }

    #[test]
    fn pages_are_newest_first_and_begin_at_the_known_end() {
        let from = |oldest| Range {
            oldest: Some(oldest),
            limit: 2,
            ..ALL
        };
        assert_eq!(walk(&ALL), "1.7 1.5 1.4 1.3 1.2 1.1");
        assert_eq!(
            walk(&Range { limit: 4, ..ALL }),
            "1.7 1.5 1.4 1.3 | 1.2 1.1"
        );
        assert_eq!(walk(&from("1.2")), "1.4 1.3 | 1.7 1.5");
        assert_eq!(walk(&from("1.7")), "");
        let inclusive = Range {
            inclusive: true,
            ..from("1.4")
        };
        assert_eq!(walk(&inclusive), "1.5 1.4 | 1.7");
        let between = Range {
            latest: Some("1.5"),
            ..from("1.1")
        };
        assert_eq!(walk(&between), "1.4 1.3 | 1.2");
    }

    #[test]
    fn a_cursor_is_one_that_was_given() {
        let invalid = Range {
            cursor: Some("bmV4dA=="),
            ..ALL
        };
        assert_eq!(messages().page(&invalid), Err(InvalidCursor));
        assert_eq!(base64(b"next"), "bmV4dA==");
        assert_eq!(base64(b"next_ts"), "bmV4dF90cw==");
        assert_eq!(base64(b"nex"), "bmV4");
    }

    #[test]
    fn replies_are_counted_in_the_first_message() {
        let mut messages = messages();
        let reply = json!({"ts": "1.6", "user": "U2", "thread_ts": "1.1"});
        messages.replied(&reply);
        let first = messages.replied(&reply).unwrap();
        assert_eq!(
            (&first["reply_count"], &first["reply_users"]),
            (&json!(2), &json!(["U2"]))
        );
        assert_eq!(messages.get("1.1"), Some(&first));
        assert_eq!(messages.replied(&json!({"thread_ts": "9.9"})), None);
    }
}
