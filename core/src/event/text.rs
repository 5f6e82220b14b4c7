//! The text of messages: the escapes `&amp; &lt; &gt;`, and the markup between `<` and `>`.
//!
//! Slack escapes these three characters and no others, and requires the same of clients. In a
//! received text `<` and `>` enclose markup; those that a user typed are `&lt;` and `&gt;`.

use crate::buffer::{Escape, Escaping, Sink, copy};
use core::{fmt, str};

/// Decodes `&amp;`, `&lt;` and `&gt;` in `text`; returns the result as pieces to concatenate.
///
/// Each escape is decoded once: `&amp;lt;` becomes `&lt;`. Any other `&` is kept.
///
/// ```
/// use slack_rtm::event::text;
///
/// assert_eq!(text::decode("1 &lt; 2 &amp;&amp; R&D &amp;lt;").collect::<String>(), "1 < 2 && R&D &lt;");
/// ```
pub fn decode(text: &str) -> Decode<'_> {
    Decode { rest: text }
}

/// Writes decoded `text` into `out`, as many whole characters as fit, and returns them.
///
/// ```
/// use slack_rtm::event::text;
///
/// let mut out = [0; 8];
/// assert_eq!(text::decode_into("&lt;3 é and more", &mut out), "<3 é an");
/// ```
pub fn decode_into<'o>(text: &str, out: &'o mut [u8]) -> &'o str {
    let mut len = 0;
    'pieces: for piece in decode(text) {
        for character in piece.chars() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            let Some(room) = out.get_mut(len..len + bytes.len()) else {
                break 'pieces;
            };
            copy(room, bytes);
            len += bytes.len();
        }
    }
    let written = out.get(..len).unwrap_or_default();
    crate::utf8::valid(written)
}

/// An iterator over the pieces of a decoded text, created by [`decode`].
///
/// Its [`Display`](fmt::Display) writes all remaining pieces.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Decode<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Decode<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        const ESCAPES: [(&str, &str); 3] = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];
        if self.rest.is_empty() {
            return None;
        }
        for (escape, meant) in ESCAPES {
            if let Some(rest) = self.rest.strip_prefix(escape) {
                self.rest = rest;
                return Some(meant);
            }
        }
        // The text is plain up to the next `&`; a first `&` that begins no escape is plain, too.
        let after_first = self.rest.bytes().skip(1).position(|byte| byte == b'&');
        let end = after_first.map_or(self.rest.len(), |at| at + 1);
        let (plain, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(plain)
    }
}

impl fmt::Display for Decode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in *self {
            f.write_str(piece)?;
        }
        Ok(())
    }
}

/// Writes `text` into `sink` with `&`, `<` and `>` escaped, so that nothing in it is markup.
///
/// ```
/// use slack_rtm::buffer::write_to_slice;
/// use slack_rtm::event::text;
/// use slack_rtm::json::Writer;
///
/// let mut memory = [0; 32];
/// let json = write_to_slice(&mut memory, |sink| {
///     Writer::new(sink).text_from(|sink| text::escape("a<b & \"c\"", sink));
/// })?;
/// assert_eq!(json, br#""a&lt;b &amp; \"c\"""#);
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
pub fn escape(text: &str, sink: &mut dyn Sink) {
    Escaping::new(sink, escaped).put(text.as_bytes());
}

fn escaped(byte: u8, escaped: &mut Escape) -> usize {
    let (escape, length) = match byte {
        b'&' => (*b"&amp;   ", 5),
        b'<' => (*b"&lt;    ", 4),
        b'>' => (*b"&gt;    ", 4),
        _ => return 0,
    };
    *escaped = escape;
    length
}

/// A part of the text of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Part<'t> {
    /// Plain text, still escaped: see [`decode`].
    Text(&'t str),
    /// `<@U123>` or `<@U123|name>`: a user.
    User {
        /// The user's id.
        id: &'t str,
        /// The name in the text, still escaped.
        label: Option<&'t str>,
    },
    /// `<#C123>` or `<#C123|name>`: a channel.
    Channel {
        /// The channel's id.
        id: &'t str,
        /// The name in the text, still escaped.
        label: Option<&'t str>,
    },
    /// `<!here>`, `<!channel>`, `<!everyone>`, `<!subteam^S123|@name>`, `<!date^..|fallback>`.
    Special {
        /// The text after the `!`.
        command: &'t str,
        /// The text to show if the command is not known, still escaped.
        label: Option<&'t str>,
    },
    /// `<https://..>` or `<https://..|label>`: a link.
    Link {
        /// The URL, still escaped.
        url: &'t str,
        /// The text of the link, still escaped.
        label: Option<&'t str>,
    },
}

