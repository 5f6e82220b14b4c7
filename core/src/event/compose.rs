//! Texts to send: Slack's markup, and texts that are composed of pieces.

use super::text::{decode, escape};
use crate::buffer::Sink;

/// A text to send, which can be written in Slack's markup.
///
/// A `str` is markup already: `&`, `<` and `>` in it are special. A [`Literal`] is shown unchanged.
/// An array or a slice of [`TextPiece`] is composed of both.
///
/// [`Post`](crate::rtm::command::Post) takes any of them. A command of your own can write one into
/// a member by [`Writer::text_from`](crate::json::Writer::text_from), and check its length by
/// [`characters`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text to send",
    note = "pass a `&str` (of a `String`: `as_str()`), a `Literal`, or an array of `TextPiece`"
)]
pub trait Markup {
    /// Writes the text in Slack's markup.
    ///
    /// Every call must emit the same bytes, see
    /// [`Command::write`](crate::rtm::command::Command::write).
    fn write_markup(&self, sink: &mut dyn Sink);
}

/// Returns the number of characters of a text in Slack's markup, which is what Slack limits.
///
/// ```
/// use slack_rtm::event::{Literal, TextPiece, characters};
///
/// assert_eq!(characters(&"é!"), 2);
/// assert_eq!(characters(&Literal("<&>")), "&lt;&amp;&gt;".len());
/// assert_eq!(characters(&[TextPiece::User("U1"), TextPiece::Literal(" hi")]), "<@U1> hi".len());
/// ```
pub fn characters(text: &(impl Markup + ?Sized)) -> usize {
    let mut characters = Characters(0);
    text.write_markup(&mut characters);
    characters.0
}

struct Characters(usize);

impl Sink for Characters {
    fn put(&mut self, bytes: &[u8]) {
        // Every byte of UTF-8 but a continuation byte begins a character.
        let is_first = |byte: &&u8| **byte & 0xC0 != 0x80;
        let count = bytes.iter().filter(is_first).count();
        self.0 = self.0.saturating_add(count);
    }
}

/// A text that is shown unchanged and mentions nobody: `&`, `<` and `>` are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Literal<'a>(
    /// The text, as it is to be shown.
    pub &'a str,
);

