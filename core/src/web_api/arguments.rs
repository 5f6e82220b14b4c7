//! Arguments of a method, written into a form or into a JSON object.

use crate::buffer::{Sink, put_decimal};
use crate::http::request;
use crate::json::Writer;
use core::fmt;

/// A writer of arguments, for a query, a form, or a body of type `application/json`.
///
/// A method writes its arguments in the same way for each kind of body. In a form numbers are texts,
/// and structured values are JSON, percent-encoded.
///
/// ```
/// use slack_rtm::buffer::{Sink, write_to_slice};
/// use slack_rtm::web_api::Arguments;
///
/// fn write(arguments: &mut Arguments<'_>) {
///     arguments.text("channel", "C1");
///     arguments.number("limit", 200);
///     arguments.json("blocks", |json| {
///         json.begin_array();
///         json.end_array();
///     });
/// }
///
/// let mut memory = [0; 64];
/// let form = write_to_slice(&mut memory, |sink| write(&mut Arguments::form(sink)))?;
/// assert_eq!(form, b"channel=C1&limit=200&blocks=%5B%5D");
/// let json = write_to_slice(&mut memory, |sink| Arguments::object(sink, write))?;
/// assert_eq!(json, br#"{"channel":"C1","limit":200,"blocks":[]}"#);
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
pub struct Arguments<'s> {
    sink: &'s mut dyn Sink,
    /// The text before the next argument.
    separator: &'static str,
    /// The text before those after it.
    further: &'static str,
    /// Writes an argument. A pointer, so that the linker drops the kinds of bodies that a program
    /// does not send.
    syntax: Syntax,
}

/// Writes an argument with this name. `is_text` is false for a value that is JSON; either is emitted
/// by the last parameter.
type Syntax = fn(&mut dyn Sink, name: &str, is_text: bool, &mut dyn FnMut(&mut dyn Sink));

/// Writes a pair of a form or of a query.
fn pair(sink: &mut dyn Sink, name: &str, _: bool, value: &mut dyn FnMut(&mut dyn Sink)) {
    request::pair(sink, name, value);
}

/// Writes a member of an object.
fn member(sink: &mut dyn Sink, name: &str, is_text: bool, value: &mut dyn FnMut(&mut dyn Sink)) {
    let mut json = Writer::new(sink);
    json.name(name);
    match is_text {
        true => json.text_from(value),
        false => value(sink),
    }
}

impl<'s> Arguments<'s> {
    /// Creates a writer of a body of type `application/x-www-form-urlencoded`.
    pub fn form(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            separator: "",
            further: "&",
            syntax: pair,
        }
    }

    /// Creates a writer of a query, which begins with `?` unless there are no arguments.
    pub fn query(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            separator: "?",
            further: "&",
            syntax: pair,
        }
    }

    /// Writes a JSON object with the arguments that `write` writes.
    pub fn object(sink: &'s mut dyn Sink, write: impl FnOnce(&mut Self)) {
        sink.put(b"{");
        let mut arguments = Self::members(sink);
        write(&mut arguments);
        arguments.sink.put(b"}");
    }

    /// Creates a writer of the members of a JSON object, without its braces.
    pub(crate) fn members(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            separator: "",
            further: ",",
            syntax: member,
        }
    }

    /// Writes arguments that have the form of the body already.
    pub(crate) fn coded(&mut self, coded: &[u8]) {
        if !coded.is_empty() {
            self.separate();
            self.sink.put(coded);
        }
    }

    /// Writes a text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.put(name, true, &mut |sink| sink.put(text.as_bytes()));
    }

    /// Writes a text, if there is one.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Writes a text whose UTF-8 bytes `write` emits, in any pieces.
    pub fn text_from(&mut self, name: &str, write: impl FnOnce(&mut dyn Sink)) {
        self.put_once(name, true, write);
    }

    /// Writes a number.
    pub fn number(&mut self, name: &str, number: u64) {
        self.put(name, false, &mut |sink| put_decimal(sink, number));
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, name: &str, value: bool) {
        let value: &[u8] = if value { b"true" } else { b"false" };
        self.put(name, false, &mut |sink| sink.put(value));
    }

    /// Writes a structured value, such as blocks. `write` writes one JSON value.
    pub fn json(&mut self, name: &str, write: impl FnOnce(&mut Writer<'_>)) {
        self.put_once(name, false, |sink| write(&mut Writer::new(sink)));
    }

    fn put_once(&mut self, name: &str, is_text: bool, write: impl FnOnce(&mut dyn Sink)) {
        let mut write = Some(write);
        self.put(name, is_text, &mut |sink| {
            if let Some(write) = write.take() {
                write(sink);
            }
        });
    }

    fn put(&mut self, name: &str, is_text: bool, value: &mut dyn FnMut(&mut dyn Sink)) {
        self.separate();
        (self.syntax)(self.sink, name, is_text, value);
    }

    fn separate(&mut self) {
        self.sink.put(self.separator.as_bytes());
        self.separator = self.further;
    }
}

impl fmt::Debug for Arguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arguments").finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Arguments<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Arguments");
    }
}