/// Returns the parts of `text`, in order. Together they are the whole text.
///
/// ```
/// use slack_rtm::event::text::{self, Part};
///
/// let mut parts = text::parts("<@U1|ann>: see <https://x.org|this> in <#C2> <!here>");
/// assert_eq!(parts.next(), Some(Part::User { id: "U1", label: Some("ann") }));
/// assert_eq!(parts.next(), Some(Part::Text(": see ")));
/// assert_eq!(parts.next(), Some(Part::Link { url: "https://x.org", label: Some("this") }));
/// assert_eq!(parts.nth(1), Some(Part::Channel { id: "C2", label: None }));
/// assert_eq!(parts.nth(1), Some(Part::Special { command: "here", label: None }));
/// assert_eq!(parts.next(), None);
/// ```
pub fn parts(text: &str) -> Parts<'_> {
    Parts { rest: text }
}

/// Whether `text` mentions the user with this id, as `<@U123>` or `<@U123|name>`.
///
/// A mention whose label was cut off counts, unlike in [`parts`], since its id is complete. An
/// empty id is never mentioned.
///
/// ```
/// use slack_rtm::event::text;
///
/// assert!(text::mentions("<@U1|ann>: hi", "U1"));
/// assert!(text::mentions("hi <@U1|an", "U1"));
/// assert!(!text::mentions("hi <@U12>", "U1"));
/// ```
pub fn mentions(text: &str, user: &str) -> bool {
    find_mention(text, user).is_some()
}

/// Returns the position of the first mention of the user with this id, see [`mentions`].
pub(crate) fn find_mention(text: &str, user: &str) -> Option<usize> {
    let mut rest = text.as_bytes();
    while let Some((_, tail)) = rest.split_first() {
        let after_id = rest
            .strip_prefix(b"<@")
            .and_then(|rest| rest.strip_prefix(user.as_bytes()));
        if let Some([b'>' | b'|', ..]) = after_id {
            return (!user.is_empty()).then_some(text.len() - rest.len());
        }
        rest = tail;
    }
    None
}

/// Returns `text` without a mention of the user with this id at its front, and without white space
/// and a colon or comma after it. `None` if the text does not begin with one.
///
/// [`Message::command`](super::Message::command) does it for the client's own user. The result is
/// still escaped, see [`decode`].
///
/// ```
/// use slack_rtm::event::text;
///
/// assert_eq!(text::strip_mention("<@U1> help", "U1"), Some("help"));
/// assert_eq!(text::strip_mention("<@U1|bot>: help", "U1"), Some("help"));
/// assert_eq!(text::strip_mention("ask <@U1> for help", "U1"), None);
/// ```
pub fn strip_mention<'t>(text: &'t str, user: &str) -> Option<&'t str> {
    strip_mention_at(text, find_mention(text, user)?)
}

/// Returns `text` without the mention at this position, if there is only white space before it.
pub(crate) fn strip_mention_at(text: &str, at: usize) -> Option<&str> {
    let (before, mention) = text.split_at_checked(at)?;
    let (_, rest) = mention.strip_prefix("<@")?.split_once('>')?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix([':', ',']).unwrap_or(rest);
    before.trim_start().is_empty().then_some(rest.trim_start())
}

/// An iterator over the parts of the text of a message, created by [`parts`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Parts<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(after) = self.rest.strip_prefix('<')
            && let Some(end) = after.bytes().position(|byte| matches!(byte, b'<' | b'>'))
            && let Some((inside, rest)) = after.split_at_checked(end)
            && let Some(rest) = rest.strip_prefix('>')
        {
            self.rest = rest;
            return Some(markup(inside));
        }
        // A `<` without its `>`, as at the end of a cut text, is plain.
        let after_first = self.rest.bytes().skip(1).position(|byte| byte == b'<');
        let end = after_first.map_or(self.rest.len(), |at| at + 1);
        let (plain, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Part::Text(plain))
    }
}