/// A piece of a text that is composed: literal text of others, mentions, channels, links.
///
/// ```
/// use slack_rtm::event::TextPiece::{Link, Literal, User};
/// use slack_rtm::rtm::command::{Command, Post};
///
/// // Text that somebody typed cannot mention anybody, whatever it is.
/// let (user, name) = ("U0123456789", "<!channel> & co");
/// let text = [
///     User(user),
///     Literal(" the parcel for "),
///     Literal(name),
///     Literal(" is here: "),
///     Link("https://example.com/parcels?id=7"),
/// ];
/// let post = Post::with_text("C0123456789", text);
/// assert!(post.check().is_ok());
/// # use slack_rtm::buffer::write_to_slice;
/// # use slack_rtm::json::Writer;
/// # let mut memory = [0; 256];
/// # let json = write_to_slice(&mut memory, |sink| {
/// #     let mut json = Writer::new(sink);
/// #     json.begin_object();
/// #     post.write(&mut json);
/// #     json.end_object();
/// # })?;
/// # assert_eq!(json, br#"{"type":"message","channel":"C0123456789","text":"<@U0123456789> the parcel for &lt;!channel&gt; &amp; co is here: https://example.com/parcels?id=7"}"#);
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TextPiece<'a> {
    /// Text that is shown unchanged, see [`Literal`].
    Literal(&'a str),
    /// Text of a message that was received: its escapes stay, and its markup is shown unchanged and
    /// mentions nobody.
    Quoted(&'a str),
    /// A mention of the user with this id: `<@U123>`.
    User(&'a str),
    /// A link to the channel with this id: `<#C123>`.
    Channel(&'a str),
    /// A URL, of which Slack makes a link if white space or the end of the text is around it. It
    /// has no label: over RTM, Slack shows the brackets of a link that has one.
    Link(&'a str),
    /// Text that has Slack's markup, such as `<!here>` or `*bold*`.
    Markup(&'a str),
}

impl Markup for str {
    fn write_markup(&self, sink: &mut dyn Sink) {
        sink.put(self.as_bytes());
    }
}

impl Markup for Literal<'_> {
    fn write_markup(&self, sink: &mut dyn Sink) {
        escape(self.0, sink);
    }
}

impl Markup for TextPiece<'_> {
    fn write_markup(&self, sink: &mut dyn Sink) {
        let (before, text, after): (&[u8], _, &[u8]) = match *self {
            Self::Markup(markup) => return sink.put(markup.as_bytes()),
            Self::Quoted(text) => return decode(text).for_each(|text| escape(text, sink)),
            Self::Literal(text) | Self::Link(text) => (b"", text, b""),
            Self::User(id) => (b"<@", id, b">"),
            Self::Channel(id) => (b"<#", id, b">"),
        };
        sink.put(before);
        escape(text, sink);
        sink.put(after);
    }
}

impl Markup for [TextPiece<'_>] {
    fn write_markup(&self, sink: &mut dyn Sink) {
        for piece in self {
            piece.write_markup(sink);
        }
    }
}

impl<const N: usize> Markup for [TextPiece<'_>; N] {
    fn write_markup(&self, sink: &mut dyn Sink) {
        self.as_slice().write_markup(sink);
    }
}

impl<T: Markup + ?Sized> Markup for &T {
    fn write_markup(&self, sink: &mut dyn Sink) {
        (**self).write_markup(sink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::{Part, decode, parts};
    use super::{Literal, Markup, TextPiece, characters};
    use crate::buffer::Sink;
    use std::{string::String, vec::Vec};

    struct Out(Vec<u8>);

    impl Sink for Out {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn written(text: &(impl Markup + ?Sized)) -> String {
        let mut out = Out(Vec::new());
        text.write_markup(&mut out);
        String::from_utf8(out.0).unwrap()
    }

    #[test]
    fn a_text_is_composed_of_its_pieces() {
        let pieces = [
            TextPiece::User("U1"),
            TextPiece::Literal(" <!here> & "),
            TextPiece::Channel("C1"),
            TextPiece::Markup(" *see* <!here> "),
            TextPiece::Link("https://x.org/?a=1&b=2"),
        ];
        let expected = "<@U1> &lt;!here&gt; &amp; <#C1> *see* <!here> https://x.org/?a=1&amp;b=2";
        assert_eq!(written(&pieces), expected);
        assert_eq!(written(&pieces[..]), expected);
        assert_eq!(written(&&pieces), expected);
        assert_eq!(characters(&pieces), expected.len());
        assert_eq!(written(&[TextPiece::Literal(""); 0]), "");
    }

    #[test]
    fn no_text_of_others_becomes_markup() {
        for foreign in ["<!channel>", "U1> <!here", "a|b", "&lt;", "<", ">", "@U1"] {
            for piece in [TextPiece::Literal(foreign), TextPiece::Link(foreign)] {
                let text = written(&piece);
                assert!(
                    parts(&text).all(|part| matches!(part, Part::Text(_))),
                    "{text}"
                );
                assert_eq!(decode(&text).collect::<String>(), foreign);
            }
            assert_eq!(
                written(&Literal(foreign)),
                written(&TextPiece::Literal(foreign))
            );
            for piece in [TextPiece::User(foreign), TextPiece::Channel(foreign)] {
                let text = written(&piece);
                assert_eq!(parts(&text).count(), 1, "{text}");
            }
        }
    }

    #[test]
    fn a_received_text_is_quoted_without_its_markup() {
        for (received, quoted) in [
            ("1 &lt; 2 &amp; <@U1>", "1 &lt; 2 &amp; &lt;@U1&gt;"),
            ("<!channel> &amp;lt;", "&lt;!channel&gt; &amp;lt;"),
            ("", ""),
        ] {
            assert_eq!(written(&TextPiece::Quoted(received)), quoted);
        }
    }

    #[test]
    fn characters_are_counted_as_they_are_sent() {
        assert_eq!(characters("é日😀"), 3);
        assert_eq!(characters(&Literal("é<")), 5);
        assert_eq!(
            characters(&[TextPiece::User("U1"), TextPiece::Literal("é")]),
            6
        );
    }
}
