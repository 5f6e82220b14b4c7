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
    /// The timestamp of the first message, if the page is not the first one.
    pub(crate) first: Option<&'a str>,
}

/// A page of a history.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    /// The newest message first.
    pub(crate) messages: Vec<Value>,
    /// The timestamp of the first message of the next page; absent on the last page.
    pub(crate) next: Option<String>,
}

/// The message that the page begins at is gone.
#[derive(Debug, PartialEq)]
pub(crate) struct Gone;

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
    pub(crate) fn page(&self, range: &Range<'_>) -> Result<Page, Gone> {
        let of_channel = |message: &&Value| {
            message["subtype"] == "thread_broadcast"
                || message["thread_ts"].is_null()
                || message["thread_ts"] == message["ts"]
        };
        let is_upward = range.oldest.is_some() && range.latest.is_none();
        let wanted = self.0.iter().filter(of_channel);
        let mut wanted: Vec<&Value> = wanted.filter(|message| range.has(message)).collect();
        if !is_upward {
            wanted.reverse();
        }
        let mut page = range.page_of(wanted)?;
        if is_upward {
            page.messages.reverse();
        }
        Ok(page)
    }

    /// The timestamp of the first message of a thread, by that of any message in it.
    pub(crate) fn thread(&self, ts: &str) -> Option<String> {
        let message = self.get(ts)?;
        let first = message["thread_ts"].as_str().unwrap_or(ts);
        self.get(first).map(|_| first.into())
    }

    /// A page of the thread with this first message, the oldest message first. The first message is on each page.
    pub(crate) fn page_of_thread(&self, first: &str, range: &Range<'_>) -> Result<Page, Gone> {
        let is_reply = |message: &&Value| message["thread_ts"] == first && message["ts"] != first;
        let replies = self.0.iter().filter(is_reply);
        let mut page = range.page_of(replies.filter(|message| range.has(message)).collect())?;
        page.messages.splice(0..0, self.get(first).cloned());
        Ok(page)
    }
}

impl Range<'_> {
    fn has(&self, message: &Value) -> bool {
        let ts = message["ts"].as_str().unwrap_or_default();
        let after = |oldest| ts > oldest || (self.inclusive && ts == oldest);
        let before = |latest| ts < latest || (self.inclusive && ts == latest);
        self.oldest.is_none_or(after) && self.latest.is_none_or(before)
    }

    /// The page of these messages that begins at `first`.
    fn page_of(&self, mut wanted: Vec<&Value>) -> Result<Page, Gone> {
        let begin = match self.first {
            None => 0,
            Some(first) => wanted
                .iter()
                .position(|message| message["ts"] == first)
                .ok_or(Gone)?,
        };
        let rest = wanted.split_off(begin);
        let next = rest.get(self.limit).and_then(|next| next["ts"].as_str());
        Ok(Page {
            next: next.map(String::from),
            messages: rest.into_iter().take(self.limit).cloned().collect(),
        })
    }
}

/// Encodes bytes in base64 (RFC 4648, section 4). The `=` of a cursor must be percent-encoded in a form.
pub(crate) fn base64(bytes: &[u8]) -> String {
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
        first: None,
    };

    /// The timestamps of each page, and a line between pages.
    fn walk(range: &Range<'_>) -> String {
        let (messages, mut first, mut walked) = (messages(), None::<String>, String::new());
        loop {
            let page = messages
                .page(&Range {
                    first: first.as_deref(),
                    ..*range
                })
                .unwrap();
            for message in page.messages {
                walked += message["ts"].as_str().unwrap();
                walked.push(' ');
            }
            first = page.next;
            if first.is_none() {
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
    fn a_thread_is_found_by_any_message_and_begins_each_page() {
        let messages = messages();
        assert_eq!(messages.thread("1.6"), Some("1.1".into()));
        assert_eq!(messages.thread("1.2"), Some("1.2".into()));
        assert_eq!(messages.thread("9.9"), None);
        let page = |first, limit| {
            let range = Range {
                first,
                limit,
                ..ALL
            };
            let page = messages.page_of_thread("1.1", &range).unwrap();
            let stamps: Vec<_> = page.messages.iter().map(|it| it["ts"].clone()).collect();
            (Value::from(stamps), page.next)
        };
        assert_eq!(page(None, 9), (json!(["1.1", "1.6", "1.7"]), None));
        assert_eq!(page(None, 1), (json!(["1.1", "1.6"]), Some("1.7".into())));
        assert_eq!(page(Some("1.7"), 1), (json!(["1.1", "1.7"]), None));
    }

    #[test]
    fn a_page_begins_at_a_message_that_is_there() {
        let gone = Range {
            first: Some("9.9"),
            ..ALL
        };
        assert_eq!(messages().page(&gone), Err(Gone));
    }

    #[test]
    fn bytes_are_encoded() {
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
