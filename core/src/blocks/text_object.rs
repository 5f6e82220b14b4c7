//! Text objects: a text with its kind.

use crate::event::text::escape;
use crate::json::Writer;

/// A text of a block: plain, or with Slack's markup.
///
/// In markup `&`, `<` and `>` are special: use [`literal`](Self::literal) for a text that a person
/// typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TextObject<'a> {
    text: &'a str,
    kind: TextKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum TextKind {
    Plain,
    Markdown,
    Literal,
}

impl<'a> TextObject<'a> {
    /// Creates a text without markup (`plain_text`). Emoji such as `:bell:` are shown.
    pub const fn plain(text: &'a str) -> Self {
        Self {
            text,
            kind: TextKind::Plain,
        }
    }

    /// Creates a text with markup (`mrkdwn`), such as `*bold*` and `<@U0123456789>`.
    pub const fn markdown(text: &'a str) -> Self {
        Self {
            text,
            kind: TextKind::Markdown,
        }
    }

    /// Creates a text of type `mrkdwn` in which `&`, `<` and `>` are escaped, so that it mentions nobody
    /// and links nothing.
    pub const fn literal(text: &'a str) -> Self {
        Self {
            text,
            kind: TextKind::Literal,
        }
    }

    /// Returns the text as it was passed.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Writes the object.
    pub(super) fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text(match self.kind {
            TextKind::Plain => "plain_text",
            TextKind::Markdown | TextKind::Literal => "mrkdwn",
        });
        json.name("text");
        match self.kind {
            TextKind::Literal => json.text_from(|sink| escape(self.text, sink)),
            TextKind::Plain | TextKind::Markdown => json.text(self.text),
        }
        json.end_object();
    }
}

/// Writes a member whose value is a plain text.
pub(super) fn plain_member(json: &mut Writer<'_>, name: &str, text: &str) {
    json.name(name);
    TextObject::plain(text).write(json);
}

/// Writes a member whose value is a string, if there is one.
pub(super) fn optional_member(json: &mut Writer<'_>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        json.name(name).text(text);
    }
}
