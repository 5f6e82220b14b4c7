//! The JSON writer, which emits into a sink.

use crate::buffer::{Escape, Escaping, Sink, put_decimal};

/// Writes JSON (RFC 8259) into a [`Sink`], a value at a time.
///
/// The writer emits the commas. The caller alternates names and values and ends containers. The
/// writer keeps one flag, so its depth is not limited.
///
/// ```
/// use slack_rtm::buffer::{Counter, Sink, write_to_slice};
/// use slack_rtm::json::Writer;
///
/// fn ping(sink: &mut dyn Sink) {
///     let mut json = Writer::new(sink);
///     json.begin_object();
///     json.name("id").u64(7);
///     json.name("type").text("ping");
///     json.name("ids").begin_array();
///     json.text("U1");
///     json.null();
///     json.end_array();
///     json.end_object();
/// }
/// let mut memory = [0; 64];
/// let json = write_to_slice(&mut memory, ping)?;
/// assert_eq!(json, br#"{"id":7,"type":"ping","ids":["U1",null]}"#);
/// assert_eq!(Counter::of(ping), json.len());
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
#[allow(missing_debug_implementations)] // a sink has none
pub struct Writer<'s> {
    sink: &'s mut dyn Sink,
    /// Whether a value has just ended, so that the next one needs a comma.
    comma: bool,
}

impl<'s> Writer<'s> {
    /// Creates a writer at the beginning of a document.
    pub fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sink, comma: false }
    }

    /// Writes `{`.
    pub fn begin_object(&mut self) {
        self.begin(b"{");
    }

    /// Writes `}`.
    pub fn end_object(&mut self) {
        self.end(b"}");
    }

    /// Writes `[`.
    pub fn begin_array(&mut self) {
        self.begin(b"[");
    }

    /// Writes `]`.
    pub fn end_array(&mut self) {
        self.end(b"]");
    }

    /// Writes the name of a member; its value must follow.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.begin_after(b":");
        self
    }

    /// Writes a string, escaped where RFC 8259 section 7 requires it.
    pub fn text(&mut self, text: &str) {
        self.text_from(|sink| sink.put(text.as_bytes()));
    }

    /// Writes a string whose UTF-8 bytes `write` emits, in any pieces. They are escaped on their
    /// way.
    pub fn text_from(&mut self, write: impl FnOnce(&mut dyn Sink)) {
        self.begin(b"\"");
        write(&mut Escaping::new(self.sink, escape));
        self.end(b"\"");
    }

    /// Writes an unsigned number.
    pub fn u64(&mut self, number: u64) {
        self.begin(b"");
        put_decimal(self.sink, number);
        self.comma = true;
    }

    /// Writes a signed number.
    pub fn i64(&mut self, number: i64) {
        self.begin(if number < 0 { b"-" } else { b"" });
        put_decimal(self.sink, number.unsigned_abs());
        self.comma = true;
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.raw(if value { b"true" } else { b"false" });
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw(b"null");
    }

    /// Writes a value that is already JSON, unchanged.
    pub fn raw(&mut self, json: &[u8]) {
        self.begin(json);
        self.comma = true;
    }

    fn begin(&mut self, bytes: &[u8]) {
        if self.comma {
            self.sink.put(b",");
        }
        self.begin_after(bytes);
    }

    fn begin_after(&mut self, bytes: &[u8]) {
        self.sink.put(bytes);
        self.comma = false;
    }

    fn end(&mut self, bytes: &[u8]) {
        self.sink.put(bytes);
        self.comma = true;
    }
}

/// Writes the escape of a byte in a JSON string. Returns its length: 0 if the byte needs none.
fn escape(byte: u8, escaped: &mut Escape) -> usize {
    let letter = match byte {
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        b'"' | b'\\' => byte,
        0..0x20 => {
            let low = match byte & 15 {
                digit @ 0..10 => b'0' + digit,
                digit => b'a' + digit - 10,
            };
            *escaped = *b"\\u0000  ";
            [escaped[4], escaped[5]] = [b'0' + (byte >> 4), low];
            return 6;
        }
        _ => return 0,
    };
    [escaped[0], escaped[1]] = [b'\\', letter];
    2
}

#[cfg(feature = "defmt")]
impl defmt::Format for Writer<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Writer");
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use crate::buffer::Sink;
    use std::{string::String, vec::Vec};

    struct Out(Vec<u8>);

    impl Sink for Out {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut out = Out(Vec::new());
        write(&mut Writer::new(&mut out));
        String::from_utf8(out.0).unwrap()
    }

    #[test]
    fn every_string_reads_back_as_it_was() {
        let mut all: String = (0..0x800).filter_map(char::from_u32).collect();
        all.push_str("\u{2028}\u{1f600}\u{10ffff}");
        let json = written(|json| json.text(&all));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
        assert!(!json.bytes().any(|byte| byte < 0x20));
    }

    #[test]
    fn numbers_are_exact() {
        for number in [0, 1, -1, 9, 10, -10, i64::MAX, i64::MIN] {
            assert_eq!(written(|json| json.i64(number)), std::format!("{number}"));
        }
        for number in [0, 99, 100, u64::from(u32::MAX) + 1, u64::MAX] {
            assert_eq!(written(|json| json.u64(number)), std::format!("{number}"));
        }
    }

    #[test]
    fn commas_are_between_values_only() {
        let json = written(|json| {
            json.begin_array();
            json.begin_object();
            json.end_object();
            json.begin_array();
            json.end_array();
            json.begin_object();
            json.name("a").begin_object();
            json.name("b").raw(b"[1]");
            json.end_object();
            json.name("c").bool(true);
            json.name("d").text_from(|sink| {
                sink.put(b"x\"");
                sink.put(b"\x01\\");
            });
            json.end_object();
            json.null();
            json.i64(-5);
            json.end_array();
        });
        assert_eq!(
            json,
            r#"[{},[],{"a":{"b":[1]},"c":true,"d":"x\"\u0001\\"},null,-5]"#
        );
    }
}