/// Parses the text between `<` and `>`.
fn markup(inside: &str) -> Part<'_> {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (inside, None),
    };
    if let Some(id) = target.strip_prefix('@') {
        Part::User { id, label }
    } else if let Some(id) = target.strip_prefix('#') {
        Part::Channel { id, label }
    } else if let Some(command) = target.strip_prefix('!') {
        Part::Special { command, label }
    } else {
        Part::Link { url: target, label }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, decode, decode_into, escape, mentions, parts};
    use crate::buffer::Sink;
    use proptest::prelude::*;
    use std::{string::String, vec, vec::Vec};

    struct Out(Vec<u8>);

    impl Sink for Out {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn escaped(text: &str) -> String {
        let mut out = Out(Vec::new());
        escape(text, &mut out);
        String::from_utf8(out.0).unwrap()
    }

    #[test]
    fn each_escape_is_decoded_once() {
        for (text, meant) in [
            ("", ""),
            ("plain", "plain"),
            ("&amp;", "&"),
            ("&lt;&gt;", "<>"),
            ("&amp;lt;", "&lt;"),
            ("&amp;amp;amp;", "&amp;amp;"),
            ("&&amp;&", "&&&"),
            ("&quot;&#39;&AMP;", "&quot;&#39;&AMP;"),
            ("&am", "&am"),
            ("&lt", "&lt"),
            ("é&gt;日", "é>日"),
        ] {
            assert_eq!(decode(text).collect::<String>(), meant);
            assert_eq!(std::format!("{}", decode(text)), meant);
            for size in 0..=meant.len() + 1 {
                let mut out = vec![0; size];
                let fitting = decode_into(text, &mut out);
                assert!(meant.starts_with(fitting) && fitting.len() + 3 > size.min(meant.len()));
            }
        }
    }

    #[test]
    fn markup_is_separated_from_text() {
        let part = |text| parts(text).collect::<Vec<_>>();
        let link = |url, label| vec![Part::Link { url, label }];
        assert_eq!(
            part("<mailto:a@b.c|a@b.c>"),
            link("mailto:a@b.c", Some("a@b.c"))
        );
        assert_eq!(part("<http://x?a&amp;b>"), link("http://x?a&amp;b", None));
        assert_eq!(part("<>"), link("", None));
        assert_eq!(part("<a|b|c>"), link("a", Some("b|c")));
        assert_eq!(part("1 &lt; 2"), [Part::Text("1 &lt; 2")]);
        assert_eq!(part("<@U1"), [Part::Text("<@U1")]);
        assert_eq!(part(">é<"), [Part::Text(">é"), Part::Text("<")]);
        assert_eq!(
            part("a<<#C1|>>"),
            [
                Part::Text("a"),
                Part::Text("<"),
                Part::Channel {
                    id: "C1",
                    label: Some("")
                },
                Part::Text(">"),
            ]
        );
        assert_eq!(
            part("<!subteam^S1|@all>"),
            [Part::Special {
                command: "subteam^S1",
                label: Some("@all")
            }]
        );
    }

    /// The search for the end of a markup stops at the next `<`, so the time is linear in the
    /// length of a hostile text. Searches to the end of this one would take 2^39 steps.
    #[test]
    #[cfg_attr(miri, ignore = "it is long")]
    fn a_text_of_many_openings_takes_linear_time() {
        let text = "<".repeat(1 << 20) + ">";
        assert_eq!(parts(&text).count(), 1 << 20);
    }

    #[test]
    fn only_mentions_mention() {
        for text in ["hi <@U1>!", "<@U1|me>", "<@U1|a<b", "<@U12><@U1|a"] {
            assert!(mentions(text, "U1"), "{text}");
        }
        for text in [
            "U1",
            "@U1",
            "&lt;@U1&gt;",
            "<@U12>",
            "<#U1>",
            "<@U1",
            "<U1>",
            "<@>",
            "<@|a>",
        ] {
            assert!(!mentions(text, "U1") && !mentions(text, ""), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_escaped_reads_back(text in "[&<>;ampltgé ]{0,40}") {
            let escaped = escaped(&text);
            prop_assert_eq!(decode(&escaped).collect::<String>(), text);
            let plain = parts(&escaped).all(|part| matches!(part, Part::Text(_)));
            prop_assert!(plain);
        }

        #[test]
        fn mentions_are_parts_or_cut(text in "(<|@|U1|U|\\||>|a){0,12}", user in "U1|U|a") {
            let is_mention = |part| matches!(part, Part::User { id, .. } if id == user);
            let is_cut = |part| match part {
                Part::Text(plain) => plain.starts_with(&std::format!("<@{user}|")),
                _ => false,
            };
            let expected = parts(&text).any(|part| is_mention(part) || is_cut(part));
            prop_assert_eq!(mentions(&text, &user), expected);
        }

        #[test]
        fn no_byte_of_a_text_is_lost(text in "[<>|@#!&aé]{0,40}") {
            let mut length = 0;
            for part in parts(&text) {
                length += match part {
                    Part::Text(plain) => plain.len(),
                    Part::Link { url, label } => 2 + url.len() + label.map_or(0, |label| label.len() + 1),
                    Part::User { id: inside, label }
                    | Part::Channel { id: inside, label }
                    | Part::Special { command: inside, label } => {
                        3 + inside.len() + label.map_or(0, |label| label.len() + 1)
                    }
                };
            }
            prop_assert_eq!(length, text.len());
        }
    }
}
