//! Message text: `&amp; &lt; &gt;` both ways, and the mentions and links between `<` and `>`.
//!
//! Slack escapes three characters and no others, and so must its clients. What stands between
//! `<` and `>` in a received text is markup; what a user typed comes as `&lt;` and `&gt;`.

use crate::buffer::{Escape, Escaping, Sink, copy};
use core::{fmt, str};

/// `text` with `&amp;`, `&lt;` and `&gt;` decoded, as pieces to be put together.
///
/// One pass: `&amp;lt;` is the text `&lt;`. Any other `&` stays as it is.
///
/// ```
/// use slack_rtm::rtm::text;
///
/// assert_eq!(text::decode("1 &lt; 2 &amp;&amp; R&D &amp;lt;").collect::<String>(), "1 < 2 && R&D &lt;");
/// ```
pub fn decode(text: &str) -> Decode<'_> {
    Decode { rest: text }
}

/// Writes decoded `text` into `out`, as many whole characters as fit; returns them.
///
/// ```
/// use slack_rtm::rtm::text;
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

/// The pieces of a decoded text; made by [`decode`]. Its [`Display`](fmt::Display) is the whole.
#[derive(Clone, Copy, Debug)]
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
        // Plain up to the next `&`; one that begins no escape is plain itself.
        let behind_first = self.rest.bytes().skip(1).position(|byte| byte == b'&');
        let end = behind_first.map_or(self.rest.len(), |at| at + 1);
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

/// Puts `text` with `&`, `<` and `>` escaped, for text that must not be taken for markup.
///
/// ```
/// use slack_rtm::buffer::{Sink, Window};
/// use slack_rtm::json::Writer;
/// use slack_rtm::rtm::text;
///
/// let mut out = [0; 32];
/// let mut window = Window::new(0, &mut out);
/// Writer::new(&mut window).text_from(|sink| text::escape("a<b & \"c\"", sink));
/// let len = window.written();
/// assert_eq!(&out[..len], br#""a&lt;b &amp; \"c\"""#);
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

/// A part of a message text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part<'t> {
    /// Plain text, still escaped: see [`decode`].
    Text(&'t str),
    /// `<@U123>` or `<@U123|name>`: a user.
    User {
        /// The user's id.
        id: &'t str,
        /// The name that the text brings along, still escaped.
        label: Option<&'t str>,
    },
    /// `<#C123>` or `<#C123|name>`: a channel.
    Channel {
        /// The channel's id.
        id: &'t str,
        /// The name that the text brings along, still escaped.
        label: Option<&'t str>,
    },
    /// `<!here>`, `<!channel>`, `<!everyone>`, `<!subteam^S123|@name>`, `<!date^..|fallback>`.
    Special {
        /// What stands behind the `!`.
        command: &'t str,
        /// What to show where the command is not known, still escaped.
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

/// The parts of `text`, in their order; together they are all of it.
///
/// ```
/// use slack_rtm::rtm::text::{self, Part};
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
pub fn mentions(text: &str, user: &str) -> bool {
    parts(text).any(|part| matches!(part, Part::User { id, .. } if id == user))
}

/// The parts of a message text; made by [`parts`].
#[derive(Clone, Copy, Debug)]
pub struct Parts<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(behind) = self.rest.strip_prefix('<')
            && let Some(end) = behind.bytes().position(|byte| matches!(byte, b'<' | b'>'))
            && let Some((inside, rest)) = behind.split_at_checked(end)
            && let Some(rest) = rest.strip_prefix('>')
        {
            self.rest = rest;
            return Some(markup(inside));
        }
        // A `<` without its `>`, as at the end of a cut text, is plain.
        let behind_first = self.rest.bytes().skip(1).position(|byte| byte == b'<');
        let end = behind_first.map_or(self.rest.len(), |at| at + 1);
        let (plain, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Part::Text(plain))
    }
}

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
    fn markup_is_told_from_text() {
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

    /// Each `<` is looked from as far as the next one: a hostile text costs no more than its length.
    #[test]
    #[cfg_attr(miri, ignore = "it is long")]
    fn a_text_of_many_openings_takes_time_in_its_length() {
        let text = "<".repeat(1 << 20) + ">";
        let begin = std::time::Instant::now();
        assert_eq!(parts(&text).count(), 1 << 20);
        assert!(begin.elapsed().as_secs() < 3, "{:?}", begin.elapsed());
    }

    #[test]
    fn only_mentions_mention() {
        assert!(mentions("hi <@U1>!", "U1") && mentions("<@U1|me>", "U1"));
        for text in [
            "U1",
            "@U1",
            "&lt;@U1&gt;",
            "<@U12>",
            "<#U1>",
            "<@U1",
            "<U1>",
        ] {
            assert!(!mentions(text, "U1"), "{text}");
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
