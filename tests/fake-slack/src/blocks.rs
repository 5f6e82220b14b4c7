//! The blocks of a message: their check by Slack's limits.

use serde_json::Value;

use crate::web_api::Refusal;

/// Most blocks of a message.
const MAX_BLOCKS: usize = 50;
/// Most characters of all texts of a message's blocks.
const MAX_TEXTS: usize = 13_200;

/// The types of blocks in messages whose members are not checked.
const OTHERS: [&str; 7] = [
    "divider",
    "file",
    "image",
    "markdown",
    "rich_text",
    "table",
    "video",
];

/// Checks blocks, and adds the ids that are missing, as Slack does.
pub(crate) fn checked(mut blocks: Value) -> Result<Value, Refusal> {
    let Some(list) = blocks.as_array_mut() else {
        return Err("invalid_blocks_format".into());
    };
    let mut check = Check::default();
    if list.len() > MAX_BLOCKS {
        check.fail("no more than 50 items allowed", "");
    }
    for (at, block) in list.iter_mut().enumerate() {
        check.block(block, &format!("/{at}"));
        if let Some(members) = block.as_object_mut() {
            let id = || format!("b{at}").into();
            members.entry("block_id").or_insert_with(id);
        }
    }
    if !check.messages.is_empty() {
        return Err(Refusal::Invalid("invalid_blocks", check.messages));
    }
    if check.characters > MAX_TEXTS {
        return Err("msg_blocks_too_long".into());
    }
    Ok(blocks)
}

/// What was found so far.
#[derive(Default)]
struct Check {
    messages: Vec<String>,
    characters: usize,
}

impl Check {
    fn fail(&mut self, what: &str, pointer: &str) {
        let message = format!("[ERROR] {what} [json-pointer:/blocks{pointer}]");
        self.messages.push(message);
    }

    fn block(&mut self, block: &Value, at: &str) {
        let kind = block["type"].as_str().unwrap_or_default();
        match kind {
            "header" => self.text(&block["text"], 150, &format!("{at}/text")),
            "section" => {
                let fields = block["fields"].as_array();
                if block["text"].is_null() && fields.is_none() {
                    self.fail("must provide text or fields", at);
                }
                if !block["text"].is_null() {
                    self.text(&block["text"], 3000, &format!("{at}/text"));
                }
                self.count(fields.map_or(0, Vec::len), 0, 10, &format!("{at}/fields"));
                for (nth, field) in fields.into_iter().flatten().enumerate() {
                    self.text(field, 2000, &format!("{at}/fields/{nth}"));
                }
                if !block["accessory"].is_null() {
                    self.element(&block["accessory"], &format!("{at}/accessory"));
                }
            }
            "actions" => {
                let elements = block["elements"].as_array();
                let count = elements.map_or(0, Vec::len);
                self.count(count, 1, 25, &format!("{at}/elements"));
                for (nth, element) in elements.into_iter().flatten().enumerate() {
                    self.element(element, &format!("{at}/elements/{nth}"));
                }
            }
            "context" => {
                let elements = block["elements"].as_array();
                let count = elements.map_or(0, Vec::len);
                self.count(count, 1, 10, &format!("{at}/elements"));
            }
            "input" => self.text(&block["label"], 2000, &format!("{at}/label")),
            _ if OTHERS.contains(&kind) => {}
            _ => self.fail(&format!("unsupported type: {kind}"), &format!("{at}/type")),
        }
        self.id(&block["block_id"], &format!("{at}/block_id"));
    }

    fn element(&mut self, element: &Value, at: &str) {
        self.id(&element["action_id"], &format!("{at}/action_id"));
        match element["type"].as_str() {
            Some("button") => {
                self.text(&element["text"], 75, &format!("{at}/text"));
                let value = element["value"].as_str().unwrap_or_default();
                self.most(value, 2000, &format!("{at}/value"));
            }
            Some(_) => {}
            None => self.fail("missing required field: type", at),
        }
    }

    /// A text object.
    fn text(&mut self, object: &Value, most: usize, at: &str) {
        let is_text = matches!(object["type"].as_str(), Some("plain_text" | "mrkdwn"));
        match object["text"].as_str() {
            Some(text) if is_text && !text.is_empty() => {
                self.most(text, most, &format!("{at}/text"));
                self.characters += text.chars().count();
            }
            Some("") => self.fail("must be more than 0 characters", &format!("{at}/text")),
            _ => self.fail("must provide a text object", at),
        }
    }

    fn id(&mut self, id: &Value, at: &str) {
        self.most(id.as_str().unwrap_or_default(), 255, at);
    }

    fn most(&mut self, text: &str, most: usize, at: &str) {
        if text.chars().count() > most {
            self.fail(&format!("must be less than {} characters", most + 1), at);
        }
    }

    fn count(&mut self, count: usize, least: usize, most: usize, at: &str) {
        if count > most {
            self.fail(&format!("no more than {most} items allowed"), at);
        } else if count < least {
            self.fail(&format!("no fewer than {least} items allowed"), at);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The messages of a refusal, or its code.
    fn refusal(blocks: Value) -> Vec<String> {
        match checked(blocks) {
            Ok(_) => vec![],
            Err(Refusal::Invalid(_, messages)) => messages,
            Err(Refusal::Code(code)) => vec![code],
            Err(_) => vec!["another".into()],
        }
    }

    #[test]
    fn blocks_get_ids_and_are_checked() {
        let section =
            |text: &str| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
        let button = json!({
            "type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"},
        });
        let good = json!([
            {"type": "header", "text": {"type": "plain_text", "text": "Hi"}},
            section("*x*"),
            {"type": "actions", "block_id": "mine", "elements": [button]},
            {"type": "divider"},
        ]);
        let blocks = checked(good).ok().unwrap();
        assert_eq!(
            (&blocks[0]["block_id"], &blocks[2]["block_id"]),
            (&json!("b0"), &json!("mine"))
        );
        assert_eq!(refusal(json!({})), ["invalid_blocks_format"]);
        assert_eq!(
            refusal(json!([{"type": "headr"}])),
            ["[ERROR] unsupported type: headr [json-pointer:/blocks/0/type]"]
        );
        assert_eq!(
            refusal(json!([section("x"), section(&"x".repeat(3001))])),
            ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"]
        );
        assert_eq!(
            refusal(json!([{"type": "actions", "elements": []}])),
            ["[ERROR] no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"]
        );
        assert_eq!(
            refusal(Value::Array(vec![json!({"type": "divider"}); 51])),
            ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
        );
        let long = vec![section(&"x".repeat(3000)); 5];
        assert_eq!(refusal(Value::Array(long)), ["msg_blocks_too_long"]);
    }
}
