//! The readable text of a message, wherever its author put it.

use crate::json::{Members, Met, PathName, Text, Walk};
use core::fmt;

/// The members of attachments that readers see.
const OF_ATTACHMENTS: [&str; 4] = ["pretext", "title", "text", "value"];
/// The members of blocks that readers see.
const OF_BLOCKS: [&str; 2] = ["text", "url"];
const ATTACHMENTS: &str = "attachments[]";
const FALLBACK: &str = "attachments[].fallback";
const BLOCKS: &str = "blocks[]";
/// The elements of a section of rich text, which make one paragraph.
const INLINE: &str = "blocks[].elements[].elements[]";

/// The readable text of a message, created by
/// [`Message::readable_text`](super::Message::readable_text): an iterator over its pieces.
///
/// Its [`Display`](fmt::Display) writes the remaining pieces, each in a line of its own. The pieces
/// of one paragraph of rich text are in one line.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReadableText<'r> {
    /// The text of the message itself, if it has one.
    own: Option<Text<'r>>,
    rest: Walk<'r>,
    /// Whether the attachment that is read has no other text than its fallback.
    needs_fallback: bool,
    /// Whether the next piece continues the line of the last one, if it is inline.
    in_line: bool,
}

/// A piece, and whether it begins a line.
struct Line<'r> {
    text: Text<'r>,
    begins: bool,
}

impl<'r> ReadableText<'r> {
    /// The text of a message with these members; `own` is the text of the message itself.
    pub(super) fn new(members: Members<'r>, own: Option<Text<'r>>) -> Self {
        Self {
            own: own.filter(|text| !text.is_empty()),
            rest: members.walk(),
            needs_fallback: true,
            in_line: false,
        }
    }

    /// The text of a message that has no other than `own`.
    pub(super) fn only(members: Members<'r>, own: Option<Text<'r>>) -> Self {
        let mut text = Self::new(members, own);
        text.rest.by_ref().for_each(drop);
        text
    }

    fn next_line(&mut self) -> Option<Line<'r>> {
        if let Some(text) = self.own.take() {
            self.rest.by_ref().for_each(drop);
            return Some(Line { text, begins: true });
        }
        loop {
            let (path, met) = self.rest.next()?;
            let value = match met {
                Met::Element => {
                    self.in_line = false;
                    if path == ATTACHMENTS {
                        self.needs_fallback = !has_text(self.rest);
                    }
                    continue;
                }
                Met::Value(value) => value,
            };
            let shown = is_shown(path) || path == FALLBACK && self.needs_fallback;
            if let Some(text) = value.text().filter(|text| shown && !text.is_empty()) {
                let inline = is_inline(path);
                let begins = !(inline && self.in_line);
                self.in_line = inline;
                return Some(Line { text, begins });
            }
        }
    }
}

impl<'r> Iterator for ReadableText<'r> {
    type Item = Text<'r>;

    fn next(&mut self) -> Option<Text<'r>> {
        self.next_line().map(|line| line.text)
    }
}

impl fmt::Display for ReadableText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut lines, mut is_first) = (*self, true);
        while let Some(Line { text, begins }) = lines.next_line() {
            if begins && !is_first {
                f.write_str("\n")?;
            }
            is_first = false;
            fmt::Display::fmt(&text, f)?;
        }
        Ok(())
    }
}

/// Returns whether the attachment whose members are next has a text that readers see.
fn has_text(rest: Walk<'_>) -> bool {
    for (path, met) in rest {
        match met {
            Met::Element if path == ATTACHMENTS => return false,
            Met::Value(value)
                if path.starts_with(ATTACHMENTS)
                    && is_shown(path)
                    && value.text().is_some_and(|text| !text.is_empty()) =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}

fn is_shown(path: PathName<'_>) -> bool {
    let name = path.last();
    let of_attachments = path.starts_with(ATTACHMENTS) && OF_ATTACHMENTS.contains(&name);
    of_attachments || path.starts_with(BLOCKS) && OF_BLOCKS.contains(&name)
}

fn is_inline(path: PathName<'_>) -> bool {
    path.parent() == INLINE
}
